r"""A log's head, seal marks and facts' rows in the `journal` table (audit.ports.LogHead, audit.ports.UnsealedFacts).

| attribute | |
|---|---|
| `pk`, `sk` | `<ans>#LOG#<class>#<year>` or `...#<year>-<shard>`, `HEAD`; `n`, `root` (hex), `sealed`; never expires |
| `pk`, `sk` | `<ans>#EVT#<fact id>`, `R`: the seal mark; `log`, `idx`; goes with the fact's row, a day after it |
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from emdia.audit.ports import Head, LogName
from emdia.aws.answers import AWS_ERRORS, code_of, trouble
from emdia.aws.journal import KEPT
from emdia.aws.reading import Item, pages, read_all
from emdia.clock import instant
from emdia.errors import TryLater
from emdia.ports import Clock

_PER_WRITE = 25  # BatchWriteItem
_FRUITLESS = 4
_PAUSE = 0.05


@dataclass(frozen=True)
class DynamoLogHead:
    """`journal` is the table's name."""

    dynamodb: Any
    journal: str
    name: LogName
    clock: Clock
    sleep: Callable[[float], None] = time.sleep

    def read(self) -> Head | None:
        """See audit.ports.LogHead."""
        try:
            answer = self.dynamodb.get_item(TableName=self.journal, Key=self._address, ConsistentRead=True)
        except AWS_ERRORS as error:
            raise trouble(error, "journal GetItem") from error
        item = answer.get("Item")
        if item is None:
            return None
        return Head(int(item["n"]["N"]), bytes.fromhex(item["root"]["S"]), int(item["sealed"]["N"]))

    def move(self, old: Head | None, new: Head) -> bool:
        """See audit.ports.LogHead."""
        condition: Item = {"ConditionExpression": "attribute_not_exists(pk)"}
        if old is not None:
            values = {f":{name}": value for name, value in _plain(old).items()}
            expression = " AND ".join(f"{name} = :{name}" for name in _plain(old))
            condition = {"ConditionExpression": expression, "ExpressionAttributeValues": values}
        try:
            self.dynamodb.put_item(TableName=self.journal, Item={**self._address, **_plain(new)}, **condition)
        except AWS_ERRORS as error:
            if code_of(error) == "ConditionalCheckFailedException":
                return False
            raise trouble(error, "journal PutItem") from error
        return True

    def marks(self, facts: Collection[str]) -> Mapping[str, int]:
        """See audit.ports.LogHead. A mark of another log counts as none: its index means nothing here."""
        rows = self._rows(facts, "R")
        return {fact: int(row["idx"]["N"]) for fact, row in rows.items() if row["log"]["S"] == self._log}

    def sealed(self, facts: Collection[str]) -> Collection[str]:
        """See audit.ports.LogHead."""
        return self._rows(facts, "R").keys()

    def mark(self, sealed: Sequence[tuple[str, int]]) -> None:
        """See audit.ports.LogHead."""
        ttl = int((self.clock.now() + KEPT + timedelta(days=1)).timestamp())
        puts = [
            {
                "PutRequest": {
                    "Item": {
                        **_address(self.name.ans, fact, "R"),
                        "log": {"S": self._log},
                        "idx": {"N": str(index)},
                        "ttl": {"N": str(ttl)},
                    }
                }
            }
            for fact, index in sealed
        ]
        fruitless = 0
        while puts:
            part, puts = puts[:_PER_WRITE], puts[_PER_WRITE:]
            try:
                answer = self.dynamodb.batch_write_item(RequestItems={self.journal: part})
            except AWS_ERRORS as error:
                raise trouble(error, "journal BatchWriteItem") from error
            left = answer.get("UnprocessedItems", {}).get(self.journal, [])
            fruitless = fruitless + 1 if len(left) == len(part) else 0
            if fruitless == _FRUITLESS:
                raise TryLater("journal BatchWriteItem: unprocessed")
            if left:
                self.sleep(_PAUSE * 2**fruitless)
            puts = left + puts

    def leaves(self, facts: Collection[str]) -> Mapping[str, bytes]:
        """See audit.ports.LogHead."""
        return {fact: bytes(row["leaf"]["B"]) for fact, row in self._rows(facts, "E").items()}

    @property
    def _log(self) -> str:
        return f"{self.name.log.value}#{self.name.label}"

    @property
    def _address(self) -> Item:
        return {"pk": {"S": f"{self.name.ans}#LOG#{self._log}"}, "sk": {"S": "HEAD"}}

    def _rows(self, facts: Collection[str], sort: str) -> dict[str, Item]:
        keys = [_address(self.name.ans, fact, sort) for fact in dict.fromkeys(facts)]
        rows = read_all(self.dynamodb, {self.journal: keys}, self.sleep)[self.journal]
        return {row["pk"]["S"].rsplit("#", 1)[1]: row for row in rows}


@dataclass(frozen=True)
class DynamoUnsealedFacts:
    """Reads the whole journal: nightly, and by hand after a halt. Of what is sealed, its keys alone are carried."""

    dynamodb: Any
    journal: str
    sleep: Callable[[float], None] = time.sleep

    def pages(self) -> Iterator[Sequence[Item]]:
        """See audit.ports.UnsealedFacts."""
        request: dict[str, Any] = {
            "TableName": self.journal,
            "FilterExpression": "sk = :e OR sk = :r",
            "ExpressionAttributeValues": {":e": {"S": "E"}, ":r": {"S": "R"}},
            "ProjectionExpression": "pk, sk",
        }
        for rows in pages(self.dynamodb.scan, request, "journal Scan"):
            seen = {row["pk"]["S"] for row in rows if row["sk"]["S"] == "R"}
            page = self._without_mark([row["pk"]["S"] for row in rows if row["sk"]["S"] == "E"], seen)
            if page:
                yield page

    def _without_mark(self, facts: Sequence[str], sealed: Collection[str]) -> Sequence[Item]:
        """Rows of those not `sealed`. Asked for again, consistently: a page ends anywhere, and a scan may be behind."""
        left = [fact for fact in facts if fact not in sealed]
        if not left:
            return []
        marks = {row["pk"]["S"] for row in self._at(left, "R")}
        return self._at([fact for fact in left if fact not in marks], "E")

    def _at(self, facts: Sequence[str], sort: str) -> Sequence[Item]:
        keys = [{"pk": {"S": fact}, "sk": {"S": sort}} for fact in facts]
        return read_all(self.dynamodb, {self.journal: keys}, self.sleep)[self.journal]

    def older(self, before: datetime) -> Iterator[str]:
        """See audit.ports.UnsealedFacts. What is no fact of ours has no moment: `seal_audit` rings for it."""
        for page in self.pages():
            for row in page:
                if "ts" in row and row["ts"]["S"] <= instant(before):
                    ans, _, fact = row["pk"]["S"].split("#")
                    yield f"{ans}/{row['class']['S']}/{row['kind']['S']}/{fact}"


def _plain(head: Head) -> Item:
    return {"n": {"N": str(head.n)}, "root": {"S": head.root.hex()}, "sealed": {"N": str(head.sealed)}}


def _address(ans: str, fact: str, sort: str) -> Item:
    return {"pk": {"S": f"{ans}#EVT#{fact}"}, "sk": {"S": sort}}
