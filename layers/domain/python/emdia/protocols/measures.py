"""What is measured of attendances (definitions.py says what each measure is), in one pass, the newest day first. Pure.

A period holds what was opened in it (days of Brasília, as the number says them), whatever became of it since: so the
same report asked again later only becomes more complete. Read backwards, an attendance finds those after it already
seen, and memory holds a week of contracts and the complaints of a month, however long the period is.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

from emdia.calendar import instant_of, local_day
from emdia.compliance.norms import norm
from emdia.protocols.deadlines import Demand
from emdia.protocols.definitions import PARAMETERS
from emdia.protocols.number import BRASILIA
from emdia.protocols.protocol import Medium
from emdia.protocols.ratings import PLEASED, RatingsOfDay, net

_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_MONTH: Final = PARAMETERS["resolved"] * _DAY
_NIP: Final = frozenset({Demand.NIP_ASSISTENTIAL, Demand.NIP_NON_ASSISTENTIAL})


class By(StrEnum):
    """What one row of a report spans."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Stretch(NamedTuple):
    """One demand from its opening to its answer. `due`: its nearest term; None where the answer is due at once."""

    demand: Demand
    due: datetime | None
    answered_at: datetime | None

    def kept(self, now: datetime) -> bool | None:
        """Whether the nearest term was kept; None while it still runs."""
        if self.answered_at is not None:
            return self.due is None or self.answered_at <= self.due
        return False if self.due is not None and self.due < now else None


class Brief(NamedTuple):
    """What measures need of one attendance; nothing of it names anybody. Instants are UTC.

    A tuple, for a report makes a million of them.
    """

    number: str
    opened_at: datetime
    medium: Medium | None  # None: the number was never issued
    contract: str = ""  # pseudonym
    stretches: tuple[Stretch, ...] = ()  # none before it is classed; the second is the ombudsman's
    withdrawn: bool = False  # the first answer: nothing was asked for after all
    again_at: datetime | None = None  # re-analysis was asked for
    human_asked_at: datetime | None = None
    human_at: datetime | None = None
    spoken: int = 0
    spoken_seconds: int = 0
    csat: int | None = None
    nps: int | None = None


@dataclass(slots=True)
class Tally:
    """Counts and sums of one period: what every measure is a quotient of."""

    counts: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    terms: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def mean(self, name: str) -> float | None:
        """Sum of `name` by its number."""
        return self.ratio(f"{name}_sum", name, 1)

    def terms_of(self, kind: str) -> int:
        """Terms `kept`, `late` or `running`, of every class."""
        return sum(counts[kind] for counts in self.terms.values())

    def ratio(self, part: str, whole: str, scale: int = 100) -> float | None:
        """Part by whole, in percent unless told otherwise; None where there is nothing to divide by."""
        return self.counts[part] * scale / self.counts[whole] if self.counts[whole] else None


class _After:
    """What was opened after the attendance at hand: contracts with any attendance of a week, with a NIP of a month."""

    def __init__(self) -> None:
        self._any: dict[date, set[str]] = defaultdict(set)
        self._nip: dict[date, set[str]] = defaultdict(set)

    def repeated(self, contract: str, day: date) -> bool:
        return _within(self._any, contract, day, PARAMETERS["fcr"])

    def complained(self, contract: str, day: date) -> bool:
        return bool(self._nip) and _within(self._nip, contract, day, PARAMETERS["resolved"])

    def add(self, brief: Brief, day: date) -> None:
        if not brief.contract:
            return
        if day not in self._any:
            self._forget(self._any, day + PARAMETERS["fcr"] * _DAY)
            self._forget(self._nip, day + PARAMETERS["resolved"] * _DAY)
        self._any[day].add(brief.contract)
        if brief.stretches and brief.stretches[0].demand in _NIP:
            self._nip[day].add(brief.contract)

    @staticmethod
    def _forget(seen: dict[date, set[str]], last: date) -> None:
        for day in [one for one in seen if one > last]:
            del seen[day]


def _within(seen: Mapping[date, set[str]], contract: str, day: date, days: int) -> bool:
    last = day + days * _DAY
    return any(contract in contracts and day <= opened <= last for opened, contracts in seen.items())


class _Day(NamedTuple):
    """A day of Brasília, and the instants it lies between: who is asked a million times need not ask a calendar."""

    day: date
    begins: datetime
    ends: datetime

    def has(self, at: datetime) -> bool:
        return self.begins <= at < self.ends


