"""Claim a group of outreach, then call the provider once, then record what it said.

The order is the promise: nothing is claimed after settlement commits (the claim is conditional on the
case's version), a claim is called within ten seconds or released, and what may have landed stays claimed
until a delivery event or the horizon resolves it, so that nobody is written to twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from emdia.calendar import local_day
from emdia.compliance.frequency import Contacted
from emdia.errors import Halted, LostRace, Rejected, TryLater
from emdia.facts import Fact, LogClass, Value
from emdia.ladder.decide import Cancel, Defer, Go, Refuse, last_look
from emdia.messages.outreach import CLAIM_TO_CALL, HORIZON, Outreach, OutreachStatus, Target
from emdia.messages.person import PersonLog
from emdia.messages.words import compose
from emdia.portfolio.case import Case, Invoice
from emdia.portfolio.contract import Channel, Contract, Operator
from emdia.ports import (
    Act,
    Check,
    Clock,
    KeyClass,
    Ledger,
    Ledgers,
    Mail,
    Mailer,
    Meter,
    Outcome,
    Pseudonyms,
    Put,
    Randomness,
    Sent,
    Stopwatch,
)
from emdia.state import (
    Ref,
    State,
    Subject,
    case_ref,
    contract_ref,
    invoice_ref,
    operator_ref,
    outreach_ref,
    person_ref,
)

# Outreach in one claim: four items each fill a transaction of a hundred.
GROUP = 25
# Kept of a person's log at each write: the longest cap looks back seven days.
LOG_SPAN = timedelta(days=8)
# After a throttle the provider is asked again then, by the sweep.
BACKOFF = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Deps:
    """What sending e-mail needs. `public_url` is the base of the links in a message."""

    ledgers: Ledgers
    mailer: Mailer
    pseudonyms: Pseudonyms
    randomness: Randomness
    clock: Clock
    stopwatch: Stopwatch
    meter: Meter
    public_url: str


@dataclass(frozen=True, slots=True)
class Ready:
    """An outreach that may be claimed: everything read, words made."""

    outreach: Outreach
    case: Case
    person: PersonLog
    point: str
    mail: Mail
    kept: tuple[str, ...]


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
    for group in _groups([(str(c), str(o), str(p)) for c, o, p in keys]):
        if seconds_left() < CLAIM_TO_CALL.total_seconds() * 2:
            raise TryLater("too little time left to claim and call")
        lost += _send_group(group, ledger, deps)
    if lost:
        raise LostRace(f"{lost} outreach changed meanwhile")


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


def _send_group(keys: Sequence[tuple[str, str, str]], ledger: Ledger, deps: Deps) -> int:
    """Claim, call and record one group; how many acts were lost to others."""
    now = deps.clock.now()
    states = _read(keys, ledger)
    operator = states.get(operator_ref())
    if not isinstance(operator, Operator):
        raise Halted("operator has no profile: run `emdia operator add`")
    ready: list[Ready] = []
    acts: list[Act] = []
    started = deps.stopwatch()
    claim = deps.randomness.token(16).hex()
    for contract, outreach_id, person in keys:
        outreach = states.get(outreach_ref(contract, outreach_id))
        case = states.get(case_ref(contract))
        if not isinstance(outreach, Outreach) or not isinstance(case, Case):
            deps.meter.count("OutreachAbsent")
            continue
        log = states.get(person_ref(person))
        person_log = log if isinstance(log, PersonLog) else PersonLog(key=person)
        look = last_look(outreach, case, person_log, now)
        if isinstance(look, Go):
            try:
                one = _prepare(outreach, case, person_log, look, states, operator, deps, now)
            except Rejected as unfit:
                look = Refuse(f"data.missing:{unfit.code}")
            else:
                ready.append(one)
                acts.append(_claim(one, claim, now))
                continue
        if isinstance(look, Defer | Cancel | Refuse):
            acts.append(_set_aside(outreach, case, look))
            deps.meter.count("OutreachSetAside", rule=look.rule)
    done = ledger.commit(acts)
    claimed = [r for r in ready if f"claim:{r.outreach.id}:{claim}" in done.landed]
    if claimed:
        _call(claimed, started, claim, ledger, deps)
    return len(done.lost)
