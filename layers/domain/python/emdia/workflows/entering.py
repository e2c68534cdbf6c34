"""How a bank's Pix is entered: in one transaction with invoice, case, what is queued and the facts; or parked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from emdia.compliance.approval import in_force
from emdia.errors import LostRace, Rejected
from emdia.facts import Fact
from emdia.ladder.decide import next_due
from emdia.ladder.ladder import DEFAULT
from emdia.ladder.plan import pinned, plan_in_force
from emdia.payments.charge import ChargeName
from emdia.payments.payment import Payment, PaymentStatus
from emdia.payments.ports import Received
from emdia.portfolio.apply import Outcome, fold
from emdia.portfolio.case import Case
from emdia.portfolio.events import PAYMENT
from emdia.portfolio.inbox import InboxStatus
from emdia.portfolio.needed import needed
from emdia.portfolio.receipting import with_receipts
from emdia.portfolio.received import Flag, MoneyTold
from emdia.portfolio.takings import moved
from emdia.ports import STATE_KEYS, Act, Change, Clock, Ledger, Ledgers, Meter, Pseudonyms, Put, Remove
from emdia.state import Ref, State, Subject, case_ref, flag_ref, in_force_ref, operator_ref, payment_ref, txid_ref
from emdia.workflows.acts import commit_apart
from emdia.workflows.money_meter import BY_PIX, count_money
from emdia.workflows.payment_items import Due, Place, command_of, parked, payment_of, told_of, unreadable

# Commits that may lose against other writers before the bank or the schedule must come again.
ATTEMPTS = 5
# The bank's clock may run ahead of ours by so much; a later instant is nobody's payment yet.
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Till:
    """What entering needs."""

    ledgers: Ledgers
    pseudonyms: Pseudonyms
    clock: Clock
    meter: Meter


Places = Mapping[str, Place]  # by the payment's pseudonym: where a person says that it belongs


def enter_payments(ans: str, told: Sequence[Received], key: str, till: Till, places: Places | None = None) -> int:
    """Enter or park each of `told`, once for ever; how many of them said something new.

    `key` is the operator's Pix key: what was paid to another one is parked. Raises LostRace when an item kept changing,
    TryLater: then some may be entered, and a repeat finds them.
    """
    ledger, new = till.ledgers.of(ans), 0
    left = list(told)
    for _ in range(ATTEMPTS):
        landed, left = _enter(ledger, left, key, till, places or {})
        new += landed
        if not left:
            return new
    raise LostRace("the payments' contracts kept changing")


def _enter(
    ledger: Ledger, told: Sequence[Received], key: str, till: Till, places: Places
) -> tuple[int, list[Received]]:
    now = till.clock.now()
    due, states = _sorted_out(ledger, told, key, till, places)
    groups: dict[str, list[Due]] = defaultdict(list)
    acts: dict[str, list[Due]] = {}
    money: dict[str, int] = {}
    todo: list[Act] = []
    for one in due:
        if one.place is not None and not one.why:
            groups[one.place.contract].append(one)
    for contract, some in groups.items():
        entered = _entered(ledger, contract, some, states, now)
        if entered is None:  # its contract was forgotten: the money is there all the same
            due = [unreadable(one) if one in some else one for one in due]
        else:
            act, money[act.command] = entered
            acts[act.command] = some
            todo.append(act)
    for one in due:
        if one.why and not one.known:
            act = parked(one, states)
            acts[act.command] = [one]
            todo.append(act)
            till.meter.count("PixParked", reason=one.why)
    done = commit_apart(todo, ledger)
    landed = sum(len(acts[one]) for one in done.landed)
    till.meter.count("PixEntered", landed)
    count_money(till.meter, ledger.ans, BY_PIX, (money.get(command, 0) for command in done.landed))
    return landed, [one.told for lost in done.lost for one in acts[lost]]


def _sorted_out(
    ledger: Ledger, told: Sequence[Received], key: str, till: Till, places: Places
) -> tuple[list[Due], Mapping[Ref, State]]:
    ids = {one.id: till.pseudonyms.of(ledger.ans, PAYMENT, one.id) for one in told}
    refs = [ref for name in ids.values() for ref in (payment_ref(name), flag_ref(name))]
    states = dict(ledger.get([*refs, *sorted({txid_ref(one.txid) for one in told if one.txid}, key=str)]))
    states |= ledger.get([in_force_ref(), operator_ref()])
    now, due = till.clock.now(), []
    for one in told:
        held = states.get(payment_ref(ids[one.id]))
        held = held if isinstance(held, Payment) else None
        name = states.get(txid_ref(one.txid)) if one.txid else None
        place = places.get(ids[one.id])
        if place is None and held is not None and held.contract:
            place = Place(held.contract, held.invoice)
        if isinstance(name, ChargeName) and (place is None or place.invoice == name.invoice):
            place = Place(name.contract, name.invoice, name)
        given = ids[one.id] in places
        why = "" if given else _why_not(one, place, key, now)
        if held is not None and held.amount != one.amount:
            # The first word stays: what was paid does not change afterwards. Somebody must ask the bank.
            till.meter.count("PixContradicts")
            continue
        news = held is None or one.returned > held.returned
        found = held is not None and held.status is PaymentStatus.PARKED and not why
        if news or found:
            due.append(Due(ids[one.id], one, held, place, why))
    return due, states


def _why_not(one: Received, place: Place | None, key: str, now: datetime) -> str:
    if one.at > now + AHEAD:
        return Flag.FUTURE
    if one.key and one.key != key:
        return Flag.OTHER_KEY
    return "" if place is not None else Flag.UNKNOWN


def _entered(
    ledger: Ledger, contract: str, some: Sequence[Due], known: Mapping[Ref, State], now: datetime
) -> tuple[Act, int] | None:
    """The act that enters `some` with their contract, and the centavos it brings.

    None when the contract is not there or cannot be opened any more.
    """
    events = [told_of(contract, one) for one in some]
    states: dict[Ref, State] = {}
    try:
        holder = _read_all(ledger, contract, events, states)
    except Rejected:
        return None
    if holder is None:
        return None
    flags = {flag_ref(one.id) for one in some}
    states |= {ref: state for ref, state in known.items() if ref in flags}
    force = in_force(known)
    pin = partial(pinned, plan=plan_in_force(force))
    outcome = fold(contract, events, states, now, DEFAULT.version, next_due, pin)
    if any(verdict.status in (InboxStatus.WAITING, InboxStatus.PARKED) for verdict in outcome.verdicts.values()):
        return None
    outcome = with_receipts(outcome, contract, states, known.get(operator_ref()), force, now, by_bank=True)
    payments = tuple(Put(payment_of(one, PaymentStatus.ENTERED, holder)) for one in some)
    if not outcome.facts:  # the ERP has told all of it, with the bank's ids
        known_to_all = tuple(Fact("payment.confirmed", payment_ref(one.id)) for one in some)
        return Act(command_of("confirm", some), payments, known_to_all), 0
    act = Act(command_of("enter", some), (*_changes(outcome), *payments), outcome.facts)
    return act, moved(states.values(), outcome.puts)


def _read_all(ledger: Ledger, contract: str, events: Sequence[MoneyTold], states: dict[Ref, State]) -> str | None:
    """Read what the events name until they name nothing more; the holder, None without a case."""
    seen: set[Ref] = set()
    holder: str | None = None
    while new := needed(contract, events, states) - seen:
        keys = [(Subject(holder), one) for one in STATE_KEYS] if holder else []
        states |= ledger.get(sorted(new, key=str), keys)
        seen |= new
        case = states.get(case_ref(contract))
        holder = case.holder_key if isinstance(case, Case) else None
    return holder


def _changes(outcome: Outcome) -> tuple[Change, ...]:
    changes: list[Change] = [Put(state) for state in outcome.puts]
    # Whatever money changes, it writes the case: nothing has to be checked that is not written.
    return (*changes, *(Remove(state.ref, state.v, state.last) for state in outcome.removed))
