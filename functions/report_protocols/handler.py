"""Invoked door of `emdia protocol report` and `export`: what attendances were, in numbers and one by one."""

from emdia import doors, wiring
from emdia.workflows.report_protocols import report_protocols


def handle(event: doors.Event, _context: object) -> dict[str, object]:
    """See workflows/report_protocols.py."""
    deps = wiring.report_protocols()
    return doors.invoked(event, lambda: report_protocols(event, deps))
