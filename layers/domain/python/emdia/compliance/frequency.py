"""How often one person may be written to, counted over all contracts and channels.

Source: docs/law.md, frequency; parameters in norms.py. Hours are another rule's: what is allowed here may
still fall outside the window.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from emdia.calendar import instant_of, local_day
from emdia.compliance.norms import norm
from emdia.compliance.rules import FREQUENCY_DAY, FREQUENCY_WEEK, Ruling

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Contacted:
    """One charge against the caps: `at` (UTC), and the id of the outreach that made it."""

    at: datetime
    outreach: str


def next_allowed(log: Sequence[Contacted], now: datetime, zone: str) -> tuple[Ruling, datetime]:
    """Whether the caps allow an outreach at `now` (UTC), and the earliest instant from `now` on when they do.

    `log` may come in any order and hold more than the rolling days. Entries of one outreach count once, at
    the latest: a fallback after proven non-delivery shares its outreach's slot. Entries ahead of `now`
    (another machine's clock) count. When refused the rule is the one that binds longest.
    Raises Halted for an instant without offset.
    """
    if not log:
        return Ruling(ok=True, rule=FREQUENCY_WEEK), now
    today = local_day(now, zone)
    day_cap, week_cap, rolling = _caps(today)
    latest: dict[str, datetime] = {}
    for entry in log:
        latest[entry.outreach] = max(entry.at, latest.get(entry.outreach, entry.at))
    contacts = sorted(latest.values())

    # The cap-th newest contact is the one that must leave the span for another to fit in.
    day_free = week_free = now
    if len(contacts) >= day_cap:
        day_free = instant_of(local_day(contacts[-day_cap], zone) + _DAY, 0, zone)
    if len(contacts) >= week_cap:
        week_free = contacts[-week_cap] + rolling

    if now < week_free and day_free <= week_free:
        return Ruling(ok=False, rule=FREQUENCY_WEEK), week_free
    if now < day_free:
        return Ruling(ok=False, rule=FREQUENCY_DAY), day_free
    return Ruling(ok=True, rule=FREQUENCY_WEEK), now


@lru_cache(maxsize=1024)
def _caps(on: date) -> tuple[int, int, timedelta]:
    """Contacts a day, contacts in the rolling span, and that span."""
    ids = ("frequency.day.cap", "frequency.week.cap", "frequency.week.days")
    day_cap, week_cap, days = (norm(norm_id, on).value for norm_id in ids)
    return day_cap, week_cap, timedelta(days=days)
