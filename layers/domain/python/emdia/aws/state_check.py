"""Holds the items of the `ledger` to the facts of the `journal` (audit.ports.StateCheck).

A fact's row tells in clear which items its leaf names as their last change, and at which version (`names`); each of
them must stand where its newest fact says. Rows of facts last thirty days: what was changed within them is checked, in
slices by the hash of the address where there is much, so that memory has a bound.
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
from emdia.aws.keyring import Item
from emdia.aws.reading import pages, read_all
from emdia.clock import parse_instant

MOST = 500_000  # items held at once, some 300 MB with what stands there; a portfolio with more is looked at by slices
SKEW = timedelta(minutes=2)  # between the clocks of two workers that change one item in turn

Address = tuple[str, str]  # pk, sk


@dataclass(frozen=True, slots=True)
class _Told:
    """What a fact says of an item it names: version and leaf hash; "" for one that it removed."""

    at: datetime
    v: int
    last: str


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
            yield Difference(*address, "is missing" if now is None else f"stands at version {now['v']['N']}")

    def _told(self) -> Iterator[tuple[Address, _Told]]:
        for row in self._facts():
            if "names" not in row:
                continue
            leaf_hash = sha256(b"\x00" + bytes(row["leaf"]["B"])).hexdigest()
            ans, at = row["pk"]["S"].partition("#")[0], parse_instant(row["ts"]["S"])
            for partition, sort, v, gone in json.loads(row["names"]["S"]):
                yield (f"{ans}#{partition}", sort), _Told(at, v, "" if gone else leaf_hash)

    def _held(self, addresses: Collection[Address]) -> dict[Address, Item]:
        keys = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in addresses]
        rows = read_all(self.dynamodb, {self.ledger: keys}, self.sleep)[self.ledger]
        return {(row["pk"]["S"], row["sk"]["S"]): {"v": row["v"], "last": row["last"]} for row in rows}

    def _facts(self) -> Iterator[Item]:
        request: dict[str, Any] = {
            "TableName": self.journal,
            "FilterExpression": "sk = :e",
            "ExpressionAttributeValues": {":e": {"S": "E"}},
        }
        for page in pages(self.dynamodb.scan, request, "journal Scan"):
            yield from page


def _stands(item: Item | None, told: _Told) -> bool:
    if item is None:
        return told.last == ""
    return (int(item["v"]["N"]), item["last"]["S"]) == (told.v, told.last)
