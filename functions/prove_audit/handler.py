"""Door of `emdia audit prove`, `grow` and `prove --reveal`: invoked directly by those who may invoke this function."""

from emdia import doors, wiring
from emdia.workflows.prove_audit import prove_audit


def handle(event: doors.Event, _context: object) -> dict[str, object]:
    """Prove something of a sealed log: `{"result"}` or `{"problem"}`."""
    deps = wiring.prove_audit()
    return doors.invoked(event, lambda: prove_audit(event, deps))
