"""Stream door: the journal's new facts. Schedule door: those the stream did not bring."""

from emdia import doors, wiring
from emdia.workflows.seal_audit import seal_unsealed, seal_written


def handle(event: doors.Event, _context: object) -> dict[str, object] | None:
    """Records of the journal's stream, or `{"sweep": "unsealed"}`; see workflows/seal_audit.py."""
    deps = wiring.seal_audit()
    if event.get("sweep") == "unsealed":
        doors.tick(lambda: seal_unsealed(deps), deps.meter)
        return None
    return doors.streamed(event, "E", lambda rows, tampered: seal_written(rows, tampered, deps))
