"""The Pix charge of an invoice, made when somebody is about to pay: asked of the bank once, changed or replaced after.

What the bank is asked is written down before it is asked, with the charge's name: so no payment can name a charge that
we do not know, whatever fails in between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from emdia.calendar import local_day
from emdia.errors import LostRace, Rejected, TryLater
from emdia.facts import Fact, Value
from emdia.payments.brcode import dynamic_code
from emdia.payments.charge import Charge, ChargeName, ChargeStatus, Terms, terms_for, txid_of
from emdia.payments.ports import Bank, Debtor, Opened
from emdia.portfolio.case import Case, Invoice
from emdia.portfolio.contract import Contract, Operator
from emdia.portfolio.received import debt_of
from emdia.ports import Act, Change, Clock, Ledger, Meter, Put
from emdia.state import State, charge_ref
from emdia.workflows.acts import command


@dataclass(frozen=True, slots=True)
class Charging:
    """Where and how charges are made. `bank` is the operator's."""

    ledger: Ledger
    bank: Bank
    operator: Operator
    clock: Clock
    meter: Meter


def codes_of(
    case: Case,
    contract: Contract,
    invoices: Sequence[Invoice],
    charging: Charging,
    resting: tuple[date, ...],
) -> Mapping[str, str]:
    """The BR Code of each of `invoices` that asks exactly what is owed today, by invoice.

    `resting` are the holidays of the person's municipality.
    An invoice is left out when the bank cannot be asked now: whoever wants to pay is shown the debt all the same. A
    bank that does not answer is asked no second time: the person waits for it.
    """
    on = local_day(charging.clock.now(), case.zone)
    held = charging.ledger.get([charge_ref(case.contract, one.id) for one in invoices])
    debtor = Debtor(contract.holder.cpf, contract.holder.name)
    codes: dict[str, str] = {}
    for invoice in invoices:
        try:
            terms = terms_for(debt_of(invoice, case, resting), invoice.entries, on)
            charge = held.get(charge_ref(case.contract, invoice.id))
            codes[invoice.id] = _code(invoice, terms, on, charge, debtor, charging)
        except Rejected as refused:
            charging.meter.count("ChargeFailed", reason=refused.code)
        except LostRace:
            charging.meter.count("ChargeFailed", reason="lost-race")
        except TryLater:
            charging.meter.count("ChargeFailed", reason="try-later")
            break
    return codes


def _code(invoice: Invoice, terms: Terms, on: date, held: State | None, debtor: Debtor, charging: Charging) -> str:
    if not isinstance(held, Charge):
        return _new(invoice, terms, on, None, debtor, charging)
    if held.terms == terms and held.status is ChargeStatus.ACTIVE:
        return held.code
    if held.terms == terms:
        return _asked(held, debtor, charging)
    if held.status is ChargeStatus.ACTIVE and not held.terms.late and not terms.late:
        return _kept(replace(held, terms=terms), "charge.changed", charging.bank.change(held.txid, terms), charging)
    # The old one first: two that can both be paid would be paid twice by somebody.
    charging.bank.remove(held.txid)
    return _new(invoice, terms, on, held, debtor, charging)


def _new(invoice: Invoice, terms: Terms, on: date, held: Charge | None, debtor: Debtor, charging: Charging) -> str:
    number = held.number + 1 if held else 1
    txid = txid_of(charging.ledger.ans, invoice.id, number)
    charge = Charge(
        v=held.v if held else 0,
        last=held.last if held else "",
        contract=invoice.contract,
        invoice=invoice.id,
        number=number,
        txid=txid,
        terms=terms,
        status=ChargeStatus.ASKED,
        quoted_on=on,
    )
    name = ChargeName(txid=txid, contract=invoice.contract, invoice=invoice.id, quoted_on=on if terms.late else None)
    stored = _commit(charge, "charge.asked", charging, Put(name))
    return _asked(stored, debtor, charging)


def _asked(charge: Charge, debtor: Debtor, charging: Charging) -> str:
    """Ask the bank for a charge that is written down; it may have been asked before."""
    opened = charging.bank.open(charge.txid, charge.terms, debtor)
    if not opened.active or opened.original != charge.terms.original:
        raise Rejected("bank-unclear", "/cobv")
    return _kept(replace(charge, status=ChargeStatus.ACTIVE), "charge.opened", opened, charging)


def _kept(charge: Charge, kind: str, opened: Opened, charging: Charging) -> str:
    operator = charging.operator
    code = charge.code or dynamic_code(opened.location, opened.name or operator.name, opened.city or "BRASIL")
    return _commit(replace(charge, code=code), kind, charging).code


def _commit(charge: Charge, kind: str, charging: Charging, *more: Change) -> Charge:
    terms = charge.terms
    values = (
        Value("valor", int(terms.original)),
        Value("vencimento", terms.due_on.isoformat()),
        Value("txid", charge.txid),
    )
    act = Act(command(kind, charge.txid, charge.v), (Put(charge), *more), (Fact(kind, charge.ref, values),))
    done = charging.ledger.commit([act])
    stored = done.states.get(charge.ref)
    if act.command not in done.landed or not isinstance(stored, Charge):
        raise LostRace("somebody else opened the same page")
    return stored
