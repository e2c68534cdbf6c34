"""A letter as a print job: one item per letter in the run of its day, what the printer and the post tell of it.

The runs are those of a day in Brasília. A letter's reference stands in its window as a barcode and names its run, so
that whoever reads it back finds the job without a list: six figures of the day, sixteen of the outreach.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from emdia.calendar import instant_of, local_day
from emdia.compliance.norms import gone_after
from emdia.portfolio.document import Kept
from emdia.state import Ref, State

_ZONE = "America/Sao_Paulo"
# A run closes when its day is over and every letter claimed on it has long been written down (ten seconds).
_CLOSES = timedelta(minutes=30)
REFERENCE = re.compile(r"([0-9]{6})([0-9A-F]{16})")
LETTER_RUNS, LETTER_OBJECTS, LETTERS_PARKED = "letters.runs", "letters.objects", "letters.parked"


class Posting(StrEnum):
    """Where a letter is, as far as anybody told."""

    MADE = "made"
    POSTED = "posted"
    RETURNED = "returned"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintJob(State):
    """One letter to print. `registered`: posted with AR. `object`: its number at the post, "" until it is told."""

    day: date
    outreach: str
    contract: str
    holder_key: str
    file: Kept
    registered: bool
    made_at: datetime
    posting: Posting = Posting.MADE
    object: str = ""

    @property
    def reference(self) -> str:
        """What the barcode says."""
        return reference_of(self.day, self.outreach)

    @property
    def ref(self) -> Ref:
        """See State."""
        return letter_ref(self.day, self.outreach)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintRun(State):
    """A day's letters, closed: no other comes to it. `manifest` lists them as the printer was given them."""

    day: date
    letters: int
    manifest: Kept
    closed_at: datetime

    @property
    def ref(self) -> Ref:
        """See State."""
        return run_ref(self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterObject(State):
    """Which letter a number at the post is."""

    object: str
    reference: str

    @property
    def ref(self) -> Ref:
        """See State."""
        return object_ref(self.object)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedTracking(State):
    """What was told of a letter that is not known. `told` is its JSON, sealed: it may name who signed."""

    id: str
    since: datetime
    told: str

    @property
    def ref(self) -> Ref:
        """See State."""
        return parked_tracking_ref(self.id)

    @property
    def expires(self) -> datetime | None:
        """See State."""
        return gone_after("tracking", self.since)


def run_of(now: datetime) -> date:
    """The day whose run a letter made at `now` (UTC) belongs to."""
    return local_day(now, _ZONE)


def closes(day: date) -> datetime:
    """From when the run of `day` may be closed (UTC)."""
    return instant_of(day + timedelta(days=1), 0, _ZONE) + _CLOSES


def reference_of(day: date, outreach: str) -> str:
    """See the module.

    >>> reference_of(date(2026, 10, 15), "ab" * 16)
    '261015ABABABABABABABAB'
    """
    return f"{day:%y%m%d}{outreach[:16].upper()}"


def named_by(reference: str) -> tuple[date, str]:
    """Day of the run, and how the outreach's id begins. Raises ValueError for what is no reference of ours."""
    found = REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError("no reference of a letter")
    told = found[1]
    return date(2000 + int(told[:2]), int(told[2:4]), int(told[4:])), found[2].lower()


def jobs_of(day: date) -> str:
    """Where the letters of a run are listed; addressed as a contract is, equal to no pseudonym of one."""
    return f"letters.{day.isoformat()}"


def letter_ref(day: date, outreach: str) -> Ref:
    """One letter in the run of its day."""
    return Ref(f"C#{jobs_of(day)}", f"LETTER#{outreach}")


def run_ref(day: date) -> Ref:
    """The closed run of a day."""
    return Ref(f"C#{LETTER_RUNS}", f"PRINTRUN#{day.isoformat()}")


def object_ref(number: str) -> Ref:
    """Which letter has this number at the post."""
    return Ref(f"C#{LETTER_OBJECTS}", f"LETTEROBJECT#{number}")


def parked_tracking_ref(id_: str) -> Ref:
    """What waits for a person."""
    return Ref(f"C#{LETTERS_PARKED}", f"LETTEREVENT#{id_}")
