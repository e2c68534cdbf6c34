"""The facts that ERP events become. Values are sealed under the holder's key; nothing of health is told."""

import json
from dataclasses import asdict
from datetime import date

from emdia.clock import instant
from emdia.compliance.rules import STOP_WRONG_PERSON
from emdia.facts import Fact, Value
from emdia.payments.settlement import Allocation, Entry
from emdia.portfolio.case import Invoice, InvoiceStatus, StopKind, StopRecord
from emdia.portfolio.contract import Consent, Contract
from emdia.state import Subject, case_ref

_REGISTER = (
    "number",
    "kind",
    "signed_on",
    "regulated",
    "plan",
    "holder",
    "cnpj",
    "address",
    "means_of_notice",
    "clause",
    "exclusion_agreed",
)


def contract_recorded(contract: Contract) -> Fact:
    """The contract's register as told, whole: what a notice was based on must be provable years later."""
    told = asdict(contract)
    register = {name: told[name] for name in _REGISTER}
    values = {
        "titular": contract.holder_key,
        "cadastro": _text(register),
        "beneficiarios": ",".join(contract.beneficiaries),
    }
    return _fact("contract.recorded", contract, values)


def points_recorded(contract: Contract) -> Fact:
    """The contact points as told."""
    return _fact("contact_points.recorded", contract, {"contatos": _text([asdict(p) for p in contract.contact_points])})


def point_barred(contract: Contract, point: str) -> Fact:
    """A contact point reaches somebody else: it is not used again."""
    return _fact("contact_point.dead", contract, {"ponto": point, "regra": STOP_WRONG_PERSON})


def invoice_recorded(invoice: Invoice) -> Fact:
    """An invoice was issued or changed."""
    values: dict[str, str | int] = {
        "fatura": invoice.number,
        "competencia": invoice.reference,
        "valor": int(invoice.amount),
        "vencimento": invoice.due_on.isoformat(),
    }
    if invoice.caused is not None:
        since, until = invoice.caused.since, invoice.caused.until
        values["atraso_da_operadora"] = f"{since.isoformat()}/{until.isoformat() if until else ''}"
    return _fact("invoice.recorded", invoice, values)


def invoice_closed(invoice: Invoice) -> Fact:
    """An invoice was paid or cancelled."""
    if invoice.status is InvoiceStatus.CANCELLED or invoice.paid_at is None:
        return _fact("invoice.cancelled", invoice, {"fatura": invoice.number})
    values: dict[str, str | int] = {
        "fatura": invoice.number,
        "valor": int(invoice.paid_amount or 0),
        "quando": instant(invoice.paid_at),
    }
    return _fact("invoice.settled", invoice, values)


def money_entered(invoice: Invoice, entry: Entry, share: Allocation, owed: int, end_to_end_id: str) -> Fact:
    """The bank's or the ERP's money, and what it paid; `owed` centavos are left. Reversed: it went back whole."""
    values: dict[str, str | int] = {
        "entrada": entry.id,
        "valor": int(entry.amount),
        "dia": entry.on.isoformat(),
        "juros": int(share.juros),
        "multa": int(share.multa),
        "principal": int(share.principal),
        "sobra": int(share.unallocated),
        "resta": owed,
        "pix": end_to_end_id,
    }
    return _fact("payment.reversed" if entry.reversed else "payment.entered", invoice, values)


def money_flagged(invoice: Invoice, entry: str, reason: str, amount: int) -> Fact:
    """A person must say what becomes of `amount` centavos."""
    values: dict[str, str | int] = {"entrada": entry, "motivo": reason, "valor": amount}
    return _fact("payment.flagged", invoice, values)


def money_unflagged(invoice: Invoice, entry: str) -> Fact:
    """It has been put right."""
    return _fact("payment.unflagged", invoice, {"entrada": entry})


def stop_told(record: StopRecord) -> Fact:
    """A stop begins or ends. A stay shows as a protective stop of the case: its own address would tell."""
    kind = "stop.placed" if record.active else "stop.lifted"
    values = {
        "tipo": str(record.kind),
        "faturas": ",".join(record.invoices),
        "ate": instant(record.until) if record.until else "",
    }
    about = case_ref(record.contract) if record.kind is StopKind.PROTECTIVE else record.ref
    holder = Subject(record.holder_key)
    return Fact(kind, about, tuple(Value(name, value, holder) for name, value in values.items()))


def consent_recorded(contract: Contract, consent: Consent) -> Fact:
    """What the person said of a channel: base, moment and evidence."""
    values = {
        "canal": str(consent.channel),
        "quando": instant(consent.at),
        "como": consent.how,
        "texto": consent.text,
    } | ({"ponto": consent.point} if consent.point else {})
    return _fact("channel.opted_in" if consent.opted_in else "channel.opted_out", contract, values)


def _fact(kind: str, state: Contract | Invoice, values: "dict[str, str] | dict[str, str | int]") -> Fact:
    holder = Subject(state.holder_key)
    return Fact(kind, state.ref, tuple(Value(name, value, holder) for name, value in values.items()))


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_day)


def _day(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"cannot tell {type(value).__name__}")
