"""Whether items hold what the sealed logs say they hold, however old they are; nothing but leaves is asked, and no key.

Each leaf carries a digest of every item it was the last change of, and another of every item that it ended; each item
has the hash of the leaf that wrote it. What was edited past its facts, put there by none, or put back after a later
fact had ended it, is told. What was deleted is not: nothing is left of it to ask for.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from zlib import crc32

from emdia.audit.checkpoint import checkpoint_of
from emdia.audit.note import NoteRefusedError, parse_note
from emdia.audit.ports import DamagedError, Difference, LogReader
from emdia.audit.tiles import CHECKPOINT, WIDTH, bundle_path, unpack
from emdia.errors import Halted

MOST = 1_000_000  # items held at once, some gigabyte; more are looked at by slices


@dataclass(frozen=True, slots=True)
class Stands:
    """An item: its address and the hash of the leaf it is named by (hex).

    `content` is the digest which that leaf must carry, `ended` the one that the leaf of a later fact about it carries.
    """

    partition: str
    sort: str
    last: str
    content: str
    ended: str


def unsaid(
    items: Callable[[], Iterable[Stands]], leaves: Callable[[], Iterable[bytes]], most: int = MOST
) -> Iterator[Difference]:
    """Items that no leaf left as they are. `leaves` is asked after `items`: what is written meanwhile is there."""
    todo = [(0, 1)]
    while todo:
        part, of = todo.pop()
        wanted = _slice(items(), part, of, most)
        if wanted is None:
            todo += [(part, 2 * of), (part + of, 2 * of)]
            continue
        found = dict(_held_to(wanted, leaves()))
        # What was changed by a fact while we looked is another item by now.
        for one in (one for one in items() if one in found) if found else ():
            yield Difference(one.partition, one.sort, found[one])


def leaves_of(reader: LogReader, origin: str) -> Iterator[bytes]:
    """Every leaf of a log, in order; none of one that has not begun. That the log holds is for fsck to say.

    Raises Halted where an object is missing or is none.
    """
    try:
        note = reader.read(CHECKPOINT)
        size = 0 if note is None else checkpoint_of(parse_note(note)).size
        for start in range(0, size, WIDTH):
            body = reader.read(bundle_path(start // WIDTH, min(WIDTH, size - start)))
            if body is None:
                raise Halted(f"log {origin}: entries from {start} on are missing; see fsck")
            yield from unpack(body)
    except (DamagedError, NoteRefusedError, ValueError) as error:
        raise Halted(f"log {origin}: an object is damaged; see fsck") from error


def _slice(items: Iterable[Stands], part: int, of: int, most: int) -> list[Stands] | None:
    wanted = []
    for one in items:
        if crc32(f"{one.partition}|{one.sort}".encode()) % of == part:
            wanted.append(one)
            if len(wanted) > most:
                return None
    return wanted


def _held_to(wanted: Sequence[Stands], leaves: Iterable[bytes]) -> Iterator[tuple[Stands, str]]:
    left: dict[str, list[Stands]] = defaultdict(list)
    for one in wanted:
        left[one.last].append(one)
    standing = {one.ended: one for one in wanted if one.ended}
    for leaf in leaves:
        digests = _digests(leaf)
        for one in left.pop(sha256(b"\x00" + leaf).hexdigest(), ()):
            if one.content not in digests:
                yield one, "holds what was not written"
        for digest in digests:
            if digest in standing:
                yield standing[digest], "was ended by a fact"
    for some in left.values():
        yield from ((one, "was written by no fact") for one in some)


def _digests(leaf: bytes) -> Sequence[str]:
    """What a leaf discloses digests of; nothing where a row of the journal holds no leaf (FactMalformed has rung)."""
    try:
        told = json.loads(leaf)["_sd"]
    except (KeyError, TypeError, ValueError):
        return ()
    return told if isinstance(told, list) else ()
