"""What must not go stale: lost queue messages, claims nobody resolved, cases that fell out of the agenda."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from emdia.compliance.notice_record import NoticeRecord
from emdia.compliance.rules import LADDER_NO_FALLBACK, LADDER_STEP_DUE
from emdia.facts import Fact, Value
from emdia.ladder.decide import next_due
from emdia.messages import transitions
from emdia.messages.outreach import Outreach, OutreachStatus
from emdia.messages.talk import Talk
from emdia.portfolio.case import Case
from emdia.portfolio.contract import Channel
from emdia.portfolio.inbox import InboxEvent, InboxStatus
from emdia.portfolio.outbound import OutHead
from emdia.ports import Act, Agenda, CaseScan, Clock, Due, Ledger, Ledgers, Meter, Put, Queue
from emdia.protocols.number import NumbersOfDay
from emdia.protocols.protocol import Protocol
from emdia.state import AgendaKind, Subject
from emdia.workflows.acts import act_of, isolate, let_go
from emdia.workflows.climb_ladder import body_of, chunks
from emdia.workflows.close_numbers import close_numbers
from emdia.workflows.end_talks import end_talks
from emdia.workflows.warn_protocol import warn_protocols

# Outreach keys in one message, as take_step sends them.
GROUP = 25
# A day and the longest window later nobody decides on another channel any more: the ladder has gone on without it.
TOO_LATE = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Deps:
    """What sweeping needs."""

    ledgers: Ledgers
    agenda: Agenda
    scan: CaseScan
    steps: Queue
    channels: Mapping[Channel, Queue]
    erp_events: Queue
    outbox: Queue
    notices: Queue
    copies: Queue
    clock: Clock
    meter: Meter


def sweep_clock(deps: Deps) -> int:
    """Every quarter of an hour: deal with each outreach and inbox row whose clock ran out; how many.

    Queued outreach goes (back) to its channel: deferred until now, released by a throttle, or its message was
    lost. What proved not to arrive goes to its case, for another channel may serve the step. Claimed or accepted
    outreach past its horizon becomes `unknown`, which closes the step. Accepted ERP events whose message was lost are
    queued again, and so are events that the ERP has not been told; notices and copies of attendances that are due go
    to their queues.
    """
    handled = 0
    for page in deps.agenda.due(AgendaKind.CLOCK, deps.clock.now()):
        by_operator: dict[str, list[Due]] = defaultdict(list)
        for due in page:
            by_operator[due.ans].append(due)
        for ans, dues in by_operator.items():
            ledger = deps.ledgers.of(ans)
            numbers, bad = isolate(partial(_sweep, ledger=ledger, deps=deps), dues)
            handled += sum(numbers)
            for due, error in bad:
                deps.meter.count("ClockStuck", reason=getattr(error, "code", type(error).__name__))
                _let_go(due, ledger)
    deps.meter.count("ClocksHandled", handled)
    return handled


def _let_go(due: Due, ledger: Ledger) -> None:
    """Close an outreach whose person was forgotten; an inbox row of that kind waits for its client's key."""
    if not due.ref.sort.startswith("OUTREACH#"):
        return
    outreach = ledger.get([due.ref]).get(due.ref)
    if isinstance(outreach, Outreach) and outreach.due is not None:
        ledger.commit([let_go(outreach)])


