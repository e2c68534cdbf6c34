"""Whether items hold what the sealed logs say they hold, however old they are; nothing but leaves is asked, and no key.

Each leaf carries a digest of every item it was the last change of, and each item the hash of that leaf. What was edited
past its facts, or put there by none, is told; a former state that was put back with its own leaf is not.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from zlib import crc32

from emdia.audit.checkpoint import checkpoint_of
from emdia.audit.note import NoteRefusedError, parse_note
from emdia.audit.ports import DamagedError, Difference, LogReader
from emdia.audit.tiles import CHECKPOINT, WIDTH, bundle_path, unpack
from emdia.errors import Halted

MOST = 2_000_000  # items held at once, some gigabyte; more are looked at by slices


@dataclass(frozen=True, slots=True)
class Stands:
    """An item: its address, the hash of the leaf it is named by (hex), and the digest that leaf must carry."""

    partition: str
    sort: str
    last: str
    content: str


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
        else:
            yield from _held_to(wanted, leaves())


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


def _slice(items: Iterable[Stands], part: int, of: int, most: int) -> Mapping[str, list[Stands]] | None:
    wanted: dict[str, list[Stands]] = defaultdict(list)
    count = 0
    for one in items:
        if crc32(f"{one.partition}|{one.sort}".encode()) % of == part:
            wanted[one.last].append(one)
            count += 1
            if count > most:
                return None
    return wanted


def _held_to(wanted: Mapping[str, list[Stands]], leaves: Iterable[bytes]) -> Iterator[Difference]:
    left = dict(wanted)
    for leaf in leaves:
        # A digest stands in quotes among the leaf's others; nothing else in a leaf is so long.
        for one in left.pop(sha256(b"\x00" + leaf).hexdigest(), ()):
            if not one.content or f'"{one.content}"'.encode() not in leaf:
                yield Difference(one.partition, one.sort, "holds what was not written")
    for some in left.values():
        yield from (Difference(one.partition, one.sort, "was written by no fact") for one in some)
