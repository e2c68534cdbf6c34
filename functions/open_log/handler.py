"""Invoked door: an operator's logs. Schedule door: what is missing, nightly."""

from emdia import doors, wiring
from emdia.workflows.open_log import open_missing, open_of_operator


def handle(event: doors.Event, _context: object) -> dict[str, object] | None:
    """`{"operator"}`: `{"result"}` or `{"problem"}`; or `{"sweep": "logs"}`; see workflows/open_log.py."""
    deps = wiring.open_log()
    if event.get("sweep") == "logs":
        doors.tick(lambda: open_missing(deps), deps.meter)
        return None
    return doors.invoked(event, lambda: open_of_operator(event, deps))
