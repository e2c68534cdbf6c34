"""Looks for everything of a person (people.ports.Traces), in rows as they are stored: some may open no more."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emdia.aws.items import decode, sealed_under
from emdia.aws.keyring import Item, Keyring
from emdia.aws.reading import pages
from emdia.people.ports import Trace
from emdia.portfolio.inbox import InboxEvent, InboxStatus
from emdia.ports import Pseudonyms

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_UNSETTLED = frozenset({InboxStatus.ACCEPTED, InboxStatus.WAITING, InboxStatus.PARKED})
_CPF_DIGITS = 11


@dataclass(frozen=True)
class DynamoTraces:
    """`ledger` is the table's name."""

    dynamodb: Any
    ledger: str
    keyring: Keyring
    pseudonyms: Pseudonyms

    def of(self, ans: str, person: str) -> Trace:
        """See people.ports.Traces."""
        contracts, open_cases, inbox = set(), 0, []
        for item in self._scanned(f"BENEFICIARY#{person}"):
            owner, _, partition = item["pk"]["S"].partition("#")
            if owner != ans:
                continue
            told = json.loads(item["d"]["S"])
            if item["sk"]["S"] == "IN":
                if told.get("status") in _UNSETTLED:
                    inbox.append(item)
            elif item["sk"]["S"] != "CASE" or told["holder_key"] == person:
                contracts.add(partition.removeprefix("C#"))
                open_cases += bool(told.get("invoices"))
        rows = [row for contract in sorted(contracts) for row in self._partition(f"{ans}#C#{contract}")]
        rows += self._partition(f"{ans}#P#{person}")
        moments = [moment for row in rows for moment in _moments(json.loads(row["d"]["S"]))]
        return Trace(
            self.keyring.classes_of(ans, person),
            tuple(sorted(contracts)),
            open_cases,
            max(moments, default=None),
            tuple(sorted(name for item in inbox for name in self._speaks(ans, item, person, contracts))),
        )

    def _speaks(self, ans: str, item: Item, person: str, contracts: set[str]) -> Iterator[str]:
        """The event's name, if it is about one of the contracts or names the person anywhere in its body."""
        under = sealed_under(item)
        event = decode(item, self.keyring.keys(ans, [under] if under else []))
        if not isinstance(event, InboxEvent):
            return
        said = set(_texts(json.loads(event.body))) if event.body else set()
        named = {self.pseudonyms.of(ans, "contract", text) for text in said} & contracts
        digits = ("".join(filter(str.isdigit, text)) for text in said)
        persons = {self.pseudonyms.of(ans, "person", cpf) for cpf in digits if len(cpf) == _CPF_DIGITS}
        if event.contract in contracts or named or person in persons:
            yield f"{event.client}/{event.id}"

    def _scanned(self, beneficiary: str) -> Iterator[Item]:
        request: dict[str, Any] = {
            "TableName": self.ledger,
            "FilterExpression": "sk = :c OR sk = :b OR sk = :i",
            "ExpressionAttributeValues": {":c": {"S": "CASE"}, ":b": {"S": beneficiary}, ":i": {"S": "IN"}},
        }
        for page in pages(self.dynamodb.scan, request, "ledger Scan"):
            yield from page

    def _partition(self, pk: str) -> list[Item]:
        request = {
            "TableName": self.ledger,
            "KeyConditionExpression": "pk = :p",
            "ExpressionAttributeValues": {":p": {"S": pk}},
            "ConsistentRead": True,
        }
        return [item for page in pages(self.dynamodb.query, request, "ledger Query") for item in page]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _moments(value: object) -> Iterator[datetime]:
    """Every instant that stands in clear. Those to come count too: that keeps longer, never shorter."""
    return (datetime.fromisoformat(text) for text in _texts(value) if _INSTANT.fullmatch(text))
