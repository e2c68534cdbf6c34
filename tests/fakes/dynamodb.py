# ruff: noqa: N803  parameters are spelled as the SDK spells them
"""MemoryDynamo: a low-level DynamoDB client over dictionaries, strict about what it is asked."""

import re
from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.faults import Faults, client_error

Item = dict[str, Any]
_TYPES = {"S": str, "N": str, "B": bytes}
_CONDITION = re.compile(r"attribute_(not_)?exists\((\w+)\)|(\w+) = (:\w+)")
_MAX_ITEM = 400 * 1024


@dataclass
class Index:
    """A GSI over items that have both its keys."""

    name: str
    hash: str
    range: str
    projected: tuple[str, ...]
    entries: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)


@dataclass
class Table:
    """`pk` and `sk` are strings."""

    name: str
    items: dict[str, dict[str, Item]] = field(default_factory=dict)
    indexes: tuple[Index, ...] = ()

    def get(self, key: Item) -> Item | None:
        return self.items.get(key["pk"]["S"], {}).get(key["sk"]["S"])


class MemoryDynamo:
    """`index_lag` writes are held back from the indexes until `settle()` (eventual consistency)."""

    def __init__(self, faults: Faults, tables: Sequence[str], indexed: str) -> None:
        agenda = Index("agenda", "agenda_pk", "agenda_at", ("pk", "sk", "agenda_pk", "agenda_at", "person"))
        self.tables = {name: Table(name, indexes=(agenda,) if name == indexed else ()) for name in tables}
        self.faults = faults
        self.index_lag = False
        self.before_write: Callable[[], None] | None = None  # somebody else, between our read and our write
        self.unprocessed = 0  # keys the next BatchGetItem leaves over
        self.unwritten = 0  # items the next BatchWriteItem leaves over
        self.scan_page = 1000  # partitions a Scan request reads
        self._late: list[tuple[Table, Item | None, Item | None]] = []
        self._tokens: dict[str, str] = {}

    # What the client offers.

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool) -> Item:
        assert ConsistentRead, "a decision may not rest on a stale read"

        def do() -> Item:
            item = self.tables[TableName].get(_key(Key))
            return {} if item is None else {"Item": dict(item)}

        return self._call("GetItem", do)

    def put_item(self, *, TableName: str, Item: Item, **condition: Any) -> Item:
        self._race()

        def do() -> Item:
            self._write([{"Put": {"TableName": TableName, "Item": Item, **condition}}], "PutItem")
            return {}

        return self._call("PutItem", do)

    def delete_item(self, *, TableName: str, Key: Item, **condition: Any) -> Item:
        self._race()

        def do() -> Item:
            self._write([{"Delete": {"TableName": TableName, "Key": Key, **condition}}], "DeleteItem")
            return {}

        return self._call("DeleteItem", do)

    def transact_write_items(self, *, TransactItems: Sequence[Item], ClientRequestToken: str = "") -> Item:
        assert 1 <= len(TransactItems) <= 100, f"{len(TransactItems)} items in a transaction"
        assert ClientRequestToken == "" or 1 <= len(ClientRequestToken) <= 36
        self._race()

        def do() -> Item:
            print_of = repr(TransactItems)
            if ClientRequestToken:
                # A token belongs to one request for ten minutes: the same bytes again change nothing.
                known = self._tokens.get(ClientRequestToken)
                if known == print_of:
                    return {}
                if known is not None:
                    raise client_error("IdempotentParameterMismatchException", "TransactWriteItems")
            self._write(TransactItems, "TransactWriteItems")
            if ClientRequestToken:
                self._tokens[ClientRequestToken] = print_of
            return {}

        return self._call("TransactWriteItems", do)

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> Item:
        keys = [(table, _key(key)) for table, ask in RequestItems.items() for key in ask["Keys"]]
        for ask in RequestItems.values():
            assert set(ask) - {"ProjectionExpression"} == {"Keys", "ConsistentRead"}, set(ask)
            assert "," not in ask.get("ProjectionExpression", ""), "one attribute or all"
            assert ask["ConsistentRead"] is True, "a decision may not rest on a stale read"
            assert ask["Keys"], "a table without keys"
        assert 1 <= len(keys) <= 100, f"{len(keys)} keys in a batch"
        spelled = [(table, key["pk"]["S"], key["sk"]["S"]) for table, key in keys]
        assert len(set(spelled)) == len(spelled), "the same key twice in a batch"

        def do() -> Item:
            left = keys[len(keys) - self.unprocessed :] if self.unprocessed else []
            self.unprocessed = 0
            answer: dict[str, list[Item]] = {table: [] for table in RequestItems}
            for table, key in keys[: len(keys) - len(left)]:
                item = self.tables[table].get(key)
                if item is not None:
                    only = RequestItems[table].get("ProjectionExpression")
                    answer[table].append({only: item[only]} if only else dict(item))
            rest: dict[str, Any] = {}
            for table, key in left:
                rest.setdefault(table, {"Keys": [], "ConsistentRead": True})["Keys"].append(key)
            return {"Responses": answer, "UnprocessedKeys": rest}

        return self._call("BatchGetItem", do)

    def batch_write_item(self, *, RequestItems: Mapping[str, Sequence[Item]]) -> Item:
        puts = [(self.tables[table], one) for table, asked in RequestItems.items() for one in asked]
        assert 1 <= len(puts) <= 25, f"{len(puts)} writes in a batch"
        assert all(set(one) == {"PutRequest"} and set(one["PutRequest"]) == {"Item"} for _, one in puts)
        items = [(table, _item(one["PutRequest"]["Item"])) for table, one in puts]
        spelled = [(table.name, item["pk"]["S"], item["sk"]["S"]) for table, item in items]
        assert len(set(spelled)) == len(spelled), "the same key twice in a batch"

        def do() -> Item:
            left = items[len(items) - self.unwritten :] if self.unwritten else []
            self.unwritten = 0
            for table, item in items[: len(items) - len(left)]:
                assert not table.indexes, "nothing indexed is written without a condition"
                table.items.setdefault(item["pk"]["S"], {})[item["sk"]["S"]] = item
            rest: dict[str, list[Item]] = {}
            for table, item in left:
                rest.setdefault(table.name, []).append({"PutRequest": {"Item": item}})
            return {"UnprocessedItems": rest}

        return self._call("BatchWriteItem", do)

    def query(self, **ask: Any) -> Item:
        table, values = self.tables[ask.pop("TableName")], ask.pop("ExpressionAttributeValues")
        expression, index_name = ask.pop("KeyConditionExpression"), ask.pop("IndexName", None)
        limit, start = ask.pop("Limit", None), ask.pop("ExclusiveStartKey", None)
        consistent = ask.pop("ConsistentRead", False)
        assert not ask, f"unknown parameters {sorted(ask)}"
        assert bool(consistent) == (index_name is None), "an index is read eventually, a table consistently"

        def do() -> Item:
            if index_name is None:
                return self._query_table(table, expression, values, limit, start)
            (index,) = (one for one in table.indexes if one.name == index_name)
            return self._query_index(table, index, expression, values, limit, start)

        return self._call("Query", do)

    def scan(
        self,
        *,
        TableName: str,
        FilterExpression: str,
        ExpressionAttributeValues: Item,
        ExclusiveStartKey: Item | None = None,
        ConsistentRead: bool = False,  # noqa: ARG002  a scan here is always consistent
        ProjectionExpression: str = "",
    ) -> Item:
        if " AND ts >= " in FilterExpression:
            return self._scan_of_facts(TableName, FilterExpression, ExpressionAttributeValues)
        whole = re.fullmatch(r"begins_with\(pk, (:\w+)\)(?: AND \((.+)\))?", FilterExpression)
        every = whole is not None and whole[2] is None
        terms = [] if every else (whole[2] if whole else FilterExpression).split(" OR ")
        found = [re.fullmatch(r"sk = (:\w+)|begins_with\(sk, (:\w+)\)", term) for term in terms]
        names = [(term[1], term[2]) for term in found if term]
        assert len(names) == len(found), f"unknown filter {FilterExpression}"
        _used(ExpressionAttributeValues, [one or two for one, two in names] + ([whole[1]] if whole else []))
        exact = {ExpressionAttributeValues[one]["S"] for one, _ in names if one}
        begins = tuple(ExpressionAttributeValues[two]["S"] for _, two in names if two)
        prefix = ExpressionAttributeValues[whole[1]]["S"] if whole else ""
        parts = self.tables[TableName].items

        def wanted(partition: str) -> list[str]:
            sorts = parts[partition] if partition.startswith(prefix) else ()
            return sorted(sort for sort in sorts if every or sort in exact or (begins and sort.startswith(begins)))

        def do() -> Item:
            # A page of partitions stands for a megabyte: filters leave pages short, even empty.
            after = ExclusiveStartKey["pk"]["S"] if ExclusiveStartKey else ""
            names = sorted(name for name in parts if name > after)
            page, rest = names[: self.scan_page], names[self.scan_page :]
            items = [parts[n][sort] for n in page for sort in wanted(n)]
            only = ProjectionExpression.split(", ") if ProjectionExpression else None
            shown = [{k: item[k] for k in item if only is None or k in only} for item in items]
            answer: Item = {"Items": shown}
            if rest:
                answer["LastEvaluatedKey"] = {"pk": {"S": page[-1]}, "sk": {"S": max(parts[page[-1]], default="-")}}
            return answer

        return self._call("Scan", do)

    def _scan_of_facts(self, table: str, expression: str, values: Item) -> Item:
        pattern = r"sk = (:e)( AND begins_with\(pk, (:p)\))? AND ts >= (:t) AND kind IN \((:k\d+(?:, :k\d+)*)\)"
        found = re.fullmatch(pattern + r"(?: AND about IN \((:a\d+(?:, :a\d+)*)\))?", expression)
        assert found, f"unknown filter {expression}"
        kinds = found[5].split(", ")
        items = found[6].split(", ") if found[6] else []
        _used(values, [found[1], found[3], found[4], *kinds, *items])
        told = {name: value["S"] for name, value in values.items()}
        wanted, about = {told[kind] for kind in kinds}, {told[item] for item in items}

        def do() -> Item:
            rows = [dict(row) for row in self.stored(table) if row["sk"]["S"] == told[":e"]]
            prefix = told.get(":p", "")
            mine = [row for row in rows if row["pk"]["S"].startswith(prefix) and row["ts"]["S"] >= told[":t"]]
            mine = [row for row in mine if not about or row["about"]["S"] in about]
            return {"Items": [row for row in mine if row["kind"]["S"] in wanted]}

        return self._call("Scan", do)

    # What tests ask of it.

    def stored(self, table: str) -> list[Item]:
        """Every item of a table, uncounted."""
        return [item for part in self.tables[table].items.values() for item in part.values()]

    def settle(self) -> None:
        """The indexes catch up."""
        late, self._late = self._late, []
        for table, old, new in late:
            _reindex(table, old, new)

    # How it does it.

    def _call(self, operation: str, do: Callable[[], Any]) -> Item:
        return self.faults.around("dynamodb", operation, do)  # type: ignore[return-value]

    def _race(self) -> None:
        if self.before_write is not None:
            other, self.before_write = self.before_write, None
            other()

    def _write(self, actions: Sequence[Item], operation: str) -> None:
        touched, plans, reasons = set(), [], []
        for action in actions:
            ((verb, body),) = action.items()
            body = dict(body)
            table = self.tables[body.pop("TableName")]
            new = _item(body.pop("Item")) if verb == "Put" else None
            key = _key({name: new[name] for name in ("pk", "sk")} if new else body.pop("Key"))
            spelled = (table.name, key["pk"]["S"], key["sk"]["S"])
            assert spelled not in touched, "a transaction touches one item twice"
            touched.add(spelled)
            old = table.get(key)
            reasons.append(_reason(verb, body, old))
            assert not body, f"unknown parameters {sorted(body)}"
            if verb != "ConditionCheck":
                plans.append((table, key, old, new))
        if any(reason["Code"] != "None" for reason in reasons):
            if operation != "TransactWriteItems":
                raise client_error("ConditionalCheckFailedException", operation, **_item_of(reasons[0]))
            raise client_error("TransactionCanceledException", operation, CancellationReasons=reasons)
        assert sum(_size(new) for _, _, _, new in plans if new) <= 4 * 1024 * 1024, "over 4 MB in a transaction"
        for table, key, old, new in plans:
            part = table.items.setdefault(key["pk"]["S"], {})
            if new is None:
                part.pop(key["sk"]["S"], None)
            else:
                part[key["sk"]["S"]] = new
            if self.index_lag:
                self._late.append((table, old, new))
            else:
                _reindex(table, old, new)

    def _query_table(self, table: Table, expression: str, values: Item, limit: int | None, start: Item | None) -> Item:
        found = re.fullmatch(r"pk = (:\w+)(?: AND begins_with\(sk, (:\w+)\))?", expression)
        assert found, f"unknown key condition {expression}"
        _used(values, found.groups())
        prefix = values[found[2]]["S"] if found[2] else ""
        assert not found[2] or prefix, "an empty prefix"
        part = table.items.get(values[found[1]]["S"], {})
        sorts = sorted(sort for sort in part if sort.startswith(prefix))
        if start:
            sorts = [sort for sort in sorts if sort > start["sk"]["S"]]
        page = sorts[:limit]
        answer: Item = {"Items": [dict(part[sort]) for sort in page]}
        if limit is not None and len(page) == limit:
            answer["LastEvaluatedKey"] = {"pk": values[found[1]], "sk": {"S": page[-1]}}
        return answer

    def _query_index(
        self, table: Table, index: Index, expression: str, values: Item, limit: int | None, start: Item | None
    ) -> Item:
        found = re.fullmatch(rf"{index.hash} = (:\w+) AND {index.range} <= (:\w+)", expression)
        assert found, f"unknown key condition {expression}"
        _used(values, found.groups())
        bucket, until = values[found[1]]["S"], values[found[2]]["S"]
        entries = index.entries.get(bucket, [])
        begin = 0
        if start:
            assert set(start) == {"pk", "sk", index.hash, index.range}, "an index's start key names both keys"
            after = (start[index.range]["S"], start["pk"]["S"], start["sk"]["S"])
            begin = bisect_left(entries, (*after[:2], after[2] + "\x00"))
        end = bisect_left(entries, (until + "\x00",))
        page = entries[begin:end][:limit]
        items = []
        for at, pk, sk in page:
            stored = table.items.get(pk, {}).get(sk, {})
            entry: Item = {"pk": {"S": pk}, "sk": {"S": sk}, index.hash: {"S": bucket}, index.range: {"S": at}}
            items.append(
                entry | {name: stored[name] for name in index.projected if name in stored and name not in entry}
            )
        answer: Item = {"Items": items}
        if limit is not None and len(page) == limit:
            answer["LastEvaluatedKey"] = {n: items[-1][n] for n in ("pk", "sk", index.hash, index.range)}
        return answer


