"""Queue door: a chunk of due cases a message."""

from emdia import doors, wiring
from emdia.workflows.take_step import take_step


def handle(event: doors.Event, _context: object) -> dict[str, object]:
    """See workflows/take_step.py."""
    deps = wiring.take_step()
    return doors.each(event, lambda message: take_step(message.body, deps, message.attempt), deps.meter)
