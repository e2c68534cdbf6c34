"""Looks for everything of a person (people.ports.Traces), in rows as they are stored: some may open no more."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from emdia.aws.items import address, decode, sealed_under
from emdia.aws.keyring import Item, Keyring
from emdia.aws.reading import pages, read_all
from emdia.aws.remains import items_of, moments_of, texts_of
from emdia.people.ports import Trace
from emdia.portfolio.inbox import InboxEvent, InboxStatus
from emdia.ports import Pseudonyms
from emdia.protocols.protocol import Protocol as Attendance
from emdia.state import attendance_subject, protocol_ref

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
        own = self._partition(f"{ans}#P#{person}")
        attendances = self._attendances(ans, person, rows)
        # A party's only instant is when it is looked at next, years from now.
        told = [json.loads(row["d"]["S"]) for row in (*rows, *own) if not row["sk"]["S"].startswith("PARTY#")]
        moments = [moment for one in told for moment in moments_of(one)]
        moments += [one.answered_at for one in attendances if one.answered_at is not None]
        keys = self._keys(ans, person, attendances, own)
        return Trace(
            tuple(sorted({key_class for _, key_class in keys})),
            tuple(sorted(contracts)),
            open_cases,
            max(moments, default=None),
            tuple(sorted(name for item in inbox for name in self._speaks(ans, item, person, contracts))),
            attendances,
            keys,
        )

    def _attendances(self, ans: str, person: str, rows: Sequence[Item]) -> tuple[Attendance, ...]:
        """Those the contracts point to, as far as they are this person's: a contract may have had other holders."""
        numbers = sorted({row["sk"]["S"].partition("#")[2] for row in rows if row["sk"]["S"].startswith("ATTENDANCE#")})
        addresses = [address(ans, protocol_ref(number)) for number in numbers]
        found = (decode(item, {}) for item in read_all(self.dynamodb, {self.ledger: addresses})[self.ledger])
        theirs = [one for one in found if isinstance(one, Attendance) and one.holder_key == person]
        return tuple(sorted(theirs, key=lambda one: one.number))

    def _keys(
        self, ans: str, person: str, attendances: Sequence[Attendance], own: Sequence[Item]
    ) -> tuple[tuple[str, str], ...]:
        """The person's keys, and those of what they said before anybody knew them."""
        unknown = {attendance_subject(one.number).id for one in attendances}
        unknown |= {row["sk"]["S"].partition("#")[2] for row in own if row["sk"]["S"].startswith("KEPT#")}
        subjects = (person, *sorted(unknown))
        return tuple((subject, one) for subject in subjects for one in self.keyring.classes_of(ans, subject))

    def _speaks(self, ans: str, item: Item, person: str, contracts: set[str]) -> Iterator[str]:
        """The event's name, if it is about one of the contracts or names the person anywhere in its body."""
        under = sealed_under(item)
        event = decode(item, self.keyring.keys(ans, [under] if under else []))
        if not isinstance(event, InboxEvent):
            return
        said = set(texts_of(json.loads(event.body))) if event.body else set()
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
        return items_of(self.dynamodb, self.ledger, pk)
