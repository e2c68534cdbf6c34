"""Ladders that others ship, as data, and how their runs choose the next level: models to verify, no code to run.

OCA `account_credit_control` 16.0 (data/data.xml, "3 time policy"): a run gives each open line at most one level more,
the one after its last unless that is still a draft, once that level's date has come. Tryton `account_dunning` ships no
levels; those of its own scenario test stand here. Its run raises each processed dunning to the first later level
whose days have passed. In both a run is a person's press of a button: nothing asks for the hour, for what else the
person received today, nor (but for OCA's `previous_date`) how long ago the level before was. Sources:
docs/decisions.md, ladder.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from emdia.calendar import local_day
from emdia.ladder.happenings import Payment, Stopped
from emdia.ladder.verify import Engine, Touch, World
from emdia.portfolio.contract import Channel

Mode = Literal["net_days", "end_of_month", "previous_date"]


@dataclass(frozen=True, slots=True)
class Level:
    """A level: `days` counted from the due date, then to the end of that month, or from the level before."""

    name: str
    mode: Mode
    days: int
    channel: Channel = Channel.EMAIL

    def comes(self, due: date, previous: date | None) -> date | None:
        """The first day on which the level is reached; None when it needs a level before and there is none."""
        if self.mode == "previous_date":
            return None if previous is None else previous + timedelta(days=self.days)
        day = due + timedelta(days=self.days)
        if self.mode == "net_days":
            return day
        return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


OCA_THREE_TIMES = (
    Level("10 days net", "net_days", 10),
    Level("30 days end of month", "end_of_month", 30),
    Level("10 days last reminder", "previous_date", 10, Channel.LETTER),
)
TRYTON_SCENARIO = (
    Level("1", "net_days", 5),
    Level("2", "net_days", 20),
    Level("3", "net_days", 40),
)


def next_level(levels: Sequence[Level]) -> Engine:
    """An engine whose every run moves each open debt to its next level, if that level has come."""

    def contacts(world: World) -> Sequence[Touch]:
        return [
            touch
            for n, due in enumerate(world.due_on, start=1)
            for touch in _climb(levels, due, world, f"c{n}", _ends(world, f"c{n}"))
        ]

    return contacts


def _climb(
    levels: Sequence[Level], due: date, world: World, contract: str, over: Callable[[datetime], bool]
) -> Sequence[Touch]:
    touches: list[Touch] = []
    previous: date | None = None
    for run in world.runs:
        if len(touches) == len(levels) or over(run):
            break
        today = local_day(run, world.zone)
        level = levels[len(touches)]
        comes = level.comes(due, previous)
        if comes is not None and comes <= today:
            touches.append(Touch(run, contract, level.name, level.channel))
            previous = today
    return touches


def _ends(world: World, contract: str) -> Callable[[datetime], bool]:
    """Whether the debt is paid, or set aside by hand: in the models a pause is for good, which favours them."""
    ends = [one.at for one in world.happenings if one.contract == contract and isinstance(one, Payment | Stopped)]
    return lambda run: any(end <= run for end in ends)
