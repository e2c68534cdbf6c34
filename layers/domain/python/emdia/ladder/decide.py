"""What to do for a case now: write, wait, or stop. Pure; every answer carries the rule that gave it.

`decide` chooses a step when a case falls due; `last_look` (beside it) asks again before a provider is called.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from emdia.compliance import frequency
from emdia.compliance.delay import day_late, days_late, payable_from
from emdia.compliance.rules import (
    FREQUENCY_DAY,
    LADDER_COMPLETE,
    LADDER_MINIMUM_GAP,
    LADDER_NO_STEP_DUE,
    LADDER_OUTREACH_OPEN,
    LADDER_STEP_DUE,
    SCOPE_COMPANY_PAID,
)
from emdia.compliance.windows import Days
from emdia.ladder.ladder import Ladder
from emdia.ladder.situation import (
    CHANNELS,
    choose_channel,
    day_opens,
    holding_stop,
    ladder_of,
    live_invoices,
    opens_from,
    stop_rule,
    today_in,
    window_at,
)
from emdia.messages.outreach import MAY_HAVE_REACHED, OPEN, Outreach, OutreachKind, OutreachStatus, outreach_id
from emdia.messages.person import PersonLog
from emdia.portfolio.case import STOP_RULES, Case, Reach
from emdia.portfolio.contract import Channel, ContractKind

# How long a case waits for an earlier outreach that is still queued or claimed.
RECHECK = timedelta(hours=2)


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
    rule: str = LADDER_STEP_DUE
    instead_of: Outreach | None = None  # the day's earlier attempt that did not arrive (fallback.py)


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


def decide(
    case: Case,
    person: PersonLog | None,
    last: Outreach | None,
    now: datetime,
    holidays: Days = (),
    served: Collection[Channel] = CHANNELS,
) -> Decision:
    """Next move for `case` at `now` (UTC), given what its holder received and its newest outreach.

    `holidays` are those of the registered municipality (portfolio/municipal.py), `served` the channels that the
    operator has a sender for.

    Raises: Rejected("ladder-unknown") for a pinned version that does not exist.
    Source: docs/law.md, each rule under its id.
    """
    ladder = ladder_of(case)
    if case.kind is ContractKind.EMPRESARIAL:
        return Halt(SCOPE_COMPANY_PAID, {})
    if (stop := holding_stop(case, now)) is not None:
        return Halt(STOP_RULES[stop.kind], {})
    live = live_invoices(case, now)
    if not live:
        return Halt(stop_rule(case, [i.id for i in case.invoices], now), {})
    today = today_in(now, case.zone)
    positions = ladder.positions
    taken: dict[str, int] = {}
    carried: list[str] = []
    passed: set[int] = set()
    for invoice in live:
        late = days_late(invoice.due_on, today, case.uf, invoice.caused, holidays)
        furthest, held = ladder.furthest(late), positions[invoice.step]
        if furthest > held:
            taken[invoice.id] = furthest
            passed.update(range(held + 1, furthest))
        if furthest > held or late > 0:
            carried.append(invoice.id)
    if not taken:
        until = next_due(case, now, holidays)
        return Halt(LADDER_COMPLETE, {}) if until is None else Wait(until, LADDER_NO_STEP_DUE)
    return _send(case, person, last, now, holidays, served, ladder, taken, tuple(carried), passed)


def _send(
    case: Case,
    person: PersonLog | None,
    last: Outreach | None,
    now: datetime,
    holidays: Days,
    served: Collection[Channel],
    ladder: Ladder,
    taken: Mapping[str, int],
    carried: tuple[str, ...],
    passed: set[int],
) -> Decision:
    """May the due step be taken, now and on some channel."""
    if last is not None and last.status in OPEN:
        return Wait(now + RECHECK, LADDER_OUTREACH_OPEN)
    advanced = {invoice: ladder.steps[index].name for invoice, index in taken.items()}
    step = ladder.steps[max(taken.values())]
    channel, refusal = choose_channel(case, person, step.channels, served)
    if channel is None:
        return Halt(refusal, advanced)
    today = today_in(now, case.zone)
    where = (case.zone, channel, case.uf, case.clocks_beside(channel), holidays)
    if last is not None:
        day, rule = _after(last, ladder, case)
        if day > today:
            return Wait(day_opens(day, *where), rule)
    ruling, allowed = frequency.next_allowed(person.contacted if person else (), now, case.zone, case.uf, channel)
    if not ruling.ok:
        return Wait(opens_from(allowed, *where), ruling.rule)
    window = window_at(now, *where)
    if not window.ok:
        return Wait(opens_from(now, *where), window.rule)
    superseded = tuple(ladder.steps[i].name for i in sorted(passed))
    return Send(channel, step.name, step.template, carried, advanced, superseded)


def _after(last: Outreach, ladder: Ladder, case: Case) -> tuple[date, str]:
    """First local day on which a step may follow `last`, and the rule that says so."""
    # On the day itself its id would be the same: one ladder outreach per contract and local day, even a cancelled one.
    day, rule = today_in(last.created_at, case.zone) + timedelta(days=1), FREQUENCY_DAY
    if last.status not in MAY_HAVE_REACHED:
        return day, rule
    rested = today_in(last.claimed_at or last.created_at, case.zone) + timedelta(days=ladder.gap)
    return (rested, LADDER_MINIMUM_GAP) if rested > day else (day, rule)


def next_due(case: Case, now: datetime, holidays: Days = ()) -> datetime | None:
    """When the case must next be looked at: UTC, inside a contact window as far as the case alone can tell.

    `holidays` of the municipality move due dates; windows do not ask them: on one the case is looked at in vain, and
    waits. Who does not know them is told a day that may be early, never late.
    None when only an event can bring it back: no live invoice, ladder complete, an open-ended stop, or a company pays.

    Raises: Rejected("ladder-unknown").
    """
    ladder = ladder_of(case)
    if case.kind is ContractKind.EMPRESARIAL:
        return None
    today = today_in(now, case.zone)
    # Windows differ by channel, if at all, on Saturdays and by a phone's clock: whoever is asked too early waits.
    channel = next((one for one, reach in case.reach if reach is Reach.OPEN), Channel.EMAIL)
    where = (case.zone, channel, case.uf, case.clocks_beside(channel))
    clocks: list[datetime] = []
    for invoice in case.invoices:
        position = ladder.positions[invoice.step] + 1
        stops = [s for s in case.stops if not s.invoices or invoice.id in s.invoices]
        if position >= len(ladder.steps) or any(s.until is None for s in stops):
            continue
        late_on = day_late(invoice.due_on, ladder.days[position], case.uf, invoice.caused, holidays)
        day = None if late_on is None else payable_from(max(late_on, today), invoice.caused)
        if day is None:
            continue  # nobody knows when it can be paid: an update of the invoice will tell
        clock = day_opens(day, *where) if day > today else opens_from(now, *where)
        ends = [s.until for s in stops if s.until is not None and s.until > clock]
        clocks.append(opens_from(max(ends), *where) if ends else clock)
    return min(clocks, default=None)


def outreach_of(case: Case, send: Send, ans: str, now: datetime) -> Outreach:
    """The queued outreach that carries out `send`: one per contract and local day, whatever it names.

    A fallback is the day's next attempt, in the slot of the first.
    """
    before = send.instead_of
    tried = () if before is None else (*before.tried, before.channel)
    return Outreach(
        contract=case.contract,
        id=outreach_id(ans, case.contract, OutreachKind.LADDER, today_in(now, case.zone), len(tried)),
        holder_key=case.holder_key,
        channel=send.channel,
        step=send.step,
        template=send.template,
        ladder=case.ladder,
        arm=case.arm,
        invoices=send.invoices,
        advanced=tuple(sorted(send.advanced)),
        status=OutreachStatus.QUEUED,
        created_at=now,
        rule=send.rule,
        slot="" if before is None else before.charged_to,
        tried=tried,
        at_risk=case.weight,
    )
