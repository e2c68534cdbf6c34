"""Schedule door: every night, ask the banks what they have received."""

from emdia import doors, wiring
from emdia.workflows.reconcile_payments import reconcile_payments


def handle(_event: doors.Event, _context: object) -> None:
    """See workflows/reconcile_payments.py."""
    deps = wiring.reconcile_payments()
    doors.tick(lambda: reconcile_payments(deps), deps.meter)
