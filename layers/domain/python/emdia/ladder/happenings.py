"""What a simulation is told: what happens to a portfolio meanwhile, and when the schedule runs. All instants UTC."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from emdia.portfolio.case import Stop
from emdia.portfolio.contract import Channel

# How often climb_ladder and sweep_outreach run.
TICK = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Payment:
    """`invoices` of `contract` are paid or withdrawn; all of them when none is named."""

    at: datetime
    contract: str
    invoices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OptOut:
    """The holder says no to `channel`."""

    at: datetime
    contract: str
    channel: Channel = Channel.EMAIL


@dataclass(frozen=True, slots=True)
class Stopped:
    """A dispute, hold or protection begins."""

    at: datetime
    contract: str
    stop: Stop


@dataclass(frozen=True, slots=True)
class Lifted:
    """The stop with this id ends."""

    at: datetime
    contract: str
    stop: str


Happening = Payment | OptOut | Stopped | Lifted


@dataclass(frozen=True, slots=True)
class Regular:
    """Runs every TICK from `start` until before `end`."""

    start: datetime
    end: datetime

    def at_or_after(self, moment: datetime) -> datetime | None:
        """The first run that is not before `moment`; None when there is none any more."""
        ticks = max(0, -((self.start - moment) // TICK))
        run = self.start + ticks * TICK
        return run if run < self.end else None

    def after(self, moment: datetime) -> datetime | None:
        """The first run after `moment`."""
        return self.at_or_after(moment + timedelta(microseconds=1))


@dataclass(frozen=True, slots=True)
class Listed:
    """Runs at the moments of a list, rising."""

    runs: Sequence[datetime]

    def at_or_after(self, moment: datetime) -> datetime | None:
        """See Regular."""
        return self._from(bisect_left(self.runs, moment))

    def after(self, moment: datetime) -> datetime | None:
        """See Regular."""
        return self._from(bisect_right(self.runs, moment))

    def _from(self, place: int) -> datetime | None:
        return self.runs[place] if place < len(self.runs) else None
