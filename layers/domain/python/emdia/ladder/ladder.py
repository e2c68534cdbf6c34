"""Ladder versions: which steps are taken how many calendar days from the due date.

A version is a table a lawyer can read. Days count from the effective due date (a due date on a day
without banking is payable on the next one) and from the step before; the contact window decides the hour. Which
version a case is pinned to, the plan says (plan.py).
"""

import json
from bisect import bisect_right
from collections import ChainMap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from itertools import pairwise

from emdia.portfolio.contract import Channel

AT_ONCE = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)


@dataclass(frozen=True, slots=True)
class Step:
    """Degrau: `day` calendar days after (before, when negative) the effective due date.

    Of its channels the person's own order decides (`case.reaches`).
    """

    name: str
    day: int
    template: str
    channels: tuple[Channel, ...] = AT_ONCE  # those that may carry it


class StepOrderError(ValueError):
    """A step does not come at least the gap after the one before it; `place` counts from 0."""

    def __init__(self, place: int) -> None:
        super().__init__(f"step {place} is out of order")
        self.place = place


@dataclass(frozen=True, slots=True)
class Ladder:
    """Régua de cobrança: steps in strictly rising order of day, each `gap` local days or more from the one before.

    `gap` holds between the days on which steps are really taken, too: after a failure they would come closer. A ladder
    without steps writes to nobody: it is the arm of those who are left alone to compare with.

    Raises StepOrderError for any other order.
    """

    version: str
    steps: tuple[Step, ...]
    overdue: str = "atraso"  # words of a step of the due date or before that is taken when the fee is already late
    gap: int = 1
    digest: str = field(init=False)  # hex SHA-256 of all that decides: what `verify` passed and people approved
    days: tuple[int, ...] = field(init=False)
    positions: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", tuple(step.day for step in self.steps))
        # "" is an invoice for which no step was taken yet.
        object.__setattr__(self, "positions", {"": -1} | {s.name: i for i, s in enumerate(self.steps)})
        told = [self.version, [asdict(step) for step in self.steps], self.overdue, self.gap]
        object.__setattr__(self, "digest", sha256(json.dumps(told).encode()).hexdigest())
        for place, (before, step) in enumerate(pairwise(self.steps), start=1):
            if step.day - before.day < self.gap:
                raise StepOrderError(place)
        if self.gap < 1 or len(self.positions) != len(self.steps) + 1:
            raise ValueError("a ladder needs a gap of a day or more, and steps of distinct names")

    def words(self, position: int, days_late: int) -> str:
        """Template of the step at `position` for a fee `days_late` days late: no reminder speaks of what is past."""
        step = self.steps[position]
        return self.overdue if days_late > 0 and step.day <= 0 else step.template

    def furthest(self, days_late: int) -> int:
        """Index of the furthest step whose day has come `days_late` calendar days after due; -1 for none."""
        return bisect_right(self.days, days_late) - 1


DEFAULT = Ladder(
    version="padrao-2026-1",
    steps=(
        Step("D-3", -3, "lembrete"),
        Step("D-1", -1, "lembrete"),
        Step("D0", 0, "vencimento"),
        Step("D+3", 3, "atraso"),
        Step("D+7", 7, "atraso"),
        Step("D+15", 15, "atraso"),
        Step("D+30", 30, "atraso", (*AT_ONCE, Channel.LETTER)),  # on paper for who has nothing else, or likes it best
    ),
)

# Fewer contacts, for operators who want to compare; and nobody written to at all, for those compared with.
LIGHT = Ladder(
    version="leve-2026-1",
    steps=(
        Step("D-3", -3, "lembrete"),
        Step("D+3", 3, "atraso"),
        Step("D+15", 15, "atraso"),
        Step("D+30", 30, "atraso"),
    ),
    gap=3,
)
NOBODY = Ladder(version="sem-contato-2026-1", steps=())

PUBLISHED: Mapping[str, Ladder] = {one.version: one for one in (DEFAULT, LIGHT, NOBODY)}
_ON_TRIAL: dict[str, Ladder] = {}
# By version: what a case may be pinned to.
LADDERS: Mapping[str, Ladder] = ChainMap(_ON_TRIAL, dict(PUBLISHED))


@contextmanager
def on_trial(*ladders: Ladder) -> Iterator[None]:
    """Inside the block, cases may be pinned to `ladders` as well: to simulate or verify them before they are published.

    Raises ValueError for the name of a published version: what was published never changes.
    """
    tried = {ladder.version: ladder for ladder in ladders}
    if tried.keys() & LADDERS.keys():
        raise ValueError("a published version cannot be tried under its own name")
    _ON_TRIAL.update(tried)
    try:
        yield
    finally:
        for version in tried:
            del _ON_TRIAL[version]
