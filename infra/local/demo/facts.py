"""The journal as an auditor with the operators' keys reads it: what was decided, when, and by which rule."""

import json
from base64 import urlsafe_b64decode
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from emdia.aws.keyring import DataKey, Keyring
from emdia.clock import UtcClock
from emdia.facts import LogClass
from emdia.wiring import OsRandomness
from infra.local.cloud import Cloud
from infra.local.demo.chronicle import BRASILIA

# Facts whose rule the summary shows.
REFUSED: Final = ("step.refused", "outreach.refused", "outreach.cancelled")
DEFERRED: Final = ("step.deferred", "outreach.deferred")
DECIDED: Final = ("step.refused", "step.deferred", "outreach.queued")


@dataclass(slots=True)
class Found:
    """What the journal holds. By day: days in Brasília."""

    kinds: Counter[str] = field(default_factory=Counter)
    due: Counter[date] = field(default_factory=Counter)
    refused: dict[date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    deferred: dict[date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reached: set[str] = field(default_factory=set)  # outreach that the provider is known to have taken
    final: set[str] = field(default_factory=set)  # outreach in a final state


_TAKEN: Final = frozenset(
    {"outreach.accepted", "outreach.delivered", "outreach.read", "outreach.failed", "outreach.complained"}
)
_FINAL: Final = (_TAKEN - {"outreach.accepted"}) | {
    "outreach.rejected", "outreach.unknown", "outreach.cancelled", "outreach.refused",
}  # fmt: skip


def read_journal(cloud: Cloud) -> Found:
    """Every fact of every operator."""
    keys = _contact_keys(cloud)
    found = Found()
    for row in _scan(cloud, cloud.table("journal"), "sk = :e", {":e": {"S": "E"}}, ("kind", "ts", "about", "op")):
        kind = row["kind"]["S"]
        day = datetime.fromisoformat(row["ts"]["S"]).astimezone(BRASILIA).date()
        found.kinds[kind] += 1
        found.due[day] += kind in DECIDED
        outreach = row["about"]["S"].partition("|OUTREACH#")[2]
        if kind in _TAKEN:
            found.reached.add(outreach)
        if kind in _FINAL:
            found.final.add(outreach)
        if kind in REFUSED or kind in DEFERRED:
            by_day = found.refused if kind in REFUSED else found.deferred
            by_day[day][str(_values(row, keys)["regra"])] += 1
    return found


def open_invoices(cloud: Cloud) -> int:
    """Fees that the product's cases still hold open."""
    cases = _scan(cloud, cloud.table("ledger"), "sk = :c", {":c": {"S": "CASE"}})
    return sum(len(json.loads(case["d"]["S"]).get("invoices", ())) for case in cases)


def _contact_keys(cloud: Cloud) -> dict[str, DataKey]:
    """Keys of class `contato` by their id."""
    configuration = cloud.client("lambda").get_function_configuration(FunctionName=cloud.function("take_step"))
    told = configuration["Environment"]["Variables"]
    keyring = Keyring(
        cloud.client("dynamodb"),
        cloud.client("kms"),
        cloud.table("keys"),
        told["EMDIA_KEYS_CMK"],
        UtcClock(),
        OsRandomness(),
    )
    by_operator: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _scan(cloud, cloud.table("keys"), "sk = :c", {":c": {"S": LogClass.CONTATO.value}}):
        by_operator[row["pk"]["S"].partition("#")[0]].append(row)
    return {key.kid: key for ans, rows in by_operator.items() for key in keyring.take_in(ans, rows).values()}


def _values(row: Mapping[str, Any], keys: Mapping[str, DataKey]) -> dict[str, Any]:
    """The disclosed values of a fact, opened with its subjects' keys."""
    opening = json.loads(row["op"]["S"])
    values: dict[str, Any] = {}
    for part in opening["op"]:
        plain = keys[part["kid"]].open(_bytes(part["ct"]), f"{opening['id']}|{part['kid']}".encode())
        for disclosure in plain.decode().split("~"):
            _, name, value = json.loads(_bytes(disclosure))
            values[name] = value
    return values


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _scan(
    cloud: Cloud, table: str, condition: str, values: Mapping[str, Any], wanted: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """Items for which `condition` holds, with the attributes `wanted` only, where given."""
    request: dict[str, Any] = {
        "TableName": table,
        "FilterExpression": condition,
        "ExpressionAttributeValues": dict(values),
    }
    if wanted:
        request["ProjectionExpression"] = ", ".join(f"#{name}" for name in wanted)
        request["ExpressionAttributeNames"] = {f"#{name}": name for name in wanted}
    while True:
        answer = cloud.client("dynamodb").scan(**request)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
