"""Events of one contract onto its stored items, purely: new items, facts, and what became of each event."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from emdia.compliance import rules
from emdia.errors import Rejected
from emdia.facts import Fact, Value
from emdia.messages import transitions
from emdia.messages.outreach import Outreach, OutreachStatus
from emdia.portfolio.book import Book, Unknown
from emdia.portfolio.case import STOP_RULES, Case, Invoice, InvoiceStatus, Reach, Stop
from emdia.portfolio.contract import Contract
from emdia.portfolio.debt import invoice_cancelled, invoice_told, stop_told
from emdia.portfolio.inbox import InboxStatus, Waiting
from emdia.portfolio.received import MoneyTold, money_told, paid_told
from emdia.portfolio.register import consent_told, contract_told, points_told
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
from emdia.state import (
    Ref,
    State,
    Subject,
    case_ref,
    invoice_ref,
    outreach_ref,
    waiting_ref,
)

Key = tuple[str, str]
NextDue = Callable[[Case, datetime, tuple[date, ...]], datetime | None]
Pin = Callable[[Case], Case]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an event: APPLIED, SUPERSEDED, WAITING (for `invoice`, or "" the contract) or PARKED."""

    status: InboxStatus
    invoice: str = ""
    refused: Rejected | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`puts` and `removed` change what was read.

    When they are stored, `absent` must still not exist and `unchanged` still stand as read: items are not read in
    one moment, and what was decided from an older case beside a newer invoice would be lost.
    """

    verdicts: Mapping[Key, Verdict]
    puts: tuple[State, ...]
    removed: tuple[State, ...]
    absent: tuple[Ref, ...]
    unchanged: tuple[State, ...] = ()
    facts: tuple[Fact, ...] = field(default=())


def fold(
    contract: str,
    events: Sequence[Told],
    states: Mapping[Ref, State],
    now: datetime,
    ladder: str,
    next_due: NextDue,
    pin: Pin,
) -> Outcome:
    """Apply `events` in the ERP's order to what `needed` made be read; `now` is UTC.

    `pin` puts a case on its ladder when its first invoice opens: none changes its ladder on the way. An event whose
    contract or invoice comes later in the same call is applied after it.
    """
    book = Book(contract, ladder, states, dict(states))
    verdicts: dict[Key, Verdict] = {}
    left = sorted(events, key=lambda told: (told.as_of, told.key))
    while left:
        again = []
        for told in left:
            verdicts[told.key] = _judge(book, told)
            if verdicts[told.key].status is InboxStatus.WAITING:
                again.append(told)
        if len(again) == len(left):
            break
        left = again
    _settle(book, states, now, next_due, pin)
    touched = _queue_up(book, verdicts, states) | _told_apart(book)
    puts = tuple(s for ref, s in book.states.items() if s != states.get(ref) or ref in touched)
    removed = tuple(s for ref, s in states.items() if ref not in book.states)
    absent = _still_absent(contract, book, states, verdicts)
    case = states.get(case_ref(contract))
    unchanged = () if case is None or case.ref in {put.ref for put in puts} else (case,)
    return Outcome(verdicts, puts, removed, absent, unchanged, tuple(book.facts))


def _judge(book: Book, told: Told) -> Verdict:
    states, facts = dict(book.states), list(book.facts)
    try:
        applied = _tell(book, told)
    except Unknown as unknown:
        return Verdict(InboxStatus.WAITING, unknown.invoice)
    except Rejected as refused:
        book.states, book.facts = states, facts  # half an event is no event
        return Verdict(InboxStatus.PARKED, refused=refused)
    return Verdict(InboxStatus.APPLIED if applied else InboxStatus.SUPERSEDED)


def _tell(book: Book, told: Told) -> bool:  # noqa: PLR0911  one line per type is how it reads best
    """Apply one event to the book; False when everything it says is older than what is held.

    Raises Unknown when its contract or invoice is not known yet, Rejected when what it says cannot be used.
    """
    match told:
        case ContractTold():
            return contract_told(book, told)
        case PointsTold():
            return points_told(book, told)
        case InvoiceTold():
            return invoice_told(book, told)
        case InvoiceCancelled():
            return invoice_cancelled(book, told)
        case PaidTold():
            return paid_told(book, told)
        case MoneyTold():
            return money_told(book, told)
        case StopTold():
            return stop_told(book, told)
        case ConsentTold():
            return consent_told(book, told)
    raise TypeError(f"no rule for {told.type}")


def _settle(book: Book, before: Mapping[Ref, State], now: datetime, next_due: NextDue, pin: Pin) -> None:
    """The case's ladder and clock, and the queued outreach that has lost its reason."""
    case = book.find(case_ref(book.contract), Case)
    if case is None or case == before.get(case.ref):
        return
    held = before.get(case.ref)
    if case.invoices and not (isinstance(held, Case) and held.invoices):
        case = pin(case)
        if case.arm:
            told = (Value("regua", case.ladder, Subject(case.holder_key)), Value("braco", case.arm))
            book.facts.append(Fact("ladder.drawn", case.ref, told))
    outreach = book.find(outreach_ref(book.contract, case.last_outreach), Outreach)
    if outreach is not None and outreach.status is OutreachStatus.QUEUED:
        rule = _lost_reason(outreach, case, book, now)
        if rule:
            move = transitions.cancel(outreach, rule)
            book.put(*move.states)
            book.facts.append(move.fact)
    book.put(replace(case, due=next_due(case, now, book.resting(case))))


