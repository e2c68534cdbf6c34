"""Contracts in arrears, with defaults, for the tests of the notice of RN 593. Times are of São Paulo."""

from dataclasses import replace
from datetime import UTC, date, datetime

from emdia.compliance.arrears import Arrears, Fee
from emdia.compliance.notice import (
    Agreed,
    Attempt,
    Consequence,
    Evidence,
    EvidenceKind,
    Means,
    Notice,
    Registered,
)
from emdia.compliance.verdict import verdict
from emdia.portfolio.contract import ContractKind
from tests.unit.cases import SAO_PAULO, local

LONG_AGO = datetime(2025, 3, 1, tzinfo=UTC)
# What proves each means, as a rule.
PROVING = {
    Means.EMAIL: (EvidenceKind.READ_CONFIRMED,),
    Means.WHATSAPP: (EvidenceKind.REPLY,),
    Means.SMS: (EvidenceKind.REPLY,),
    Means.CALL: (EvidenceKind.RECORDING, EvidenceKind.DATA_CONFIRMED),
    Means.LETTER: (EvidenceKind.AR,),
    Means.AGENT: (EvidenceKind.SIGNED_RECEIPT,),
}


def at(text: str) -> datetime:
    """Noon of a day, or a local clock reading."""
    return local(text if " " in text else f"{text} 12:00")


def fee(id_: str, due_on: str, paid: str = "", **changes: object) -> Fee:
    return Fee(id=id_, due_on=date.fromisoformat(due_on), paid_at=at(paid) if paid else None, **changes)


def attempt(sent: str, means: Means = Means.EMAIL, proved: str = "", kinds=None, point: str = "p") -> Attempt:
    kinds = PROVING[means] if kinds is None else kinds
    evidence = tuple(Evidence(kind, at(proved), f"{means}:{kind}") for kind in kinds) if proved else ()
    return Attempt(means, point, at(sent), evidence)


def notice(*attempts: Attempt, fees=("f1", "f2"), id_: str = "n1", **changes: object) -> Notice:
    fields = {"consequence": Consequence.RESCIND, "content": "digest", "pay_by": date(2025, 4, 1)}
    return Notice(id=id_, fees=tuple(fees), attempts=attempts, **(fields | changes))


def arrears(*parts: object, **changes: object) -> Arrears:
    """An individual contract of 2025 that lists every means; `parts` are fees and notices."""
    fields: dict[str, object] = {
        "contract": "c1",
        "kind": ContractKind.INDIVIDUAL,
        "regulated": True,
        "zone": SAO_PAULO,
        "agreed": tuple(Agreed(means, date(2025, 3, 1)) for means in Means),
        "register": (Registered("p", LONG_AGO),),
        "fees": tuple(part for part in parts if isinstance(part, Fee)),
        "notices": tuple(part for part in parts if isinstance(part, Notice)),
    }
    return Arrears(**(fields | changes))


def judge(held: Arrears, now: str, what: Consequence = Consequence.RESCIND):
    return verdict(held, what, at(now))


def unmet(held: Arrears, now: str, what: Consequence = Consequence.RESCIND) -> set[str]:
    return {element.rule for element in judge(held, now, what).elements if not element.met}


def with_fee(held: Arrears, id_: str, **changes: object) -> Arrears:
    return replace(held, fees=tuple(replace(f, **changes) if f.id == id_ else f for f in held.fees))
