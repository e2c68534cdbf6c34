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
from emdia.protocols.ratings import payment_rating_ref
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
    """`view` is what is still open of what the message named, None when nothing is; `receipt` that of a receipt.

    `asks`: whether its person may still say how they found paying.
    """

    operator: Operator
    view: View | None
    receipt: ReceiptView | None = None
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link leads to: it is the present holder's, whose keys are there."""

    ledger: Ledger
    operator: Operator
    page: Page
    case: Case
    outreach: Outreach
    contract: Contract
    rated: bool


def opened(token: str, deps: Deps) -> Opened:
    """Raises Rejected `token-invalid`, the same for a page that never was, has expired, was revoked or is another's."""
    ans, ref = open_page(token)
    ledger = deps.ledgers.of(ans)
    states = ledger.get([ref, operator_ref()])
    page, operator = states.get(ref), states.get(operator_ref())
    if not isinstance(page, Page) or not isinstance(operator, Operator) or page.until <= deps.clock.now():
        raise Rejected("token-invalid")
    revoked, rating = pages_revoked_ref(page.contract), payment_rating_ref(page.contract, page.outreach)
    refs = [case_ref(page.contract), outreach_ref(page.contract, page.outreach), contract_ref(page.contract)]
    # The contract is opened whatever is shown: the link of who was forgotten leads nowhere.
    told = ledger.get([*refs, revoked, rating], [(Subject(page.holder_key), KeyClass.CADASTRO)])
    case, outreach, contract = (told.get(ref) for ref in refs)
    if not isinstance(case, Case) or not isinstance(outreach, Outreach) or not isinstance(contract, Contract):
        raise Rejected("token-invalid")
    closed = told.get(revoked)
    if case.holder_key != page.holder_key or (isinstance(closed, PagesRevoked) and closed.closes(page)):
        raise Rejected("token-invalid")
    return Opened(ledger, operator, page, case, outreach, contract, rating in told)


def show_debt(token: str, deps: Deps) -> Shown:
    """Who asks for the money, what for, and what was paid where the message was a receipt.

    Amounts are those of today in the person's zone. Nothing is shown of what a stop holds, nor to the link of somebody
    who is not the holder any more or was forgotten. Raises Rejected `token-invalid` (see `opened`), `payment-returned`
    for the receipt of money that went back; TryLater, also when the look cannot be recorded: then nothing is shown.
    """
    found, now = opened(token, deps), deps.clock.now()
    case, outreach, contract, ledger = found.case, found.outreach, found.contract, found.ledger
    live = () if holding_stop(case, now) is not None else live_invoices(case, now)
    keep = [invoice.id for invoice in live if invoice.id in outreach.invoices]
    # Whoever looks is seen first: when this cannot be made durable, nothing is shown.
    seen = Fact("debt.viewed", case.ref, (Value("contato", outreach.id), Value("tela", "pagina da mensagem")))
    witnessed = ledger.witness([seen], command("show", found.page.key, instant(now)))
    receipt = _receipt(ledger, case, contract, outreach, found.operator, deps) if outreach.payment else None
    view = _view(ledger, case, contract, found.operator, keep, deps) if keep else None
    return show(witnessed, Shown(found.operator, view, receipt, receipt is not None and not found.rated))


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