def _lost_reason(outreach: Outreach, case: Case, book: Book, now: datetime) -> str:
    """The rule under which a queued outreach must not go out any more; "" while it still may."""
    if case.holder_key != outreach.holder_key:
        return rules.STOP_HOLDER_CHANGED
    if case.reach_of(outreach.channel) is Reach.OPTED_OUT:
        return rules.CONSENT_OPTED_OUT
    stops = [stop for stop in case.stops if stop.until is None or stop.until > now]
    open_now = {invoice.id for invoice in case.invoices} & set(outreach.invoices)
    if not open_now:
        closed = [book.find(invoice_ref(book.contract, invoice), Invoice) for invoice in outreach.invoices]
        cancelled = any(i is not None and i.status is InvoiceStatus.CANCELLED for i in closed)
        paid = any(i is not None and i.status is InvoiceStatus.PAID for i in closed)
        return rules.STOP_CANCELLED if cancelled and not paid else rules.STOP_SETTLED
    holding = [_holding(invoice, stops) for invoice in sorted(open_now)]
    if any(stop is None for stop in holding):
        return ""
    return next(STOP_RULES[stop.kind] for stop in holding if stop is not None)


def _holding(invoice: str, stops: Sequence[Stop]) -> Stop | None:
    return next((stop for stop in stops if not stop.invoices or invoice in stop.invoices), None)


def _queue_up(book: Book, verdicts: Mapping[Key, Verdict], before: Mapping[Ref, State]) -> set[Ref]:
    """Keep the lists of waiting events: who waits is added, who waits no more is taken off.

    Answers the items that must be written though they are unchanged: an event that waits for an invoice
    bumps the case, so that of it and the invoice's arrival in the same moment one has to read again.
    """
    wanted: dict[Ref, tuple[str, set[Key]]] = {}
    for key, verdict in verdicts.items():
        if verdict.status is InboxStatus.WAITING:
            wanted.setdefault(waiting_ref(book.contract, verdict.invoice), (verdict.invoice, set()))[1].add(key)
    lists = {ref: state for ref, state in before.items() if isinstance(state, Waiting)}
    for ref in wanted.keys() | lists.keys():
        held = lists.get(ref)
        invoice, keys = wanted.get(ref, (held.invoice if held else "", set()))
        arrived = case_ref(book.contract) if not invoice else invoice_ref(book.contract, invoice)
        # What did not fit into this call is in its caller's hands, and in the sweep's: it waits no more.
        listed = held.events if held is not None and arrived not in book.states else ()
        stay = [key for key in listed if key not in verdicts]
        events = tuple(sorted({*stay, *keys}))
        if not events:
            book.states.pop(ref, None)
        elif held is None:
            book.put(Waiting(contract=book.contract, invoice=invoice, events=events))
        else:
            book.put(replace(held, events=events))
    return {case_ref(book.contract)} if any(invoice for invoice, _ in wanted.values()) else set()


def _told_apart(book: Book) -> set[Ref]:
    """The case when its contract or an invoice changed: a claim read before must not write to the removed address."""
    changed = [state for ref, state in book.states.items() if state != book.read.get(ref)]
    return {case_ref(book.contract)} if any(isinstance(state, Contract | Invoice) for state in changed) else set()


def _still_absent(
    contract: str, book: Book, before: Mapping[Ref, State], verdicts: Mapping[Key, Verdict]
) -> tuple[Ref, ...]:
    """What must still not exist at the commit, so that an event and what it waits for never miss each other."""
    if case_ref(contract) in before:
        return ()
    if case_ref(contract) in book.states:
        return () if waiting_ref(contract) in before else (waiting_ref(contract),)
    waits = any(verdict.status is InboxStatus.WAITING for verdict in verdicts.values())
    return (case_ref(contract),) if waits else ()
