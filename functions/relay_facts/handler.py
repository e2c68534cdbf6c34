"""Stream door: the journal's new facts, for the ERP."""

from emdia import doors, wiring
from emdia.workflows.relay_facts import relay_facts, relay_unmarked


def handle(event: doors.Event, _context: object) -> dict[str, object] | None:
    """Records of the journal's stream, or `{"sweep": "unmarked"}`; see workflows/relay_facts.py."""
    deps = wiring.relay_facts()
    if event.get("sweep") == "unmarked":
        doors.tick(lambda: relay_unmarked(deps), deps.meter)
        return None
    return doors.streamed(event, "E", lambda rows, _tampered: relay_facts(rows, deps))
