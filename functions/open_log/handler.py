"""Invoked door: an operator's logs, and a damaged one that goes on. Schedule door: what is missing, nightly."""

from emdia import doors, wiring
from emdia.workflows.continue_log import continue_log
from emdia.workflows.open_log import open_missing, open_of_operator


def handle(event: doors.Event, _context: object) -> dict[str, object] | None:
    """`{"operator"}` or `{"action": "shard", ...}`: `{"result"}` or `{"problem"}`; or `{"sweep": "logs"}`.

    See workflows/open_log.py and workflows/continue_log.py.
    """
    deps = wiring.open_log()
    if event.get("sweep") == "logs":
        doors.tick(lambda: open_missing(deps), deps.meter)
        return None
    work = continue_log if event.get("action") == "shard" else open_of_operator
    return doors.invoked(event, lambda: work(event, deps))
