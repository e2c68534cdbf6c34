"""Proofs out of a log as it is stored: that an entry stands in it, that it only grew. Object by object, few of them.

What is read is not believed: a proof that does not lead to the signed root is never handed out.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from emdia.audit.batch import batch_of, unpack_batch
from emdia.audit.checkpoint import Checkpoint, open_checkpoint
from emdia.audit.note import NoteRefusedError, Verifier
from emdia.audit.ports import DamagedError, LogReader
from emdia.audit.proof import Proof
from emdia.audit.tiles import CHECKPOINT, WIDTH, Tree, bundle_path, commit_path, tile_path, unpack
from emdia.audit.tree import (
    ProofFailedError,
    check_consistency,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    range_root,
)
from emdia.errors import Halted

_KEPT_TILES = 64  # proofs of neighbours share them


@dataclass(frozen=True, slots=True)
class Grown:
    """That the log of `old` entries is the beginning of the one that `note` signs."""

    old: int
    hashes: tuple[bytes, ...]
    note: bytes

    def encode(self) -> bytes:
        """As a C2SP witness is asked to cosign it (tlog-witness, add-checkpoint): it is the format there is."""
        steps = "".join(f"{b64encode(step).decode()}\n" for step in self.hashes)
        return f"old {self.old}\n{steps}\n".encode() + self.note


@dataclass
class Prover:
    """Proofs under one signed checkpoint, its newest. Every method raises Halted for a log that contradicts itself."""

    reader: LogReader
    log: Verifier
    _tiles: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def begun(self) -> bytes | None:
        """The checkpoint's bytes; None where the log has none yet."""
        try:
            return self.reader.read(CHECKPOINT)
        except DamagedError as error:
            raise Halted(f"log {self.log.name}: {CHECKPOINT} is damaged") from error

    @property
    def note(self) -> bytes:
        """The checkpoint as it is signed."""
        if self.begun is None:
            raise Halted(f"log {self.log.name}: {CHECKPOINT} is missing")
        return self.begun

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """What the log says of itself."""
        return self._opened(self.note)

    def entry(self, index: int) -> tuple[bytes, Proof]:
        """Leaf at `index` and its inclusion proof: six objects are read of a log of a million."""
        size = self.checkpoint.size
        start = index - index % WIDTH
        width = min(WIDTH, size - start)
        leaf_tile = tile_path(0, start // WIDTH, width)
        leaves = self._bundle(start // WIDTH, width)
        # The hashes of the bundle's own tile need not be read: they follow from it.
        self._tiles[leaf_tile] = b"".join([leaf_hash(leaf) for leaf in leaves])
        proof = Proof(index, tuple(inclusion_proof(self._tree.node, index, size)), self.note)
        leaf = leaves[index - start]
        try:
            proof.check(leaf, self.log)
        except ProofFailedError as failed:
            raise Halted(f"log {self.log.name}: entry {index}: {failed}; see fsck") from failed
        return leaf, proof

    def opening(self, index: int) -> bytes:
        """The sealed opening beside the leaf at `index`."""
        start = batch_of(self.reader.names, index)
        if start is None:
            raise Halted(f"log {self.log.name}: no batch holds entry {index}")
        try:
            return unpack_batch(self._must(commit_path(start)))[index - start].opening
        except (ValueError, IndexError) as error:
            raise Halted(f"log {self.log.name}: {commit_path(start)} is malformed; see fsck") from error

    def leaves(self) -> Iterator[bytes]:
        """Every leaf in order."""
        size = self.checkpoint.size
        for start in range(0, size, WIDTH):
            yield from self._bundle(start // WIDTH, min(WIDTH, size - start))

    def grown(self, old: int, new: int | None = None) -> Grown | None:
        """That the log grew from `old` to `new` (None: to its newest size); None where no checkpoint signs `new`.

        Raises ValueError for sizes that are no growth of this log.
        """
        note = self.note if new in (None, self.checkpoint.size) else self._signed_at(new or 0)
        if note is None:
            return None
        later = self._opened(note)
        if not 0 <= old <= later.size <= self.checkpoint.size:
            raise ValueError("sizes that are no growth of this log")
        hashes = consistency_proof(self._tree.node, old, later.size)
        try:
            check_consistency(old, later.size, range_root(self._tree.node, 0, old), later.root, hashes)
        except ProofFailedError as failed:
            raise Halted(f"log {self.log.name}: from {old} to {later.size}: {failed}; see fsck") from failed
        return Grown(old, tuple(hashes), note)

    def grown_from(self, known: Checkpoint) -> Grown:
        """That the newest log continues `known`, whose root is believed, not its tiles. Raises Halted."""
        hashes = consistency_proof(self._tree.node, known.size, self.checkpoint.size)
        try:
            check_consistency(known.size, self.checkpoint.size, known.root, self.checkpoint.root, hashes)
        except ProofFailedError as failed:
            raise Halted(f"log {self.log.name}: does not continue its {known.size} entries: {failed}") from failed
        return Grown(known.size, tuple(hashes), self.note)

    def _signed_at(self, size: int) -> bytes | None:
        """The checkpoint that was published at `size`, newest versions first."""
        for _, note in self.reader.checkpoints():
            found = self._opened(note).size
            if found <= size:
                return note if found == size else None
        return None

    def _opened(self, note: bytes) -> Checkpoint:
        try:
            return open_checkpoint(note, self.log)
        except NoteRefusedError as refused:
            raise Halted(f"log {self.log.name}: checkpoint: {refused}") from refused

    def _bundle(self, index: int, width: int) -> Sequence[bytes]:
        path = bundle_path(index, width)
        try:
            leaves = unpack(self._must(path))
        except ValueError as error:
            raise Halted(f"log {self.log.name}: {path}: {error}") from error
        if len(leaves) != width:
            raise Halted(f"log {self.log.name}: {path} holds {len(leaves)} entries")
        return leaves

    @cached_property
    def _tree(self) -> Tree:
        return Tree(self.checkpoint.size, self._tile)

    def _tile(self, path: str) -> bytes:
        if path not in self._tiles:
            if len(self._tiles) >= _KEPT_TILES:
                self._tiles.pop(next(iter(self._tiles)))
            self._tiles[path] = self._must(path)
        return self._tiles[path]

    def _must(self, path: str) -> bytes:
        try:
            body = self.reader.read(path)
        except DamagedError:
            body = None
        if body is None:
            raise Halted(f"log {self.log.name}: {path} is missing or damaged")
        return body
