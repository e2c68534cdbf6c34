"""Door of the queue `copies`: answered attendances whose copy is due."""

from emdia import doors, wiring
from emdia.workflows.send_copy import send_copy


def handle(event: doors.Event, _context: object) -> dict[str, object]:
    """SQS door; a failed message comes again, alone."""
    deps = wiring.send_copy()
    return doors.each(event, lambda message: send_copy(message.body, deps), deps.meter)
