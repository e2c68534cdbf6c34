"""Before a ladder version is published: whether the days can go in a way in which it writes when it must not.

A bounded exhaustive search. Worlds come from the plainest to the more tangled: each due date of a year alone; then,
around each weekday and each holiday, runs of the schedule that are missed or come twice, payments, pauses, opt-outs,
a second contract of the same person, holidays of the municipality, and each channel alone, with a phone of
another zone. In each, every contact is judged here anew, by window, cap, gap and stop,
whatever the engine thought. The first world that fails is the counter-example (calendar_page.py prints it). What
passed is lawful within these bounds, which is much more than a table of examples and less than a proof.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import chain, pairwise
from typing import Final

from emdia.calendar import instant_of, national_holidays
from emdia.compliance import windows
from emdia.compliance.norms import norm
from emdia.compliance.rules import (
    CONSENT_OPTED_OUT,
    FREQUENCY_DAY,
    FREQUENCY_GAP,
    FREQUENCY_WEEK,
    LADDER_MINIMUM_GAP,
    STOP_DISPUTE,
    STOP_HOLD,
    STOP_PROTECTIVE,
    STOP_SETTLED,
)
from emdia.ladder.happenings import Happening, Lifted, OptOut, Payment, Stopped
from emdia.ladder.ladder import LADDERS, Ladder, on_trial
from emdia.ladder.simulate import simulate
from emdia.ladder.situation import today_in
from emdia.money import Centavos
from emdia.portfolio.case import Case, OpenInvoice, Reach, Stop, StopKind
from emdia.portfolio.contract import Channel, ContractKind

_DAY = timedelta(days=1)
_SATURDAY = 5
# Minutes of the local day at which our schedule runs in a world: closed, opening, noon, last quarter, closed.
SCHEDULE = (8 * 60 + 45, 9 * 60, 12 * 60, 17 * 60 + 45, 18 * 60)
# Somebody at a desk presses a button once a day, and never when nobody may be contacted.
DESK = (10 * 60,)
# Pauses that are tried; to the ladder all kinds of stop are alike.
PAUSES: Final[Mapping[StopKind, str]] = {
    StopKind.DISPUTE: STOP_DISPUTE,
    StopKind.HOLD: STOP_HOLD,
    StopKind.PROTECTIVE: STOP_PROTECTIVE,
}
_BY_PHONE = (Channel.SMS, Channel.WHATSAPP)
_ELSEWHERE = ("America/Rio_Branco",)  # the clock farthest from most people's
_HERE = "verify"  # the municipality of the searched, whatever it is called
# Days in a row without a run: an hour's failure, a weekend's, and a system found down after two months.
_MISSED = (1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True, slots=True)
class World:
    """One way the days may go for one person. Contracts are named "c1", "c2" by their place in `due_on`.

    They are reached by `channels` only; their phone's area code lies in `phone_zones` when not in `zone`. `holidays`
    are those of their municipality.
    """

    due_on: tuple[date, ...]
    runs: tuple[datetime, ...]
    happenings: tuple[Happening, ...] = ()
    zone: str = "America/Sao_Paulo"
    uf: str = "SP"
    channels: tuple[Channel, ...] = (Channel.EMAIL,)
    phone_zones: tuple[str, ...] = ()
    holidays: tuple[date, ...] = ()

    def phone_clocks(self, channel: Channel) -> tuple[str, ...]:
        """The zones that must allow `channel` beside the person's own."""
        return self.phone_zones if channel in _BY_PHONE else ()


@dataclass(frozen=True, slots=True)
class Touch:
    """A contact that an engine would make."""

    at: datetime
    contract: str
    step: str
    channel: Channel = Channel.EMAIL


# Whoever decides on contacts: ours with a ladder, or a model of somebody else's.
Engine = Callable[[World], Sequence[Touch]]


