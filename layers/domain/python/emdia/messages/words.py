"""From a case to the words and figures of one message. Pure: same inputs, same message.

Every phrase that speaks of time is made here from the local date of sending, never taken from a template:
a reminder of three days before that a closed window held back must still say what is true on the day it leaves.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from emdia.calendar import effective_due_date
from emdia.compliance.charges import Clause, Itemised
from emdia.compliance.delay import OperatorDelay, days_late, last_day_on_time
from emdia.errors import Halted
from emdia.messages.spelling import (
    bare_cnpj,
    brief_name,
    days,
    dialled,
    first_name,
    mask_cnpj,
    short_month,
    spell_date,
    spell_month,
    spell_phone,
)
from emdia.money import Centavos
from emdia.payments.settlement import Debt, owed
from emdia.portfolio.case import Case, Invoice, OpenInvoice, PaymentCodes
from emdia.portfolio.contract import Contract, Operator

_WEEKEND = {5: "sábado,", 6: "domingo,"}


class Moment(StrEnum):
    """Where an invoice stands on the day of sending."""

    BEFORE = "antes"
    TODAY = "hoje"
    GRACE = "carencia"  # due on a day without banking: still payable without charges
    LATE = "atraso"


@dataclass(frozen=True, slots=True)
class Item:
    """One invoice as the reader sees it. `when` completes “a mensalidade de novembro/2026 …”."""

    reference: str  # "novembro/2026"
    due: str  # "10/11/2026"
    moment: Moment
    when: str
    ahead: int  # calendar days from sending to the due date
    owed: Itemised
    codes: PaymentCodes

    @property
    def short(self) -> str:
        """The reference month in figures, "11/2026": for an SMS."""
        return short_month(self.reference)

    @property
    def charged(self) -> bool:
        """Whether delay has made it dearer."""
        return self.owed.total != self.owed.principal


@dataclass(frozen=True, slots=True)
class Signature:
    """Who writes (CDC art. 42-A: name, address, CNPJ) and how to reach them."""

    name: str
    address: str
    cnpj: str  # masked
    ans: str
    phone: str
    dial: str  # what a telephone dials, "" when it cannot be told
    site: str
    how_to_pay: str
    short: str = ""

    @property
    def brief(self) -> str:
        """The name for an SMS: the short one, or the other cut between words."""
        return self.short or brief_name(self.name)

    @property
    def cnpj_bare(self) -> str:
        """The CNPJ without its mask: four characters less."""
        return bare_cnpj(self.cnpj)


@dataclass(frozen=True, slots=True)
class View:
    """All that a template may show. Nothing of health, no CPF, no other person of the contract."""

    first_name: str  # "" when the register has none
    plan: str
    operator: Signature
    items: tuple[Item, ...]  # by due date
    total: Centavos
    unsubscribe_url: str
    today: str  # "23/11/2026", local
    until: str  # the last day on which `total` is still what is owed, `today` or later
    page_url: str = ""  # where what a short message leaves out can be read and paid

    @property
    def principal(self) -> Centavos:
        """The fees alone."""
        return Centavos(sum(item.owed.principal for item in self.items))

    @property
    def multa(self) -> Centavos:
        """The multas together."""
        return Centavos(sum(item.owed.multa for item in self.items))

    @property
    def juros(self) -> Centavos:
        """The juros together."""
        return Centavos(sum(item.owed.juros for item in self.items))

    @property
    def one(self) -> bool:
        """Whether the message is about a single invoice."""
        return len(self.items) == 1

    @property
    def late(self) -> int:
        """How many invoices are late."""
        return sum(item.moment is Moment.LATE for item in self.items)

    @property
    def claims(self) -> bool:
        """Whether some invoice is past its due date, so that the message reads as a claim whatever its template."""
        return any(item.moment in (Moment.GRACE, Moment.LATE) for item in self.items)

    @property
    def codes_may_lack_charges(self) -> bool:
        """Whether some invoice with charges has codes: those are the ERP's, and what they charge is not known here."""
        return any(item.charged and item.codes != PaymentCodes() and not item.codes.exact for item in self.items)

    @property
    def some_payable_here(self) -> bool:
        """Whether some invoice carries a code or link to pay it with."""
        return any(item.codes != PaymentCodes() for item in self.items)

    @property
    def today_only(self) -> bool:
        """Whether every invoice falls due on the day of sending."""
        return all(item.moment is Moment.TODAY for item in self.items)

    @property
    def payable_here(self) -> bool:
        """Whether every invoice carries some code or link to pay it with."""
        return all(item.codes != PaymentCodes() for item in self.items)


