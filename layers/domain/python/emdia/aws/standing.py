"""An operator's items as they stand, and the leaves of its facts that no log may have yet (audit/standing.py)."""

from collections.abc import Iterator
from typing import Any

from emdia.audit.standing import Stands
from emdia.aws.content import content_of, ended, last_of
from emdia.aws.reading import Item, pages


def items_of(dynamodb: Any, ledger: str, ans: str) -> Iterator[Stands]:
    """Reads the whole table, a megabyte a request, consistently. Raises TryLater."""
    request = {
        "TableName": ledger,
        "FilterExpression": "begins_with(pk, :p)",
        "ExpressionAttributeValues": {":p": {"S": f"{ans}#"}},
        "ConsistentRead": True,
    }
    for page in pages(dynamodb.scan, request, "ledger Scan"):
        for row in page:
            yield _stands(row)


def _stands(row: Item) -> Stands:
    pk, sk = row["pk"]["S"], row["sk"]["S"]
    if "S" not in row.get("last", {}):
        return Stands(pk, sk, "", "", "")
    return Stands(pk, sk, row["last"]["S"], content_of(row), ended(pk, sk, last_of(row)))


def recent_leaves(dynamodb: Any, journal: str, ans: str) -> Iterator[bytes]:
    """Of the last thirty days. Raises TryLater."""
    request = {
        "TableName": journal,
        "FilterExpression": "begins_with(pk, :p) AND (sk = :e)",
        "ExpressionAttributeValues": {":e": {"S": "E"}, ":p": {"S": f"{ans}#EVT#"}},
        "ConsistentRead": True,
    }
    for page in pages(dynamodb.scan, request, "journal Scan"):
        yield from (bytes(row["leaf"]["B"]) for row in page if "B" in row.get("leaf", {}))
