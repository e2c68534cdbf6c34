"""C2SP tlog-proof: one file that shows offline that an entry stands in a log."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass

from emdia.audit.checkpoint import Checkpoint, open_checkpoint
from emdia.audit.note import Verifier, check, parse_note
from emdia.audit.tree import HASH_BYTES, ProofFailedError, check_inclusion, leaf_hash

_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Proof:
    """Index, inclusion proof and the signed checkpoint it leads to."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes

    def encode(self) -> bytes:
        """The file's bytes."""
        steps = "".join(f"{b64encode(step).decode()}\n" for step in self.hashes)
        return f"{_HEADER}\nindex {self.index}\n{steps}\n".encode() + self.checkpoint

    def check(self, entry: bytes, log: Verifier, witnesses: Sequence[Verifier] = ()) -> Checkpoint:
        """The checkpoint `entry` is proved to be in. Raises NoteRefusedError or ProofFailedError."""
        checkpoint = open_checkpoint(self.checkpoint, log)
        for witness in witnesses:
            check(parse_note(self.checkpoint), witness)
        check_inclusion(leaf_hash(entry), self.index, checkpoint.size, self.hashes, checkpoint.root)
        return checkpoint


def parse_proof(raw: bytes) -> Proof:
    """Raises ProofFailedError for a file that is no proof to the byte."""
    head, blank, checkpoint = raw.partition(b"\n\n")
    try:
        header, index, *steps = head.decode().split("\n")
        proof = Proof(
            int(index.removeprefix("index ")), tuple(b64decode(step, validate=True) for step in steps), checkpoint
        )
    except (ValueError, Base64Error):
        raise ProofFailedError("not a proof") from None
    if not blank or header != _HEADER or any(len(step) != HASH_BYTES for step in proof.hashes):
        raise ProofFailedError("not a proof")
    if proof.encode() != raw:
        raise ProofFailedError("not a proof")
    return proof