def _reason(verb: str, body: Item, old: Item | None) -> Item:
    """Takes the condition out of `body` and judges it."""
    expression, values = body.pop("ConditionExpression", None), body.pop("ExpressionAttributeValues", {})
    shown = body.pop("ReturnValuesOnConditionCheckFailure", "NONE")
    assert shown in ("NONE", "ALL_OLD")
    assert verb in ("Put", "Delete", "ConditionCheck"), verb
    assert expression is not None, f"an unconditional {verb}"
    if _holds(expression, values, old):
        return {"Code": "None"}
    reason: Item = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    if shown == "ALL_OLD" and old is not None:
        reason["Item"] = dict(old)
    return reason


def _holds(expression: str, values: Item, old: Item | None) -> bool:
    terms = expression.split(" AND ")
    used = []
    verdict = True
    for term in terms:
        found = _CONDITION.fullmatch(term)
        assert found, f"unknown condition {expression}"
        absent, tested, name, value = found.groups()
        if tested:
            verdict &= ((old or {}).get(tested) is None) == bool(absent)
        else:
            used.append(value)
            verdict &= (old or {}).get(name) == values[value]
    _used(values, used)
    return verdict


def _used(values: Item, names: Sequence[str | None]) -> None:
    assert set(values) == {name for name in names if name}, "values given and values used differ"


