"""Clocks of an attendance: by when an answer is due, and when to say so. Pure; instants are UTC.

Several norms speak of one demand; every one that does is a clock of its own, and the earliest one is warned about. A
day counts as a whole: a term of n business days ends when the nth business day after the opening one ends on the
clocks of the operator's seat (Código Civil art. 132), and the day of opening is never counted. Nothing pauses a clock:
no norm found allows it (docs/law.md, `attendance.no-pause`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from emdia.calendar import instant_of, is_business_day, local_day, state_holidays
from emdia.compliance.norms import Norm, norm
from emdia.errors import Halted

_DAY = timedelta(days=1)
# Parts of a term after which somebody is told, in percent.
WARNINGS = (50, 80, 100)


class Demand(StrEnum):
    """What is asked for, as RN 623 and RN 483 class it."""

    URGENT = "urgencia"
    ASSISTENTIAL = "assistencial"
    ASSISTENTIAL_COMPLEX = "assistencial_alta_complexidade"  # PAC, elective admission
    NON_ASSISTENTIAL = "nao_assistencial"  # the contract: fee, adjustment, cancellation, dispute
    OMBUDSMAN = "ouvidoria"  # re-analysis
    NIP_ASSISTENTIAL = "nip_assistencial"
    NIP_NON_ASSISTENTIAL = "nip_nao_assistencial"
    HISTORY = "historico"  # a copy of what was said


class Care(StrEnum):
    """Kinds of care whose longest wait RN 566 fixes; it rules where it ends before the answer is due."""

    BASIC_VISIT = "consulta_basica"
    OTHER_VISIT = "consulta_demais"
    THERAPY = "sessao_terapia"  # speech, nutrition, psychology, occupational therapy, physiotherapy
    DENTIST = "odontologia"
    LABORATORY = "laboratorio"
    DIAGNOSTIC = "diagnostico"
    COMPLEX = "alta_complexidade"
    DAY_HOSPITAL = "hospital_dia"
    ELECTIVE_ADMISSION = "internacao_eletiva"
    URGENT = "urgencia"


@dataclass(frozen=True, slots=True)
class Seat:
    """Where the operator sits: whose days count. `closed`: the municipality's holidays, as the operator told them."""

    uf: str
    zone: str  # IANA
    closed: frozenset[date] = frozenset()

    def counts(self, day: date) -> bool:
        """Whether `day` is a business day there.

        Carnival and Corpus Christi are, for they are no holidays of any law: so a term ends early rather than late.
        """
        return is_business_day(day) and day not in state_holidays(day.year, self.uf) and day not in self.closed


@dataclass(frozen=True, slots=True)
class Clock:
    """One term that runs. `rule` names the norm's row; `working` whether only business days count."""

    rule: str
    opened: datetime
    due: datetime
    working: bool


def clocks_of(demand: Demand, opened: datetime, seat: Seat, care: Care | None = None) -> tuple[Clock, ...]:
    """Every term that `demand`, opened at `opened`, must keep, earliest first.

    `care` is the kind of care asked for, where the demand is for care. Raises Halted when no norm of that day is known.
    """
    on = local_day(opened, seat.zone)
    names = [f"protocol.answer.{demand}", *_consumer_terms(demand)]
    if care is not None:
        names.append(f"protocol.care.{care}")
    clocks = (_clock(norm(name, on), opened, seat) for name in names)
    return tuple(sorted(clocks, key=lambda clock: clock.due))


def _consumer_terms(demand: Demand) -> Sequence[str]:
    """Decreto 11.034 speaks of the consumer's own demands; what ANS forwards, and a copy, have terms of their own."""
    own = {Demand.HISTORY, Demand.NIP_ASSISTENTIAL, Demand.NIP_NON_ASSISTENTIAL}
    return () if demand in own else ("protocol.sac.answer",)


def _clock(row: Norm, opened: datetime, seat: Seat) -> Clock:
    if row.unit == "business days":
        return Clock(row.id, opened, end_of_business_day(opened, row.value, seat), working=True)
    if row.unit == "days":
        last = local_day(opened, seat.zone) + row.value * _DAY
        return Clock(row.id, opened, instant_of(last + _DAY, 0, seat.zone), working=False)
    if row.unit == "hours":
        return Clock(row.id, opened, opened + timedelta(hours=row.value), working=False)
    raise Halted(f"{row.id} is no term")


def end_of_business_day(opened: datetime, days: int, seat: Seat) -> datetime:
    """When the `days`th business day after the local day of `opened` ends. With 0, `opened` itself: at once."""
    if days == 0:
        return opened
    day = local_day(opened, seat.zone)
    while days:
        day += _DAY
        days -= seat.counts(day)
    return instant_of(day + _DAY, 0, seat.zone)


def warnings_of(clock: Clock, seat: Seat) -> tuple[tuple[int, datetime], ...]:
    """When half, four fifths and the whole of a term have run: `(percent, instant)`, in order.

    Of a term in business days only their time runs: a weekend brings no warning nearer.
    """
    total = _running(clock.opened, clock.due, clock.working, seat)
    return tuple(
        (share, clock.due if share == 100 else _after(clock.opened, total * share / 100, clock, seat))
        for share in WARNINGS
    )


def _running(start: datetime, end: datetime, working: bool, seat: Seat) -> timedelta:
    if not working:
        return end - start
    return sum((to - since for since, to in _stretches(start, end, seat)), timedelta())


def _after(start: datetime, run: timedelta, clock: Clock, seat: Seat) -> datetime:
    if not clock.working:
        return start + run
    for since, to in _stretches(start, clock.due, seat):
        if run <= to - since:
            return since + run
        run -= to - since
    return clock.due


def _stretches(start: datetime, end: datetime, seat: Seat) -> Iterator[tuple[datetime, datetime]]:
    """The parts of `start` to `end` that lie on business days of the seat."""
    day = local_day(start, seat.zone)
    while (opens := instant_of(day, 0, seat.zone)) < end:
        if seat.counts(day):
            yield max(start, opens), min(end, instant_of(day + _DAY, 0, seat.zone))
        day += _DAY
