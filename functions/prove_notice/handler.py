"""Invoked door of `emdia notice prove`: evidence of a notice that was served by hand."""

from emdia import doors, wiring
from emdia.workflows.prove_notice import prove_notice


def handle(event: doors.Event, _context: object) -> dict[str, object]:
    """See workflows/prove_notice.py."""
    deps = wiring.prove_notice()
    return doors.invoked(event, lambda: prove_notice(event, deps))
