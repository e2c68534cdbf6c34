"""What to do for a case now: write, wait, or stop. Pure; every answer carries the rule that gave it.

`decide` chooses a step when a case falls due; `last_look` asks the same questions again in the moment
before a provider is called, for money or a stop may have come in between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from emdia.calendar import effective_due_date, instant_of, local_day
from emdia.compliance import frequency, windows
from emdia.errors import Rejected
from emdia.ladder.ladder import LADDERS, Ladder
from emdia.messages.outreach import OPEN, Outreach, OutreachStatus
from emdia.messages.person import PersonLog
from emdia.portfolio.case import Case, OpenInvoice, Reach, Stop, StopKind
from emdia.portfolio.contract import Channel, ContractKind

# Channels in the order they are tried. The others join with their adapters.
CHANNELS = (Channel.EMAIL,)

# How long a case waits for an earlier outreach that is still queued or claimed.
RECHECK = timedelta(hours=2)

_STOP_RULES: Mapping[StopKind, str] = {
    StopKind.DISPUTE: "stop.dispute",
    StopKind.HOLD: "stop.hold",
    StopKind.PROTECTIVE: "stop.protective",
}
_REACH_RULES: Mapping[Reach, str] = {
    Reach.OPTED_OUT: "consent.opted-out",
    Reach.DEAD: "contact.dead-point",
    Reach.NONE: "contact.no-point",
}


@dataclass(frozen=True, slots=True)
class Send:
    """Write now.

    `invoices` go into one message; `advanced` maps each invoice whose step is taken to that step's name;
    `superseded` names the steps passed over without being taken.
    """

    channel: Channel
    step: str
    template: str
    invoices: tuple[str, ...]
    advanced: Mapping[str, str]
    superseded: tuple[str, ...]
    rule: str = "ladder.step-due"


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing may or need be done before `until` (UTC)."""

    until: datetime
    rule: str


@dataclass(frozen=True, slots=True)
class Halt:
    """Do not write.

    `advanced` as in `Send`: the steps that close unserved; empty when a stop holds the case where it is until an
    event lifts it.
    """

    rule: str
    advanced: Mapping[str, str]


Decision = Send | Wait | Halt


@dataclass(frozen=True, slots=True)
class Go:
    """The claim may be made for the invoices in `keep`, with the words of `template`.

    Those are the words of the step that the kept invoices have reached: the one that was furthest may be paid.
    """

    keep: tuple[str, ...]
    template: str
    rule: str = "ladder.step-due"


@dataclass(frozen=True, slots=True)
class Defer:
    """Lawful later: look again at `until` (UTC)."""

    until: datetime
    rule: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """The reason to write is gone (money, a stop, a later step)."""

    rule: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """The reason stands, but this channel may not or cannot carry it. `cause` is a code, when data is missing."""

    rule: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """Not ours to do: already claimed, over, or not due yet."""


Look = Go | Defer | Cancel | Refuse | Skip


# A portfolio shares a few zones, states and moments: each question of law is asked once, not per case.
_local_day = lru_cache(maxsize=4096)(local_day)
_window = lru_cache(maxsize=4096)(windows.is_open)
_opens = lru_cache(maxsize=4096)(windows.next_open)


@lru_cache(maxsize=4096)
def _day_opens(day: date, zone: str, channel: Channel, uf: str) -> datetime:
    return windows.next_open(instant_of(day, 0, zone), zone, channel, uf)


def _ladder(case: Case) -> Ladder:
    try:
        return LADDERS[case.ladder]
    except KeyError:
        raise Rejected("ladder-unknown") from None


def _holding(case: Case, now: datetime) -> Stop | None:
    """The stop that holds the whole case, if any."""
    return next((s for s in case.stops if not s.invoices and (s.until is None or s.until > now)), None)


def _live(case: Case, now: datetime) -> Sequence[OpenInvoice]:
    """Open invoices that no stop of their own holds."""
    if not case.stops:
        return case.invoices
    held = {i for s in case.stops if s.until is None or s.until > now for i in s.invoices}
    return [i for i in case.invoices if i.id not in held]


def decide(case: Case, person: PersonLog | None, last: Outreach | None, now: datetime) -> Decision:
    """Next move for `case` at `now` (UTC), given what its holder received and its newest outreach.

    Raises: Rejected("ladder-unknown") for a pinned version that does not exist.
    Source: docs/law.md, each rule under its id.
    """
    ladder = _ladder(case)
    if case.kind is ContractKind.EMPRESARIAL:
        return Halt("scope.company-paid", {})
    if (stop := _holding(case, now)) is not None:
        return Halt(_STOP_RULES[stop.kind], {})
    live = _live(case, now)
    if not live:
        return Halt("stop.dispute" if case.invoices else "stop.settled", {})
    today = _local_day(now, case.zone)
    positions = ladder.positions
    taken: dict[str, int] = {}
    carried: list[str] = []
    passed: set[int] = set()
    for invoice in live:
        days_late = (today - effective_due_date(invoice.due_on)).days
        furthest, held = ladder.furthest(days_late), positions[invoice.step]
        if furthest > held:
            taken[invoice.id] = furthest
            passed.update(range(held + 1, furthest))
        if furthest > held or days_late > 0:
            carried.append(invoice.id)
    if not taken:
        until = next_due(case, now)
        return Halt("ladder.complete", {}) if until is None else Wait(until, "ladder.no-step-due")
    return _send(case, person, last, now, ladder, taken, tuple(carried), passed)


