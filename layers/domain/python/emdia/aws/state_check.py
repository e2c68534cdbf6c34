"""Holds the items of the `ledger` to the facts of the `journal` (audit.ports.StateCheck).

A fact's row tells in clear which items its leaf names as their last change, and at which version (`names`); each of
them must stand where its newest fact says, and hold what a digest in that leaf says (aws/content.py). Rows of facts
last thirty days: what was changed within them is checked, in slices by the hash of the address where there is much, so
that memory has a bound.
"""

import json
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zlib import crc32

from emdia.audit.ports import Difference
from emdia.aws.content import content_of
from emdia.aws.keyring import Item
from emdia.aws.reading import pages, read_all
from emdia.clock import parse_instant

MOST = 300_000  # items held at once, some 300 MB with what stands there; a portfolio with more is looked at by slices
SKEW = timedelta(minutes=2)  # between the clocks of two workers that change one item in turn

Address = tuple[str, str]  # pk, sk


@dataclass(frozen=True, slots=True)
class _Told:
    """What a fact says of an item it names: version, leaf hash ("" for one that it removed) and the leaf's digests."""

    at: datetime
    v: int
    last: str
    digests: str = ""


@dataclass(frozen=True, slots=True)
class _Held:
    """What stands in the ledger."""

    v: str
    last: str
    content: str


@dataclass(frozen=True)
class DynamoStateCheck:
    """`ledger` and `journal` are table names."""

    dynamodb: Any
    ledger: str
    journal: str
    sleep: Callable[[float], None] = time.sleep

    def differences(self) -> Iterator[Difference]:
        """See audit.ports.StateCheck."""
        todo = [(0, 1)]
        while todo:
            part, of = todo.pop()
            newest = self._newest(part, of)
            if newest is None:
                todo += [(part, 2 * of), (part + of, 2 * of)]
                continue
            held = self._held(newest)
            suspects = {one: told for one, told in newest.items() if not _stands(held.get(one), told)}
            yield from self._confirmed(suspects) if suspects else ()

    def _newest(self, part: int, of: int) -> dict[Address, _Told] | None:
        """What the newest fact says of each item of one slice; None when the slice is too large for one look."""
        newest: dict[Address, _Told] = {}
        for address, told in self._told():
            if crc32("|".join(address).encode()) % of != part:
                continue
            known = newest.get(address)
            if known is None or (known.at, known.v) < (told.at, told.v):
                newest[address] = told
            if len(newest) > MOST:
                return None
        return newest

    def _confirmed(self, suspects: dict[Address, _Told]) -> Iterator[Difference]:
        """Those that no fact explains.

        Somebody may have written between our two reads, or clocks may disagree: the fact of what stands there now is
        in the journal by now.
        """
        held = self._held(suspects)
        explained: set[Address] = set()
        for address, told in self._told():
            if address in suspects and _stands(held.get(address), told):
                explained |= {address} if told.at >= suspects[address].at - SKEW else set()
        for address in sorted(set(suspects) - explained):
            now = held.get(address)
            yield Difference(*address, _wrong(now, suspects[address]))

    def _told(self) -> Iterator[tuple[Address, _Told]]:
        for row in self._facts():
            if "names" in row:
                yield from _told_of(row)

    def _held(self, addresses: Collection[Address]) -> dict[Address, _Held]:
        keys = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in addresses]
        rows = read_all(self.dynamodb, {self.ledger: keys}, self.sleep)[self.ledger]
        return {(row["pk"]["S"], row["sk"]["S"]): _held(row) for row in rows}

    def _facts(self) -> Iterator[Item]:
        request: dict[str, Any] = {
            "TableName": self.journal,
            "FilterExpression": "sk = :e",
            "ExpressionAttributeValues": {":e": {"S": "E"}},
        }
        for page in pages(self.dynamodb.scan, request, "journal Scan"):
            yield from page


def _held(row: Item) -> _Held:
    # Whoever edits an item may take its version away as well.
    v, last = (row.get(name, {}) for name in ("v", "last"))
    return _Held(v.get("N", ""), last.get("S", ""), content_of(row))


def _stands(item: _Held | None, told: _Told) -> bool:
    return told.last == "" if item is None else _named(item, told) and item.content in told.digests.split()


def _named(item: _Held, told: _Told) -> bool:
    return (item.v, item.last) == (str(told.v), told.last)


def _wrong(item: _Held | None, told: _Told) -> str:
    if item is None:
        return "is missing"
    return "holds what was not written" if _named(item, told) else f"stands at version {item.v}"


def _told_of(row: Item) -> list[tuple[Address, _Told]]:
    """What a fact's row says; nothing where no writer of ours made it, which has rung already (FactMalformed)."""
    try:
        leaf = bytes(row["leaf"]["B"])
        leaf_hash, digests = sha256(b"\x00" + leaf).hexdigest(), " ".join(json.loads(leaf)["_sd"])
        ans, at = row["pk"]["S"].partition("#")[0], parse_instant(row["ts"]["S"])
        return [
            ((f"{ans}#{partition}", sort), _Told(at, int(v), "" if gone else leaf_hash, digests))
            for partition, sort, v, gone in json.loads(row["names"]["S"])
        ]
    except (KeyError, TypeError, ValueError):
        return []
