"""What has been kept long enough, and what stands against disposing of it. Pure; all instants UTC.

A contract goes as a whole, its persons' keys with it, once the longest of their classes has run out from the newest
thing known of it: the reading that keeps longer. Attendances have terms of their own (protocols/keeping.py).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from emdia.facts import LogClass
from emdia.people.ports import Row
from emdia.people.retention import kept_until
from emdia.portfolio.case import HOLDER_IS_MINOR, Case, Stop, StopKind
from emdia.state import AgendaKind, Ref, State, disposals_ref, kept_key_ref, party_ref

AGAIN = timedelta(days=30)  # what is held back is looked at again then
# The years of one portfolio end in one night: over four weeks the index and the run bear it.
_SPREAD_MINUTES = 28 * 24 * 60
_ALWAYS = ("cadastro", str(LogClass.CONTATO), str(LogClass.OPERACAO))

LEGAL_HOLD = "legal-hold"
CASE_OPEN = "case-open"
STOPPED = "stop-active"
DISPUTED = "dispute-active"
RUNNING = "clock-running"
WAITING = "events-waiting"
ATTENDED = "attendance-kept"
FLAGGED = "money-flagged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party(State):
    """That `person` is or was the holder of `contract`, or covered by it; at `due` somebody asks whether it may go."""

    person: str
    contract: str
    due: datetime

    @property
    def ref(self) -> Ref:
        """See State."""
        return party_ref(self.person, self.contract)

    @property
    def agenda(self) -> tuple[AgendaKind, datetime] | None:
        """See State."""
        return AgendaKind.RETENTION, self.due


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptKey(State):
    """The key of an attendance that is disposed of: facts in the log need it until their class may go.

    `owner`: the person it became known to be about, else the subject itself. `since`: when it was answered.
    """

    owner: str
    subject: str
    since: datetime
    stays_until: datetime | None = None

    @property
    def ref(self) -> Ref:
        """See State."""
        return kept_key_ref(self.owner, self.subject)

    @property
    def agenda(self) -> tuple[AgendaKind, datetime] | None:
        """See State."""
        ends = spread(kept_until(LogClass.ATENDIMENTO, self.since), self.subject)
        return AgendaKind.RETENTION, max(ends, self.stays_until or ends)


@dataclass(frozen=True, slots=True)
class Disposed:
    """How many of a kind went."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class Held:
    """What was over its time and stayed, and why. `name`: number of an attendance, pseudonym of a contract, a key."""

    kind: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalRun(State):
    """What one look at an operator's retention clocks did and held back; nothing in it names anybody."""

    id: str
    at: datetime
    done: tuple[Disposed, ...] = ()
    held: tuple[Held, ...] = ()

    @property
    def ref(self) -> Ref:
        """See State."""
        return disposals_ref(self.id)


def first_look(contract: str, person: str, told_at: datetime) -> Party:
    """The clock of a person who has just become known at a contract."""
    return Party(person=person, contract=contract, due=spread(contract_until(told_at, ()), contract))


def contract_until(newest: datetime, classes: Collection[str]) -> datetime:
    """Until when (inclusive) a contract and its persons' keys must be there. Raises Halted for an unknown class.

    >>> from datetime import UTC
    >>> contract_until(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), ("acordo",)).isoformat()
    '2037-12-31T23:59:59+00:00'
    """
    return max(kept_until(one, newest) for one in {*_ALWAYS, *classes})


def young_until(keys: Mapping[str, datetime | None]) -> datetime | None:
    """Until when (inclusive) keys must be there because of their own age; None when none says how old it is.

    Items can be made to look old by who can write them; the table of keys is another, and few can write there.
    """
    return max((kept_until(one, born) for one, born in keys.items() if born is not None), default=None)


def spread(until: datetime, name: str) -> datetime:
    """A moment of the four weeks after `until`, the same for the same name."""
    return until + timedelta(minutes=1 + crc32(name.encode()) % _SPREAD_MINUTES)


def disputed(case: Case | None, now: datetime) -> bool:
    """Whether the contract is in a dispute, of which an attendance may be the evidence."""
    return case is not None and any(stop.kind is StopKind.DISPUTE for stop in _standing(case.stops, now))


def matter(rows: Sequence[Row], now: datetime) -> str:
    """Why a contract of these rows is no closed matter, as a code; "" when it is."""
    case = next((row.state for row in rows if isinstance(row.state, Case)), None)
    if case is not None and case.invoices:
        return CASE_OPEN
    if case is not None and _standing(case.stops, now):
        return STOPPED
    sorts = [row.ref.sort for row in rows]
    if any(sort.startswith("WAIT#") for sort in sorts):
        return WAITING
    if any(sort.startswith("ATTENDANCE#") for sort in sorts):
        return ATTENDED
    return RUNNING if any(row.runs for row in rows) else ""


def _standing(stops: Sequence[Stop], now: datetime) -> list[Stop]:
    """That the holder was a minor when the contract was told ends by no event and is no matter."""
    return [stop for stop in stops if stop.id != HOLDER_IS_MINOR and (stop.until is None or stop.until > now)]
