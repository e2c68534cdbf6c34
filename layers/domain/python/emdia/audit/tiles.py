"""C2SP tlog-tiles: where a log's hashes and entries lie, and how its right edge grows.

A tile holds 256 hashes of one level, a bundle the 256 entries below a level-0 tile. The last of each may be
partial; a partial is kept for every size that was ever published.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from emdia.audit.tree import HASH_BYTES, fold, perfect_root

WIDTH = 256
MAX_ENTRY_BYTES = 65_535
CHECKPOINT = "checkpoint"
_FULL = WIDTH * HASH_BYTES
_PLACE = re.compile(
    r"tile/(?:\d+|entries)/(?P<index>(?:x\d{3}/)*\d{3})(?P<part>\.p/(?P<width>[1-9]\d?|1\d\d|2[0-4]\d|25[0-5]))?"
)


def number(index: int) -> str:
    """An index in groups of three digits, all but the last marked.

    >>> number(1234067)
    'x001/x234/067'
    """
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03}")
    return "/".join(reversed(groups))


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """Path of a hash tile; `width` below 256 names a partial one.

    >>> tile_path(1, 0, 17)
    'tile/1/000.p/17'
    """
    return f"tile/{level}/{number(index)}" + (f".p/{width}" if width < WIDTH else "")


def bundle_path(index: int, width: int = WIDTH) -> str:
    """Path of an entry bundle."""
    return f"tile/entries/{number(index)}" + (f".p/{width}" if width < WIDTH else "")


def place_of(path: str) -> tuple[int, int] | None:
    """Index and width that a tile's or bundle's path names; None for a path that names none.

    >>> place_of("tile/1/x001/234.p/17")
    (1234, 17)
    """
    found = _PLACE.fullmatch(path)
    if found is None:
        return None
    groups, width = found["index"].replace("x", "").replace("/", ""), int(found["width"] or WIDTH)
    index = int(groups)
    return (index, width) if path.split("/", 2)[2] == number(index) + (found["part"] or "") else None


def commit_path(start: int) -> str:
    """Path of the batch that begins at entry `start`: the object that commits it.

    >>> commit_path(256)
    'seq/0000000000000256'
    """
    return f"seq/{start:016}"


def pack(entries: Sequence[bytes]) -> bytes:
    """Entries, each with its length in two bytes before it. Raises ValueError for one over 65,535 bytes."""
    if any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
        raise ValueError("an entry is too long")
    return b"".join([part for entry in entries for part in (len(entry).to_bytes(2, "big"), entry)])


def unpack(bundle: bytes) -> list[bytes]:
    """Entries of a bundle. Raises ValueError for one that ends early."""
    entries, at = [], 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if end > len(bundle) or at + 2 > len(bundle):
            raise ValueError("a bundle ends inside an entry")
        entries.append(bundle[at + 2 : end])
        at = end
    return entries


def levels_of(size: int) -> Iterator[tuple[int, int]]:
    """Level and number of hashes of every level that a tree of `size` has tiles on.

    >>> list(levels_of(70_000))
    [(0, 70000), (1, 273), (2, 1)]
    """
    level = 0
    while size >> (8 * level):
        yield level, size >> (8 * level)
        level += 1


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree: all that an append needs to know of it.

    `hashes`: the partial tile of every level, lowest first, maybe empty; `bundle`: the partial entry bundle.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()
    bundle: bytes = b""

    @property
    def root(self) -> bytes:
        """Root of the whole tree."""
        roots = []
        for tile in reversed(self.hashes):
            width, at = len(tile) // HASH_BYTES, 0
            for bit in reversed(range(8)):
                if width >> bit & 1:
                    end = at + (HASH_BYTES << bit)
                    roots.append(perfect_root(tile[at:end]))
                    at = end
        return fold(roots)

    def append(self, entries: Sequence[bytes]) -> tuple["Edge", dict[str, bytes]]:
        """The edge after `entries`, and every object to write, tiles before what they are summed in.

        A partial is written where its width has changed. Raises ValueError for an entry over 65,535 bytes.
        """
        files: dict[str, bytes] = {}
        bundle = self._bundles(entries, files)
        hashes = self.grow(b"".join([sha256(b"\x00" + entry).digest() for entry in entries]), files)
        return Edge(self.size + len(entries), hashes, bundle), files

    def grow(self, fresh: bytes, files: dict[str, bytes]) -> tuple[bytes, ...]:
        """The edge's hashes after these of new leaves (joined); every tile they change goes into `files`."""
        grown, level = [], 0
        while fresh or level < len(self.hashes):
            row = (self.hashes[level] if level < len(self.hashes) else b"") + fresh
            index = self.size >> (8 * (level + 1))
            full = len(row) // _FULL
            above = []
            for nth in range(full):
                tile = row[nth * _FULL : (nth + 1) * _FULL]
                files[tile_path(level, index + nth)] = tile
                above.append(perfect_root(tile))
            rest = row[full * _FULL :]
            if rest and fresh:
                files[tile_path(level, index + full, len(rest) // HASH_BYTES)] = rest
            grown.append(rest)
            fresh, level = b"".join(above), level + 1
        return tuple(grown)

    def _bundles(self, entries: Sequence[bytes], files: dict[str, bytes]) -> bytes:
        """Writes the bundles that change into `files`; the partial one that is left."""
        held, index = self.size % WIDTH, self.size // WIDTH
        before, at = self.bundle, 0
        while at < len(entries):
            part = entries[at : at + WIDTH - held]
            before += pack(part)
            at, held = at + len(part), held + len(part)
            files[bundle_path(index, held)] = before
            if held == WIDTH:
                before, held, index = b"", 0, index + 1
        return before


def edge_paths(size: int) -> tuple[list[str], str]:
    """Paths of the partial tile of every level ("" where the level ends full), and of the partial bundle ("")."""
    tiles = [tile_path(level, count >> 8, count % WIDTH) if count % WIDTH else "" for level, count in levels_of(size)]
    return tiles, bundle_path(size // WIDTH, size % WIDTH) if size % WIDTH else ""


def edge_of(size: int, objects: Mapping[str, bytes]) -> Edge:
    """The edge of a published tree from its partial objects. Raises ValueError for a tile of the wrong length."""
    tiles, bundle = edge_paths(size)
    hashes = []
    for path in tiles:
        tile = objects[path] if path else b""
        if path and len(tile) != HASH_BYTES * int(path.rsplit("/", 1)[1]):
            raise ValueError(f"{path}: {len(tile)} bytes")
        hashes.append(tile)
    return Edge(size, tuple(hashes), objects[bundle] if bundle else b"")


@dataclass(frozen=True, slots=True)
class Tree:
    """A published tree of `size`, its hashes read from tiles with `read` (which may cache)."""

    size: int
    read: Callable[[str], bytes]

    def path_of(self, level: int, index: int) -> str:
        """The object that holds hash `index` of tile level `level` at this size."""
        count = self.size >> (8 * level)
        return tile_path(level, index >> 8, WIDTH if (index >> 8) < (count >> 8) else count % WIDTH)

    def node(self, level: int, index: int) -> bytes:
        """tree.Node of this tree."""
        tile, low = divmod(level, 8)
        start = index << low
        at = (start % WIDTH) * HASH_BYTES
        return perfect_root(self.read(self.path_of(tile, start))[at : at + (HASH_BYTES << low)])

    def leaf(self, index: int) -> bytes:
        """Hash of the leaf at `index`."""
        return self.node(0, index)
