"""Keyed ids over the operator's pseudonym key (ports.Pseudonyms)."""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

from emdia.aws.keyring import PSEUDONYM_CLASS, Keyring
from emdia.errors import Rejected

_MAC_BYTES = 16
_TOKEN = re.compile(r"([0-9]{6})\.([A-Za-z0-9_-]{1,1024})\.([A-Za-z0-9_-]{22})")
# Kinds of pseudonyms are field names, so no kind can ever spell this one.
_TOKEN_KIND = "\x01token"  # noqa: S105  a name, no secret


class KeyedPseudonyms:
    """The key of class `pseudonimo` never rotates: a pseudonym stands for its value for ever."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def of(self, ans: str, kind: str, value: str) -> str:
        """See ports.Pseudonyms. Makes the operator's key on first use: call it for operators of ours only."""
        key = self._keyring.class_key(ans, PSEUDONYM_CLASS, create=True)
        return _mac(key.secret, kind, value).hex()

    def seal_token(self, ans: str, text: str) -> str:
        """See ports.Pseudonyms. `<ans>.<text in base64url>.<mac in base64url>`.

        Raises Halted for an operator without a key: what `text` may hold are pseudonyms made with it.
        """
        key = self._keyring.class_key(ans, PSEUDONYM_CLASS)
        return f"{ans}.{_b64(text.encode())}.{_b64(_mac(key.secret, _TOKEN_KIND, text))}"

    def open_token(self, token: str) -> tuple[str, str]:
        """See ports.Pseudonyms. Never makes a key: anybody may call this with any register."""
        found = _TOKEN.fullmatch(token)
        if found is None:
            raise Rejected("token-invalid")
        ans, body, mac = found.groups()
        key = self._keyring.class_key_if_any(ans, PSEUDONYM_CLASS)
        try:
            text = urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
        except (NotBase64, UnicodeDecodeError):
            raise Rejected("token-invalid") from None
        if key is None or not hmac.compare_digest(_b64(_mac(key.secret, _TOKEN_KIND, text)), mac):
            raise Rejected("token-invalid")
        return ans, text


def _mac(secret: bytes, kind: str, value: str) -> bytes:
    return hmac.digest(secret, f"{kind}\x00{value}".encode(), "sha256")[:_MAC_BYTES]


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
