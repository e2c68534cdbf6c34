"""A person deals with money that waits for them, and closes links: lists it, looks, says what it was paid for."""

from collections.abc import Mapping
from dataclasses import dataclass

from emdia.clock import instant
from emdia.errors import LostRace, Rejected
from emdia.facts import Fact, Value
from emdia.identity import parse_ans
from emdia.messages.page import PagesRevoked
from emdia.payments.payment import Payment, PaymentStatus
from emdia.payments.ports import Received
from emdia.portfolio.case import Case, Invoice
from emdia.portfolio.contract import Contract
from emdia.portfolio.received import MoneyFlag
from emdia.ports import Act, Clock, KeyClass, Ledger, Ledgers, Meter, Pseudonyms, Put
from emdia.state import (
    FLAGGED_MONEY,
    Subject,
    case_ref,
    contract_ref,
    flag_ref,
    invoice_ref,
    pages_revoked_ref,
    payment_ref,
)
from emdia.workflows.acts import command
from emdia.workflows.entering import Till, enter_payments
from emdia.workflows.payment_items import Place
from emdia.workflows.staff_request import line_of
from emdia.workflows.views import show

_NAME_MAX = 64


@dataclass(frozen=True, slots=True)
class Deps:
    """What attending needs."""

    ledgers: Ledgers
    pseudonyms: Pseudonyms
    clock: Clock
    meter: Meter


def attend_payment(request: Mapping[str, object], deps: Deps) -> Mapping[str, object]:
    """Carry out `{"action", "operator", "actor", "payment"?, "contract"?, "invoice"?}`.

    Actions: `unallocated` (no personal data), `show` (the bank's id and the ERP's numbers, after a fact that says who
    looks), `assign` (a parked payment is for that invoice, by the ERP's numbers), `replay` (a parked payment is tried
    again), `revoke` (every link to pay that was sent for the contract so far opens nothing any more). Raises Rejected,
    LostRace, TryLater. What is sent back at the bank leaves the list by the bank's own word.
    """
    action, actor = line_of(request, "action", _NAME_MAX), line_of(request, "actor", _NAME_MAX)
    operator = parse_ans(line_of(request, "operator", _NAME_MAX), "/operator")
    ledger = deps.ledgers.of(operator)
    if action == "unallocated":
        return _list(ledger)
    if action == "revoke":
        return _revoke(ledger, line_of(request, "contract", _NAME_MAX), actor, deps)
    if action not in ("show", "assign", "replay"):
        raise Rejected("action-invalid", "/action")
    key = line_of(request, "payment", _NAME_MAX)
    found = ledger.get([payment_ref(key), flag_ref(key)])
    flag, payment = found.get(flag_ref(key)), found.get(payment_ref(key))
    if not isinstance(flag, MoneyFlag):
        raise Rejected("payment-not-found", "/payment")
    if action == "show":
        return _show(ledger, flag, payment if isinstance(payment, Payment) else None, actor, deps)
    if not isinstance(payment, Payment) or payment.status is not PaymentStatus.PARKED:
        raise Rejected("payment-entered", "/payment")
    return _again(ledger, payment, action, request, actor, deps)


def _list(ledger: Ledger) -> Mapping[str, object]:
    flags = [one for one in ledger.record(FLAGGED_MONEY, "MONEYFLAG#") if isinstance(one, MoneyFlag)]
    listed = [
        {"payment": one.entry, "reason": str(one.reason), "amount": int(one.amount), "on": one.on.isoformat()}
        for one in sorted(flags, key=lambda one: (one.on, one.entry))
    ]
    return {"unallocated": listed, "total": sum(int(one.amount) for one in flags)}


def _show(ledger: Ledger, flag: MoneyFlag, payment: Payment | None, actor: str, deps: Deps) -> Mapping[str, object]:
    # Whoever looks is seen first: when this cannot be made durable, nothing is shown.
    seen = Fact("payment.viewed", flag.ref, (Value("ator", actor), Value("tela", "dinheiro a resolver")))
    witnessed = ledger.witness([seen], command("view", flag.entry, actor, instant(deps.clock.now())))
    shown: dict[str, object] = {"payment": flag.entry, "reason": str(flag.reason), "amount": int(flag.amount)}
    if payment is not None:
        shown |= {"end_to_end_id": payment.end_to_end_id, "at": instant(payment.at), "paid": int(payment.amount)}
    case = ledger.get([case_ref(flag.contract)]).get(case_ref(flag.contract)) if flag.contract else None
    if isinstance(case, Case):
        refs = [contract_ref(flag.contract), invoice_ref(flag.contract, flag.invoice)]
        states = ledger.get(refs, [(Subject(case.holder_key), KeyClass.CADASTRO)])
        contract, invoice = states.get(refs[0]), states.get(refs[1])
        shown["contract"] = contract.number if isinstance(contract, Contract) else ""
        shown["invoice"] = invoice.number if isinstance(invoice, Invoice) else ""
    return show(witnessed, shown)


def _revoke(ledger: Ledger, number: str, actor: str, deps: Deps) -> Mapping[str, object]:
    key = deps.pseudonyms.of(ledger.ans, "contract", number)
    ref = pages_revoked_ref(key)
    states = ledger.get([case_ref(key), ref])
    if case_ref(key) not in states:
        raise Rejected("contract-unknown", "/contract")
    held = states.get(ref)
    v, last = (held.v, held.last) if held is not None else (0, "")
    revoked = PagesRevoked(contract=key, at=deps.clock.now(), v=v, last=last)
    fact = Fact("pages.revoked", ref, (Value("ator", actor),))
    if ledger.commit([Act(command("revoke", key, v, actor), (Put(revoked),), (fact,))]).lost:
        raise LostRace("somebody else closed the links")
    return {"status": "revoked"}


def _again(
    ledger: Ledger, payment: Payment, action: str, request: Mapping[str, object], actor: str, deps: Deps
) -> Mapping[str, object]:
    places: dict[str, Place] = {}
    if action == "assign":
        contract = deps.pseudonyms.of(ledger.ans, "contract", line_of(request, "contract", _NAME_MAX))
        invoice = deps.pseudonyms.of(ledger.ans, "invoice", line_of(request, "invoice", _NAME_MAX))
        if invoice_ref(contract, invoice) not in ledger.get([invoice_ref(contract, invoice)]):
            raise Rejected("invoice-unknown", "/invoice")
        places[payment.id] = Place(contract, invoice)
        said = Fact("payment.assigned", payment.ref, (Value("ator", actor), Value("faturas", invoice)))
        ledger.witness([said], command("assign", payment.id, payment.v, actor))
    told = Received(payment.end_to_end_id, payment.txid, payment.amount, payment.at, returned=payment.returned)
    till = Till(deps.ledgers, deps.pseudonyms, deps.clock, deps.meter)
    entered = enter_payments(ledger.ans, [told], "", till, places)
    return {"payment": payment.id, "status": "entered" if entered else "parked"}
