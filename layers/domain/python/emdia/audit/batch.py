"""The object that commits a batch: leaf and opening of every fact, each with its length in two bytes before it."""

import json
import re
from collections.abc import Callable, Iterable, Sequence

from emdia.audit.ports import LogEntry
from emdia.audit.tiles import commit_path, pack, unpack

_BLOCK = 1_000  # how far apart two paths are that differ in their last three digits
# What leaf.seal_opening writes, to the byte; the sealed values themselves nobody but their keys can judge.
_SEALED = rb'\{"ct":"[A-Za-z0-9_-]+","kid":"[^"\\]+"\}'
_OPENING = re.compile(rb'\{"id":"([^"\\]+)","op":\[(?:' + _SEALED + rb"(?:," + _SEALED + rb")*)?\]\}")


def pack_batch(entries: Sequence[LogEntry]) -> bytes:
    """Bytes of the object. Raises ValueError for a leaf or an opening over 65,535 bytes."""
    return pack([part for entry in entries for part in (entry.leaf, entry.opening)])


def unpack_batch(body: bytes) -> list[LogEntry]:
    """Raises ValueError for anything that `pack_batch` cannot have written."""
    parts = unpack(body)
    if len(parts) % 2 or not parts:
        raise ValueError("a batch holds leaves and openings in turn")
    return [LogEntry(id_of(leaf), leaf, opening) for leaf, opening in zip(parts[::2], parts[1::2], strict=True)]


def leaves_of(body: bytes) -> list[bytes]:
    """Leaves of a batch whose every opening is one of its own leaf. Raises ValueError."""
    parts = unpack(body)
    if len(parts) % 2 or not parts:
        raise ValueError("a batch holds leaves and openings in turn")
    leaves = parts[::2]
    for leaf, opening in zip(leaves, parts[1::2], strict=True):
        found = _OPENING.fullmatch(opening)
        if found is None or b'"id":"%s"' % found[1] not in leaf:
            raise ValueError("an opening that is not its leaf's")
    return leaves


def batch_of(names: Callable[[str], Iterable[str]], index: int) -> int | None:
    """First index of the batch that holds entry `index`: the last that begins at or before it. None: no such batch.

    `names` lists paths by prefix, in order. Asks once a thousand indexes, that is hardly ever more than once.
    """
    for block in range(index // _BLOCK, -1, -1):
        prefix = commit_path(block * _BLOCK)[:-3]
        starts = [int(path.rsplit("/", 1)[1]) for path in names(prefix) if path <= commit_path(index)]
        if starts:
            return starts[-1]
    return None


def id_of(leaf: bytes) -> str:
    """The id a leaf states. Raises ValueError for what is no leaf."""
    try:
        stated = json.loads(leaf)["id"]
    except (TypeError, KeyError) as error:
        raise ValueError("a leaf without id") from error
    if not isinstance(stated, str):
        raise ValueError("a leaf without id")  # noqa: TRY004  one error for every leaf that is none
    return stated
