"""C2SP signed notes: a text and the lines that sign it, verifier keys, Ed25519 (0x01) and cosignatures (0x04)."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519 = 0x01
COSIGNATURE = 0x04
_DASH = "\u2014 "  # the em dash that begins a signature line
_SPKI = bytes.fromhex("302a300506032b6570032100")  # what a DER public key has before its 32 bytes


class NoteRefusedError(ValueError):
    """A note is malformed, or a signature on it is not what it says."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A name, the type of its signatures and its public key (32 bytes)."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """SHA-256(name, newline, type, key), first four bytes."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """How verifiers are told of it: `name+hash+key`."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.kind]) + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line."""

    name: str
    key_id: bytes
    body: bytes

    @property
    def line(self) -> str:
        """As it stands in the note, newline included."""
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.body).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """`text` ends with a newline and is what is signed."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """The note's bytes."""
        return (self.text + "\n" + "".join(one.line for one in self.signatures)).encode()


def public_of_spki(der: bytes) -> bytes:
    """The 32 bytes of an Ed25519 key from its DER form. Raises NoteRefusedError for any other key."""
    if len(der) != len(_SPKI) + 32 or not der.startswith(_SPKI):
        raise NoteRefusedError("not an Ed25519 public key")
    return der[len(_SPKI) :]


def spki_of_public(public: bytes) -> bytes:
    """The DER form that OpenSSL reads."""
    return _SPKI + public


def parse_vkey(text: str) -> Verifier:
    """Raises NoteRefusedError for a key whose hash does not fit or whose type is unknown here."""
    try:
        name, stated, key = text.strip().split("+", 2)
        raw = b64decode(key, validate=True)
        verifier = Verifier(name, raw[0], raw[1:])
        fits = bytes.fromhex(stated) == verifier.key_id
    except (ValueError, IndexError):
        raise NoteRefusedError("malformed verifier key") from None
    if not fits or verifier.kind not in (ED25519, COSIGNATURE) or len(verifier.public) != 32:
        raise NoteRefusedError("verifier key of an unknown type or with a wrong hash")
    return verifier


def parse_note(raw: bytes) -> Note:
    """Raises NoteRefusedError unless it is a note to the byte."""
    try:
        text, signed, lines = raw.decode().rpartition("\n\n")
    except UnicodeDecodeError:
        raise NoteRefusedError("not UTF-8") from None
    if not signed or not lines.endswith("\n"):
        raise NoteRefusedError("no signature lines")
    signatures = []
    for line in lines[:-1].split("\n"):
        name, space, coded = line.removeprefix(_DASH).partition(" ")
        try:
            data = b64decode(coded, validate=True)
        except Base64Error:
            raise NoteRefusedError("malformed signature line") from None
        if not line.startswith(_DASH) or not name or not space or len(data) < 5:
            raise NoteRefusedError("malformed signature line")
        signatures.append(Signature(name, data[:4], data[4:]))
    return Note(text + "\n", tuple(signatures))


def cosigned_text(text: str, seconds: int) -> bytes:
    """What a type 0x04 signature signs: its time (POSIX seconds) before the note's text."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def check(note: Note, verifier: Verifier) -> int:
    """Check the verifier's signature on the note: the time of a cosignature (POSIX seconds), else 0.

    Raises NoteRefusedError when it has none or one that does not hold.
    """
    mine = [one for one in note.signatures if (one.name, one.key_id) == (verifier.name, verifier.key_id)]
    if len(mine) != 1:
        raise NoteRefusedError("no signature by this key, or several")
    seconds, message, body = 0, note.text.encode(), mine[0].body
    if verifier.kind == COSIGNATURE:
        seconds, body = int.from_bytes(body[:8], "big"), body[8:]
        message = cosigned_text(note.text, seconds)
    try:
        Ed25519PublicKey.from_public_bytes(verifier.public).verify(body, message)
    except InvalidSignature:
        raise NoteRefusedError("a signature does not hold") from None
    return seconds


def signed(text: str, *by: tuple[Verifier, bytes]) -> Note:
    """A note from its text and raw signatures."""
    return Note(text, tuple(Signature(verifier.name, verifier.key_id, body) for verifier, body in by))


def cosigned(note: Note, witness: Verifier, seconds: int, raw: bytes) -> Note:
    """The note with a witness's signature added."""
    added = Signature(witness.name, witness.key_id, seconds.to_bytes(8, "big") + raw)
    return Note(note.text, (*note.signatures, added))
