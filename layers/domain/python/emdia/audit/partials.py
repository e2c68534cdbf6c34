"""Superseded partial tiles and bundles: each must be the beginning of what it later became."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, islice

from emdia.audit.ports import LogReader
from emdia.audit.tiles import WIDTH, bundle_path, commit_path, levels_of, pack, place_of, tile_path
from emdia.audit.tree import HASH_BYTES

_GROUP = 100  # tiles whose names begin alike but for two digits: listed together
_AHEAD = 1_000  # names looked at beyond the log's end, a level


@dataclass(slots=True)
class Partials:
    """`read` gives an object's bytes; `tell` takes what does not hold. Names are listed a hundred tiles at a time."""

    reader: LogReader
    read: Callable[[str], bytes | None]
    tell: Callable[[str], None]
    _listed: dict[str, tuple[int, dict[int, list[int]]]] = field(default_factory=dict)

    def tile(self, level: int, index: int, body: bytes) -> None:
        """A tile as it stands: `body`, which may be partial itself."""
        for width in self._widths(str(level), index):
            if width * HASH_BYTES < len(body):
                self._check(tile_path(level, index, width), body[: width * HASH_BYTES])

    def bundle(self, index: int, entries: Sequence[bytes]) -> None:
        """A bundle by its entries; of none nothing is known."""
        whole = pack(entries)
        ends = [0, *accumulate(2 + len(entry) for entry in entries)]
        for width in self._widths("entries", index):
            if width < len(entries):
                self._check(bundle_path(index, width), whole[: ends[width]])

    def _check(self, path: str, expected: bytes) -> None:
        if self.read(path) != expected:
            self.tell(path)

    def _widths(self, level: str, index: int) -> Sequence[int]:
        group = index // _GROUP
        if self._listed.get(level, (-1,))[0] != group:
            whole = tile_path(0, group * _GROUP).removeprefix("tile/0/")[:-2]
            found: dict[int, list[int]] = {}
            for path in self.reader.names(f"tile/{level}/{whole}"):
                place = place_of(path)
                if place and place[1] < WIDTH:
                    found.setdefault(place[0], []).append(place[1])
            self._listed[level] = (group, found)
        return self._listed[level][1].get(index, ())


def ahead_of(reader: LogReader, size: int) -> Iterator[str]:
    """Objects beyond the end of a log of `size`: being written, or put there before their time."""
    counts = [("entries", size), *((str(level), count) for level, count in levels_of(size))]
    for level, count in counts:
        last = tile_path(0, count // WIDTH - 1).removeprefix("tile/0/") if count >= WIDTH else ""
        for path in islice(reader.names(f"tile/{level}/", f"tile/{level}/{last}"), _AHEAD):
            place = place_of(path)
            if place is None or place[0] * WIDTH + place[1] > count:
                yield path
    yield from islice(reader.names("seq/", commit_path(size)), _AHEAD)
