"""Queue door: what the providers tell of the messages they took, by SNS."""

from emdia import doors, wiring
from emdia.providers.events import parse_deliveries
from emdia.workflows.receive_delivery import receive_delivery


def handle(event: doors.Event, _context: object) -> dict[str, object]:
    """See workflows/receive_delivery.py."""
    deps = wiring.receive_delivery()
    parse, work = lambda body: parse_deliveries(body, deps.account), lambda heard: receive_delivery(heard, deps)
    return doors.foreign(event, parse, work, deps.meter)
