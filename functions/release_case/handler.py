"""Door of `emdia case`: invoked directly by staff who may invoke this function."""

from emdia import doors, wiring
from emdia.workflows.release_case import release_case


def handle(event: doors.Event, _context: object) -> dict[str, object]:
    """Carry out one action on parked cases: `{"result"}` or `{"problem"}`."""
    deps = wiring.release_case()
    return doors.invoked(event, lambda: release_case(event, deps))