def compose(
    case: Case,
    contract: Contract,
    invoices: Iterable[Invoice],
    operator: Operator,
    on: date,
    unsubscribe_url: str,
    keep: Collection[str],
    page_url: str = "",
    *,
    resting: tuple[date, ...],
) -> View:
    """The view of a message about the open invoices `keep`, as of the local date `on`.

    Amounts, due dates and the clause come from `case`, the item whose version the claim checks; `invoices` only adds
    payment codes; `resting` are the holidays of the person's municipality. Raises Halted when `keep` is empty or names
    an invoice that is not open.
    """
    open_by_id = {invoice.id: invoice for invoice in case.invoices}
    codes = {invoice.id: invoice.codes for invoice in invoices}
    missing = [invoice for invoice in keep if invoice not in open_by_id or invoice not in codes]
    if missing or not keep:
        raise Halted(f"a message about no open invoice: {len(missing)} of {len(keep)} unknown")
    clause = None
    if case.multa_bp is not None or case.juros_bp_month is not None:
        clause = Clause(case.multa_bp or 0, case.juros_bp_month or 0)
    kept = sorted(
        (open_by_id[id_] for id_ in keep), key=lambda invoice: (invoice.due_on, invoice.reference, invoice.id)
    )
    items = tuple(_item(invoice, codes[invoice.id], clause, on, case.uf, resting) for invoice in kept)
    last_days = (last_day_on_time(invoice.due_on, case.uf, invoice.caused, resting) or on for invoice in kept)
    return View(
        first_name=first_name(contract.holder.name),
        plan=contract.plan.name,
        operator=sign(operator),
        items=items,
        total=Centavos(sum(item.owed.total for item in items)),
        unsubscribe_url=unsubscribe_url,
        today=spell_date(on),
        until=spell_date(max(on, min(last_days))),
        page_url=page_url,
    )


def sign(operator: Operator) -> Signature:
    """The operator as the end of a message names it."""
    return Signature(
        name=operator.name,
        address=operator.address,
        cnpj=mask_cnpj(operator.cnpj),
        ans=operator.ans,
        phone=spell_phone(operator.phone),
        dial=dialled(operator.phone),
        site=operator.site,
        how_to_pay=operator.how_to_pay,
        short=operator.short_name,
    )


def _item(
    invoice: OpenInvoice,
    codes: PaymentCodes,
    clause: Clause | None,
    on: date,
    uf: str,
    resting: tuple[date, ...],
) -> Item:
    moment, when = standing(invoice.due_on, on, uf, invoice.caused, resting)
    asked = owed(Debt(invoice.amount, invoice.due_on, clause, uf, invoice.caused, resting), invoice.entries, on)
    ahead = (invoice.due_on - on).days
    return Item(spell_month(invoice.reference), spell_date(invoice.due_on), moment, when, ahead, asked, codes)


def standing(
    due: date, on: date, uf: str = "", caused: OperatorDelay | None = None, resting: tuple[date, ...] = ()
) -> tuple[Moment, str]:
    """Where an invoice due on `due` stands on `on` in state `uf`, and the predicate that says so.

    `resting` are the holidays of the municipality, `caused` days of the operator's own fault; on such a day nobody is
    written to. Raises Halted when they have no end yet and cover the due date.

    >>> standing(date(2026, 11, 10), date(2026, 11, 9))[1]
    'vence amanhã, 10/11/2026'
    >>> standing(date(2026, 10, 10), date(2026, 10, 12))[1]
    'venceu em 10/10/2026, sábado, sem expediente bancário, e pode ser paga sem acréscimo até 13/10/2026'
    """
    last = last_day_on_time(due, uf, caused, resting)
    if last is None:
        raise Halted("a message about an invoice that the operator keeps from being paid")
    why = "sem poder ser paga, por falha nossa"
    if last == effective_due_date(due, uf, resting):
        why = f"{_WEEKEND.get(due.weekday(), 'dia')} sem expediente bancário"
    if on > last:
        # Who counts on the calendar from the due date finds more days than are charged: say where they went.
        free = f" ({why}: prazo sem acréscimo até {spell_date(last)})" if last != due else ""
        fault = ", sem contar os dias de falha nossa" if caused is not None and caused.since <= on else ""
        late = days(days_late(due, on, uf, caused, resting))
        return Moment.LATE, f"venceu em {spell_date(due)}{free} e está há {late} em atraso{fault}"
    grace = f", {why}, e pode ser paga sem acréscimo até {spell_date(last)}" if last != due else ""
    if on > due:
        return Moment.GRACE, f"venceu em {spell_date(due)}{grace}"
    if on == due:
        return Moment.TODAY, f"vence hoje, {spell_date(due)}{grace}"
    if (due - on).days == 1:
        return Moment.BEFORE, f"vence amanhã, {spell_date(due)}{grace}"
    return Moment.BEFORE, f"vence daqui a {days((due - on).days)}, em {spell_date(due)}{grace}"
