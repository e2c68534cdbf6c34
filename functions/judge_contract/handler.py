"""Invoked door of `emdia notice`: what may follow from arrears, for a person to decide."""

from emdia import doors, wiring
from emdia.workflows.judge_contract import judge_contract


def handle(event: doors.Event, _context: object) -> dict[str, object]:
    """See workflows/judge_contract.py."""
    deps = wiring.judge_contract()
    return doors.invoked(event, lambda: judge_contract(event, deps))
