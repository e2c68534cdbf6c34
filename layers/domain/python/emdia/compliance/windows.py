"""When a person may be written to: hours of the day, by the clock of the registered municipality.

All instants are aware UTC. A window is half-open: at its closing minute it is closed. `zone` is the IANA
zone of the municipality, `uf` its state, `channel` as in `portfolio.contract.Channel`. `phone_zones` are the
zones of a phone's area code where they differ from `zone` (compliance/area.py): then it must be open by
every one of these clocks. `holidays` are those of the municipality, from the operator's table.
The general window limits the law of each state, and the law of each state the general window: neither widens
the other. Source: docs/law.md, windows; parameters in norms.py.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from emdia.calendar import (
    carnival_and_corpus_christi,
    instant_of,
    is_eve,
    is_national_holiday,
    local_day,
    state_holidays,
)
from emdia.compliance.norms import norm
from emdia.compliance.rules import (
    WINDOW_CARNIVAL,
    WINDOW_EVE,
    WINDOW_HOLIDAY,
    WINDOW_MUNICIPAL_HOLIDAY,
    WINDOW_PHONE_CLOCK,
    WINDOW_STATE_HOLIDAY,
    WINDOW_WEEKDAY_HOURS,
    WINDOW_WEEKEND,
    Ruling,
)
from emdia.errors import Halted

_SATURDAY, _SUNDAY = 5, 6
# The longest row of closed days is a dozen (a weekend, Carnival, municipal days); no state closes for a month.
_HORIZON_DAYS = 31

Zones = tuple[str, ...]
Days = tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Open from `opens` until before `closes` (UTC)."""

    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True)
class _Day(Window):
    """One person's local day; closed all day when `closes` is not after `opens`."""

    before: str  # the rule that refuses earlier
    within: str  # the rule that allows
    after: str  # the rule that refuses later


def is_open(
    now_utc: datetime, zone: str, channel: str, uf: str, phone_zones: Zones = (), holidays: Days = ()
) -> Ruling:
    """Whether an outreach may leave at `now_utc`, and the rule that allows or refuses it.

    Raises Halted for an instant without offset.
    """
    day = _day(local_day(now_utc, zone), zone, channel, uf, phone_zones, holidays)
    if now_utc < day.opens:
        return Ruling(ok=False, rule=day.before)
    return Ruling(ok=now_utc < day.closes, rule=day.within if now_utc < day.closes else day.after)


def next_open(
    now_utc: datetime, zone: str, channel: str, uf: str, phone_zones: Zones = (), holidays: Days = ()
) -> datetime:
    """The earliest lawful instant from `now_utc` on: `now_utc` itself when open.

    Raises Halted for an instant without offset, and when a month holds no open minute.
    """
    today = local_day(now_utc, zone)
    for offset in range(_HORIZON_DAYS):
        day = _day(today + timedelta(days=offset), zone, channel, uf, phone_zones, holidays)
        earliest = max(now_utc, day.opens)
        if earliest < day.closes:
            return earliest
    raise Halted(f"no contact window within {_HORIZON_DAYS} days of {today}")


def last_open_before(
    deadline_utc: datetime, zone: str, channel: str, uf: str, phone_zones: Zones = (), holidays: Days = ()
) -> Window:
    """The last lawful time before `deadline_utc`, cut short by it.

    What a legal clock asks for is done there: when the clock runs out on a closed day, on an open day before.
    Raises Halted as `next_open` does.
    """
    last = local_day(deadline_utc, zone)
    for offset in range(_HORIZON_DAYS):
        day = _day(last - timedelta(days=offset), zone, channel, uf, phone_zones, holidays)
        closes = min(deadline_utc, day.closes)
        if day.opens < closes:
            return Window(day.opens, closes)
    raise Halted(f"no contact window within {_HORIZON_DAYS} days before {last}")


def closes_at(
    now_utc: datetime, zone: str, channel: str, uf: str, phone_zones: Zones = (), holidays: Days = ()
) -> datetime:
    """End of the window open at `now_utc`; `now_utc` itself when closed, for then no time is left."""
    day = _day(local_day(now_utc, zone), zone, channel, uf, phone_zones, holidays)
    return day.closes if day.opens <= now_utc < day.closes else now_utc


def is_weekday_of_work(day: date, uf: str, holidays: Days = ()) -> bool:
    """Whether `day` is open to every channel there: no weekend, no holiday, no Carnival, no Corpus Christi."""
    return _kind(day, uf, holidays)[0] == "weekday"


@lru_cache(maxsize=65_536)
def _day(day: date, zone: str, channel: str, uf: str, phone_zones: Zones, holidays: Days) -> _Day:
    kind, rule = _kind(day, uf, holidays)
    opens, closes = _hours("window", kind, day, channel, uf)
    after = rule
    if opens < closes:
        of_state = _hours("state", kind, day, channel, uf)
        opens, closes = max(opens, of_state[0]), min(closes, of_state[1])
    if is_eve(day) and opens < closes:
        eve_opens, eve_closes = _hours("window", "eve", day, channel, uf)
        opens, closes, after = max(opens, eve_opens), min(closes, eve_closes), WINDOW_EVE
    begins, ends = instant_of(day, opens, zone), instant_of(day, closes, zone)
    # Of the phone's place only the clock counts: which days are holidays is known of the registered address.
    latest = max([begins, *(instant_of(day, opens, there) for there in phone_zones)])
    earliest = min([ends, *(instant_of(day, closes, there) for there in phone_zones)])
    return _Day(
        latest,
        earliest,
        before=WINDOW_PHONE_CLOCK if begins < latest and begins < ends else rule,
        within=rule,
        after=WINDOW_PHONE_CLOCK if earliest < ends and begins < ends else after,
    )


def _kind(day: date, uf: str, holidays: Days) -> tuple[str, str]:
    """The kind of `day` in the norms table and the rule that speaks for it."""
    if is_national_holiday(day):
        return "holiday", WINDOW_HOLIDAY
    if uf != "" and day in state_holidays(day.year, uf):
        return "holiday", WINDOW_STATE_HOLIDAY
    if day in holidays:
        return "holiday", WINDOW_MUNICIPAL_HOLIDAY
    if day in carnival_and_corpus_christi(day.year):
        return "holiday", WINDOW_CARNIVAL
    if day.weekday() >= _SATURDAY:
        return ("sunday" if day.weekday() == _SUNDAY else "saturday"), WINDOW_WEEKEND
    return "weekday", WINDOW_WEEKDAY_HOURS


def _hours(family: str, kind: str, day: date, channel: str, uf: str) -> tuple[int, int]:
    """Opening and closing minute of the local day."""
    opens = norm(f"{family}.{kind}.opens", day, uf, channel)
    return opens.value, norm(f"{family}.{kind}.closes", day, uf, channel).value
