"""Ladder versions: which steps are taken how many calendar days from the due date.

A version is a table a lawyer can read. Days count from the effective due date (a due date on a day
without banking is payable on the next one); the contact window decides the hour. There is one version,
pinned to every case when its contract arrives.
"""

import json
from bisect import bisect_right
from collections import ChainMap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256

from emdia.portfolio.contract import Channel


@dataclass(frozen=True, slots=True)
class Step:
    """Degrau: `day` calendar days after (before, when negative) the effective due date.

    Of its channels the person's own order decides (`case.reaches`).
    """

    name: str
    day: int
    template: str
    channels: tuple[Channel, ...] = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)  # those that may carry it


@dataclass(frozen=True, slots=True)
class Ladder:
    """Régua de cobrança: steps in strictly rising order of day. Raises ValueError for any other order."""

    version: str
    steps: tuple[Step, ...]
    overdue: str = "atraso"  # words of a step of the due date or before that is taken when the fee is already late
    days: tuple[int, ...] = field(init=False)
    positions: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", tuple(step.day for step in self.steps))
        # "" is an invoice for which no step was taken yet.
        object.__setattr__(self, "positions", {"": -1} | {s.name: i for i, s in enumerate(self.steps)})
        if list(self.days) != sorted(set(self.days)) or len(self.positions) != len(self.steps) + 1:
            raise ValueError("steps must rise by day and have distinct names")

    @property
    def digest(self) -> str:
        """Hex SHA-256 of everything that decides: what `verify` passed and people approved is exactly this."""
        told = [[step.name, step.day, step.template, list(step.channels)] for step in self.steps]
        return sha256(json.dumps([self.version, told, self.overdue]).encode()).hexdigest()

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
        Step("D+30", 30, "atraso"),
    ),
)

PUBLISHED: Mapping[str, Ladder] = {DEFAULT.version: DEFAULT}
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
