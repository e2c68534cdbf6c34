"""Queue door: contracts whose events wait to be told to the ERP."""

from emdia import doors, wiring
from emdia.workflows.deliver_facts import Run, deliver_facts


def handle(event: doors.Event, _context: object) -> dict[str, object]:
    """See workflows/deliver_facts.py."""
    deps = wiring.deliver_facts()
    run = Run(deps.stopwatch())
    return doors.each(event, lambda message: deliver_facts(message.body, deps, run), deps.meter)
