"""What an ERP event says, in the house's own words: read from the canonical JSON that the door accepted.

Numbers and documents of the outside become pseudonyms here; nothing below this module sees an ERP's id.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from emdia.clock import parse_instant
from emdia.compliance.charges import Clause
from emdia.compliance.delay import OperatorDelay
from emdia.compliance.frequency import pause_after_paid
from emdia.money import Centavos
from emdia.portfolio.case import PaymentCodes, StopKind
from emdia.portfolio.contract import (
    Address,
    AsOf,
    Beneficiary,
    Channel,
    Consent,
    ContactPoint,
    Contract,
    ContractKind,
    Holder,
    Plan,
)
from emdia.portfolio.told import (
    ConsentTold,
    ContractTold,
    InvoiceCancelled,
    InvoiceTold,
    PaidTold,
    PointsTold,
    StopTold,
    Told,
)

# Older than anything an ERP can tell: where a register was never told at all.
NEVER = AsOf(-1, datetime(1970, 1, 1, tzinfo=UTC))

PAYMENT = "payment"  # kind of pseudonym of a bank's payment id (Pix: endToEndId)

Names = Callable[[str, str], str]
"""Pseudonym of a value of a kind: contract, invoice, event, person (CPF), payment or stop."""


def contract_number(event: Mapping[str, Any]) -> str:
    """The ERP's number of the contract an event is about."""
    return str(event["data"]["contract"])


def read_event(key: tuple[str, str], body: str, names: Names) -> Told:
    """The event whose canonical JSON is `body`."""
    event = json.loads(body)
    as_of = AsOf(event.get("sequence", 0), parse_instant(event["occurred_at"]))
    head = {
        "key": key,
        "type": event["type"],
        "contract": names("contract", contract_number(event)),
        "as_of": as_of,
    }
    return _READERS[event["type"]](head, event["data"], names)


def canonical(event: object) -> str:
    """One text per JSON value, ASCII only: what is stored, and what digests are made of."""
    return json.dumps(event, sort_keys=True, separators=(",", ":"), allow_nan=False)


Head = Mapping[str, Any]
Data = Mapping[str, Any]


def _contract(head: Head, data: Data, names: Names) -> Told:
    told = data.get("contact_points")
    points = None if told is None else _points(told)
    people = tuple(_beneficiary(head, person, names) for person in data["beneficiaries"])
    charges = data.get("charges")
    address = data["address"]
    state = Contract(
        key=head["contract"],
        holder_key=names("person", data["holder"]["cpf"]),
        number=data["contract"],
        kind=ContractKind(data["kind"]),
        signed_on=date.fromisoformat(data["signed_on"]),
        regulated=data["regulated"],
        plan=Plan(**data["plan"]),
        holder=Holder(data["holder"]["name"], data["holder"]["cpf"], date.fromisoformat(data["holder"]["birth_on"])),
        cnpj=data.get("cnpj", ""),
        address=Address(**{"complement": "", **address}),
        beneficiaries=tuple(person.key for person in people),
        contact_points=points or (),
        means_of_notice=tuple(data["means_of_notice"]),
        clause=None if charges is None else Clause(**charges),
        exclusion_agreed=data.get("exclusion_agreed"),
        as_of=head["as_of"],
        points_as_of=NEVER if points is None else head["as_of"],
    )
    return ContractTold(**head, state=state, beneficiaries=people, points=points)


def _beneficiary(head: Head, person: Data, names: Names) -> Beneficiary:
    return Beneficiary(
        contract=head["contract"],
        key=names("person", person["cpf"]),
        name=person["name"],
        cpf=person["cpf"],
        birth_on=date.fromisoformat(person["birth_on"]),
        as_of=head["as_of"],
    )


def _points(told: Sequence[Data]) -> tuple[ContactPoint, ...]:
    return tuple(ContactPoint(p["id"], Channel(p["channel"]), p["value"], p["preference"]) for p in told)


def _points_only(head: Head, data: Data, names: Names) -> Told:
    del names
    return PointsTold(**head, points=_points(data["contact_points"]))


