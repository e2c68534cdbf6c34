"""A mark on every copy by which anybody can tell, without asking us, that a number is the operator's. Pure.

The mark is a line of text, printed as a QR code: what is vouched for, and an Ed25519 signature (RFC 8032) over it by
the operator's protocol key. The operator publishes the public key; checking needs no network.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import datetime

from emdia.clock import instant
from emdia.errors import Rejected

_MARK = re.compile(r"EMDIA1/([0-9]{20})/([0-9T:.\-]{23}Z)/([A-Za-z0-9_-]{86})")


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a mark says: this number was issued at this moment (UTC, `2026-11-25T12:00:00.000Z`)."""

    number: str
    issued_at: str

    @property
    def signed(self) -> bytes:
        """The exact bytes under the signature."""
        return f"emdia protocol v1\n{self.number}\n{self.issued_at}\n".encode()


def vouch(number: str, issued_at: datetime) -> Vouched:
    """What is to be signed for `number`, issued at `issued_at` (aware, UTC)."""
    return Vouched(number, instant(issued_at))


def mark(vouched: Vouched, signature: bytes) -> str:
    """The line that is printed. `signature`: the 64 bytes of Ed25519."""
    return f"EMDIA1/{vouched.number}/{vouched.issued_at}/{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def read_mark(text: str, public_key: bytes) -> Vouched:
    """What a mark vouches for, once its signature by `public_key` (32 bytes) holds.

    Raises Rejected: `mark-malformed` for what is no mark of this kind, `mark-false` for one the key did not sign.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  only who checks marks pays for it
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    found = _MARK.fullmatch(text.strip())
    if found is None:
        raise Rejected("mark-malformed")
    vouched = Vouched(found[1], found[2])
    try:
        signature = urlsafe_b64decode(found[3] + "==")
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, vouched.signed)
    except (NotBase64, InvalidSignature):
        raise Rejected("mark-false") from None
    return vouched
