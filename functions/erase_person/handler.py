"""Door of `emdia person` and `emdia legal-hold`: invoked directly by staff who may invoke this function."""

from emdia import doors, wiring
from emdia.workflows.erase_person import erase_person


def handle(event: doors.Event, _context: object) -> dict[str, object]:
    """Carry out one action on a person: `{"result"}` or `{"problem"}`."""
    deps = wiring.erase_person()
    return doors.invoked(event, lambda: erase_person(event, deps))
