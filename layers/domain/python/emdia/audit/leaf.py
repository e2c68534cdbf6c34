"""Leaf and opening of a fact, to the byte: what is hashed into the log, and what opens it.

A leaf carries no personal data: a salted digest per value (RFC 9901, SD-JWT). The values themselves are in
the opening, sealed under the key of the person they are about; deleting that key erases them and leaves the
log whole. What is written here is kept for years: any change of bytes is a new `v`.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from emdia.errors import Halted
from emdia.ports import Randomness

SALT_BYTES = 16  # 128 bits, 22 characters (RFC 9901 §9.3)
NONCE_BYTES = 12  # AES-256-GCM
MAX_LEAF_BYTES = 65_535  # entry bundles of tlog-tiles prefix each leaf with a 16-bit length
MAX_OPENING_BYTES = 65_535  # beside its leaf in the object that commits it, with the same length prefix
_MAX_INT = 2**53  # beyond it JSON numbers differ between readers (RFC 8785 §3.2.2.3)
_CLEAR = frozenset({"_sd", "_sd_alg", "id", "kind", "ts", "v", "..."})
# With strings and integers alone this equals RFC 8785 (tested on vectors) at a fifth of a library's cost.
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


class SealingKey(Protocol):
    """A data subject's key, as far as an opening needs it."""

    @property
    def kid(self) -> str:
        """Id of the key, in clear beside what it seals."""

    def seal(self, nonce: bytes, plain: bytes, aad: bytes) -> bytes:
        """AES-256-GCM, tag appended."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """The bytes that are hashed and logged, and their disclosures in the order the values came."""

    body: bytes
    disclosures: tuple[str, ...]

    @property
    def hash(self) -> str:
        """Hex SHA-256(0x00 || leaf), as in RFC 6962."""
        return sha256(b"\x00" + self.body).hexdigest()


def canonical(value: Mapping[str, object]) -> str:
    """RFC 8785 JSON of members that are strings, integers below 2^53 or arrays and objects of them.

    >>> canonical({"b": 1, "a": "é"})
    '{"a":"é","b":1}'
    """
    return _encode(value)


def make_leaf(
    fact: str,
    kind: str,
    ts: str,
    values: Sequence[tuple[str, str | int]],
    randomness: Randomness,
    more: Collection[str] = (),
) -> Leaf:
    """Leaf of fact `fact` (32 hex), which happened at `ts` (UTC instant as text). `more`: digests opened elsewhere.

    Raises Halted for a repeated or reserved name, a value that JSON readers could read differently, or a
    leaf over 65,535 bytes: such a fact can never be logged, and must not be lost silently.
    """
    names = {name for name, _ in values}
    if len(names) != len(values) or names & _CLEAR:
        raise Halted(f"fact {kind}: a value's name is repeated or reserved")
    salts = randomness.token(SALT_BYTES * len(values)) if values else b""
    try:
        disclosures = tuple(
            _disclosure(salts[SALT_BYTES * i : SALT_BYTES * (i + 1)], name, _plain(kind, name, value))
            for i, (name, value) in enumerate(values)
        )
        digests = sorted([*(b64url(sha256(text.encode()).digest()) for text in disclosures), *more])
        body = canonical({"_sd": digests, "_sd_alg": "sha-256", "id": fact, "kind": kind, "ts": ts, "v": 1}).encode()
    except UnicodeEncodeError:
        raise Halted(f"fact {kind}: a value is not Unicode text") from None
    if len(body) > MAX_LEAF_BYTES:
        raise Halted(f"fact {kind}: leaf of {len(body)} bytes")
    return Leaf(body, disclosures)


def seal_opening(fact: str, sealed: Sequence[tuple[SealingKey, Sequence[str]]], randomness: Randomness) -> str:
    """The private half: one `op` item per data subject, holding that subject's disclosures joined by `~`.

    Raises Halted for one over 65,535 bytes: the log could never take it.
    """
    nonces = randomness.token(NONCE_BYTES * len(sealed)) if sealed else b""
    items = []
    for i, (key, disclosures) in enumerate(sealed):
        nonce = nonces[NONCE_BYTES * i : NONCE_BYTES * (i + 1)]
        text = key.seal(nonce, "~".join(disclosures).encode(), f"{fact}|{key.kid}".encode())
        items.append({"ct": b64url(nonce + text), "kid": key.kid})
    opening = canonical({"id": fact, "op": items})
    if len(opening) > MAX_OPENING_BYTES:  # ASCII throughout: ids, base64 and key ids
        raise Halted(f"fact {fact}: opening of {len(opening)} bytes")
    return opening


def _plain(kind: str, name: str, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Halted(f"fact {kind}: {name} is neither text nor integer")
    if isinstance(value, int) and abs(value) >= _MAX_INT:
        raise Halted(f"fact {kind}: {name} is too large an integer")
    return value


def _disclosure(salt: bytes, name: str, value: object) -> str:
    return b64url(_encode([b64url(salt), name, value]).encode())


def digest_of(salt: bytes, name: str, value: str) -> str:
    """What stands in a leaf for a value that is disclosed elsewhere (RFC 9901 §4.2.3)."""
    return b64url(sha256(_disclosure(salt, name, value).encode()).digest())


def leaf_of(last: str) -> str:
    """The leaf hash (hex SHA-256) that a `State.last` names.

    >>> leaf_of("ab12.c2FsdA"), leaf_of("")
    ('ab12', '')
    """
    return last.partition(".")[0]


def told_by(disclosure: str) -> tuple[str, str | int]:
    """Name and value that a disclosure tells. Raises ValueError for one that is none.

    >>> told_by("WyJBQUFBQUFBQUFBQUFBQUFBQUFBQUFBIiwidmVyIiwzXQ")
    ('ver', 3)
    """
    _, name, value = json.loads(urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
    return name, value


def b64url(data: bytes) -> str:
    """Base64 for URLs, without padding (RFC 9901)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()