@dataclass(frozen=True, slots=True)
class CounterExample:
    """The world, all contacts up to the one that must not be, and the rule it breaks."""

    world: World
    touches: tuple[Touch, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How many worlds were searched, and the first that fails, if one does."""

    worlds: int
    counter_example: CounterExample | None


def verify(engine: Engine, worlds: Iterable[World], gap: int = 1) -> Verified:
    """Search `worlds` for a contact outside window, cap, stop, or less than `gap` local days after the step before."""
    searched = 0
    for world in worlds:
        searched += 1
        touches = sorted(engine(world), key=lambda one: (one.at, one.contract))
        found = _first_wrong(world, touches, gap)
        if found is not None:
            return Verified(searched, found)
    return Verified(searched, None)


def ours(ladder: Ladder) -> Engine:
    """The engine of Em Dia with `ladder`, published or not."""

    def contacts(world: World) -> Sequence[Touch]:
        cases = [
            Case(
                contract=f"c{n}", holder_key="p", kind=ContractKind.INDIVIDUAL, uf=world.uf, zone=world.zone,
                ibge=_HERE, ladder=ladder.version, reach=tuple((one, Reach.OPEN) for one in world.channels),
                phone_clocks=tuple((one, world.phone_clocks(one)) for one in _BY_PHONE if world.phone_zones),
                invoices=(OpenInvoice(f"f{n}", f"{day:%Y-%m}", day, Centavos(50_000)),),
            )
            for n, day in enumerate(world.due_on, start=1)
        ]  # fmt: skip
        told = simulate(
            cases, {}, world.runs[0], 0,
            happenings=world.happenings, holidays={_HERE: world.holidays}, runs=world.runs,
        )  # fmt: skip
        return [Touch(one.at, one.contract, one.step, one.channel) for one in told.contacts]

    def tried(world: World) -> Sequence[Touch]:
        if ladder.version in LADDERS:
            return contacts(world)
        with on_trial(ladder):
            return contacts(world)

    return tried


def worlds(
    year: int,
    days: Sequence[int],
    minutes: Sequence[int] = SCHEDULE,
    zone: str = "America/Sao_Paulo",
    uf: str = "SP",
) -> Iterator[World]:
    """Worlds around the due dates of `year` for a ladder whose steps fall on `days` from the due date.

    It runs at these `minutes` of every local day; those of a DESK only on weekdays within the contact window.
    """
    place = (zone, uf)
    first = date(year, 1, 1)
    every = [first + n * _DAY for n in range((date(year + 1, 1, 1) - first).days)]
    for due in every:
        yield World((due,), _runs(due, days, minutes, *place), (), *place)
    for due in _corners(year):
        runs = _runs(due, days, minutes, *place)
        twice = tuple(run + twin * timedelta(minutes=1) for run in runs for twin in (0, 1))
        yield World((due,), twice, (), *place)
        for day in days:
            step_day = due + day * _DAY
            for length in _MISSED:
                gone = (instant_of(step_day, 0, zone), instant_of(step_day + length * _DAY, 0, zone))
                for some in (runs, twice):
                    kept = tuple(run for run in some if not gone[0] <= run < gone[1])
                    yield World((due,), kept, (), *place)
            for happenings in _happenings(step_day, zone):
                yield World((due,), runs, happenings, *place)
            yield World((due,), runs, (), *place, holidays=(step_day,))
        for channel in Channel:
            away = _ELSEWHERE if channel in _BY_PHONE else ()
            yield World((due,), runs, (), *place, channels=(channel,), phone_zones=away)
            for minute in (8 * 60, 10 * 60):
                no = OptOut(instant_of(due + days[0] * _DAY, minute, zone), "c1", channel)
                yield World((due,), runs, (no,), *place, channels=(channel,), phone_zones=away)
        for later in range(9):
            both = (due, due + later * _DAY)
            yield World(both, _runs(due, [*days, days[-1] + later], minutes, *place), (), *place)


@lru_cache(maxsize=1024)
def _runs_of(day: date, minutes: Sequence[int], zone: str, uf: str) -> tuple[datetime, ...]:
    runs = tuple(instant_of(day, minute, zone) for minute in minutes)
    if minutes != DESK:
        return runs
    weekday = day.weekday() < _SATURDAY
    return tuple(run for run in runs if weekday and windows.is_open(run, zone, Channel.EMAIL, uf).ok)


def _runs(due: date, days: Sequence[int], minutes: Sequence[int], zone: str, uf: str) -> tuple[datetime, ...]:
    """Runs of every day, from the day before the first step to ten days past the longest failure after the last."""
    length = days[-1] - days[0] + 12 + _MISSED[-1]
    start = due + (days[0] - 1) * _DAY
    return tuple(chain.from_iterable(_runs_of(start + n * _DAY, minutes, zone, uf) for n in range(length)))


def _corners(year: int) -> Sequence[date]:
    """A quiet week, and each national holiday with the days around it: where calendars go wrong."""
    quiet = [date(year, 8, 3) + n * _DAY for n in range(7)]
    around = [day + n * _DAY for day in sorted(national_holidays(year)) for n in (-1, 0, 1)]
    return [*quiet, *around, date(year, 2, 28), date(year, 12, 31)]


def _happenings(day: date, zone: str) -> Iterator[tuple[Happening, ...]]:
    """Money, pauses and a no: just before the window of `day` opens, and in its middle."""
    for minute in (8 * 60, 10 * 60):
        at = instant_of(day, minute, zone)
        yield (Payment(at, "c1"),)
        yield (OptOut(at, "c1"),)
        for kind in PAUSES:
            for length in (1, 5, 10):
                yield (Stopped(at, "c1", Stop(kind, "s")), Lifted(at + length * _DAY, "c1", "s"))


def _first_wrong(world: World, touches: Sequence[Touch], gap: int) -> CounterExample | None:
    for place, touch in enumerate(touches):
        rule = _broken(world, touches[:place], touch, gap)
        if rule:
            return CounterExample(world, tuple(touches[: place + 1]), rule)
    return None


def _broken(world: World, before: Sequence[Touch], touch: Touch, gap: int) -> str:
    """The rule that forbids `touch` after the contacts `before` it; "" when none does."""
    clocks = world.phone_clocks(touch.channel)
    window = windows.is_open(touch.at, world.zone, touch.channel, world.uf, clocks, world.holidays)
    if not window.ok:
        return window.rule
    return _stopped(world, touch) or _too_often(world, before, touch) or _too_close(world, before, touch, gap)


def _too_often(world: World, before: Sequence[Touch], touch: Touch) -> str:
    """The cap or gap of the person, over all contracts, that `touch` breaks."""
    today = today_in(touch.at, world.zone)
    if sum(today_in(one.at, world.zone) == today for one in before) >= norm("frequency.day.cap", today).value:
        return FREQUENCY_DAY
    span = timedelta(days=norm("frequency.week.days", today).value)
    if sum(one.at > touch.at - span for one in before) >= norm("frequency.week.cap", today).value:
        return FREQUENCY_WEEK
    hours = norm("frequency.gap.hours", today).value
    return FREQUENCY_GAP if any(touch.at - one.at < timedelta(hours=hours) for one in before) else ""


def _too_close(world: World, before: Sequence[Touch], touch: Touch, gap: int) -> str:
    """Steps of one contract need their distance, and none is taken twice."""
    same = [one for one in (*before, touch) if one.contract == touch.contract]
    days = [today_in(one.at, world.zone) for one in same]
    close = any((later - earlier).days < gap for earlier, later in pairwise(days))
    return LADDER_MINIMUM_GAP if close or len({one.step for one in same}) < len(same) else ""


def _stopped(world: World, touch: Touch) -> str:
    """The stop in force on the contract at the moment of `touch`."""
    held: dict[str, str] = {}
    for one in sorted(world.happenings, key=lambda one: one.at):
        if one.at > touch.at or (one.contract != touch.contract and not isinstance(one, OptOut)):
            continue
        if isinstance(one, Payment):
            held["paid"] = STOP_SETTLED
        elif isinstance(one, OptOut) and one.channel is touch.channel:
            held["opt-out"] = CONSENT_OPTED_OUT
        elif isinstance(one, Stopped):
            held[one.stop.id] = PAUSES[one.stop.kind]
        elif isinstance(one, Lifted):
            held.pop(one.stop, None)
    return next(iter(held.values()), "")
