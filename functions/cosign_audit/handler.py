"""Schedule door of the witness's account: look at the other account's logs."""

from emdia import doors, wiring
from emdia.workflows.cosign_audit import cosign_audit


def handle(_event: doors.Event, _context: object) -> None:
    """Every five minutes; see workflows/cosign_audit.py."""
    deps = wiring.cosign_audit()
    doors.tick(lambda: cosign_audit(deps), deps.meter)
