"""Schedule door: the canary, every quarter of an hour; nightly items against facts, facts against logs, versions."""

from emdia import doors, wiring
from emdia.workflows.watch_log import hold_to_facts, look_for_versions, look_for_withheld, probe

WORK = {"canary": probe, "state": hold_to_facts, "facts": look_for_withheld, "versions": look_for_versions}


def handle(event: doors.Event, _context: object) -> None:
    """`{"watch": "canary"}`, `"state"`, `"facts"` or `"versions"`; see workflows/watch_log.py."""
    deps = wiring.watch_log()
    doors.tick(lambda: WORK[event["watch"]](deps), deps.meter)
