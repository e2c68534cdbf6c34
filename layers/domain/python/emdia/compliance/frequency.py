"""How often one person may be written to, counted over all contracts and channels.

Source: docs/law.md, frequency; parameters in norms.py. Hours are another rule's: what is allowed here may
still fall outside the window.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from emdia.calendar import instant_of, local_day
from emdia.compliance.norms import norm
from emdia.compliance.rules import (
    FREQUENCY_CALLS,
    FREQUENCY_DAY,
    FREQUENCY_GAP,
    FREQUENCY_STATUTORY,
    FREQUENCY_WEEK,
    Ruling,
)

CALL = "call"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Contacted:
    """One charge against the caps: `at` (UTC), the id of the outreach that made it, and its channel."""

    at: datetime
    outreach: str
    channel: str = ""  # "" in entries older than the channel was kept


@dataclass(frozen=True, slots=True)
class _Limits:
    """What the norms of a day and state allow."""

    day: int
    week: int
    calls: int
    rolling: timedelta
    gap: timedelta


def next_allowed(
    log: Sequence[Contacted], now: datetime, zone: str, uf: str = "", channel: str = "", *, statutory: bool = False
) -> tuple[Ruling, datetime]:
    """Whether an outreach on `channel` is allowed at `now` (UTC), and the earliest instant from `now` on when it is.

    `log` may come in any order and hold more than the rolling days. Entries of one outreach count once, at
    the latest: a fallback after proven non-delivery shares its outreach's slot. Calls of a day are counted one
    by one, answered or not. Entries ahead of `now` (another machine's clock) count. When a cap refuses, the rule is
    the one that binds longest; the gap speaks only when no cap does. A `statutory` notice is free of all this, and
    of nothing else: the hours of `windows.py` bind it. Raises Halted for an instant without offset.
    """
    if statutory:
        return Ruling(ok=True, rule=FREQUENCY_STATUTORY), now
    if not log:
        return Ruling(ok=True, rule=FREQUENCY_WEEK), now
    today = local_day(now, zone)
    limits = _limits(today, uf)
    latest: dict[str, datetime] = {}
    for entry in log:
        latest[entry.outreach] = max(entry.at, latest.get(entry.outreach, entry.at))
    contacts = sorted(latest.values())
    calls = sorted(entry.at for entry in log if entry.channel == CALL) if channel == CALL else []

    # The cap-th newest contact is the one that must leave the span for another to fit in.
    free = {FREQUENCY_DAY: now, FREQUENCY_CALLS: now, FREQUENCY_WEEK: now}
    if len(contacts) >= limits.day:
        free[FREQUENCY_DAY] = instant_of(local_day(contacts[-limits.day], zone) + _DAY, 0, zone)
    if len(calls) >= limits.calls:
        free[FREQUENCY_CALLS] = instant_of(local_day(calls[-limits.calls], zone) + _DAY, 0, zone)
    if len(contacts) >= limits.week:
        free[FREQUENCY_WEEK] = contacts[-limits.week] + limits.rolling

    gap_free = contacts[-1] + limits.gap
    rule, cap_free = max(reversed(free.items()), key=lambda one: one[1])
    if now < cap_free:
        return Ruling(ok=False, rule=rule), max(cap_free, gap_free)
    if now < gap_free:
        return Ruling(ok=False, rule=FREQUENCY_GAP), gap_free
    return Ruling(ok=True, rule=FREQUENCY_WEEK), now


def pause_after_paid(on: date) -> timedelta:
    """How long nobody is written to after they say, on `on`, that they paid."""
    return timedelta(hours=norm("frequency.paid-pause.hours", on).value)


@lru_cache(maxsize=1024)
def _limits(on: date, uf: str) -> _Limits:
    """Of a general row and one of the state the stricter counts: neither widens the other."""

    def value(name: str, best: Callable[[int, int], int]) -> int:
        norm_id = f"frequency.{name}"
        return best(norm(norm_id, on).value, norm(norm_id, on, uf).value)

    return _Limits(
        day=value("day.cap", min),
        week=value("week.cap", min),
        calls=value("calls.cap", min),
        rolling=timedelta(days=value("week.days", max)),
        gap=timedelta(hours=value("gap.hours", max)),
    )
