"""The second factor of whoever follows their attendances: a code sent to a point of the register. Pure.

The number is the first factor and no secret: it is printed, spoken and in sequence. What protects a person is that the
code goes to a point the operator has registered, and nowhere else.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from emdia.errors import Rejected
from emdia.state import Ref, State, rating_ref, tracking_ref

DIGITS = 6
LASTS = timedelta(minutes=10)  # of a code
SESSION = timedelta(minutes=30)  # of what the code opens
TRIES = 5  # wrong codes before it opens nothing
APART = timedelta(minutes=1)  # between two codes, so that a second click writes nobody twice
A_DAY = 5  # codes of one contract: whoever tries numbers in sequence must not fill a mailbox
BEST, WORST = 5, 1
MOST = 10  # of recommending; the least is 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge(State):
    """The code that opens one contract's attendances. `code` is a keyed digest: the table opens nothing."""

    contract: str
    code: str
    at: datetime
    day: date  # UTC, of which `sent` counts the codes
    sent: int
    tries: int = 0
    used: bool = False

    @property
    def ref(self) -> Ref:
        """See State."""
        return tracking_ref(self.contract)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating(State):
    """How the person rates an attendance, 1 to 5, and whether they would recommend the operator, 0 to 10; said once."""

    number: str
    score: int
    nps: int | None = None  # None: they did not say
    at: datetime

    @property
    def ref(self) -> Ref:
        """See State."""
        return rating_ref(self.number)


def may_send(held: Challenge | None, now: datetime) -> bool:
    """Whether another code may be sent for this contract at `now` (UTC)."""
    if held is None:
        return True
    return now >= held.at + APART and (held.day != now.date() or held.sent < A_DAY)


def challenge(held: Challenge | None, contract: str, code: str, now: datetime) -> Challenge:
    """A new code in place of `held`, which opens nothing more. `code`: its keyed digest."""
    sent = held.sent + 1 if held is not None and held.day == now.date() else 1
    fresh = Challenge(contract=contract, code=code, at=now, day=now.date(), sent=sent)
    return fresh if held is None else replace(fresh, v=held.v, last=held.last)


def opens(held: Challenge, now: datetime) -> bool:
    """Whether its code can still open anything."""
    return not held.used and held.tries < TRIES and now < held.at + LASTS


def code_of(token: bytes) -> str:
    """Six digits of eight random bytes: their bias is one in ten million million.

    >>> code_of(bytes(8))
    '000000'
    """
    return f"{int.from_bytes(token, 'big') % 10**DIGITS:0{DIGITS}d}"


def score_of(text: str, pointer: str = "/score") -> int:
    """Raises Rejected `field-invalid` for anything but 1 to 5."""
    return _within(text, WORST, BEST, pointer)


def nps_of(text: str, pointer: str) -> int | None:
    """None for nothing said. Raises Rejected `field-invalid` for anything but 0 to 10."""
    return _within(text, 0, MOST, pointer) if text else None


def _within(text: str, least: int, most: int, pointer: str) -> int:
    if text not in {str(score) for score in range(least, most + 1)}:
        raise Rejected("field-invalid", pointer)
    return int(text)
