"""Claim a group of outreach, then call the provider once, then record what it said.

The order is the promise: nothing is claimed after settlement commits (the claim is conditional on the
case's version), a claim is called within ten seconds or released, and what may have landed stays claimed
until a delivery event or the horizon resolves it, so that nobody is written to twice.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from emdia.compliance.rules import APPROVAL_WORDS, CONTACT_WORDS_NOT_APPROVED, DATA_MISSING
from emdia.errors import EmDiaError, Halted, LostRace, Rejected, TryLater
from emdia.ladder.last_look import Cancel, Defer, Go, Look, Refuse, last_look
from emdia.ladder.receipt_look import receipt_look
from emdia.messages import transitions
from emdia.messages.outreach import CLAIM_TO_CALL, Outreach, OutreachStatus
from emdia.messages.person import PersonLog, log_of
from emdia.messages.ports import Sender
from emdia.portfolio.case import Case, Invoice
from emdia.portfolio.contract import Channel
from emdia.portfolio.municipal import holidays_of
from emdia.ports import (
    Act,
    Check,
    Clock,
    Ledger,
    Ledgers,
    Meter,
    Pseudonyms,
    Put,
    Randomness,
    Stopwatch,
)
from emdia.state import Ref, State, case_ref, invoice_ref, operator_ref, outreach_ref, person_ref
from emdia.workflows.acts import act_of, isolate, let_go, park
from emdia.workflows.calling import call, record
from emdia.workflows.mailing import WORDS_BARRED, WORDS_UNAPPROVED, Links, Ready, prepare, read_group

# Outreach in one claim: four items each fill a transaction of a hundred; with pages of their own they take two.
GROUP = 25
# An outreach whose words nobody approved is looked at again then.
APPROVAL_PATIENCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Deps:
    """What sending needs. `public_url` is the base of the links in a message.

    `pace`: messages that this worker may hand to a channel's provider in a second; a channel it does not name goes as
    fast as it can. `pause` waits for so many seconds.
    """

    ledgers: Ledgers
    senders: Mapping[Channel, Sender[Any]]
    pseudonyms: Pseudonyms
    randomness: Randomness
    clock: Clock
    stopwatch: Stopwatch
    meter: Meter
    public_url: str
    pace: Mapping[str, float]
    pause: Callable[[float], None]


def send_message(message: Mapping[str, object], deps: Deps, seconds_left: Stopwatch) -> None:
    """Send the outreach named in `{"ans", "outreach": [[contract, id, person], ...]}`.

    `seconds_left` tells how long this invocation may still run: groups that cannot be claimed *and*
    called before the end are left for another, unclaimed. Sending a message again sends nothing twice.
    Raises LostRace or TryLater when some outreach must come back.
    """
    ledger = deps.ledgers.of(str(message["ans"]))
    keys = message["outreach"]
    if not isinstance(keys, list):
        raise Rejected("message-malformed", "/outreach")
    lost = 0
    bad: list[tuple[tuple[str, str, str], EmDiaError]] = []
    for group in _groups([(str(c), str(o), str(p)) for c, o, p in keys]):
        if seconds_left() < CLAIM_TO_CALL.total_seconds() * 2:
            raise TryLater("too little time left to claim and call")
        sums, refused = isolate(lambda some: _send_group(some, ledger, deps, seconds_left), group)
        lost += sum(sums)
        bad += refused
    for key, error in bad:
        if not isinstance(error, Rejected):
            raise error  # the others are done
        _let_go(key, ledger, deps)
    if lost:
        raise LostRace(f"{lost} outreach changed meanwhile")


def _let_go(key: tuple[str, str, str], ledger: Ledger, deps: Deps) -> None:
    """Close an outreach whose person was forgotten: it can be neither read nor written about."""
    ref = outreach_ref(key[0], key[1])
    outreach = ledger.get([ref]).get(ref)
    if isinstance(outreach, Outreach) and outreach.status is OutreachStatus.QUEUED:
        ledger.commit([let_go(outreach)])
        deps.meter.count("OutreachLetGo")


def _groups(keys: Sequence[tuple[str, str, str]]) -> Iterator[Sequence[tuple[str, str, str]]]:
    """Groups of at most 25 in which no person and no outreach occurs twice (one row, one write)."""
    left = list(dict.fromkeys(keys))
    while left:
        group: dict[str, tuple[str, str, str]] = {}
        for key in left:
            if len(group) < GROUP:
                group.setdefault(key[2], key)
        yield list(group.values())
        taken = set(group.values())
        left = [key for key in left if key not in taken]


def _send_group(keys: Sequence[tuple[str, str, str]], ledger: Ledger, deps: Deps, seconds_left: Stopwatch) -> int:
    """Claim, call and record one group; how many acts were lost to others."""
    now = deps.clock.now()
    links = Links(deps.pseudonyms, deps.randomness, deps.public_url, ledger.ans)
    states = read_group(keys, ledger, links.number)
    claim = deps.randomness.token(16).hex()
    if operator_ref() not in states:
        # Nothing of the outreach is spent: once the operator is registered, the sweep brings them back.
        raise Halted("the operator has no profile: `emdia operator add`")
    ready: list[Ready] = []
    acts: list[Act] = []
    aside: Counter[str] = Counter()
    for contract, outreach_id, person in keys:
        outreach = states.get(outreach_ref(contract, outreach_id))
        case = states.get(case_ref(contract))
        if not isinstance(outreach, Outreach) or not isinstance(case, Case):
            raise Halted("an outreach or its case is gone")
        person_log = log_of(person, states.get(person_ref(person)))
        look = _look(outreach, case, person_log, states, now)
        if isinstance(look, Go):
            try:
                one = prepare(outreach, case, person_log, look, states, now, links)
            except Rejected as unfit:
                look = _unfit(unfit, now)
            else:
                ready.append(one)
                acts.append(_claim(one, claim, now))
        if isinstance(look, Defer | Cancel | Refuse):
            acts.append(_set_aside(outreach, look, case, now))
            aside[look.rule] += 1
    started = deps.stopwatch()
    done = ledger.commit(acts)
    _count_aside(aside, deps.meter)
    claimed = [one for one in ready if _claim_command(one.outreach, claim) in done.landed]
    if claimed:
        sent = call(claimed, started, deps.senders, deps.stopwatch, deps.meter)
        record(claimed, sent, done.states, now, ledger, deps.meter)
        _keep_pace(claimed, started, deps, seconds_left)
    return len(done.lost)


def _keep_pace(called: Sequence[Ready], started: float, deps: Deps, seconds_left: Stopwatch) -> None:
    """Wait until the provider has had the time that its pace asks for these calls. Nothing is claimed meanwhile.

    What is too fast comes back as throttled: each costs a claim, a release and a quarter of an hour.
    """
    owed = sum(1 / deps.pace[one.outreach.channel] for one in called if one.outreach.channel in deps.pace)
    wait = min(owed - (deps.stopwatch() - started), seconds_left() - CLAIM_TO_CALL.total_seconds())
    if wait > 0:
        deps.pause(wait)


def _look(outreach: Outreach, case: Case, person: PersonLog, states: Mapping[Ref, State], now: datetime) -> Look:
    """Whether it may be claimed: a claim of what is owed by the ladder's questions, a receipt by fewer."""
    holidays = holidays_of(case.ibge, states)
    if not outreach.payment:
        return last_look(outreach, case, person, now, holidays)
    (named,) = outreach.invoices
    paid = states.get(invoice_ref(outreach.contract, named))
    return receipt_look(outreach, case, paid if isinstance(paid, Invoice) else None, person, now, holidays)