def _invoice(head: Head, data: Data, names: Names) -> Told:
    return InvoiceTold(
        **head,
        invoice=names("invoice", data["invoice"]),
        number=data["invoice"],
        reference=data["reference"],
        due_on=date.fromisoformat(data["due_on"]),
        amount=Centavos(data["amount_centavos"]),
        codes=PaymentCodes(**data.get("payment", {})),
        caused=_caused(data.get("operator_delay")),
    )


def _caused(told: Mapping[str, str] | None) -> OperatorDelay | None:
    days = {name: date.fromisoformat(day) for name, day in (told or {}).items()}
    return OperatorDelay(**days) if days else None


def _paid(head: Head, data: Data, names: Names) -> Told:
    paid_at, amount = parse_instant(data["paid_at"]), Centavos(data["amount_centavos"])
    return PaidTold(
        **head,
        invoice=names("invoice", data["invoice"]),
        paid_at=paid_at,
        amount=amount,
        payment=names(PAYMENT, data["payment"]) if data.get("payment") else "",
        partial=data.get("partial", False),
    )


def _cancelled(head: Head, data: Data, names: Names) -> Told:
    return InvoiceCancelled(**head, invoice=names("invoice", data["invoice"]))


def _stop(kind: StopKind, field: str, active: bool) -> Callable[[Head, Data, Names], Told]:
    """Reader of a stop's begin or end. Disputes, holds and stays number themselves apart."""

    def read(head: Head, data: Data, names: Names) -> Told:
        until = data.get("until")
        return StopTold(
            **head,
            stop=names("stop", f"{field}:{data[field]}"),
            kind=kind,
            active=active,
            invoices=tuple(sorted({names("invoice", number) for number in data.get("invoices", ())})),
            until=None if until is None else parse_instant(until),
            note=data.get("note", ""),
            points=tuple(sorted(set(data.get("contact_points", ())))),
        )

    return read


def _hold(head: Head, data: Data, names: Names) -> Told:
    """A hold, by its reason.

    The pause after "I paid" is the person's right: it is numbered apart, so that no `hold.lifted` shortens it, and
    it lasts at least as long as the norm says.
    """
    kind = StopKind(data.get("reason", "hold").replace("_", "-"))
    told = _stop(kind, "hold", True)(head, data, names)
    if kind is not StopKind.SAYS_PAID or not isinstance(told, StopTold):
        return told
    pause = told.as_of.occurred_at + pause_after_paid(told.as_of.occurred_at.date())
    until = pause if told.until is None else max(pause, told.until)
    return replace(told, stop=names("stop", f"paid:{data['hold']}"), until=until)


def _consent(head: Head, data: Data, names: Names, *, opted_in: bool) -> Told:
    del names
    said = parse_instant(data["at"]), data["how"], data.get("text", ""), head["as_of"]
    consent = Consent(Channel(data["channel"]), opted_in, *said, data.get("contact_value", ""))
    return ConsentTold(**head, consent=consent)


_READERS: Mapping[str, Callable[[Head, Data, Names], Told]] = {
    "contract.upserted": _contract,
    "contact_points.updated": _points_only,
    "invoice.issued": _invoice,
    "invoice.updated": _invoice,
    "invoice.paid": _paid,
    "invoice.cancelled": _cancelled,
    "hospitalisation.started": _stop(StopKind.PROTECTIVE, "stay", True),
    "hospitalisation.ended": _stop(StopKind.PROTECTIVE, "stay", False),
    "dispute.opened": _stop(StopKind.DISPUTE, "dispute", True),
    "dispute.closed": _stop(StopKind.DISPUTE, "dispute", False),
    "hold.placed": _hold,
    "hold.lifted": _stop(StopKind.HOLD, "hold", False),
    "opt_in.recorded": lambda *told: _consent(*told, opted_in=True),
    "opt_out.recorded": lambda *told: _consent(*told, opted_in=False),
}

TYPES = tuple(_READERS)
