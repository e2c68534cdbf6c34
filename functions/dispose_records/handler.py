"""Schedule door: what has been kept long enough, nightly."""

from emdia import doors, wiring
from emdia.workflows.dispose_records import dispose_records


def handle(_event: doors.Event, _context: object) -> None:
    """See workflows/dispose_records.py."""
    deps = wiring.dispose_records()
    doors.tick(lambda: dispose_records(deps), deps.meter)
