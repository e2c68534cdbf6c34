"""A case is due: decide, and in one transaction a chunk record the step and queue the outreach."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from emdia.compliance.approval import InForce, in_force
from emdia.compliance.norms import edition
from emdia.compliance.rules import APPROVAL_LADDER, APPROVAL_NORMS, LADDER_NO_STEP_DUE, LADDER_OUTREACH_OPEN
from emdia.compliance.windows import Days
from emdia.errors import LostRace, Rejected, TryLater
from emdia.facts import Fact, LogClass, Value
from emdia.ladder.approved import unapproved
from emdia.ladder.decide import Decision, Halt, Send, Wait, decide, next_due, outreach_of
from emdia.ladder.fallback import fall_back
from emdia.ladder.situation import CHANNELS
from emdia.ladder.step_note import StepNote
from emdia.messages import transitions
from emdia.messages.outreach import Outreach
from emdia.messages.person import PersonLog, log_of
from emdia.portfolio.case import Case
from emdia.portfolio.contract import Channel, Operator
from emdia.portfolio.municipal import holiday_refs, holidays_of
from emdia.ports import Act, Clock, Ledger, Ledgers, Meter, Put, Queue
from emdia.state import Ref, Subject, case_ref, in_force_ref, operator_ref, outreach_ref, person_ref
from emdia.workflows.acts import act_of, isolate, park
from emdia.workflows.trail import follow

# A queued outreach that nobody claimed by then is queued again by the sweep: its message was lost.
QUEUE_PATIENCE = timedelta(minutes=30)
# Waits of which the record file keeps no note: nothing was due, or an outreach that is there tells it all.
_TELLS_NOTHING = frozenset({LADDER_NO_STEP_DUE, LADDER_OUTREACH_OPEN})
# A case that a ladder or norms nobody approved would write to is looked at again then.
APPROVAL_PATIENCE = timedelta(hours=4)
# Deliveries of one chunk after which its cases are taken one by one, and those that fail are parked.
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Deps:
    """What taking steps needs; one queue per channel that can be served."""

    ledgers: Ledgers
    channels: Mapping[Channel, Queue]
    clock: Clock
    meter: Meter


def take_step(chunk: Mapping[str, object], deps: Deps, attempt: int = 1) -> None:
    """Take the due step of every case in `chunk`: `{"ans", "cases": [[contract, person], ...]}`.

    Where the day's outreach did not arrive, another channel may serve its step. At most 25 cases, no person twice.
    Taking a chunk again changes nothing, for no step is due any more.

    Raises LostRace when some cases changed meanwhile (the whole chunk may be taken again), TryLater when
    the store or a queue is out of reach. On the third attempt each case stands alone, and one that
    still fails is parked for a person with an alarm.
    """
    ledger = deps.ledgers.of(str(chunk["ans"]))
    cases = [(str(contract), str(person)) for contract, person in _pairs(chunk["cases"])]
    if attempt < ATTEMPTS:
        _, bad = isolate(lambda some: _take(some, ledger, deps), cases)
        for (contract, _), error in bad:
            if not isinstance(error, Rejected):
                raise error  # the others are done; it comes again, and the third time it is parked
            _park(case_ref(contract), error.code, ledger, deps)
        return
    for case in cases:
        try:
            _take([case], ledger, deps)
        except TryLater:
            raise  # contention and a store out of reach are no case's fault: queue or agenda bring it back
        except Exception as error:  # noqa: BLE001  any bug: the case is parked with it, and the alarm rings
            _park(case_ref(case[0]), f"crash:{type(error).__name__}", ledger, deps)


def _pairs(cases: object) -> Sequence[tuple[object, object]]:
    if not isinstance(cases, list):
        raise Rejected("chunk-malformed", "/cases")
    return cases


def _take(cases: Sequence[tuple[str, str]], ledger: Ledger, deps: Deps) -> None:
    now = deps.clock.now()
    refs = [ref for contract, person in cases for ref in (case_ref(contract), person_ref(person))]
    refs += [operator_ref(), in_force_ref()]
    states = ledger.get(refs, [(Subject(person), LogClass.CONTATO) for _, person in cases])
    known = [case for contract, _ in cases if isinstance(case := states.get(case_ref(contract)), Case)]
    wanted = [outreach_ref(c.contract, c.last_outreach) for c in known if c.last_outreach]
    newest = ledger.get([*wanted, *holiday_refs([c.ibge for c in known])])
    operator = states.get(operator_ref())
    served = operator.channels if isinstance(operator, Operator) else CHANNELS
    acts: list[Act] = []
    queued: list[Outreach] = []
    decided: Counter[str] = Counter()
    rules: dict[str, str] = {}
    for case in known:
        found = newest.get(outreach_ref(case.contract, case.last_outreach))
        last = found if isinstance(found, Outreach) else None
        person = log_of(case.holder_key, states.get(person_ref(case.holder_key)))
        given = (person, now, holidays_of(case.ibge, newest), served)
        try:
            decision, closing = _decide(case, last, *given)
            if decision is None:
                continue  # not due on the consistently read item; the index may lag behind it
            decision = _approved_only(decision, case, in_force(states), now)
            act, outreach = _act(case, decision, closing, ledger.ans, now)
        except Rejected as unfit:
            _park(case.ref, unfit.code, ledger, deps)
            continue
        acts.append(act)
        decided[decision.rule] += 1
        rules[case.contract] = decision.rule
        if outreach is not None:
            queued.append(outreach)
    done = ledger.commit(acts)
    follow("decided", ((contract, rule) for contract, rule in rules.items()))
    for rule, count in decided.items():
        deps.meter.count("StepDecided", count, rule=rule)
    if unapproved := decided[APPROVAL_LADDER] + decided[APPROVAL_NORMS]:
        deps.meter.count("Unapproved", unapproved)  # rings: nobody is written to
    _queue([o for o in queued if _command(o.contract, now, o.tried) in done.landed], ledger.ans, deps)
    if done.lost:
        raise LostRace(f"{len(done.lost)} of {len(acts)} cases changed meanwhile")


def _decide(
    case: Case, last: Outreach | None, person: PersonLog, now: datetime, holidays: Days, served: Collection[Channel]
) -> tuple[Decision | None, Outreach | None]:
    """What to do, if anything; and the outreach that did not arrive, whose end is decided with it."""
    if last is not None and last.wants_fallback:
        return fall_back(case, person, last, now, holidays, served), last
    if case.parked or case.due is None or case.due > now:
        return None, None
    return decide(case, person, last, now, holidays, served), None


def _approved_only(decision: Decision, case: Case, force: InForce, now: datetime) -> Decision:
    """A ladder and norms that nobody approved write to nobody: the case waits as it is, no step is spent."""
    rule = unapproved(case, force) if isinstance(decision, Send) else ""
    return Wait(now + APPROVAL_PATIENCE, rule) if rule else decision


def _command(contract: str, now: datetime, tried: Collection[Channel] = ()) -> str:
    # A clock may stand still: the day's attempts are commands of their own.
    return f"take:{contract}:{now.timestamp():.3f}:{len(tried)}"


def _act(
    case: Case, decision: Decision, closing: Outreach | None, ans: str, now: datetime
) -> tuple[Act, Outreach | None]:
    """The changes and the fact of one decision. `closing` did not arrive, and this says what follows."""
    command = _command(case.contract, now)
    holder = Subject(case.holder_key)
    rule, norms = Value("regra", decision.rule, holder), Value("normas", edition(), holder)
    if isinstance(decision, Wait):
        waited = replace(case, due=decision.until)
        kept = () if decision.rule in _TELLS_NOTHING else (Put(_note(case, decision, now)),)
        return Act(command, (Put(waited), *kept), (Fact("step.deferred", case.ref, (rule, norms)),)), None
    moved = _advance(case, decision.advanced)
    if isinstance(decision, Halt) and closing is not None:
        return act_of(transitions.close(closing, decision.rule), closing), None
    if isinstance(decision, Halt):
        moved = replace(moved, due=next_due(moved, now))
        note = _note(case, decision, now)
        refused = Fact("step.refused", case.ref, (rule, norms, Value("degrau", ",".join(note.steps), holder)))
        return Act(command, (Put(moved), Put(note)), (refused,)), None
    outreach = replace(outreach_of(case, decision, ans, now), due=now + QUEUE_PATIENCE)
    command = _command(case.contract, now, outreach.tried)
    moved = replace(moved, last_outreach=outreach.id)
    moved = replace(moved, due=next_due(moved, now))
    values = (
        rule,
        norms,
        Value("canal", outreach.channel, holder),
        Value("degrau", outreach.step, holder),
        Value("degraus_superados", ",".join(decision.superseded), holder),
        Value("contato", outreach.id, holder),
        Value("regua", case.ladder, holder),
        Value("braco", case.arm, holder),
        Value("faturas", ",".join(decision.invoices), holder),
    )
    fact = Fact("outreach.queued", case.ref, values)
    puts = [Put(moved), Put(outreach), *([] if closing is None else [Put(replace(closing, due=None))])]
    return Act(command, tuple(puts), (fact,)), outreach


def _note(case: Case, decision: Wait | Halt, now: datetime) -> StepNote:
    """What the record file keeps, so that "why was nobody written to" has an answer years later."""
    steps, until = ((), decision.until) if isinstance(decision, Wait) else (_steps(decision), None)
    return StepNote(
        contract=case.contract,
        holder_key=case.holder_key,
        at=now,
        rule=decision.rule,
        edition=edition(),
        steps=steps,
        until=until,
    )


def _steps(decision: Halt) -> tuple[str, ...]:
    return tuple(sorted(set(decision.advanced.values())))


def _advance(case: Case, advanced: Mapping[str, str]) -> Case:
    invoices = tuple(replace(i, step=advanced.get(i.id, i.step)) for i in case.invoices)
    return replace(case, invoices=invoices)


def _queue(queued: Sequence[Outreach], ans: str, deps: Deps) -> None:
    """Hand the new outreach to their channels, keys only. A crash before this is mended by the sweep."""
    for channel, queue in deps.channels.items():
        keys = [[o.contract, o.id, o.holder_key] for o in queued if o.channel is channel]
        if keys:
            queue.send([{"ans": ans, "outreach": keys}])


def _park(ref: Ref, reason: str, ledger: Ledger, deps: Deps) -> None:
    """Leave a case to a person; the alarm on CaseParked calls one."""
    case = ledger.get([ref]).get(ref)
    if not isinstance(case, Case) or case.parked:
        return
    if ledger.commit([park(case, reason, deps.clock.now())]).lost:
        raise LostRace("the case changed while it was being parked")
    deps.meter.count("CaseParked", reason=reason)
