"""When a person may be written to: hours of the day, by the clock of the registered municipality.

All instants are aware UTC. A window is half-open: at its closing minute it is closed. `zone` is the IANA
zone of the municipality, `uf` its state, `channel` as in `portfolio.contract.Channel`.
Source: docs/law.md, windows; parameters in norms.py.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from emdia.calendar import instant_of, is_eve, is_national_holiday, local_day
from emdia.compliance.norms import norm
from emdia.compliance.rules import (
    WINDOW_EVE,
    WINDOW_HOLIDAY,
    WINDOW_WEEKDAY_HOURS,
    WINDOW_WEEKEND,
    Ruling,
)
from emdia.errors import Halted

_SATURDAY, _SUNDAY = 5, 6
# The longest row of closed days in any calendar is five (Christmas or New Year beside a weekend).
_HORIZON_DAYS = 31


@dataclass(frozen=True, slots=True)
class _Day:
    """One person's local day: open from `opens` until before `closes`, closed all day when that is no time."""

    opens: datetime
    closes: datetime
    before: str  # the rule that refuses earlier
    after: str  # the rule that refuses later


def is_open(now_utc: datetime, zone: str, channel: str, uf: str) -> Ruling:
    """Whether an outreach may leave at `now_utc`, and the rule that allows or refuses it.

    Raises Halted for an instant without offset.
    """
    day = _day(local_day(now_utc, zone), zone, channel, uf)
    if now_utc < day.opens:
        return Ruling(ok=False, rule=day.before)
    return Ruling(ok=now_utc < day.closes, rule=day.before if now_utc < day.closes else day.after)


def next_open(now_utc: datetime, zone: str, channel: str, uf: str) -> datetime:
    """The earliest lawful instant from `now_utc` on: `now_utc` itself when open.

    Raises Halted for an instant without offset, and when a month holds no open minute.
    """
    today = local_day(now_utc, zone)
    for offset in range(_HORIZON_DAYS):
        day = _day(today + timedelta(days=offset), zone, channel, uf)
        earliest = max(now_utc, day.opens)
        if earliest < day.closes:
            return earliest
    raise Halted(f"no contact window within {_HORIZON_DAYS} days of {today}")


def closes_at(now_utc: datetime, zone: str, channel: str, uf: str) -> datetime:
    """End of the window open at `now_utc`; `now_utc` itself when closed, for then no time is left."""
    day = _day(local_day(now_utc, zone), zone, channel, uf)
    return day.closes if day.opens <= now_utc < day.closes else now_utc


@lru_cache(maxsize=16_384)
def _day(day: date, zone: str, channel: str, uf: str) -> _Day:
    kind, rule = _kind(day)
    opens, closes = _hours(kind, day, channel, uf)
    after = rule
    if is_eve(day) and opens < closes:
        eve_opens, eve_closes = _hours("eve", day, channel, uf)
        opens, closes, after = max(opens, eve_opens), min(closes, eve_closes), WINDOW_EVE
    return _Day(instant_of(day, opens, zone), instant_of(day, closes, zone), before=rule, after=after)


def _kind(day: date) -> tuple[str, str]:
    """The kind of `day` in the norms table and the rule that speaks for it."""
    if is_national_holiday(day):
        return "holiday", WINDOW_HOLIDAY
    if day.weekday() >= _SATURDAY:
        return ("sunday" if day.weekday() == _SUNDAY else "saturday"), WINDOW_WEEKEND
    return "weekday", WINDOW_WEEKDAY_HOURS


def _hours(kind: str, day: date, channel: str, uf: str) -> tuple[int, int]:
    """Opening and closing minute of the local day."""
    opens = norm(f"window.{kind}.opens", day, uf, channel)
    return opens.value, norm(f"window.{kind}.closes", day, uf, channel).value
