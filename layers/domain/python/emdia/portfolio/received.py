"""Money that came for an invoice: entered once, whoever tells it first, and never lost. Pure.

The bank names each payment; the ERP may name it too. Where it does not, its word of the same amount on the same local
day is that payment: both tell of one movement, and counting it twice would flag every Pix that the ERP confirms.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from emdia.calendar import local_day
from emdia.compliance.charges import Clause
from emdia.messages.outreach import receipt_id
from emdia.money import Centavos
from emdia.payments.settlement import Balance, Debt, Entry, balance
from emdia.portfolio import telling
from emdia.portfolio.book import Book, Unknown
from emdia.portfolio.case import Case, Invoice, InvoiceStatus
from emdia.portfolio.told import PaidTold, Told
from emdia.state import Ref, State, flag_ref, invoice_ref, outreach_ref

_ERPS_WORD = "erp-"


class Flag(StrEnum):
    """Why a person must say what becomes of money."""

    OVER = "over"  # more than was owed
    DOUBLE = "double"  # nothing was owed any more
    WITHDRAWN = "withdrawn"  # the invoice had been cancelled
    RETURNED = "returned"  # it went back after it had settled the invoice: the amount is what is owed again
    UNKNOWN = "unknown-charge"  # it names no charge of ours
    FUTURE = "future-time"
    OTHER_KEY = "other-key"  # it was paid to another key than the operator's
    UNREADABLE = "contract-forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyFlag(State):
    """Money that belongs to the payer, or that is owed again, until a person or a later word of the bank decides.

    `contract` and `invoice` are "" while nobody knows what it was paid for.
    """

    entry: str
    contract: str
    invoice: str
    reason: Flag
    amount: Centavos
    on: date  # local day of the money

    @property
    def ref(self) -> Ref:
        """See State."""
        return flag_ref(self.entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyTold(Told):
    """The bank says what it holds of one payment. `amount` is what was not sent back, or all of it if `reversed`."""

    invoice: str
    payment: str  # pseudonym of the bank's id
    end_to_end_id: str  # that id
    paid_at: datetime
    amount: Centavos
    reversed: bool = False
    quoted_on: date | None = None


def money_told(book: Book, told: MoneyTold) -> bool:
    """The bank's word; False when it says nothing new. Raises Unknown for a contract or invoice that never came."""
    case, held = _held(book, told.invoice)
    on = local_day(told.paid_at, case.zone)
    entry = Entry(told.payment, on, told.amount, told.quoted_on, told.reversed)
    if entry in held.entries:
        return False
    # What the ERP told without the bank's id was this very movement.
    others = [one for one in held.entries if one.id != entry.id and not _told_without_id(one, held, entry)]
    _enter(book, case, held, (*others, entry), told.paid_at, told.end_to_end_id)
    return True


def paid_told(book: Book, told: PaidTold) -> bool:
    """The ERP's word; False when a newer one is held. Raises Unknown for a contract or invoice that never came."""
    case, held = _held(book, told.invoice)
    if not told.partial and held.status is InvoiceStatus.PAID and _older(told, held):
        return False
    on = local_day(told.paid_at, case.zone)
    name = entry_name(told)
    known = [one for one in held.entries if one.id == name or (not told.payment and _same(one, on, told.amount))]
    banks = [one for one in known if not by_erp_alone(one.id)]
    entries = held.entries
    if not banks:
        entry = Entry(name, on, told.amount)
        others = [one for one in held.entries if one.id != name and not _told_without_id(one, held, entry)]
        entries = (*others, entry)
    if told.partial:
        _enter(book, case, held, entries, told.paid_at)
        return True
    closed = replace(
        held,
        status=InvoiceStatus.PAID,
        paid_at=told.paid_at,
        paid_amount=told.amount,
        closed_as_of=told.as_of,
        entries=_in_order(entries),
    )
    book.facts.append(telling.invoice_closed(closed))
    weigh(book, case, closed, told.paid_at)
    return True


def entry_name(told: PaidTold) -> str:
    """Under which id the ERP's word is entered: the bank's, or one of its own."""
    return told.payment or (f"{_ERPS_WORD}{told.key[1]}" if told.partial else nameless(told.invoice))


def receipts_of(contract: str, told: PaidTold | MoneyTold) -> set[Ref]:
    """Where its receipt may be kept: under its own name, or that of the word it takes the place of."""
    names = {entry_name(told) if isinstance(told, PaidTold) else told.payment, nameless(told.invoice)}
    return {outreach_ref(contract, receipt_id(contract, name)) for name in names}


def by_erp_alone(entry: str) -> bool:
    """Whether the ERP has told of it without the bank's id."""
    return entry.startswith(_ERPS_WORD)


def nameless(invoice: str) -> str:
    """The entry of the ERP's word that an invoice is paid, without the bank's id: the bank's word takes its place."""
    return f"{_ERPS_WORD}{invoice}"