def _item_of(reason: Item) -> Item:
    return {"Item": reason["Item"]} if "Item" in reason else {}


def _key(key: Item) -> Item:
    assert set(key) == {"pk", "sk"}, f"a key of {sorted(key)}"
    for part in key.values():
        assert list(part) == ["S"], "keys are strings"
        assert part["S"], "an empty key"
    return key


def _item(item: Item) -> Item:
    for name, value in item.items():
        ((kind, content),) = value.items()
        assert isinstance(content, _TYPES[kind]), f"{name} is no {kind}"
    for name in ("agenda_pk", "agenda_at"):
        assert name not in item or item[name].get("S"), "an empty index key"
    assert _size(item) <= _MAX_ITEM, f"an item of {_size(item)} bytes"
    return dict(item)


def _size(item: Item) -> int:
    total = 0
    for name, value in item.items():
        (content,) = value.values()
        total += len(name) + len(content if isinstance(content, bytes) else content.encode())
    return total


def _reindex(table: Table, old: Item | None, new: Item | None) -> None:
    for index in table.indexes:
        for item, enter in ((old, False), (new, True)):
            if item is None or index.hash not in item or index.range not in item:
                continue
            entry = (item[index.range]["S"], item["pk"]["S"], item["sk"]["S"])
            entries = index.entries.setdefault(item[index.hash]["S"], [])
            if enter:
                insort(entries, entry)
            else:
                del entries[bisect_left(entries, entry)]
