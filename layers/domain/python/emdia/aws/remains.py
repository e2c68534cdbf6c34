"""Items as they stand, opened or not (people.ports.Remains), and the instants that stand in them in clear."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emdia.aws.content import last_of
from emdia.aws.items import address, clear_of, decode, ref_of, sealed_under
from emdia.aws.keyring import Item, Keyring
from emdia.aws.reading import pages, read_all
from emdia.messages.outreach import CLAIM_TO_CALL, Outreach
from emdia.messages.print_job import PrintJob, letter_ref, object_ref, run_of
from emdia.payments.charge import Charge, txid_of
from emdia.people.ports import Row
from emdia.portfolio.case import Invoice
from emdia.portfolio.contract import Channel
from emdia.state import AgendaKind, Ref, State, payment_ref, txid_ref

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_COVERED = "BENEFICIARY#"


@dataclass(frozen=True)
class DynamoRemains:
    """`ledger` is the table's name."""

    dynamodb: Any
    ledger: str
    keyring: Keyring

    def rows(self, ans: str, partition: str) -> Sequence[Row]:
        """See people.ports.Remains."""
        return [_row(ans, item) for item in items_of(self.dynamodb, self.ledger, f"{ans}#{partition}")]

    def at(self, ans: str, refs: Collection[Ref]) -> Sequence[Row]:
        """See people.ports.Remains."""
        wanted = [address(ans, ref) for ref in dict.fromkeys(refs)]
        return [_row(ans, item) for item in read_all(self.dynamodb, {self.ledger: wanted})[self.ledger]]

    def keys(self, ans: str, subject: str) -> Mapping[str, datetime | None]:
        """See people.ports.Remains."""
        return self.keyring.born(ans, subject)


def items_of(dynamodb: Any, ledger: str, pk: str) -> list[Item]:
    """All items of a partition, read consistently."""
    request = {
        "TableName": ledger,
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": pk}},
        "ConsistentRead": True,
    }
    return [item for page in pages(dynamodb.query, request, "ledger Query") for item in page]


def moments_of(value: object) -> Iterator[datetime]:
    """Every instant that stands in clear. Those to come count too: that keeps longer, never shorter."""
    return (datetime.fromisoformat(text) for text in texts_of(value) if _INSTANT.fullmatch(text))


def texts_of(value: object) -> Iterator[str]:
    """Every text in a plain value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts_of(one)


def _row(ans: str, item: Item) -> Row:
    told = json.loads(item["d"]["S"])
    ref = ref_of(ans, item)
    clock = item.get("agenda_pk", {}).get("S", "").partition("#")[0]
    state = None if sealed_under(item) else decode(item, {})
    return Row(
        ref=ref,
        v=int(item["v"]["N"]),
        last=last_of(item),
        state=state,
        newest=max(moments_of(told), default=None),
        persons=_persons(ref.sort, told),
        runs=clock not in ("", AgendaKind.RETENTION),
        leads=tuple(_leads(ans, item, state)),
    )


def _leads(ans: str, item: Item, state: State | None) -> Iterator[Ref]:
    """An invoice's payments, the names of its charges, a letter's print job and its number at the post."""
    if item["sk"]["S"].startswith("INVOICE#"):
        yield from (payment_ref(entry.id) for entry in clear_of(item, Invoice).get("entries", ()))
    match state:
        case Charge():
            yield from (txid_ref(txid_of(ans, state.invoice, number)) for number in range(1, state.number + 1))
        case Outreach(channel=Channel.LETTER, claimed_at=datetime() as at):
            # A letter claimed at midnight may be of the run of either day.
            yield from {letter_ref(run_of(one), state.id): None for one in (at, at + CLAIM_TO_CALL)}
        case PrintJob() if state.object:
            yield object_ref(state.object)


def _persons(sort: str, told: Mapping[str, Any]) -> tuple[str, ...]:
    named = (told.get("holder_key", ""), told.get("key", "") if sort.startswith(_COVERED) else "")
    return tuple(person for person in named if person)
