"""Of an attendance's turns: the warnings of its terms, and the first answer once it is asked for again. Pure."""

from dataclasses import dataclass
from datetime import datetime

from emdia.protocols.answers import Outcome
from emdia.protocols.deadlines import Clock, Demand


@dataclass(frozen=True, slots=True)
class Reminder:
    """A moment at which somebody is told: `percent` of the term `rule` has run at `at` (UTC)."""

    at: datetime
    percent: int
    rule: str


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """How an attendance stood when its person asked for re-analysis, at `again_at` (UTC)."""

    demand: Demand
    clocks: tuple[Clock, ...]
    warned: tuple[Reminder, ...]
    answered_at: datetime
    outcome: Outcome
    late: bool
    again_at: datetime