def _count_aside(aside: Counter[str], meter: Meter) -> None:
    for rule, count in aside.items():
        meter.count("OutreachSetAside", count, rule=rule)
    if aside[APPROVAL_WORDS]:
        meter.count("Unapproved", aside[APPROVAL_WORDS])  # rings: nobody is written to with these words


def _unfit(unfit: Rejected, now: datetime) -> Defer | Refuse:
    """Words that nobody approved leave later, when somebody has; what lacks data waits for a person.

    Words that Meta bars do not leave on this channel, and another may serve the step.
    """
    if unfit.code == WORDS_UNAPPROVED:
        return Defer(now + APPROVAL_PATIENCE, APPROVAL_WORDS)
    if unfit.code == WORDS_BARRED:
        return Refuse(CONTACT_WORDS_NOT_APPROVED)
    return Refuse(DATA_MISSING, unfit.code)


def _claim_command(outreach: Outreach, claim: str) -> str:
    return f"claim:{outreach.id}:{claim}"


def _claim(one: Ready, token: str, now: datetime) -> Act:
    # What was written, as a digest: the words can be proved later from the template, the case and this.
    digest = sha256(one.message.words.encode()).hexdigest()
    sealed = {"faturas": ",".join(one.look.keep), "ponto": one.point, "texto": digest}
    told = (one.look.rule, one.look.template, sealed, one.words, one.life)
    move = transitions.claim(one.outreach, one.person, now, token, *told)
    # The case is read, not written: if money or a stop has touched it since, this claim is lost.
    guard = Check(case_ref(one.outreach.contract), one.case_v)
    beside = [state for state in (one.page, one.line) if state is not None]
    puts = map(Put, (*move.states, *beside))
    return Act(_claim_command(one.outreach, token), (guard, *puts), (move.fact,))


def _set_aside(outreach: Outreach, look: Defer | Cancel | Refuse, case: Case, now: datetime) -> Act:
    """Not now, or not at all: recorded with the rule that said so. What lacks data waits for a person, whole."""
    if isinstance(look, Defer):
        move = transitions.defer(outreach, look.until, look.rule)
    elif isinstance(look, Cancel):
        move = transitions.cancel(outreach, look.rule)
    else:
        # A receipt takes no step that another channel could serve.
        elsewhere = now if look.rule == CONTACT_WORDS_NOT_APPROVED and outreach.advanced else None
        move = transitions.refuse(outreach, look.rule, look.cause, elsewhere)
    if not isinstance(look, Refuse) or look.rule != DATA_MISSING or case.parked or outreach.payment:
        return act_of(move, outreach)
    parking, refusal = park(case, look.cause, now), act_of(move, outreach)
    return Act(refusal.command, (*refusal.changes, *parking.changes), (*refusal.facts, *parking.facts))
