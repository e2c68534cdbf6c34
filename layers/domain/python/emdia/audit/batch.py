"""The object that commits a batch: leaf and opening of every fact, each with its length in two bytes before it."""

import json
from collections.abc import Sequence

from emdia.audit.ports import LogEntry
from emdia.audit.tiles import pack, unpack


def pack_batch(entries: Sequence[LogEntry]) -> bytes:
    """Bytes of the object. Raises ValueError for a leaf or an opening over 65,535 bytes."""
    return pack([part for entry in entries for part in (entry.leaf, entry.opening)])


def unpack_batch(body: bytes) -> list[LogEntry]:
    """Raises ValueError for anything that `pack_batch` cannot have written."""
    parts = unpack(body)
    if len(parts) % 2 or not parts:
        raise ValueError("a batch holds leaves and openings in turn")
    return [LogEntry(id_of(leaf), leaf, opening) for leaf, opening in zip(parts[::2], parts[1::2], strict=True)]


def id_of(leaf: bytes) -> str:
    """The id a leaf states. Raises ValueError for what is no leaf."""
    try:
        stated = json.loads(leaf)["id"]
    except (TypeError, KeyError) as error:
        raise ValueError("a leaf without id") from error
    if not isinstance(stated, str):
        raise ValueError("a leaf without id")  # noqa: TRY004  one error for every leaf that is none
    return stated
