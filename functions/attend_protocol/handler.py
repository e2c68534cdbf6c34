"""Door of `emdia protocol`: invoked directly by staff who may invoke this function."""

from emdia import doors, wiring
from emdia.workflows.attend_protocol import attend_protocol


def handle(event: doors.Event, _context: object) -> dict[str, object]:
    """Carry out one action on attendances: `{"result"}` or `{"problem"}`."""
    deps = wiring.attend_protocol()
    return doors.invoked(event, lambda: attend_protocol(event, deps))
