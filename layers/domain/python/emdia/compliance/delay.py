"""How many days a fee is late: from the effective due date, without what the operator itself has caused.

Source: Lei 7.089/1983 art. 1, Código Civil arts. 132 §1, 394 to 396, RN ANS 593/2023 art. 4 (docs/law.md, charges).
All dates are local calendar days; `uf` is the state where the person lives, `resting` its municipality's holidays.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from emdia.calendar import effective_due_date

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OperatorDelay:
    """From `since` through `until` (None: still) the fee could not be paid, and the operator is to blame.

    No valid boleto, a payroll or account debit that was never sent.
    """

    since: date
    until: date | None = None

    def covers(self, day: date) -> bool:
        """Whether `day` is one of those."""
        return self.since <= day and (self.until is None or day <= self.until)


def last_day_on_time(
    due: date, uf: str = "", caused: OperatorDelay | None = None, resting: tuple[date, ...] = ()
) -> date | None:
    """The last day on which a fee due on `due` is paid on time; None while the operator keeps it from being paid.

    When it could not be paid on that day by the operator's fault, the first banking day on which it could.
    """
    last = effective_due_date(due, uf, resting)
    if caused is None or not caused.covers(last):
        return last
    return None if caused.until is None else effective_due_date(caused.until + _DAY, uf, resting)


@lru_cache(maxsize=65_536)
def days_late(
    due: date, on: date, uf: str = "", caused: OperatorDelay | None = None, resting: tuple[date, ...] = ()
) -> int:
    """Days of delay that count on `on`: 0 on the last day on time, negative before it.

    Of a fault that came after that day its own days are left out. 0 while the fee cannot be paid at all.
    """
    last = last_day_on_time(due, uf, caused, resting)
    if last is None:
        return min(0, (on - effective_due_date(due, uf, resting)).days)
    days = (on - last).days
    if caused is None or caused.since <= last or on < caused.since:
        return days
    ends = on if caused.until is None else min(on, caused.until)
    return days - ((ends - caused.since).days + 1)


def day_late(
    due: date, days: int, uf: str = "", caused: OperatorDelay | None = None, resting: tuple[date, ...] = ()
) -> date | None:
    """The first day on which the fee is `days` late (before the due date when negative); None when nobody knows yet."""
    last = last_day_on_time(due, uf, caused, resting)
    if last is None:
        return None
    day = last + timedelta(days=days)
    if caused is None or caused.since <= last or day < caused.since:
        return day
    return None if caused.until is None else day + (caused.until - caused.since) + _DAY


def payable_from(day: date, caused: OperatorDelay | None) -> date | None:
    """The first day from `day` on that is none of the operator's fault; None when nobody knows yet."""
    if caused is None or not caused.covers(day):
        return day
    return None if caused.until is None else caused.until + _DAY
