"""How long an attendance and the recordings of its calls are kept. Pure; all instants UTC.

A record counts from its answer (Decreto 11.034/2022 art. 12), a recording from its call. Days and years end with the
local day in Brasília, so that nothing goes some hours early.
"""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from emdia.calendar import instant_of, local_day
from emdia.compliance.norms import norm
from emdia.protocols.deadlines import Demand
from emdia.protocols.number import BRASILIA

if TYPE_CHECKING:
    from emdia.protocols.protocol import Protocol

_COMPLAINTS = frozenset({Demand.OMBUDSMAN, Demand.NIP_ASSISTENTIAL, Demand.NIP_NON_ASSISTENTIAL})


def rule_of(complaint: bool) -> str:
    """The row of the norms a record is kept by."""
    return "protocol.complaint.years" if complaint else "protocol.record.years"


def is_complaint(told: bool, demand: Demand | None) -> bool:
    """Whether an attendance counts as a complaint: one was made of it, or it is the ombudsman's or a NIP."""
    return told or demand in _COMPLAINTS


def record_until(answered_at: datetime, complaint: bool) -> datetime:
    """Until when (exclusive) an attendance that was answered then must be there.

    >>> from datetime import UTC
    >>> record_until(datetime(2026, 3, 1, 2, 0, tzinfo=UTC), complaint=False).isoformat()
    '2028-02-29T03:00:00+00:00'
    """
    day = local_day(answered_at, BRASILIA)
    years: int = norm(rule_of(complaint), day).value
    return _end_of(_years_later(day, years))


def recording_until(called_at: datetime) -> datetime:
    """Until when (exclusive) the recording of a call must be there, where no complaint followed.

    >>> from datetime import UTC
    >>> recording_until(datetime(2026, 10, 5, 15, 0, tzinfo=UTC)).isoformat()
    '2027-01-04T03:00:00+00:00'
    """
    day = local_day(called_at, BRASILIA)
    return _end_of(day + timedelta(days=norm("protocol.recording.days", day).value))


def kept_until(attendance: "Protocol") -> datetime | None:
    """Until when (exclusive) its record must be there; None while an answer is owed, and for a number never issued."""
    if attendance.answered_at is None:
        return None
    return record_until(attendance.answered_at, is_complaint(attendance.complaint, attendance.demand))


def next_look(attendance: "Protocol") -> datetime | None:
    """When it is to be asked what of an answered attendance may go: its recordings first, then all of it."""
    ends = kept_until(attendance)
    if ends is None or attendance.answered_at is None:
        return None
    if attendance.recorded_at is not None and not is_complaint(attendance.complaint, attendance.demand):
        ends = min(ends, max(recording_until(attendance.recorded_at), attendance.answered_at))
    return max(ends, attendance.stays_until or ends)


def _years_later(day: date, years: int) -> date:
    """The same day `years` later; of 29 February the 1 March: a day more, never one less."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _end_of(day: date) -> datetime:
    return instant_of(day + timedelta(days=1), 0, BRASILIA)
