"""Door of `emdia words|ladder|norms`: invoked directly by staff who may invoke this function."""

from emdia import doors, wiring
from emdia.workflows.approve_version import approve_version


def handle(event: doors.Event, _context: object) -> dict[str, object]:
    """Carry out one action on a version: `{"result"}` or `{"problem"}`."""
    deps = wiring.approve_version()
    return doors.invoked(event, lambda: approve_version(event, deps))
