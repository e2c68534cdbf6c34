"""The agenda index read as a queue of clocks (ports.Agenda).

Each shard of a kind has a cursor row in `journal`, `AGENDA#<kind>#<shard>` / `C` (`C#<era>` of a restored ledger,
aws/era.py): the earliest bucket still open, and per open bucket the position handed out so far with its moment.
Within 30 minutes of that moment a run goes on after the position; later it reads the whole bucket again, which finds
what the index showed late and what was handed out but never done. A bucket closes when it ended two hours ago and,
read from its start, is empty; nobody looks there again, so writers never enter a clock in a bucket before the
current hour.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from emdia.aws.answers import AWS_ERRORS, code_of, trouble
from emdia.aws.era import era_of
from emdia.aws.items import SHARDS, bucket_of
from emdia.aws.keyring import Item
from emdia.aws.plain import dumps
from emdia.aws.reading import pages, read_all
from emdia.clock import instant, parse_instant
from emdia.ports import Due
from emdia.state import AgendaKind, Ref

# The longest a page handed out may take to be dealt with before it is handed out again.
STAMP = timedelta(minutes=30)
# Index lag, clocks that differ, commits that come late: all of it fits in two hours.
CLOSING = timedelta(hours=2)
# Where a shard without a cursor begins: the schedule runs from the first deployment, so nothing is older.
FIRST_LOOK = timedelta(hours=48)
# In a restored ledger: point-in-time recovery goes back 35 days.
RESTORED_LOOK = timedelta(days=40)
_HOUR = timedelta(hours=1)
_PAGE = 1000  # entries a query, some 200 KB


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a bucket was handed out, and when."""

    at: datetime
    position: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Cursor:
    """One shard's row. `v` is 0 until it is stored."""

    bucket: str
    marks: Mapping[str, Mark] = field(default_factory=dict)
    v: int = 0

    @classmethod
    def of(cls, row: Item) -> "Cursor":
        """The cursor that `row` stores."""
        marks = {
            bucket: Mark(parse_instant(at), position)
            for bucket, (at, position) in json.loads(row["marks"]["S"]).items()
        }
        return cls(row["bucket"]["S"], marks, int(row["v"]["N"]))

    def item(self) -> Item:
        """As stored next."""
        marks = {bucket: (instant(mark.at), mark.position) for bucket, mark in self.marks.items()}
        return {"bucket": {"S": self.bucket}, "marks": {"S": dumps(marks)}, "v": {"N": str(self.v + 1)}}


class Overtaken(Exception):  # noqa: N818  what happened, caught here
    """Another run moved this shard's cursor: it goes on, we do not."""


@dataclass(frozen=True)
class DynamoAgenda:
    """`ledger` has the index, `journal` the cursors: table names."""

    dynamodb: Any
    ledger: str
    journal: str
    sleep: Callable[[float], None] = time.sleep

    def due(self, kind: AgendaKind, now: datetime) -> Iterator[Sequence[Due]]:
        """See ports.Agenda. A run that another one overtakes on a shard leaves that shard to it."""
        era = era_of(self.ledger)
        first = now - (RESTORED_LOOK if era else FIRST_LOOK)
        addresses = [_address(kind, shard, era) for shard in range(SHARDS[kind])]
        stored = read_all(self.dynamodb, {self.journal: addresses}, self.sleep)[self.journal]
        rows = {row["pk"]["S"]: row for row in stored}
        left: list[Iterator[Sequence[Due]]] = []
        for shard, address in enumerate(addresses):
            row = rows.get(address["pk"]["S"])
            cursor = Cursor(bucket_of(first)) if row is None else Cursor.of(row)
            left.append(self._shard(f"{kind}#{{}}#{shard}", address, cursor, now))
        while left:
            # A page of each in turn: the heavier come first over all shards, as far as a page tells.
            for turn in tuple(left):
                try:
                    yield next(turn)
                except (StopIteration, Overtaken):
                    left.remove(turn)

    def _shard(self, name: str, address: Item, cursor: Cursor, now: datetime) -> Iterator[Sequence[Due]]:
        closing, before = True, cursor.bucket
        for bucket in _buckets(cursor.bucket, now):
            mark = cursor.marks.get(bucket)
            start = mark.position if mark is not None and now - mark.at < STAMP else None
            empty = start is None
            for entries in self._pages(name.format(bucket), start, now):
                empty = False
                yield [_due(entry) for entry in entries]
                # Only now: had the caller failed to queue the page, the next run must find it again.
                position = {member: entries[-1][member]["S"] for member in ("agenda_pk", "agenda_at", "pk", "sk")}
                marks = {**cursor.marks, bucket: Mark(now, position)}
                cursor = self._store(address, replace(cursor, marks=marks))
            closing = closing and empty and _start(bucket) + _HOUR + CLOSING <= now
            if closing:
                marks = {one: kept for one, kept in cursor.marks.items() if one > bucket}
                cursor = replace(cursor, bucket=bucket_of(_start(bucket) + _HOUR), marks=marks)
        if cursor.bucket != before:
            self._store(address, cursor)

    def _pages(self, bucket: str, start: Mapping[str, str] | None, now: datetime) -> Iterator[Sequence[Item]]:
        request: dict[str, Any] = {
            "TableName": self.ledger,
            "IndexName": "agenda",
            "KeyConditionExpression": "agenda_pk = :b AND agenda_at <= :n",
            "ExpressionAttributeValues": {":b": {"S": bucket}, ":n": {"S": f"{instant(now)}~"}},
            "Limit": _PAGE,
        }
        if start is not None:
            request["ExclusiveStartKey"] = {member: {"S": value} for member, value in start.items()}
        yield from filter(None, pages(self.dynamodb.query, request, "agenda Query"))

    def _store(self, address: Item, cursor: Cursor) -> Cursor:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if cursor.v:
            values = {":v": {"N": str(cursor.v)}}
            condition = {"ConditionExpression": "v = :v", "ExpressionAttributeValues": values}
        try:
            self.dynamodb.put_item(TableName=self.journal, Item={**address, **cursor.item()}, **condition)
        except AWS_ERRORS as error:
            if code_of(error) == "ConditionalCheckFailedException":
                raise Overtaken from None
            raise trouble(error, "agenda cursor PutItem") from error
        return replace(cursor, v=cursor.v + 1)


def _address(kind: AgendaKind, shard: int, era: str) -> Item:
    return {"pk": {"S": f"AGENDA#{kind}#{shard}"}, "sk": {"S": f"C#{era}" if era else "C"}}


def _start(bucket: str) -> datetime:
    return datetime.fromisoformat(bucket + ":00").replace(tzinfo=UTC)


def _buckets(first: str, now: datetime) -> Iterator[str]:
    when = _start(first)
    while when <= now:
        yield bucket_of(when)
        when += _HOUR


def _due(entry: Item) -> Due:
    ans, _, partition = entry["pk"]["S"].partition("#")
    person = entry.get("person", {}).get("S", "")
    return Due(ans, Ref(partition, entry["sk"]["S"]), person, parse_instant(entry["agenda_at"]["S"].partition("#")[0]))
