"""Queue door: what people write to our numbers, by SNS."""

from emdia import doors, wiring
from emdia.providers.events import parse_replies
from emdia.workflows.receive_reply import receive_reply


def handle(event: doors.Event, _context: object) -> dict[str, object]:
    """See workflows/receive_reply.py."""
    deps = wiring.receive_reply()
    now = deps.clock.now()
    return doors.foreign(
        event,
        lambda body: parse_replies(body, deps.account, now),
        lambda heard: receive_reply(heard, deps),
        deps.meter,
    )
