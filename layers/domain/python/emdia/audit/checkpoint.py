"""C2SP tlog-checkpoint: origin, size and root of a log, as the text of a signed note."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass

from emdia.audit.note import Note, NoteRefusedError, Verifier, check, parse_note
from emdia.audit.tree import HASH_BYTES


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself at one size."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The signed bytes: three lines."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def checkpoint_of(note: Note) -> Checkpoint:
    """Raises NoteRefusedError unless the text is exactly a checkpoint without extension lines."""
    lines = note.text.split("\n")
    try:
        origin, size, root, end = lines
        made = Checkpoint(origin, int(size), b64decode(root, validate=True))
    except (ValueError, Base64Error):
        raise NoteRefusedError("not a checkpoint") from None
    if end or not origin or made.size < 0 or len(made.root) != HASH_BYTES or made.text != note.text:
        raise NoteRefusedError("not a checkpoint")
    return made


def open_checkpoint(raw: bytes, verifier: Verifier) -> Checkpoint:
    """The checkpoint in `raw`, signed by the log itself. Raises NoteRefusedError."""
    note = parse_note(raw)
    made = checkpoint_of(note)
    if made.origin != verifier.name:
        raise NoteRefusedError("a checkpoint of another log")
    check(note, verifier)
    return made
