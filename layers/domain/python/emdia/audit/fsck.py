"""Checks a log against its signed checkpoint and names the exact objects that are broken.

Every leaf's hash is told three times: by the entry bundle, the level-0 tile and the batch that committed it; where
they differ, the hash above decides, at the right edge the signed root itself. One tree is grown from what holds. It
must lead to every checkpoint ever signed; whatever object contradicts it is broken. Memory stays flat.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from emdia.audit.checkpoint import Checkpoint, open_checkpoint
from emdia.audit.commits import Commits, Run
from emdia.audit.findings import Finding, Report, Wrong
from emdia.audit.note import NoteRefusedError, Verifier
from emdia.audit.partials import Partials, ahead_of
from emdia.audit.ports import DamagedError, LogReader
from emdia.audit.tiles import CHECKPOINT, WIDTH, Edge, bundle_path, commit_path, levels_of, place_of, tile_path, unpack
from emdia.audit.tree import EMPTY, HASH_BYTES, leaf_hash, perfect_root


def check_log(reader: LogReader, log: Verifier, trusted: Checkpoint | None = None, *, batches: bool = True) -> Report:
    """Check every object of the log; from `trusted` on, only what was added since. Raises TryLater.

    `batches`: whether the reader has the committed batches too; a mirror for others has none.
    """
    check = _Check(reader, log, batches)
    checkpoint = check.latest()
    if checkpoint is None:
        return Report(None, check.findings)
    if trusted and trusted.size > checkpoint.size:
        check.tell(CHECKPOINT, Wrong.NOT_TRUSTED)
        return Report(checkpoint, check.findings)
    first = check.walk(checkpoint, trusted or Checkpoint(checkpoint.origin, 0, EMPTY))
    check.surroundings(checkpoint)
    return Report(checkpoint, check.findings, first, check.note)


@dataclass(slots=True)
class _Check:
    reader: LogReader
    log: Verifier
    batches: bool
    note: bytes = b""
    told: dict[str, Wrong] = field(default_factory=dict)
    size: int = 0
    edge: Edge = field(default_factory=Edge)
    _began: tuple[bytes, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(Finding(path, wrong) for path, wrong in self.told.items())

    def tell(self, path: str, wrong: Wrong) -> None:
        self.told.setdefault(path, wrong)

    def read(self, path: str) -> bytes | None:
        """An object that has to be there."""
        try:
            body = self.reader.read(path)
        except DamagedError:
            self.tell(path, Wrong.DAMAGED)
            return None
        if body is None:
            self.tell(path, Wrong.MISSING)
        return body

    def latest(self) -> Checkpoint | None:
        body = self.read(CHECKPOINT)
        self.note = self.note or body or b""
        return self._opened(CHECKPOINT, body)

    def _opened(self, name: str, body: bytes | None) -> Checkpoint | None:
        if body is None:
            return None
        try:
            return open_checkpoint(body, self.log)
        except NoteRefusedError:
            self.tell(name, Wrong.REFUSED)
            return None

    def walk(self, checkpoint: Checkpoint, trusted: Checkpoint) -> int:
        """Grow the tree from the bundle that holds the trusted end; the first entry looked at."""
        first = trusted.size - trusted.size % WIDTH
        signed = self._signed(checkpoint, trusted)
        self.size, self.edge = checkpoint.size, self._edge_at(first, checkpoint.size)
        self._began = self.edge.hashes
        sizes = sorted(signed)
        self._compare(first, self.edge, signed)
        partials = Partials(self.reader, self.read, lambda path: self.tell(path, Wrong.NOT_PART))
        commits = Commits(
            self.reader, self.read, lambda path, stray: self.tell(path, Wrong.STRAY if stray else Wrong.MALFORMED),
            checkpoint.size,
        )  # fmt: skip
        if self.batches and first < checkpoint.size:
            commits.start(first)
        for start in range(first, checkpoint.size, WIDTH):
            width = min(WIDTH, checkpoint.size - start)
            committed = commits.take(width) if self.batches else []
            entries, hashes = self._entries(checkpoint, start, width, committed)
            for size in sizes[bisect_right(sizes, start) : bisect_left(sizes, start + width)]:
                part = Edge(size, self.edge.grow(hashes[: (size - start) * HASH_BYTES], {}))
                self._compare(size, part, signed)
            partials.bundle(start // WIDTH, entries)
            self._grow(hashes, partials)
            self._compare(start + width, self.edge, signed)
        if self.batches:
            commits.finish()
        for level, tile in enumerate(self.edge.hashes):
            if tile:
                self._tile(level, self.edge.size >> (8 * (level + 1)), tile, partials)
        return first

    def _signed(self, checkpoint: Checkpoint, trusted: Checkpoint) -> dict[int, list[tuple[str, bytes, Wrong]]]:
        """Root by size of everything ever signed from the trusted end on, with the name of who says so."""
        signed: dict[int, list[tuple[str, bytes, Wrong]]] = {}
        largest = 0
        for name, body in self.reader.checkpoints():
            old = self._opened(name, body)
            if old is None or old.size < trusted.size:
                continue
            largest = max(largest, old.size)
            if (name, old.root, Wrong.OTHER_HISTORY) not in signed.setdefault(old.size, []):
                signed[old.size].append((name, old.root, Wrong.OTHER_HISTORY))
        if largest > checkpoint.size and self.latest() == checkpoint:
            self.tell(CHECKPOINT, Wrong.OTHER_HISTORY)  # an older one was put in its place
        signed.setdefault(checkpoint.size, []).append((CHECKPOINT, checkpoint.root, Wrong.OTHER_HISTORY))
        signed.setdefault(trusted.size, []).append((CHECKPOINT, trusted.root, Wrong.NOT_TRUSTED))
        return signed

    def _compare(self, size: int, edge: Edge, signed: dict[int, list[tuple[str, bytes, Wrong]]]) -> None:
        for name, root, wrong in signed.pop(size, ()):
            if edge.root != root and not (wrong is Wrong.NOT_TRUSTED and self._blamed(size)):
                self.tell(name, wrong)

    def _edge_at(self, first: int, size: int) -> Edge:
        """The edge where a bundle ends, from the tiles of today."""
        hashes = []
        for level, count in levels_of(first):
            index, width = count // WIDTH, count % WIDTH
            now = min(WIDTH, (size >> (8 * level)) - index * WIDTH)
            tile = self.read(tile_path(level, index, now)) if width else b""
            hashes.append((tile or b"").ljust(width * HASH_BYTES, b"\0")[: width * HASH_BYTES])
        return Edge(first, tuple(hashes))

    def _blamed(self, size: int) -> bool:
        """Whether a tile that the walk began from contradicts the tiles below it; tells which."""
        found = False
        for level, tile in enumerate(self._began):
            index = (size - size % WIDTH) >> (8 * (level + 1))
            for nth in range(len(tile) // HASH_BYTES if level else 0):
                below = self.read(tile_path(level - 1, index * WIDTH + nth)) or b""
                if perfect_root(below) != tile[nth * HASH_BYTES : (nth + 1) * HASH_BYTES]:
                    now = min(WIDTH, (self.size >> (8 * level)) - index * WIDTH)
                    self.tell(tile_path(level, index, now), Wrong.NOT_HASHES)
                    found = True
        return found

    def _entries(
        self, checkpoint: Checkpoint, start: int, width: int, committed: Sequence[Run]
    ) -> tuple[list[bytes], bytes]:
        """Entries and joined hashes of a bundle as they must have been; tells which objects say otherwise."""
        index = start // WIDTH
        bundle, tile = bundle_path(index, width), tile_path(0, index, width)
        entries, by_tile = _unpacked(self.read(bundle), width), self.read(tile)
        by_bundle = b"".join([leaf_hash(entry) for entry in entries])
        leaves = [leaf for _, part in committed for leaf in part]
        if by_bundle == by_tile and (leaves == entries or not committed):
            return entries, by_bundle
        known = [leaf for leaf in leaves if leaf is not None]
        by_batch = b"".join([leaf_hash(leaf) for leaf in known]) if len(known) == width else b""
        said = [one for one in (by_tile, by_bundle, by_batch) if one and len(one) == width * HASH_BYTES]
        hashes = self._decided(checkpoint, start, width, said)
        if by_bundle != hashes:
            self.tell(bundle, Wrong.NOT_ENTRIES)
        if by_tile != hashes:
            self.tell(tile, Wrong.NOT_HASHES)
        at = 0
        for path, part in committed:
            for nth, leaf in enumerate(part, at):
                if leaf is not None and leaf_hash(leaf) != hashes[nth * HASH_BYTES : (nth + 1) * HASH_BYTES]:
                    self.tell(path, Wrong.NOT_LEAVES)
            at += len(part)
        return (entries if by_bundle == hashes else known if by_batch == hashes else []), hashes

    def _decided(self, checkpoint: Checkpoint, start: int, width: int, said: Sequence[bytes]) -> bytes:
        """Which of the accounts holds."""
        above = b""
        if start + width < checkpoint.size:
            index, at = divmod(start // WIDTH, WIDTH)
            tile = self.read(tile_path(1, index, min(WIDTH, checkpoint.size // WIDTH - index * WIDTH)))
            above = (tile or b"")[at * HASH_BYTES : (at + 1) * HASH_BYTES]
        for one in said:
            if perfect_root(one) == above if above else self._root_with(one) == checkpoint.root:
                return one
        return max(said, key=said.count, default=bytes(width * HASH_BYTES))

    def _root_with(self, hashes: bytes) -> bytes:
        return Edge(self.edge.size + len(hashes) // HASH_BYTES, self.edge.grow(hashes, {})).root

    def _grow(self, hashes: bytes, partials: Partials) -> None:
        files: dict[str, bytes] = {}
        grown = self.edge.grow(hashes, files)
        self.edge = Edge(self.edge.size + len(hashes) // HASH_BYTES, grown)
        for path, body in files.items():
            place = place_of(path)
            if place and place[1] == WIDTH:
                self._tile(int(path.split("/")[1]), place[0], body, partials)

    def _tile(self, level: int, index: int, body: bytes, partials: Partials) -> None:
        path = tile_path(level, index, len(body) // HASH_BYTES)
        if level and self.read(path) != body:  # level 0 was compared with the entries
            self.tell(path, Wrong.NOT_HASHES)
        partials.tile(level, index, body)

    def surroundings(self, checkpoint: Checkpoint) -> None:
        """What no walk meets: objects written twice, and objects beyond the log's end."""
        for path in self.reader.rewritten():
            self.tell(path, Wrong.REWRITTEN)
        ahead = list(ahead_of(self.reader, checkpoint.size))
        # A worker that is publishing right now writes tiles before it signs.
        moving = commit_path(checkpoint.size) in self.reader.names(commit_path(checkpoint.size))
        if ahead and not moving and self.latest() == checkpoint:
            for path in ahead:
                self.tell(path, Wrong.STRAY)


def _unpacked(body: bytes | None, width: int) -> list[bytes]:
    try:
        entries = unpack(body or b"")
    except ValueError:
        return []
    return entries if len(entries) == width else []
