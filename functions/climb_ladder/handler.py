"""Schedule door: every quarter of an hour, queue the cases that fall due."""

from emdia import doors, wiring
from emdia.workflows.climb_ladder import climb_ladder


def handle(_event: doors.Event, _context: object) -> None:
    """See workflows/climb_ladder.py."""
    deps = wiring.climb_ladder()
    doors.tick(lambda: climb_ladder(deps), deps.meter)
