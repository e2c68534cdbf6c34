"""The page behind the link of a short message: what is owed today, item by item, and how to pay it; or a receipt."""

from dataclasses import dataclass, replace

from emdia.calendar import local_day
from emdia.clock import instant
from emdia.errors import Rejected
from emdia.facts import Fact, Value
from emdia.ladder.receipt_look import entry_of
from emdia.ladder.situation import holding_stop, live_invoices
from emdia.messages.outreach import Outreach
from emdia.messages.page import Page, PagesRevoked, open_page
from emdia.messages.receipt_words import ReceiptView, receipt_view
from emdia.messages.words import View, compose
from emdia.payments.ports import Banks
from emdia.portfolio.case import Case, Invoice, PaymentCodes
from emdia.portfolio.contract import Contract, Operator
from emdia.portfolio.municipal import holiday_refs, holidays_of
from emdia.ports import Clock, KeyClass, Ledger, Ledgers, Meter
from emdia.state import (
    Subject,
    case_ref,
    contract_ref,
    invoice_ref,
    operator_ref,
    outreach_ref,
    pages_revoked_ref,
)
from emdia.workflows.acts import command
from emdia.workflows.charging import Charging, codes_of
from emdia.workflows.views import show


@dataclass(frozen=True, slots=True)
class Deps:
    """What showing needs."""

    ledgers: Ledgers
    banks: Banks
    clock: Clock
    meter: Meter


@dataclass(frozen=True, slots=True)
class Shown:
    """`view` is what is still open of what the message named, None when nothing is; `receipt` that of a receipt."""

    operator: Operator
    view: View | None
    receipt: ReceiptView | None = None


def show_debt(token: str, deps: Deps) -> Shown:
    """Who asks for the money, what for, and what was paid where the message was a receipt.

    Amounts are those of today in the person's zone. Nothing is shown of what a stop holds, nor to the link of somebody
    who is not the holder any more or was forgotten. Raises Rejected `token-invalid` (also for a page that has expired
    or was revoked), `payment-returned` for the receipt of money that went back; TryLater, also when the look cannot
    be recorded: then nothing is shown.
    """
    ans, ref = open_page(token)
    ledger = deps.ledgers.of(ans)
    now = deps.clock.now()
    states = ledger.get([ref, operator_ref()])
    page, operator = states.get(ref), states.get(operator_ref())
    if not isinstance(page, Page) or not isinstance(operator, Operator) or page.until <= now:
        raise Rejected("token-invalid")
    revoked = pages_revoked_ref(page.contract)
    refs = [case_ref(page.contract), outreach_ref(page.contract, page.outreach), contract_ref(page.contract)]
    # The contract is opened whatever is shown: the link of who was forgotten leads nowhere.
    told = ledger.get([*refs, revoked], [(Subject(page.holder_key), KeyClass.CADASTRO)])
    case, outreach, contract = (told.get(ref) for ref in refs)
    if not isinstance(case, Case) or not isinstance(outreach, Outreach) or not isinstance(contract, Contract):
        raise Rejected("token-invalid")
    if case.holder_key != page.holder_key:
        raise Rejected("token-invalid")
    closed = told.get(revoked)
    if isinstance(closed, PagesRevoked) and closed.closes(page):
        raise Rejected("token-invalid")
    live = () if holding_stop(case, now) is not None else live_invoices(case, now)
    keep = [invoice.id for invoice in live if invoice.id in outreach.invoices]
    # Whoever looks is seen first: when this cannot be made durable, nothing is shown.
    seen = Fact("debt.viewed", case.ref, (Value("contato", outreach.id), Value("tela", "pagina da mensagem")))
    witnessed = ledger.witness([seen], command("show", page.key, instant(now)))
    receipt = _receipt(ledger, case, contract, outreach, operator, deps) if outreach.payment else None
    view = _view(ledger, case, contract, operator, keep, deps) if keep else None
    return show(witnessed, Shown(operator, view, receipt))


def _receipt(
    ledger: Ledger, case: Case, contract: Contract, outreach: Outreach, operator: Operator, deps: Deps
) -> ReceiptView:
    ref = invoice_ref(case.contract, outreach.invoices[0])
    states = ledger.get([ref, *holiday_refs([case.ibge])])
    invoice = states.get(ref)
    if not isinstance(invoice, Invoice):
        raise Rejected("token-invalid")
    entry = entry_of(invoice, outreach.payment)
    if entry is None:
        raise Rejected("payment-returned")
    on, resting = local_day(deps.clock.now(), case.zone), holidays_of(case.ibge, states)
    return receipt_view(case, contract, invoice, entry, operator, on, resting=resting)


def _view(ledger: Ledger, case: Case, contract: Contract, operator: Operator, keep: list[str], deps: Deps) -> View:
    refs = [invoice_ref(case.contract, invoice) for invoice in keep]
    states = ledger.get([*refs, *holiday_refs([case.ibge])])
    invoices = [state for state in states.values() if isinstance(state, Invoice)]
    on, resting = local_day(deps.clock.now(), case.zone), holidays_of(case.ibge, states)
    bank = deps.banks.of(ledger.ans)
    if bank is not None:
        codes = codes_of(case, contract, invoices, Charging(ledger, bank, operator, deps.clock, deps.meter), resting)
        # Ours alone beside the exact amount: two codes for one debt would be paid twice by somebody.
        invoices = [
            replace(one, codes=PaymentCodes(pix=codes[one.id], exact=True)) if one.id in codes else one
            for one in invoices
        ]
    return compose(case, contract, invoices, operator, on, "", keep, resting=resting)
