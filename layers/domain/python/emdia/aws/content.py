"""What an item holds, as the leaf of the fact that wrote it says it: a salted digest whose salt lies in the item.

The leaf of the fact that ends it, by the next version or by removing it, carries another digest under that same salt.
So whoever has item and log can tell, with no key and at any age, that somebody changed the one past the other or put a
former state back; whoever has the log alone learns nothing. The salt goes with the item.
"""

from base64 import urlsafe_b64decode
from hashlib import sha256

from emdia.audit.leaf import SALT_BYTES, b64url, digest_of
from emdia.aws.keyring import Item
from emdia.ports import Randomness

SALT = "salt"
# `last` is the hash of the very leaf the digest stands in.
_APART = frozenset({SALT, "last"})


def salted(item: Item, randomness: Randomness) -> str:
    """Give a new `item`, complete but for `last`, its salt; the digest its leaf must carry."""
    item[SALT] = {"B": randomness.token(SALT_BYTES)}
    return content_of(item)


def last_of(item: Item) -> str:
    """`State.last` of an item."""
    leaf = str(item["last"]["S"])
    return f"{leaf}.{b64url(bytes(item[SALT]['B']))}" if SALT in item else leaf


def ended(pk: str, sk: str, last: str) -> str:
    """What the leaf that ends an item must carry: the digest of `[salt, "sucedido <pk>|<sk>", its leaf's hash]`.

    "" for an item without a salt.
    """
    leaf, _, salt = last.partition(".")
    return digest_of(urlsafe_b64decode(f"{salt}=="), f"sucedido {pk}|{sk}", leaf) if salt else ""


def content_of(item: Item) -> str:
    """The digest of `item` as it stands, as RFC 9901 makes it of `[salt, "conteudo <pk>|<sk>", <its SHA-256>]`.

    Of an item without a salt it is "", which stands in no leaf.
    """
    if SALT not in item:
        return ""
    told = sha256()
    for name in sorted(item.keys() - _APART):
        ((kind, value),) = item[name].items()
        data = value.encode() if isinstance(value, str) else bytes(value)
        # With its length before it, no value can be read as the beginning of the next.
        told.update(f"{name} {kind} {len(data)} ".encode() + data)
    address = f"conteudo {item['pk']['S']}|{item['sk']['S']}"
    return digest_of(bytes(item[SALT]["B"]), address, b64url(told.digest()))
