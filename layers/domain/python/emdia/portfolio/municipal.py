"""Holidays of municipalities: no library has them, so each operator keeps a table, a row a day.

The table comes as a text file, `ibge;day;name` with or without a heading. What it says of a municipality
replaces all that was known of it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from emdia.errors import Rejected
from emdia.identity import parse_ibge
from emdia.state import Ref, State, municipal_holidays_ref

HEADING = "ibge;day;name"
MAX_DAYS = 100  # of one municipality: some ten a year; more is a table of something else


@dataclass(frozen=True, slots=True, kw_only=True)
class MunicipalHolidays(State):
    """Days (local calendar) on which nobody of municipality `ibge` is contacted, with the name of each."""

    ibge: str
    days: tuple[tuple[date, str], ...]

    @property
    def ref(self) -> Ref:
        """See State."""
        return municipal_holidays_ref(self.ibge)


def holidays_of(ibge: str, states: Mapping[Ref, State]) -> tuple[date, ...]:
    """The days known of municipality `ibge` among the `states` read; none when nobody told any."""
    held = states.get(municipal_holidays_ref(ibge))
    return tuple(day for day, _ in held.days) if isinstance(held, MunicipalHolidays) else ()


def holiday_refs(municipalities: Collection[str]) -> list[Ref]:
    """What to read for people who live in these `municipalities` (IBGE codes; "" is nowhere)."""
    return [municipal_holidays_ref(ibge) for ibge in sorted(set(municipalities)) if ibge]


def parse_holidays(text: str) -> tuple[MunicipalHolidays, ...]:
    """The municipalities of a table, by code.

    Raises Rejected, with the line as pointer ("/3"): `holiday-row-invalid` (shape, a day told twice, more than
    100 of one municipality), `ibge-invalid`, `date-invalid`; `holidays-empty` when there is no row.
    """
    told: dict[str, dict[date, str]] = defaultdict(dict)
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        if not line.strip() or (number == 1 and line.strip() == HEADING):
            continue
        ibge, day, name = _row(line, f"/{number}")
        if day in told[ibge] or len(told[ibge]) == MAX_DAYS:
            raise Rejected("holiday-row-invalid", f"/{number}")
        told[ibge][day] = name
    if not told:
        raise Rejected("holidays-empty")
    return tuple(MunicipalHolidays(ibge=ibge, days=tuple(sorted(days.items()))) for ibge, days in sorted(told.items()))


def _row(line: str, pointer: str) -> tuple[str, date, str]:
    cells = [cell.strip() for cell in line.split(";")]
    if len(cells) != 3 or not cells[2] or not cells[2].isprintable():
        raise Rejected("holiday-row-invalid", pointer)
    try:
        day = date.fromisoformat(cells[1])
    except ValueError:
        raise Rejected("date-invalid", pointer) from None
    return parse_ibge(cells[0], pointer), day, cells[2]
