"""Ladder versions: which steps are taken how many calendar days from the due date.

A version is a table a lawyer can read. Days count from the effective due date (a due date on a day
without banking is payable on the next one); the contact window decides the hour. Approval of versions
comes with “The law as data”; until then there is one version, pinned to every case.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """Degrau: `day` calendar days after (before, when negative) the effective due date."""

    name: str
    day: int
    template: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """Régua de cobrança: steps in strictly rising order of day."""

    version: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        days = [step.day for step in self.steps]
        if days != sorted(set(days)) or len({s.name for s in self.steps}) != len(days):
            raise ValueError("steps must rise by day and have distinct names")

    def position(self, name: str) -> int:
        """Index of the step called `name`; -1 for "" (none taken). Raises KeyError for an unknown name."""
        if not name:
            return -1
        for index, step in enumerate(self.steps):
            if step.name == name:
                return index
        raise KeyError(name)


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

LADDERS: Mapping[str, Ladder] = {DEFAULT.version: DEFAULT}
