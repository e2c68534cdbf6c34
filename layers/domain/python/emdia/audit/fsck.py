"""Checks a whole log against its signed checkpoint and names the exact object that is broken.

Two trees are grown side by side, one from the entries, one from the stored level-0 tiles. The one that ends in
the signed root is the truth; what contradicts it is broken. Memory stays flat: a bundle at a time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from emdia.audit.batch import unpack_batch
from emdia.audit.checkpoint import Checkpoint, open_checkpoint
from emdia.audit.note import NoteRefusedError, Verifier
from emdia.audit.tiles import CHECKPOINT, WIDTH, Edge, bundle_path, commit_path, tile_path, unpack
from emdia.audit.tree import HASH_BYTES, leaf_hash

Read = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken object of the log and what is wrong with it."""

    path: str
    wrong: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. `checkpoint` is None when it does not hold: then nothing else was looked at."""

    checkpoint: Checkpoint | None
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Grown:
    """One of the two trees, and the stored tiles that contradict it."""

    edge: Edge = field(default_factory=Edge)
    against: list[str] = field(default_factory=list)

    def add(self, fresh: bytes, read: Read) -> None:
        files: dict[str, bytes] = {}
        hashes = self.edge.grow(fresh, files)
        self.edge = Edge(self.edge.size + len(fresh) // HASH_BYTES, hashes)
        self.against += [path for path, body in files.items() if ".p/" not in path and read(path) != body]

    def close(self, read: Read) -> None:
        """The partial tiles of the right edge, once nothing more comes."""
        for level, tile in enumerate(self.edge.hashes):
            if tile:
                path = tile_path(level, self.edge.size >> (8 * (level + 1)), len(tile) // HASH_BYTES)
                if read(path) != tile:
                    self.against.append(path)


def check_log(read: Read, log: Verifier) -> Report:
    """Every live object of the log: checkpoint, tiles, bundles, commit objects. `read` gives None for an absent one."""
    try:
        checkpoint = open_checkpoint(read(CHECKPOINT) or b"", log)
    except NoteRefusedError as refused:
        return Report(None, (Finding(CHECKPOINT, str(refused)),))
    by_entries, by_tiles, unlike = _Grown(), _Grown(), []
    commits, broken = _committed(read, checkpoint.size), []
    for start in range(0, checkpoint.size, WIDTH):
        width = min(WIDTH, checkpoint.size - start)
        bundle, tile = bundle_path(start // WIDTH, width), tile_path(0, start // WIDTH, width)
        entries, stored = _entries(read, bundle, width), read(tile) or b""
        hashes = b"".join([leaf_hash(entry) for entry in entries])
        stored = stored if len(stored) == width * HASH_BYTES else bytes(width * HASH_BYTES)
        if hashes != stored:
            unlike.append(bundle)
        by_entries.add(hashes if len(hashes) == len(stored) else bytes(len(stored)), read)
        by_tiles.add(stored, read)
        for entry in entries:
            path, leaf = next(commits, ("", b""))
            if leaf != entry and path not in broken:
                broken.append(path)
    by_entries.close(read)
    by_tiles.close(read)
    return Report(checkpoint, tuple(_judged(checkpoint, by_entries, by_tiles, unlike, broken)))


def _judged(
    checkpoint: Checkpoint, by_entries: _Grown, by_tiles: _Grown, unlike: list[str], broken: list[str]
) -> Iterator[Finding]:
    if by_entries.edge.root == checkpoint.root:
        yield from (Finding(path, "not the hashes of what lies below it") for path in by_entries.against)
        yield from (Finding(path, "not what the log holds at its place") for path in broken if path)
    elif by_tiles.edge.root == checkpoint.root:
        yield from (Finding(path, "not the entries whose hashes were signed") for path in unlike)
        yield from (Finding(path, "not the hashes of what lies below it") for path in by_tiles.against)
    else:
        yield Finding(CHECKPOINT, "signs another history than tiles and entries tell")
        yield from (Finding(path, "entries and hashes differ") for path in unlike)


def _entries(read: Read, path: str, width: int) -> list[bytes]:
    try:
        entries = unpack(read(path) or b"")
    except ValueError:
        return []
    return entries if len(entries) == width else []


def _committed(read: Read, size: int) -> Iterator[tuple[str, bytes]]:
    """Leaves in the order they were committed, each with the object it was committed by."""
    at = 0
    while at < size:
        path = commit_path(at)
        try:
            entries = unpack_batch(read(path) or b"")
        except ValueError:
            # Where the next one begins is unknown: everything up to the end is told as this object's.
            while True:
                yield path, b""
        yield from ((path, entry.leaf) for entry in entries)
        at += len(entries)
