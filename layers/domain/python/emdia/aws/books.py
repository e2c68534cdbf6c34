"""One operator's books: cases, invoices and money, contract by contract, as the ledger keeps them in clear."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from emdia.aws.items import clear_of, decode
from emdia.aws.keyring import Item
from emdia.aws.reading import pages
from emdia.payments.payment import Payment
from emdia.portfolio.case import Invoice
from emdia.state import State

_SORTS = ("CASE", "INVOICE#", "PAYMENT", "MONEYFLAG#")


@dataclass(frozen=True)
class DynamoBooks:
    """Reads every item of the `ledger` table once, a megabyte a request; no key is asked, nothing names anybody."""

    dynamodb: Any
    ledger: str

    def partitions(self, ans: str) -> Iterator[Sequence[State]]:
        """The items of operator `ans`, those of one contract together; eventually consistent. Raises TryLater."""
        names = [f":s{n}" for n in range(len(_SORTS))]
        request: dict[str, Any] = {
            "TableName": self.ledger,
            "FilterExpression": "begins_with(pk, :ans) AND ("
            + " OR ".join(f"begins_with(sk, {name})" for name in names)
            + ")",
            "ExpressionAttributeValues": {
                ":ans": {"S": f"{ans}#"},
                **{name: {"S": sort} for name, sort in zip(names, _SORTS, strict=True)},
            },
        }
        # A scan brings the items of a partition one after the other, over the end of a page too.
        items = (item for page in pages(self.dynamodb.scan, request, "ledger Scan") for item in page)
        for _, some in groupby(items, key=lambda item: item["pk"]["S"]):
            yield [_state(item) for item in some]


def _state(item: Item) -> State:
    kind = item["sk"]["S"].partition("#")[0]
    if kind == "INVOICE":
        return Invoice(number="", **clear_of(item, Invoice))
    if kind == "PAYMENT":
        return Payment(end_to_end_id="", **clear_of(item, Payment))
    return decode(item, {})
