"""Door of the nightly look for arrears that ask for a notice."""

from emdia import doors, wiring
from emdia.workflows.find_arrears import find_arrears


def handle(_event: doors.Event, _context: object) -> None:
    """Schedule door."""
    deps = wiring.find_arrears()
    doors.tick(lambda: find_arrears(deps), deps.meter)
