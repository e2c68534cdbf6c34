"""The whole portfolio, page by page (ports.CaseScan): the nightly sweep's, and nobody else's."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from emdia.aws.items import decode
from emdia.aws.reading import pages
from emdia.portfolio.case import Case


@dataclass(frozen=True)
class DynamoCaseScan:
    """Reads every item of the `ledger` table once, a megabyte a request, and keeps the cases."""

    dynamodb: Any
    ledger: str

    def cases(self) -> Iterator[tuple[str, Sequence[Case]]]:
        """See ports.CaseScan."""
        request: dict[str, Any] = {
            "TableName": self.ledger,
            "FilterExpression": "sk = :c",
            "ExpressionAttributeValues": {":c": {"S": "CASE"}},
        }
        for page in pages(self.dynamodb.scan, request, "ledger Scan"):
            by_operator: dict[str, list[Case]] = defaultdict(list)
            for item in page:
                state = decode(item, {})  # a case seals nothing, so no key is needed
                if isinstance(state, Case):
                    by_operator[item["pk"]["S"].partition("#")[0]].append(state)
            yield from by_operator.items()
