"""One cell of an operator's portfolio file as the ERP's events spell it: Brazilian numbers and days.

A cell is text (CSV), or what a spreadsheet holds: text, a number, a day. Every parser raises Rejected with a code of
`web/problem_texts/imports.py`; none guesses what a value may have been before a program changed it.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo

from emdia.clock import instant
from emdia.errors import Rejected


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell that is no value: `code` says why."""

    code: str


Cell = str | int | float | date | datetime | Unreadable
Parse = Callable[[Cell], object]

BRASILIA: Final = ZoneInfo("America/Sao_Paulo")
_GROUPED = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+(,[0-9]{1,2})?|[0-9]+(,[0-9]{1,2})?")
_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_MONTH = re.compile(r"([0-9]{1,2})/([0-9]{4})")
_REFERENCE = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_WORDS: Final = {"sim": True, "s": True, "nao": False, "n": False}
# A spreadsheet runs a text that begins so. A number or a phone it does not, and they stay as they are.
_LIVE: Final = re.compile(r"[=@\t\r]|[+-](?![0-9 (])")
_EXACT = 10**15  # whole numbers that a spreadsheet keeps to the last digit


def plain(text: str) -> str:
    """`text` in lower case without accents: how words of a file are compared."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.strip().lower()) if not unicodedata.combining(c))


def shown(cell: Cell) -> str:
    """The cell as a person would type it."""
    match cell:
        case Unreadable():
            return ""
        case datetime():
            return f"{cell:%d/%m/%Y}" if cell.time() == datetime.min.time() else f"{cell:%d/%m/%Y %H:%M:%S}"
        case date():
            return f"{cell:%d/%m/%Y}"
        case float():
            return f"{Decimal(repr(cell)):f}".removesuffix(".0").replace(".", ",")
    return str(cell)


def tame(told: str) -> str:
    """`told` so that no spreadsheet runs it; `wild` takes it back."""
    return f"'{told}" if _LIVE.match(told) else told


def wild(told: str) -> str:
    """What `tame` was given."""
    return told[1:] if told[:1] == "'" and _LIVE.match(told[1:]) else told


def text(cell: Cell) -> str:
    """Text as it stands; a whole number as its digits."""
    if isinstance(cell, Unreadable):
        raise Rejected(cell.code)
    if isinstance(cell, float) and not cell.is_integer():
        raise Rejected("cell-not-text")
    if isinstance(cell, int | float):
        if abs(cell) >= _EXACT:
            raise Rejected("cell-number-lossy")
        return str(int(cell))
    if isinstance(cell, date):
        raise Rejected("cell-not-text")
    return cell.strip()


def digits(size: int) -> Parse:
    """A code of `size` digits: a spreadsheet's number has lost its zeros, a text has not."""

    def parse(cell: Cell) -> str:
        read = text(cell)
        return read.zfill(size) if isinstance(cell, int | float) else read

    return parse


def _number(cell: Cell) -> Decimal:
    if isinstance(cell, Unreadable):
        raise Rejected(cell.code)
    if isinstance(cell, int | float):
        # A computed 489,90 may be held as 489.90000000000003: what differs beyond the tenth digit is no centavo.
        return round(Decimal(repr(cell)), 8)
    read = str(cell).strip().removeprefix("R$").strip() if isinstance(cell, str) else ""
    if not _GROUPED.fullmatch(read):
        raise Rejected("number-not-brazilian")
    try:
        return Decimal(read.replace(".", "").replace(",", "."))
    except InvalidOperation:
        raise Rejected("number-not-brazilian") from None


def hundredths(cell: Cell) -> int:
    """A number with two decimals at most, in hundredths: R$ 1.234,56 is 123456 centavos, 2,00 % is 200 points."""
    scaled = _number(cell) * 100
    if scaled != scaled.to_integral_value():
        raise Rejected("number-not-brazilian")
    return int(scaled)


def day(cell: Cell) -> str:
    """31/12/2026, or a spreadsheet's day, as 2026-12-31."""
    return _day(cell).isoformat()


def _day(cell: Cell) -> date:
    if isinstance(cell, Unreadable):
        raise Rejected(cell.code)
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    match = _DAY.fullmatch(str(cell).strip())
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else date.fromisoformat(str(cell).strip())
    except ValueError:
        raise Rejected("day-not-brazilian") from None


def month(cell: Cell) -> str:
    """12/2026, or a spreadsheet's day of that month, as 2026-12."""
    if isinstance(cell, date):
        return f"{cell:%Y-%m}"
    read = text(cell)
    match = _MONTH.fullmatch(read)
    told = f"{match[2]}-{int(match[1]):02d}" if match else read
    if not _REFERENCE.fullmatch(told):
        raise Rejected("month-not-brazilian")
    return told


def moment(cell: Cell) -> str:
    """A day, with a time of Brasília or at its midnight, as an instant in UTC."""
    if isinstance(cell, datetime):
        return instant(cell.replace(microsecond=0, tzinfo=BRASILIA))
    head, _, tail = (cell if isinstance(cell, str) else "").strip().partition(" ")
    on = _day(head or cell)
    match = _TIME.fullmatch(tail.strip() or "00:00")
    try:
        hour, minute, second = (int(part) for part in match.groups("0")) if match else (99, 0, 0)
        return instant(datetime(on.year, on.month, on.day, hour, minute, second, tzinfo=BRASILIA))
    except ValueError:
        raise Rejected("day-not-brazilian") from None


def yes(cell: Cell) -> bool:
    """`sim` or `não`."""
    said = _WORDS.get(plain(text(cell)))
    if said is None:
        raise Rejected("yes-or-no")
    return said


def whole(cell: Cell) -> int:
    """A whole number without sign or separators."""
    read = text(cell)
    if not read.isascii() or not read.isdigit() or len(read) > 15:
        raise Rejected("number-not-brazilian")
    return int(read)