def _send(
    case: Case,
    person: PersonLog | None,
    last: Outreach | None,
    now: datetime,
    ladder: Ladder,
    taken: Mapping[str, int],
    carried: tuple[str, ...],
    passed: set[int],
) -> Decision:
    """May the due step be taken, now and on some channel."""
    if last is not None and last.status in OPEN:
        return Wait(now + RECHECK, "ladder.outreach-open")
    advanced = {invoice: ladder.steps[index].name for invoice, index in taken.items()}
    channel = next((c for c in CHANNELS if case.reach_of(c) is Reach.OPEN), None)
    if channel is None:
        return Halt(_REACH_RULES[case.reach_of(CHANNELS[0])], advanced)
    today = _local_day(now, case.zone)
    if last is not None and _local_day(last.created_at, case.zone) == today:
        # Its id would be the same: one ladder outreach per contract and local day, even a cancelled one.
        return Wait(_day_opens(today + timedelta(days=1), case.zone, channel, case.uf), "frequency.day")
    ruling, allowed = frequency.next_allowed(person.contacted if person else (), now, case.zone)
    if not ruling.ok:
        return Wait(_opens(allowed, case.zone, channel, case.uf), ruling.rule)
    window = _window(now, case.zone, channel, case.uf)
    if not window.ok:
        return Wait(_opens(now, case.zone, channel, case.uf), window.rule)
    step = ladder.steps[max(taken.values())]
    superseded = tuple(ladder.steps[i].name for i in sorted(passed))
    return Send(channel, step.name, step.template, carried, advanced, superseded)


def next_due(case: Case, now: datetime) -> datetime | None:
    """When the case must next be looked at: UTC, inside a contact window.

    None when only an event can bring it back: no live invoice, ladder complete, an open-ended stop, or a company pays.

    Raises: Rejected("ladder-unknown").
    """
    ladder = _ladder(case)
    if case.kind is ContractKind.EMPRESARIAL:
        return None
    today = _local_day(now, case.zone)
    channel = CHANNELS[0]
    clocks: list[datetime] = []
    for invoice in case.invoices:
        position = ladder.positions[invoice.step] + 1
        stops = [s for s in case.stops if not s.invoices or invoice.id in s.invoices]
        if position >= len(ladder.steps) or any(s.until is None for s in stops):
            continue
        day = effective_due_date(invoice.due_on) + timedelta(days=ladder.days[position])
        if day > today:
            clock = _day_opens(day, case.zone, channel, case.uf)
        else:
            clock = _opens(now, case.zone, channel, case.uf)
        ends = [s.until for s in stops if s.until is not None and s.until > clock]
        clocks.append(_opens(max(ends), case.zone, channel, case.uf) if ends else clock)
    return min(clocks, default=None)


def last_look(  # noqa: PLR0911  one way out per question of law, in the order they are asked
    outreach: Outreach, case: Case, person: PersonLog | None, now: datetime
) -> Look:
    """Whether a queued outreach may be claimed at `now` (UTC), and for which of its invoices.

    Raises: Rejected("ladder-unknown").
    """
    if outreach.status is not OutreachStatus.QUEUED:
        return Skip()
    if case.kind is ContractKind.EMPRESARIAL:
        return Cancel("scope.company-paid")
    if (stop := _holding(case, now)) is not None:
        return Cancel(_STOP_RULES[stop.kind])
    keep = [i for i in _live(case, now) if i.id in outreach.invoices]
    if not keep:
        still_open = {i.id for i in case.invoices} & set(outreach.invoices)
        return Cancel("stop.dispute" if still_open else "stop.settled")
    ladder = _ladder(case)
    today = _local_day(now, case.zone)
    furthest = max(ladder.furthest((today - effective_due_date(i.due_on)).days) for i in keep)
    if furthest > ladder.positions[outreach.step]:
        return Cancel("ladder.superseded")  # a later step is due: it will say what is true today
    if furthest < 0:
        return Cancel("ladder.no-step-due")  # the due date moved away
    reach = case.reach_of(outreach.channel)
    if reach is not Reach.OPEN:
        return Refuse(_REACH_RULES[reach])
    ruling, allowed = frequency.next_allowed(person.contacted if person else (), now, case.zone)
    if not ruling.ok:
        return Defer(_opens(allowed, case.zone, outreach.channel, case.uf), ruling.rule)
    window = _window(now, case.zone, outreach.channel, case.uf)
    if not window.ok:
        return Defer(_opens(now, case.zone, outreach.channel, case.uf), window.rule)
    return Go(tuple(i.id for i in keep), ladder.steps[furthest].template)
