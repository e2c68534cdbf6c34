"""Door of `emdia payments`: invoked directly by staff who may invoke this function."""

from emdia import doors, wiring
from emdia.workflows.attend_payment import attend_payment


def handle(event: doors.Event, _context: object) -> dict[str, object]:
    """Carry out one action on money that waits for a person: `{"result"}` or `{"problem"}`."""
    deps = wiring.attend_payment()
    return doors.invoked(event, lambda: attend_payment(event, deps))
