"""The journal as an auditor with the operators' keys reads it: what was decided, when, and by which rule."""

import json
from base64 import urlsafe_b64decode
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from emdia.aws.keyring import DataKey, Keyring
from emdia.clock import UtcClock
from emdia.facts import KINDS, LogClass
from emdia.wiring import OsRandomness
from infra.local.cloud import Cloud
from infra.local.demo.chronicle import BRASILIA

# Facts whose rule the summary shows.
REFUSED: Final = ("step.refused", "outreach.refused", "outreach.cancelled")
DEFERRED: Final = ("step.deferred", "outreach.deferred")
PAID: Final = "stop.settled"  # the rule by which outreach dies when money has come
DECIDED: Final = ("step.refused", "step.deferred", "outreach.queued")


@dataclass(slots=True)
class Found:
    """What the journal holds. By day: days in Brasília."""

    kinds: Counter[str] = field(default_factory=Counter)
    due: Counter[date] = field(default_factory=Counter)
    refused: dict[date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    deferred: dict[date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reached: set[str] = field(default_factory=set)  # outreach that the provider is known to have taken
    printed: set[str] = field(default_factory=set)  # outreach that lies with the printer, as a letter
    final: set[str] = field(default_factory=set)  # outreach in a final state
    for_erp: Counter[str] = field(default_factory=Counter)  # facts that the ERP must be told, by operator
    # contract -> when an invoice of it was settled, and when outreach that waited died for that reason
    settled: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    died: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    @property
    def latencies(self) -> list[timedelta]:
        """Of each outreach that died by payment: how long after the settlement, in simulated time."""
        return sorted(
            min((at - paid for paid in self.settled[contract] if paid <= at), default=timedelta.max)
            for contract, moments in self.died.items()
            for at in moments
        )


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
    for row in scan(cloud, cloud.table("journal"), "sk = :e", {":e": {"S": "E"}}, ("pk", "kind", "ts", "about", "op")):
        kind, at = row["kind"]["S"], datetime.fromisoformat(row["ts"]["S"])
        day, ans = at.astimezone(BRASILIA).date(), row["pk"]["S"].partition("#")[0]
        found.kinds[kind] += 1
        found.for_erp[ans] += KINDS[kind].to_erp
        found.due[day] += kind in DECIDED
        contract, _, outreach = row["about"]["S"].partition("|OUTREACH#")
        if kind == "invoice.settled":
            found.settled[row["about"]["S"].partition("|")[0]].append(at)
        if kind in _TAKEN:
            found.reached.add(outreach)
        if kind == "letter.made":
            found.printed.add(row["about"]["S"].partition("|LETTER#")[2])
        if kind in _FINAL:
            found.final.add(outreach)
        if kind in REFUSED or kind in DEFERRED:
            by_day = found.refused if kind in REFUSED else found.deferred
            rule = str(_values(row, keys)["regra"])
            by_day[day][rule] += 1
            if outreach and rule.startswith(PAID):
                found.died[contract].append(at)
    return found


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
    for row in scan(cloud, cloud.table("keys"), "sk = :c", {":c": {"S": LogClass.CONTATO.value}}):
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


def scan(
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
