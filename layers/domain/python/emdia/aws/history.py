"""One operator's portfolio and its past, for simulations: what the ledger keeps in clear, no key asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emdia.aws.items import clear_of, decode
from emdia.aws.keyring import Item
from emdia.aws.reading import pages
from emdia.ladder.replay import Closed, Sent, Snapshot, Told
from emdia.messages.outreach import Outreach, OutreachStatus
from emdia.messages.person import PersonLog
from emdia.portfolio.case import Case, Invoice, InvoiceStatus, StopRecord
from emdia.portfolio.municipal import MunicipalHolidays
from emdia.state import State

_SORTS = ("CASE", "INVOICE#", "STOP#", "OUTREACH#", "P", "HOLIDAYS")


@dataclass(frozen=True)
class DynamoHistory:
    """Reads every item of the `ledger` table once, a megabyte a request. Hospital stays are not read."""

    dynamodb: Any
    ledger: str

    def snapshot(self, ans: str, now: datetime) -> Snapshot:
        """The portfolio of operator `ans`, eventually consistent. Raises TryLater."""
        found = Snapshot(ans, now)
        newest: dict[str, Outreach] = {}
        for item in self._items(ans):
            kind = item["sk"]["S"].partition("#")[0]
            if kind == "INVOICE":
                _closed(clear_of(item, Invoice), found)
            elif kind == "STOP":
                _stop(clear_of(item, StopRecord), found)
            else:
                _take(decode(item, {}), found, newest)
        found.outreach = {
            case.contract: newest[case.last_outreach] for case in found.cases if case.last_outreach in newest
        }
        return found

    def _items(self, ans: str) -> Iterator[Item]:
        names = [f":s{n}" for n in range(len(_SORTS))]
        sorts = " OR ".join(f"begins_with(sk, {name})" for name in names)
        request: dict[str, Any] = {
            "TableName": self.ledger,
            "FilterExpression": f"begins_with(pk, :ans) AND ({sorts})",
            "ExpressionAttributeValues": {
                ":ans": {"S": f"{ans}#"},
                **{name: {"S": sort} for name, sort in zip(names, _SORTS, strict=True)},
            },
        }
        for page in pages(self.dynamodb.scan, request, "ledger Scan"):
            # "P" begins PARKED and PROFILE as well.
            yield from (item for item in page if item["sk"]["S"].partition("#")[0] in _KINDS)


_KINDS = {sort.rstrip("#") for sort in _SORTS}


def _take(state: State, found: Snapshot, newest: dict[str, Outreach]) -> None:
    match state:
        case Case():
            found.cases.append(state)
        case PersonLog():
            found.persons[state.key] = state
        case MunicipalHolidays():
            found.holidays[state.ibge] = tuple(day for day, _ in state.days)
        case Outreach():
            newest[state.id] = state
            at = state.claimed_at
            if at is not None and state.status is not OutreachStatus.REJECTED:
                found.sent.append(Sent(state.contract, state.holder_key, state.id, state.channel, state.step, at))


def _closed(told: Mapping[str, Any], found: Snapshot) -> None:
    if told.get("status", InvoiceStatus.OPEN) is InvoiceStatus.OPEN:
        return
    at = told.get("paid_at") or (told.get("closed_as_of") or told["as_of"]).occurred_at
    names = ("contract", "id", "reference", "due_on", "amount")
    found.closed.append(Closed(**{name: told[name] for name in names}, at=at))


def _stop(told: Mapping[str, Any], found: Snapshot) -> None:
    names = ("contract", "id", "kind", "active")
    values = {name: told[name] for name in names}
    found.stops.append(Told(**values, at=told["as_of"].occurred_at, invoices=told.get("invoices", ())))
