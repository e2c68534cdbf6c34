"""Judge: what people, the ERP and the log would say of a world; rules in words of the law, not of the code."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from emdia.aws.state_check import DynamoStateCheck
from emdia.compliance.delay import days_late
from emdia.ladder.ladder import DEFAULT
from emdia.messages.outreach import FINAL, Outreach
from emdia.portfolio.case import Case, Invoice, InvoiceStatus
from emdia.portfolio.inbox import InboxEvent, InboxStatus
from emdia.portfolio.outbound import OutEvent, OutHead
from emdia.state import outreach_ref
from tests.fakes.house import ANS, JOURNAL, LEDGER
from tests.soak.world import Arrival, World

HERE = ZoneInfo("America/Sao_Paulo")
FIXED = {(1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (11, 20), (12, 25)}
WEEK, GAP = timedelta(days=7), timedelta(hours=16)
# What a fault that passes may never be taken for: a bug, or a log, row or case that a person must look at.
ALARMS = ("Crashed", "CaseParked", "LogHalted", "FactMalformed", "ClockStuck", "ContractHalted", "EventParked")
ENDED = (InboxStatus.APPLIED, InboxStatus.SUPERSEDED)


@dataclass(frozen=True)
class Findings:
    """Sentences by what was promised; all must be empty."""

    double: list[str]
    unlawful: list[str]
    claimed_after_payment: list[str]
    lost: list[str]
    stuck: list[str]
    unproved: list[str]

    def all(self) -> list[str]:
        return [one for found in vars(self).values() for one in found]


def judge_messages(world: World, since: int = 0) -> Iterator[tuple[str, str]]:
    """`(promise, sentence)` for each message from the `since`-th on that should not have reached its person."""
    seen: set[str] = set()
    days: dict[tuple[str, date], list[Arrival]] = defaultdict(list)
    for place, one in enumerate(world.arrivals):
        local = one.at.astimezone(HERE)
        wrong = []
        if one.ref in seen:
            wrong.append(("double", f"{one.ref} reached its person twice"))
        seen.add(one.ref)
        person = world.person_of[one.to]
        today = days[person, local.date()]
        if not one.receipt:  # of payments there may be several a day; hours bind them all the same
            if any(earlier.ref not in world.proven for earlier in today):
                wrong.append(("double", f"{person} got a second message on {local:%d/%m/%Y}"))
            if today and any(earlier.contract != one.contract for earlier in today):
                wrong.append(("double", f"two contracts wrote to {person} on {local:%d/%m/%Y}"))
            today.append(one)
        if not open_hours(local):
            wrong.append(("unlawful", f"{one.channel} at {local:%a %d/%m/%Y %H:%M}"))
        if place >= since:
            yield from wrong
    yield from _caps(days)


def _caps(days: dict[tuple[str, date], list[Arrival]]) -> Iterator[tuple[str, str]]:
    slots: dict[str, list[list[Arrival]]] = defaultdict(list)
    for (person, _), messages in sorted(days.items()):
        if messages:
            slots[person].append(messages)
    for person, of in slots.items():
        for nth, messages in enumerate(of):
            if nth and messages[0].at - of[nth - 1][-1].at < GAP:
                yield "unlawful", f"{person} was written to again within the gap"
            if nth >= 3 and messages[0].at - of[nth - 3][-1].at < WEEK:
                yield "unlawful", f"{person} got a fourth message within seven days"


def open_hours(local: datetime) -> bool:
    """Hours in which a resident of São Paulo may be written to by message."""
    if (local.month, local.day) in FIXED or local.weekday() == 6:
        return False
    first, last = (10, 13) if local.weekday() == 5 else (9, 18)
    if (local.month, local.day) in ((12, 24), (12, 31)):
        last = min(last, 12)
    return first <= local.hour < last


def judge_steps(world: World) -> Iterator[tuple[str, str]]:
    """One message for one step of one invoice, or another channel after proof that the first did not arrive.

    One receipt for one payment, and none for money that never came.
    """
    taken: dict[tuple[str, int], list[Arrival]] = defaultdict(list)
    invoices = {state.id: state for state in everything(world) if isinstance(state, Invoice)}
    dues = {name: state.due_on for name, state in invoices.items()}
    confirmed: set[tuple[str, str]] = set()
    refs = [outreach_ref(one.contract, one.ref.split("-")[2]) for one in world.arrivals]
    held = {}
    for start in range(0, len(refs), 50):
        held |= world.ledger().get(refs[start : start + 50])
    for one, ref in zip(world.arrivals, refs, strict=True):
        outreach = held.get(ref)
        if not isinstance(outreach, Outreach):
            yield "lost", f"message {one.ref} has no outreach"
            continue
        if one.receipt != bool(outreach.payment):
            yield "unlawful", f"message {one.ref} says that money came, or hides it"
        if outreach.payment:
            if (one.contract, outreach.payment) in confirmed:
                yield "double", "a payment got two receipts"
            confirmed.add((one.contract, outreach.payment))
            if outreach.payment not in {entry.id for entry in invoices[outreach.invoices[0]].entries}:
                yield "unlawful", "a receipt for money that never came"
        for invoice in set(outreach.advanced) & set(outreach.invoices):
            day = outreach.created_at.astimezone(HERE).date()
            step = DEFAULT.furthest(days_late(dues[invoice], day, "SP"))
            before = taken[invoice, step]
            if any(earlier.ref not in world.proven for earlier in before):
                yield "double", f"step {DEFAULT.steps[step].name} of an invoice was told twice"
            before.append(one)


def waiting(state: object, since: datetime) -> str:
    """What a state still waits for that should be over, or that should have been looked at by `since`."""
    if isinstance(state, Outreach) and state.status not in FINAL:
        return f"an outreach is still {state.status}"
    if isinstance(state, Case) and state.parked:
        return f"a case is parked: {state.parked}"
    if isinstance(state, Case | Outreach) and state.due is not None and state.due < since:
        return f"nobody looked at what was due: {state.ref.sort.partition('#')[0]}"
    if isinstance(state, InboxEvent) and state.status not in ENDED:
        return f"an event of the ERP is {state.status} {state.reason}"
    if isinstance(state, OutHead) and state.sent != state.given:
        return f"{state.given - state.sent} events wait for the ERP"
    return ""


def judge_rest(world: World) -> Iterator[tuple[str, str]]:
    """After the storm, when everything had its time: nothing waits, nothing is missing."""
    states = everything(world)
    for state in states:
        if waits := waiting(state, world.clock.now() - timedelta(hours=1)):
            yield "stuck", waits
        if isinstance(state, Invoice) and state.number in world.paid and state.status is not InvoiceStatus.PAID:
            yield "lost", f"{state.number} was paid and is {state.status}"
    known = {state.number for state in states if isinstance(state, Invoice)}
    for number in world.paid - known:
        yield "lost", f"{number} was paid and is unknown"
    for alarm in ALARMS:
        if world.meter.total(alarm):
            yield "stuck", f"{alarm} was counted {world.meter.total(alarm)} times"
    yield from judge_erp(world, [state for state in states if isinstance(state, OutEvent)])
    for one in DynamoStateCheck(world.dynamodb, LEDGER, JOURNAL, world.naps.append).differences():
        yield "unproved", f"{one.sort} {one.wrong}"


def judge_erp(world: World, events: list[OutEvent]) -> Iterator[tuple[str, str]]:
    """Each fact that the ERP must see has a number, numbers have no gap, and the ERP heard them in their order."""
    place = {event.id: (event.contract, event.sequence) for event in events}
    missing = {fact for fact in world.watcher.for_erp if fact not in place}
    if missing:
        yield "lost", f"{len(missing)} facts have no number for the ERP"
    if len(set(place.values())) != len(place):
        yield "double", "a number was given twice"
    heard: dict[str, list[int]] = defaultdict(list)
    for event in dict.fromkeys(world.erp.heard):
        contract, sequence = place[event]
        heard[contract].append(sequence)
    for contract, sequences in heard.items():
        if sequences != list(range(1, len(sequences) + 1)):
            yield "lost", f"the ERP heard events of {contract} out of order or with a gap"
    if sum(map(len, heard.values())) != len(place):
        yield "lost", f"{len(place) - sum(map(len, heard.values()))} events never reached the ERP"


def judge_log(world: World) -> Iterator[tuple[str, str]]:
    """Every fact is in its log once: marks of all rows, sizes of all logs."""
    rows = world.dynamodb.stored(JOURNAL)
    sealed = {row["pk"]["S"] for row in rows if row["sk"]["S"] == "R"}
    open_facts = [row for row in rows if row["sk"]["S"] == "E" and row["pk"]["S"] not in sealed]
    if open_facts:
        yield "stuck", f"{len(open_facts)} facts are not sealed"
    size = sum(int(row["n"]["N"]) for row in rows if "#LOG#" in row["pk"]["S"])
    if size != len(world.watcher.stream):
        yield "double", f"{size} entries in the logs for {len(world.watcher.stream)} facts"


def everything(world: World) -> list[object]:
    """Every state item of the operator."""
    partitions = {
        row["pk"]["S"].partition("#")[2]
        for row in world.dynamodb.stored(LEDGER)
        if row["pk"]["S"].startswith(f"{ANS}#")
    }
    return [state for partition in sorted(partitions) for state in world.ledger()._query(partition)]


def findings(world: World) -> Findings:
    """The whole judgement, when the storm is over and everything had its time."""
    world.faults.rate = 0.0
    world.look()
    found = Findings([], [], [], [], [], [])
    facts = [row for row in world.dynamodb.stored(JOURNAL) if row["sk"]["S"] == "E"]
    world.watcher.hold_to_links(facts)
    for sentence in world.watcher.broken:
        (found.claimed_after_payment if "settled" in sentence else found.unproved).append(sentence)
    for judge in (judge_messages, judge_steps, judge_rest, judge_log):
        for promise, sentence in judge(world):
            getattr(found, promise).append(sentence)
    return found
