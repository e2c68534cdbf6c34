"""Door of the queue `notices`: contracts whose arrears or notices are to be looked after."""

from emdia import doors, wiring
from emdia.workflows.serve_notice import serve_notice


def handle(event: doors.Event, _context: object) -> dict[str, object]:
    """SQS door; a failed message comes again, alone."""
    deps = wiring.serve_notice()
    return doors.each(event, lambda message: serve_notice(message.body, deps), deps.meter)
