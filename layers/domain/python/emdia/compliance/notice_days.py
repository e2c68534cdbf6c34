"""The clocks of the notice: from when it is drafted, until when it leaves, and by which means next.

Day 0 is the due date. Two readings of it, each the one that binds the operator more: its own deadlines count from
the due date itself and no holiday extends them; what it may do to the person counts from the effective due date
(the next banking day), and a last day to pay that falls on a day without banking is the next one. Local days; `resting`
are the holidays of the person's municipality.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from emdia.calendar import effective_due_date, is_business_day, local_day
from emdia.compliance.norms import norm
from emdia.compliance.notice import Attempt, Means
from emdia.compliance.windows import is_weekday_of_work

# Days a means is given for its proof before the next is tried; cheap and quick ones first. A policy.
PATIENCE: Final[Mapping[Means, int]] = {
    Means.EMAIL: 3,
    Means.WHATSAPP: 1,
    Means.SMS: 1,
    Means.CALL: 1,
    Means.LETTER: 8,
    Means.AGENT: 2,
}


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Local days for the notice of a fee: drafted between two, sent at the latest on `last_sending`."""

    draft_from: date
    draft_until: date
    last_sending: date


def deadlines(due: date, uf: str = "", resting: tuple[date, ...] = ()) -> Deadlines:
    """The days of the notice for the oldest fee it names, due on `due`.

    `last_sending` is the last day up to the legal limit on which something may be sent by every means where the person
    lives: on a day of rest of the country, the state or the municipality nothing leaves, and the clock does not wait.
    """
    draft_from, draft_until, last = (
        due + timedelta(days=norm(f"notice.{name}", due).value) for name in ("draft.from", "draft.until", "last-day")
    )
    while not is_weekday_of_work(last, uf, resting):
        last -= timedelta(days=1)
    return Deadlines(draft_from, draft_until, last)


def received_by(due: date) -> date:
    """The 50th day of arrears: received later, the notice needs the ten days of art. 4 §1."""
    return due + timedelta(days=norm("notice.received.day", due).value)


def old_enough(due: date, uf: str = "", resting: tuple[date, ...] = ()) -> date:
    """The first day on which more than sixty days have passed since the effective due date: day 61."""
    effective = effective_due_date(due, uf, resting)
    return effective + timedelta(days=norm("notice.debt.days", effective).value + 1)


def last_day_to_pay(from_day: date, uf: str = "", resting: tuple[date, ...] = ()) -> date:
    """The tenth uninterrupted day after `from_day`, or the next banking day when banks are closed on it."""
    return effective_due_date(from_day + timedelta(days=norm("notice.term.days", from_day).value), uf, resting)


def next_means(
    attempts: Sequence[Attempt],
    reachable: Collection[Means],
    opted_out: Collection[Means],
    last_sending: date,
    now: datetime,
    zone: str,
    agreed: Collection[Means] = (),
) -> Means | None:
    """The means to try today while the notice is unproved; None when it is too early or none is left.

    A means is tried once, those that the contract lists (`agreed`) first, in the order of PATIENCE; the next comes when
    it failed, when its patience ran out, or at once when today is the last day to send, or past it: received late is
    better than never (art. 4 §1). A channel the person opted out of comes after all others: an opt-out does not stop
    the statutory notice.
    """
    today = local_day(now, zone)
    if not is_business_day(today):
        return None
    tried = {attempt.means for attempt in attempts}
    order = sorted(PATIENCE, key=lambda means: (means in opted_out, means not in agreed, list(PATIENCE).index(means)))
    left = next((means for means in order if means in reachable and means not in tried), None)
    waiting = [
        attempt
        for attempt in attempts
        if not attempt.failed and today < local_day(attempt.sent_at, zone) + timedelta(days=PATIENCE[attempt.means])
    ]
    return left if not waiting or today >= last_sending else None


def next_look(sent: Collection[tuple[Means, date]], today: date, last_sending: date) -> date:
    """The local day on which the next means is due while those `sent` are unproved: when their patience ends.

    Never past the last day to send; from that day on at once.
    """
    if today >= last_sending:
        return today
    patient = max((day + timedelta(days=PATIENCE[means]) for means, day in sent), default=today)
    return min(max(patient, today + timedelta(days=1)), last_sending)


def last_sending_now(told: date, due: date, uf: str, resting: tuple[date, ...]) -> date:
    """The last day to send as it was `told` when a notice was drafted, or an earlier one if the town rests on it now.

    `due` is that of the oldest fee it names.
    """
    return min(told, deadlines(due, uf, resting).last_sending)
