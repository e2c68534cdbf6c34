"""The copy of an answered attendance, which its person is sent unasked: when, by when at the latest, how. Pure.

RN 395/2016 art. 14 gave 72 hours from asking; what RN 623/2024 says was not at hand, so they run from the answer (norm
`protocol.copy.hours`). A copy twice harms nobody, one that never comes does: what may have been lost is sent again.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from emdia.calendar import local_day
from emdia.compliance.norms import norm
from emdia.protocols.number import BRASILIA

AGAIN = timedelta(hours=1)  # after a call of which nothing is known
NOBODY = timedelta(hours=12)  # until the register may have somebody to write to


@dataclass(frozen=True, slots=True)
class Copying:
    """A copy that is owed until `by`. `due`: when it is tried next, None once it was sent or missed. Instants UTC."""

    by: datetime
    due: datetime | None
    sent_at: datetime | None = None
    channel: str = ""  # by which it was sent
    refused: tuple[str, ...] = ()  # channels whose provider will never take it


def owed(now: datetime) -> Copying:
    """A copy owed from the answer at `now`."""
    return Copying(now + timedelta(hours=norm("protocol.copy.hours", local_day(now, BRASILIA)).value), now)


def tried(copying: Copying, now: datetime) -> Copying:
    """Somebody sends it now; when nothing is heard of that, it is tried again."""
    return replace(copying, due=min(now + AGAIN, copying.by))


def put_off(copying: Copying, now: datetime) -> Copying:
    """There is nobody to write to yet."""
    return replace(copying, due=min(now + NOBODY, copying.by))


def sent(copying: Copying, channel: str, now: datetime) -> Copying:
    """It left by `channel`."""
    return replace(copying, due=None, sent_at=now, channel=channel)


def refused(copying: Copying, channel: str, now: datetime) -> Copying:
    """The provider of `channel` will never take it: another one may, at once."""
    return replace(copying, due=min(now, copying.by), refused=(*copying.refused, channel))


def not_taken(copying: Copying, now: datetime) -> Copying:
    """The provider took nothing for the moment: it is tried with the next that are due."""
    return replace(copying, due=min(now, copying.by))


def given_up(copying: Copying) -> Copying:
    """It will not be sent."""
    return replace(copying, due=None)
