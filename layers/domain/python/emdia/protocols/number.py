"""The protocol number: twenty digits that stand for one attendance for ever.

Operator's ANS register (6), date in Brasília (AAAAMMDD), sequence of that day (6). Source: RN ANS 623/2024 asks for a
standard number as the first act of every attendance; the twenty digits are those of the annex of RN 395/2016, whose
successor was not at hand (docs/law.md, `attendance.number`).

Numbers of a day are leased in blocks, so that no row is written once per number; those leased and never issued are
told at the day's end, so that no gap is unexplained.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from emdia.calendar import instant_of, local_day
from emdia.errors import Rejected
from emdia.state import AgendaKind, Ref, State

BRASILIA = "America/Sao_Paulo"
LAST = 999_999
# A worker that dies wastes what is left of its block; a block that is used up costs two requests.
BLOCK = 100
# Somebody is called when so many of a day's numbers are leased: far above what an operator needs in a day.
AHEAD = 800_000
_DIGITS = re.compile(r"[0-9]{20}")
_SPACING = re.compile(r"[\s.\-/]")


@dataclass(frozen=True, slots=True, order=True)
class ProtocolNumber:
    """One number, by its parts.

    >>> str(ProtocolNumber("412759", date(2026, 11, 25), 42))
    '41275920261125000042'
    """

    ans: str
    day: date  # Brasília
    sequence: int  # 1 to 999,999

    def __str__(self) -> str:
        return f"{self.ans}{self.day:%Y%m%d}{self.sequence:06d}"

    @property
    def spoken(self) -> str:
        """In groups, as it is read aloud and printed: `412759 20261125 000042`."""
        return f"{self.ans} {self.day:%Y%m%d} {self.sequence:06d}"


def parse_number(text: str, today: date, pointer: str = "") -> ProtocolNumber:
    """The number somebody typed; spaces, dots, hyphens and slashes between digits are theirs.

    `today` is the day in Brasília. Raises Rejected, which says what is wrong with it: `protocol-number-length`,
    `protocol-number-digits`, `protocol-number-date` (no such day, or one to come), `protocol-number-sequence`.
    """
    digits = _SPACING.sub("", text)
    if not digits.isascii() or not digits.isdigit():
        raise Rejected("protocol-number-digits", pointer)
    if not _DIGITS.fullmatch(digits):
        raise Rejected("protocol-number-length", pointer, given=len(digits), wanted=20)
    try:
        day = date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        raise Rejected("protocol-number-date", pointer) from None
    if day > today:
        raise Rejected("protocol-number-date", pointer)
    if int(digits[14:]) == 0:
        raise Rejected("protocol-number-sequence", pointer)
    return ProtocolNumber(digits[:6], day, int(digits[14:]))


def brasilia_day(now: datetime) -> date:
    """The day a number issued at `now` (aware, UTC) carries."""
    return local_day(now, BRASILIA)


def numbers_ref(day: date) -> Ref:
    """Where a day's leases are counted."""
    return Ref(f"N#{day:%Y%m%d}", "NUMBERS")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumbersOfDay(State):
    """How many numbers of one day were leased. Written once per block; nothing is issued from a closed day."""

    day: date
    leased: int = 0
    closed: bool = False
    told: int = 0  # numbers gone through after its end: each of them is issued, or told as not issued

    @property
    def ref(self) -> Ref:
        """See State."""
        return numbers_ref(self.day)

    @property
    def agenda(self) -> tuple[AgendaKind, datetime] | None:
        """See State."""
        gone_through = self.closed and self.told >= self.leased
        return None if gone_through else (AgendaKind.CLOCK, closes_at(self.day))


@dataclass(frozen=True, slots=True)
class Block:
    """Sequences `first` to `last` of a day, one worker's alone."""

    ans: str
    day: date
    first: int
    last: int

    def __iter__(self) -> Iterator[ProtocolNumber]:
        return (ProtocolNumber(self.ans, self.day, sequence) for sequence in range(self.first, self.last + 1))


def lease(ans: str, numbers: NumbersOfDay, size: int = BLOCK) -> tuple[Block, NumbersOfDay]:
    """The next block of a day, and the count as it must be stored before any of it is issued.

    A block is smaller than `size` where the day's numbers end. Raises Rejected `protocol-numbers-exhausted` when none
    is left, `protocol-day-closed` when the day was closed meanwhile.
    """
    if numbers.closed:
        raise Rejected("protocol-day-closed")
    if numbers.leased >= LAST:
        raise Rejected("protocol-numbers-exhausted", limit=LAST)
    last = min(numbers.leased + size, LAST)
    return Block(ans, numbers.day, numbers.leased + 1, last), replace(numbers, leased=last)


def closes_at(day: date) -> datetime:
    """When (UTC) `day` is closed: half an hour after its end, for numbers may still be landing at midnight."""
    return instant_of(day + timedelta(days=1), 30, BRASILIA)
