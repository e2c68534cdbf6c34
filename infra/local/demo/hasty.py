"""A ladder nobody may publish, and the page of a calendar on which `verify` shows why."""

from collections.abc import Iterator

from emdia.ladder.calendar_page import page
from emdia.ladder.ladder import Ladder, Step
from emdia.ladder.verify import ours, verify, worlds

HASTY = Ladder("apressada", (Step("D+3", 3, "atraso"), Step("D+4", 4, "atraso")))
_GAP = 2  # days it promises between two steps


def counter_example(year: int) -> Iterator[str]:
    """The first way the days of `year` may go in which it breaks its promise, as lines."""
    found = verify(ours(HASTY), worlds(year, HASTY.days), _GAP)
    steps = ", ".join(step.name for step in HASTY.steps)
    yield f"verify of a bad ladder ({HASTY.version}: {steps}, promising {_GAP} days between two steps)"
    if found.counter_example is None:
        raise AssertionError("verify passed a ladder that breaks its own promise")
    yield from (f"  {line}".rstrip() for line in page(found.counter_example).splitlines())
