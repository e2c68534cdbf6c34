"""Schedule door: the canary, every quarter of an hour; items against facts and versions of objects, nightly."""

from emdia import doors, wiring
from emdia.workflows.watch_log import hold_to_facts, look_for_versions, probe


def handle(event: doors.Event, _context: object) -> None:
    """`{"watch": "canary"}`, `{"watch": "state"}` or `{"watch": "versions"}`; see workflows/watch_log.py."""
    deps = wiring.watch_log()
    work = {"canary": probe, "state": hold_to_facts, "versions": look_for_versions}[event["watch"]]
    doors.tick(lambda: work(deps), deps.meter)
