"""A checkpoint as others attest it: cosigned by the witness and, once a day, stamped: what proofs are made under."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from emdia.audit.checkpoint import checkpoint_of
from emdia.audit.note import Verifier, parse_note, parse_vkey
from emdia.audit.ports import LogReader
from emdia.audit.stamp import ROOTS, TOKEN
from emdia.audit.tiles import CHECKPOINT
from emdia.audit.witness import VKEY


@dataclass(frozen=True, slots=True)
class Attested:
    """`note`: a checkpoint with the witness's cosignature; `stamp`: token and roots by name, empty without one."""

    note: bytes
    witness: Verifier
    stamp: Mapping[str, bytes] = field(default_factory=dict)


def attested(book: LogReader, index: int) -> Attested | None:
    """The newest stamped checkpoint that holds entry `index`, else the cosigned one, else None.

    `book` reads what the witness keeps of the log. Raises NoteRefusedError for what it cannot have kept.
    """
    key, newest = book.read(VKEY), book.read(CHECKPOINT)
    if key is None or newest is None:
        return None
    witness = parse_vkey(key.decode())
    for token in sorted((path for path in book.names("stamped/") if path.endswith(f"/{TOKEN}")), reverse=True):
        place = token.removesuffix(TOKEN)
        found = {name: book.read(f"{place}{name}") for name in (CHECKPOINT, TOKEN, ROOTS)}
        note, stamp = found.pop(CHECKPOINT), {name: body for name, body in found.items() if body is not None}
        if note is None or len(stamp) < len(found):
            continue
        if checkpoint_of(parse_note(note)).size > index:
            return Attested(note, witness, stamp)
        break  # older ones hold fewer entries
    return Attested(newest, witness) if checkpoint_of(parse_note(newest)).size > index else None


@dataclass(frozen=True)
class Under:
    """A log read under an earlier checkpoint of its own (audit.ports.LogReader): its tiles are all still there."""

    reader: LogReader
    note: bytes

    def read(self, path: str) -> bytes | None:
        """See audit.ports.LogReader."""
        return self.note if path == CHECKPOINT else self.reader.read(path)

    def names(self, prefix: str, after: str = "") -> Iterator[str]:
        """See audit.ports.LogReader."""
        return self.reader.names(prefix, after)

    def rewritten(self) -> Iterator[str]:
        """See audit.ports.LogReader."""
        return self.reader.rewritten()

    def checkpoints(self) -> Iterator[tuple[str, bytes]]:
        """See audit.ports.LogReader."""
        return self.reader.checkpoints()
