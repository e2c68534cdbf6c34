"""Each operator's protocol key (ports.Seals), made from its pseudonym key: nothing more to store, wrap or lose."""

import hmac
from typing import TYPE_CHECKING

from emdia.aws.keyring import PSEUDONYM_CLASS, Keyring

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# Domain separation: pseudonyms are MACs over `kind\\x00value`, and no kind spells this.
_LABEL = b"\x01emdia protocol seal v1"


class KeyedSeals:
    """Ed25519 with the 32 bytes HMAC-SHA256 of the label under the operator's key, which never rotates."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def sign(self, ans: str, data: bytes) -> bytes:
        """See ports.Seals."""
        return self._key(ans).sign(data)

    def public_key(self, ans: str) -> bytes:
        """See ports.Seals."""
        return self._key(ans).public_key().public_bytes_raw()

    def _key(self, ans: str) -> "Ed25519PrivateKey":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415  who signs pays

        secret = self._keyring.class_key(ans, PSEUDONYM_CLASS).secret
        return Ed25519PrivateKey.from_private_bytes(hmac.digest(secret, _LABEL, "sha256"))
