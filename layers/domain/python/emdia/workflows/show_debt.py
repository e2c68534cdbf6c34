"""The page behind the link of a short message: what is owed today, item by item, and how to pay it."""

from dataclasses import dataclass

from emdia.calendar import local_day
from emdia.clock import instant
from emdia.errors import Rejected
from emdia.facts import Fact, Value
from emdia.ladder.situation import holding_stop, live_invoices
from emdia.messages.outreach import Outreach
from emdia.messages.page import Page, open_page
from emdia.messages.words import View, compose
from emdia.portfolio.case import Case, Invoice
from emdia.portfolio.contract import Contract, Operator
from emdia.portfolio.municipal import holiday_refs, holidays_of
from emdia.ports import Clock, KeyClass, Ledger, Ledgers, Meter
from emdia.state import Subject, case_ref, contract_ref, invoice_ref, operator_ref, outreach_ref
from emdia.workflows.acts import command
from emdia.workflows.views import show


@dataclass(frozen=True, slots=True)
class Deps:
    """What showing needs."""

    ledgers: Ledgers
    clock: Clock
    meter: Meter


def show_debt(token: str, deps: Deps) -> tuple[Operator, View | None]:
    """Who asks for the money, and what is still open of what the message named; None when nothing is.

    Amounts are those of today in the person's zone. Nothing is shown of what a stop holds, nor to the link of somebody
    who is not the holder any more. Raises Rejected `token-invalid` (also for a page that has expired); TryLater, also
    when the look cannot be recorded: then nothing is shown.
    """
    ans, ref = open_page(token)
    ledger = deps.ledgers.of(ans)
    now = deps.clock.now()
    states = ledger.get([ref, operator_ref()])
    page, operator = states.get(ref), states.get(operator_ref())
    if not isinstance(page, Page) or not isinstance(operator, Operator) or page.until <= now:
        raise Rejected("token-invalid")
    told = ledger.get([case_ref(page.contract), outreach_ref(page.contract, page.outreach)])
    case, outreach = told.get(case_ref(page.contract)), told.get(outreach_ref(page.contract, page.outreach))
    if not isinstance(case, Case) or not isinstance(outreach, Outreach) or case.holder_key != page.holder_key:
        raise Rejected("token-invalid")
    live = () if holding_stop(case, now) is not None else live_invoices(case, now)
    keep = [invoice.id for invoice in live if invoice.id in outreach.invoices]
    # Whoever looks is seen first: when this cannot be made durable, nothing is shown.
    seen = Fact("debt.viewed", case.ref, (Value("contato", outreach.id), Value("tela", "pagina da mensagem")))
    witnessed = ledger.witness([seen], command("show", page.key, instant(now)))
    return operator, show(witnessed, _view(ledger, case, operator, keep, deps)) if keep else None


def _view(ledger: Ledger, case: Case, operator: Operator, keep: list[str], deps: Deps) -> View:
    refs = [contract_ref(case.contract), *(invoice_ref(case.contract, invoice) for invoice in keep)]
    refs += holiday_refs([case.ibge])
    states = ledger.get(refs, [(Subject(case.holder_key), KeyClass.CADASTRO)])
    contract = states.get(contract_ref(case.contract))
    if not isinstance(contract, Contract):
        raise Rejected("token-invalid")
    invoices = [state for state in states.values() if isinstance(state, Invoice)]
    on, resting = local_day(deps.clock.now(), case.zone), holidays_of(case.ibge, states)
    return compose(case, contract, invoices, operator, on, "", keep, resting=resting)
