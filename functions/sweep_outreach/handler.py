"""Schedule door: what must not go stale, every quarter of an hour; the whole portfolio, nightly."""

from emdia import doors, wiring
from emdia.workflows.sweep_outreach import sweep_cases, sweep_clock


def handle(event: doors.Event, _context: object) -> None:
    """`{"sweep": "clock"}` or `{"sweep": "cases"}`; see workflows/sweep_outreach.py."""
    deps = wiring.sweep_outreach()
    work = {"clock": sweep_clock, "cases": sweep_cases}[event["sweep"]]
    doors.tick(lambda: work(deps), deps.meter)
