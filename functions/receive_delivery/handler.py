"""Queue door: what Amazon SES tells of the mails it took, by SNS."""

from emdia import doors, wiring
from emdia.providers.ses_events import parse_ses_event
from emdia.workflows.receive_delivery import receive_delivery


def handle(event: doors.Event, _context: object) -> dict[str, object]:
    """See workflows/receive_delivery.py."""
    deps = wiring.receive_delivery()
    return doors.foreign(event, parse_ses_event, lambda heard: receive_delivery(heard, deps), deps.meter)
