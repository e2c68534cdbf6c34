"""Facts of the last thirty days as their rows tell them (ports.PastFacts): for recovery and inquiries."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emdia.aws.reading import pages
from emdia.clock import instant, parse_instant
from emdia.ports import PastFact
from emdia.state import Ref


@dataclass(frozen=True)
class DynamoPastFacts:
    """Reads the whole `journal` table, a megabyte a request."""

    dynamodb: Any
    journal: str

    def since(self, ans: str, at: datetime, kinds: Collection[str], about: Collection[Ref] = ()) -> Iterator[PastFact]:
        """See ports.PastFacts."""
        asked = {f":k{index}": {"S": kind} for index, kind in enumerate(kinds)}
        request: dict[str, Any] = {
            "TableName": self.journal,
            # Instants are written alike, so that their order is the order of their letters.
            "FilterExpression": f"sk = :e AND begins_with(pk, :p) AND ts >= :t AND kind IN ({', '.join(asked)})",
            "ExpressionAttributeValues": {
                ":e": {"S": "E"},
                ":p": {"S": f"{ans}#EVT#"},
                ":t": {"S": instant(at)},
                **asked,
            },
            "ConsistentRead": True,
        }
        if about:
            items = {f":a{index}": {"S": f"{ref.partition}|{ref.sort}"} for index, ref in enumerate(about)}
            request["FilterExpression"] += f" AND about IN ({', '.join(items)})"
            request["ExpressionAttributeValues"].update(items)
        for page in pages(self.dynamodb.scan, request, "journal Scan"):
            for row in page:
                partition, _, sort = row["about"]["S"].partition("|")
                opening = row["op"]["S"].encode()
                yield PastFact(row["kind"]["S"], parse_instant(row["ts"]["S"]), Ref(partition, sort), opening)
