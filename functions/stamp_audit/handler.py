"""Schedule door of the witness's account: the day's time stamps."""

from emdia import doors, wiring
from emdia.workflows.stamp_audit import stamp_audit


def handle(_event: doors.Event, _context: object) -> None:
    """Every hour; see workflows/stamp_audit.py."""
    deps = wiring.stamp_audit()
    doors.tick(lambda: stamp_audit(deps), deps.meter)