def weigh(book: Book, case: Case, invoice: Invoice, at: datetime) -> None:
    """Store `invoice` with what came for it: settled if that is enough, flagged where a person must look.

    `at` is the moment (UTC) of the word that made it be weighed.
    """
    if invoice.status is InvoiceStatus.OPEN and balance_of(invoice, case, book.resting(case)).settled:
        paid = Centavos(sum(one.amount for one in invoice.entries if not one.reversed))
        invoice = replace(invoice, status=InvoiceStatus.PAID, paid_at=at, paid_amount=paid)
        book.facts.append(telling.invoice_closed(invoice))
    _store(book, case, invoice)
    _flag(book, case, invoice)


def debt_of(invoice: Invoice, case: Case, resting: tuple[date, ...]) -> Debt:
    """What `invoice` is as a debt: nothing when it was cancelled, so that all that came for it is the payer's.

    `resting` are the holidays of the person's municipality.
    """
    amount = Centavos(0) if invoice.status is InvoiceStatus.CANCELLED else invoice.amount
    clause = None
    if case.multa_bp is not None or case.juros_bp_month is not None:
        clause = Clause(case.multa_bp or 0, case.juros_bp_month or 0)
    return Debt(amount, invoice.due_on, clause, case.uf, invoice.caused, resting)


def balance_of(invoice: Invoice, case: Case, resting: tuple[date, ...]) -> Balance:
    """The books of one invoice on the day of its newest entry. Raises Halted for entries that contradict each other."""
    newest = max((one.on for one in invoice.entries), default=invoice.due_on)
    return balance(debt_of(invoice, case, resting), invoice.entries, newest)


def flags_of(invoice: State | None) -> set[Ref]:
    """Where money of `invoice` may stand flagged."""
    return {flag_ref(one.id) for one in invoice.entries} if isinstance(invoice, Invoice) else set()


def _held(book: Book, invoice: str) -> tuple[Case, Invoice]:
    case, held = book.case(), book.find(invoice_ref(book.contract, invoice), Invoice)
    if held is None:
        raise Unknown(invoice)
    return case, held


def _older(told: Told, held: Invoice) -> bool:
    return held.closed_as_of is not None and told.as_of < held.closed_as_of


def _same(one: Entry, on: date, amount: Centavos) -> bool:
    return (one.on, one.amount) == (on, amount)


def _told_without_id(one: Entry, held: Invoice, entry: Entry) -> bool:
    return one.id == nameless(held.id) and _same(one, entry.on, entry.amount)


def _in_order(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda one: (one.on, one.id)))


def _enter(
    book: Book, case: Case, held: Invoice, entries: Sequence[Entry], at: datetime, end_to_end_id: str = ""
) -> None:
    entered = replace(held, entries=_in_order(entries))
    before, now = set(held.entries), balance_of(entered, case, book.resting(case))
    shares = {one.entry: one for one in now.allocations}
    for entry in entered.entries:
        if entry not in before:
            book.facts.append(telling.money_entered(entered, entry, shares[entry.id], now.owed, end_to_end_id))
    weigh(book, case, entered, at)


def _store(book: Book, case: Case, invoice: Invoice) -> None:
    """The invoice, and the case: without it once it is closed, else with what came for it."""
    kept = [one for one in case.invoices if one.id != invoice.id or invoice.status is InvoiceStatus.OPEN]
    told = tuple(replace(one, entries=invoice.entries) if one.id == invoice.id else one for one in kept)
    book.put(invoice, replace(case, invoices=told))


def _flag(book: Book, case: Case, invoice: Invoice) -> None:
    """Say of every entry whether a person must look; what has been put right is looked at no more."""
    now = balance_of(invoice, case, book.resting(case))
    by_id = {one.id: one for one in invoice.entries}
    for share in now.allocations:
        entry, ref = by_id[share.entry], flag_ref(share.entry)
        amount, reason = share.unallocated, Flag.OVER
        if invoice.status is InvoiceStatus.CANCELLED:
            reason = Flag.WITHDRAWN
        elif share.unallocated == entry.amount:
            reason = Flag.DOUBLE
        if entry.reversed and invoice.status is InvoiceStatus.PAID and not now.settled:
            amount, reason = now.owed, Flag.RETURNED
        held = book.find(ref, MoneyFlag)
        if not amount:
            book.states.pop(ref, None)
            if held is not None:
                book.facts.append(telling.money_unflagged(invoice, held.entry))
        elif held is None or (held.amount, held.reason) != (amount, reason):
            flag = MoneyFlag(
                v=held.v if held else 0,
                last=held.last if held else "",
                entry=entry.id,
                contract=invoice.contract,
                invoice=invoice.id,
                reason=reason,
                amount=amount,
                on=entry.on,
            )
            book.put(flag)
            book.facts.append(telling.money_flagged(invoice, flag.entry, str(reason), amount))