def _sweep(dues: Sequence[Due], ledger: Ledger, deps: Deps) -> int:
    now = deps.clock.now()
    states = ledger.get([due.ref for due in dues])
    outreach = [o for o in states.values() if isinstance(o, Outreach) and o.due is not None and o.due <= now]
    inbox = [e for e in states.values() if isinstance(e, InboxEvent) and e.due is not None and e.due <= now]
    # In the agenda's order, which a read does not keep: of what waits for a provider the most at risk goes first.
    queued = sorted((o for o in outreach if o.status is OutreachStatus.QUEUED), key=lambda o: (o.due, -o.weight))
    for channel, queue in deps.channels.items():
        keys = [[o.contract, o.id, o.holder_key] for o in queued if o.channel is channel]
        queue.send([{"ans": ledger.ans, "outreach": keys[i : i + GROUP]} for i in range(0, len(keys), GROUP)])
    failed = [o for o in outreach if o.wants_fallback]
    old = [o for o in failed if o.created_at + TOO_LATE <= now]
    if old:
        ledger.commit([act_of(transitions.close(o, LADDER_NO_FALLBACK), o) for o in old])
    young = {o.ref for o in failed} - {o.ref for o in old}
    deps.steps.send([body_of(chunk) for chunk in chunks([due for due in dues if due.ref in young])])
    lapsed = [o for o in outreach if o.status in (OutreachStatus.CLAIMED, OutreachStatus.ACCEPTED)]
    if lapsed:
        # Lost ones were resolved by a delivery event in this very moment: nothing to do for them.
        done = ledger.commit([act_of(transitions.lapse(o), o) for o in lapsed])
        deps.meter.count("OutreachUnknown", len(done.landed))
    protocols = [p for p in states.values() if isinstance(p, Protocol)]
    warned = warn_protocols(protocols, now, ledger, deps.meter)
    copies = [
        p.number for p in protocols if p.copying is not None and p.copying.due is not None and p.copying.due <= now
    ]
    deps.copies.send([{"ans": ledger.ans, "numbers": copies[i : i + GROUP]} for i in range(0, len(copies), GROUP)])
    ended = end_talks([t for t in states.values() if isinstance(t, Talk)], now, ledger, deps.meter)
    closed = close_numbers([d for d in states.values() if isinstance(d, NumbersOfDay)], now, ledger, deps.meter)
    waiting = [h.contract for h in states.values() if isinstance(h, OutHead) and h.due is not None and h.due <= now]
    deps.outbox.send([{"ans": ledger.ans, "contracts": waiting[i : i + GROUP]} for i in range(0, len(waiting), GROUP)])
    accepted = [e for e in inbox if e.status in (InboxStatus.ACCEPTED, InboxStatus.WAITING)]
    by_client: dict[str, list[str]] = defaultdict(list)
    for event in accepted:
        by_client[event.client].append(event.id)
    for client, ids in by_client.items():
        bodies = [
            {"ans": ledger.ans, "client": client, "events": ids[i : i + GROUP]} for i in range(0, len(ids), GROUP)
        ]
        deps.erp_events.send(bodies)
    notices = [n for n in states.values() if isinstance(n, NoticeRecord) and n.due is not None and n.due <= now]
    keys = [[n.contract, n.holder_key] for n in notices]
    deps.notices.send([{"ans": ledger.ans, "contracts": [key]} for key in keys])
    swept = len(queued) + len(failed) + len(lapsed) + len(accepted)
    return swept + len(notices) + len(waiting) + len(copies) + warned + ended + closed


def sweep_cases(deps: Deps) -> int:
    """Nightly: give back its agenda entry to every case that should have one and has none; how many.

    Reads the whole portfolio once, page by page. Each repair is a fact and counts for the alarm: an entry
    that vanished is a defect of ours, and the person must not profit or suffer from it unseen.
    """
    now = deps.clock.now()
    repaired = 0
    for ans, cases in deps.scan.cases():
        acts = [act for case in cases if (act := _repair(case, now)) is not None]
        if acts:
            ledger = deps.ledgers.of(ans)
            done, bad = isolate(ledger.commit, acts)
            repaired += sum(len(one.landed) for one in done)
            for _, error in bad:
                deps.meter.count("ClockStuck", reason=getattr(error, "code", type(error).__name__))
    deps.meter.count("CaseRepaired", repaired)
    return repaired


def _repair(case: Case, now: datetime) -> Act | None:
    if case.parked or case.due is not None:
        return None
    due = next_due(case, now)
    if due is None:
        return None
    fact = Fact("case.repaired", case.ref, (Value("regra", LADDER_STEP_DUE, Subject(case.holder_key)),))
    return Act(f"repair:{case.contract}:{case.v}", (Put(replace(case, due=due)),), (fact,))