def measured(
    days: Iterable[tuple[date, Iterable[Brief]]], first: date, last: date, by: By, now: datetime
) -> Mapping[date, Tally]:
    """Tallies of the periods of `first` to `last`, by the first day of each.

    `days`: the days of `first` to `last` and of up to AFTER days behind, the newest first, each with its attendances.
    """
    tallies: dict[date, Tally] = defaultdict(Tally)
    after = _After()
    for day, briefs in days:
        tally = tallies[starts(day, by, first)] if first <= day <= last else None
        today = _Day(day, instant_of(day, 0, BRASILIA), instant_of(day + _DAY, 0, BRASILIA))
        for brief in briefs:
            if tally is not None:
                _count(brief, today, tally, after, now)
            after.add(brief, day)
    return tallies


def with_payments(
    tallies: Mapping[date, Tally], ratings: Iterable[RatingsOfDay], first: date, by: By
) -> Mapping[date, Tally]:
    """`tallies` with what people said of paying, in the period of the day on which they said it."""
    told = dict(tallies)
    for one in ratings:
        counts = told.setdefault(starts(one.day, by, first), Tally()).counts
        counts["paid_csat"] += one.scores
        counts["paid_csat_pleased"] += one.pleased
        counts["paid_csat_sum"] += one.score_sum
        counts["paid_nps"] += one.nps
        counts["paid_nps_net"] += one.nps_net
    return told


def starts(day: date, by: By, first: date) -> date:
    """First day of the period that `day` is in; weeks begin on Monday. Never before `first`, the report's own."""
    if by is By.WEEK:
        day -= day.weekday() * _DAY
    elif by is By.MONTH:
        day = day.replace(day=1)
    return max(day, first)


def _count(brief: Brief, today: _Day, tally: Tally, after: _After, now: datetime) -> None:
    counts = tally.counts
    if brief.medium is None:
        counts["not_issued"] += 1
        return
    counts["opened"] += 1
    tally.channels[brief.medium] += 1
    stretches = brief.stretches
    open_ = not stretches or stretches[-1].answered_at is None
    counts["open" if open_ else "answered"] += 1
    for one in stretches:
        kept = one.kept(now)
        tally.terms[one.demand]["running" if kept is None else ("kept" if kept else "late")] += 1
    if stretches and stretches[0].demand in _NIP:
        counts["nip"] += 1
    counts["ombudsman"] += brief.again_at is not None
    if stretches and stretches[0].answered_at is not None:
        _first_answer(brief, stretches[0].answered_at, today, counts, after)
    _waiting(brief, today, counts)
    counts["tma"] += brief.spoken
    counts["tma_sum"] += brief.spoken_seconds
    if brief.csat is not None:
        counts["csat"] += 1
        counts["csat_sum"] += brief.csat
        counts["csat_pleased"] += brief.csat >= PLEASED
    if brief.nps is not None:
        counts["nps"] += 1
        counts["nps_net"] += net(brief.nps)


def _first_answer(brief: Brief, at: datetime, today: _Day, counts: Counter[str], after: _After) -> None:
    """What the first answer was worth: when it came, and whether its person came back."""
    counts["answering"] += 1
    counts["answering_sum"] += _seconds(brief.opened_at, at)
    if brief.human_at is not None and brief.human_at <= at:
        counts["working"] += 1
        counts["working_sum"] += _seconds(brief.human_at, at)
    if brief.withdrawn:
        return
    again = brief.again_at
    counts["settled"] += 1
    counts["resolved"] += not (
        (again is not None and again <= brief.opened_at + _MONTH) or after.complained(brief.contract, today.day)
    )
    if brief.contract:
        counts["known"] += 1
        counts["fcr"] += again is None and today.has(at) and not after.repeated(brief.contract, today.day)


def _waiting(brief: Brief, today: _Day, counts: Counter[str]) -> None:
    asked, reached = brief.human_asked_at, brief.human_at
    if asked is None or reached is None:
        return
    wait = max(0, _seconds(asked, reached))
    counts["waiting"] += 1
    counts["waiting_sum"] += wait
    counts["waiting_kept"] += wait <= _target(today.day if today.has(asked) else local_day(asked, BRASILIA))


@cache
def _target(day: date) -> int:
    return norm("protocol.human.seconds", day).value


def _seconds(since: datetime, until: datetime) -> int:
    return (until - since) // _SECOND


def together(tallies: Iterable[Tally]) -> Tally:
    """One tally of several."""
    whole = Tally()
    for one in tallies:
        whole.counts.update(one.counts)
        whole.channels.update(one.channels)
        for demand, counts in one.terms.items():
            whole.terms[demand].update(counts)
    return whole
