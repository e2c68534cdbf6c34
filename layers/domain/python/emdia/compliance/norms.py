"""The norms table: every parameter of law that code applies, as rows with source and dates of force.

No hour, cap or rate of law stands anywhere else. The row in force on the local day of the act applies, and
the narrowest one: that of the state and channel before that of the state, before the general one. A state's
or channel's row is an addition here, never a change in code. docs/law.md shows this table to lawyers.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Literal

from emdia.errors import Halted

Unit = Literal["minute of the local day", "contacts", "days", "months", "fees", "basis points", "basis points a month"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """One parameter. In force from `since` through `until` (None: still); `uf`, `channel` None: everywhere.

    `confirmed` False: our cautious reading, at least as strict as any text found; `note` says why.
    """

    id: str
    value: int
    unit: Unit
    source: str
    since: date
    until: date | None = None
    uf: str | None = None
    channel: str | None = None
    confirmed: bool
    note: str = ""

    def applies(self, on: date, uf: str | None, channel: str | None) -> bool:
        """Whether the row speaks of `on`, `uf` and `channel`."""
        in_force = self.since <= on and (self.until is None or on <= self.until)
        return in_force and self.uf in (None, uf) and self.channel in (None, channel)


_CDC: Final = "CDC (Lei 8.078/1990) arts. 42 e 71"
_CDC_SINCE: Final = date(1991, 3, 11)


def _hours(kind: str, opens: int, closes: int, note: str) -> tuple[Norm, Norm]:
    """Two rows for one kind of day, whole hours; equal hours mean closed."""
    return (
        Norm(id=f"window.{kind}.opens", value=opens * 60, unit="minute of the local day", source=_CDC,
             since=_CDC_SINCE, confirmed=False, note=note),
        Norm(id=f"window.{kind}.closes", value=closes * 60, unit="minute of the local day", source=_CDC,
             since=_CDC_SINCE, confirmed=False, note=note),
    )  # fmt: skip


def _cap(name: str, value: int, unit: Unit, note: str) -> Norm:
    return Norm(id=f"frequency.{name}", value=value, unit=unit, source=_CDC, since=_CDC_SINCE,
                confirmed=False, note=note)  # fmt: skip


_INTERSECTION = "no federal law sets hours; these lie inside those of SP, RJ, ES and MG"
_REST = "closed until the state rows exist; no text found allows Sundays or holidays"

NORMS: Final[tuple[Norm, ...]] = (
    *_hours("weekday", 9, 18, _INTERSECTION),
    *_hours("saturday", 0, 0, _REST),
    *_hours("sunday", 0, 0, _REST),
    *_hours("holiday", 0, 0, _REST),
    *_hours("eve", 9, 12, "24 and 31 December: art. 71 protects rest and leisure"),
    _cap("day.cap", 1, "contacts", "per person over all contracts and channels; local calendar day"),
    _cap("week.cap", 3, "contacts", "per person over all contracts and channels"),
    _cap("week.days", 7, "days", "rolling, 24 hours each: stricter than calendar days"),
    Norm(
        id="charges.multa.cap", value=200, unit="basis points",
        source="CDC art. 52 §1 (Lei 9.298/1996); RN ANS 593/2023",
        since=date(1996, 8, 2), confirmed=True, note="once, on the overdue fee, only if the contract has it",
    ),
    Norm(
        id="charges.juros.cap", value=100, unit="basis points a month",
        source="Decreto 22.626/1933; CTN art. 161 §1; RN ANS 593/2023",
        since=date(2003, 1, 11), confirmed=False,
        note="simple, pro rata die over 30 days; the cap safe under every reading of Código Civil art. 406",
    ),
    Norm(
        id="notice.draft.from", value=35, unit="days",
        source="RN ANS 593/2023",
        since=date(2025, 2, 1), confirmed=False,
        note="policy within the law: time left for a second and a third means",
    ),
    Norm(
        id="notice.draft.until", value=40, unit="days",
        source="RN ANS 593/2023",
        since=date(2025, 2, 1), confirmed=False,
        note="policy within the law: time left for a second and a third means",
    ),
    Norm(
        id="notice.last-day", value=49, unit="days",
        source="RN ANS 593/2023 art. 4 caput",
        since=date(2025, 2, 1), confirmed=False,
        note="the day before the 50th; from the due date itself, never extended",
    ),
    Norm(
        id="notice.received.day", value=50, unit="days",
        source="RN ANS 593/2023 art. 4 caput; Lei 9.656/1998 art. 13 par. único II",
        since=date(2025, 2, 1), confirmed=True,
        note="received later it needs the ten days of §1",
    ),
    Norm(
        id="notice.term.days", value=10, unit="days",
        source="RN ANS 593/2023 art. 4 §§1, 6",
        since=date(2025, 2, 1), confirmed=True,
        note="uninterrupted; the day of the proof is day 0",
    ),
    Norm(
        id="notice.fees.minimum", value=2, unit="fees",
        source="RN ANS 593/2023 art. 4 §3",
        since=date(2025, 2, 1), confirmed=True,
        note="consecutive or not",
    ),
    Norm(
        id="notice.fees.months", value=12, unit="months",
        source="RN ANS 593/2023 art. 4 §3",
        since=date(2025, 2, 1), confirmed=False,
        note="rolling, ends at the last one open",
    ),
    Norm(
        id="notice.debt.days", value=60, unit="days",
        source="Lei 9.656/1998 art. 13 par. único II",
        since=date(2001, 8, 24), confirmed=False,
        note="more than these; read as cumulative with the two fees, and asked of every kind of contract",
    ),
)  # fmt: skip


@lru_cache(maxsize=16_384)
def norm(id: str, on: date, uf: str | None = None, channel: str | None = None) -> Norm:  # noqa: A002  the row's id
    """The row called `id` in force on `on` (local day of the act), narrowest first.

    Raises Halted when there is none: the law of that day is not known, and nothing may be guessed.
    """
    rows = [row for row in NORMS if row.id == id and row.applies(on, uf, channel)]
    if not rows:
        raise Halted(f"no norm {id} in force on {on}")
    return max(rows, key=lambda row: (row.uf is not None, row.channel is not None))
