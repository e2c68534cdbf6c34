"""Door of `emdia parked`: invoked directly by staff who may invoke this function."""

from collections.abc import Mapping
from typing import Any

from emdia import doors, wiring
from emdia.workflows.replay_parked import Deps, replay_parked


def handle(event: Mapping[str, Any], context: object, *, deps: Deps | None = None) -> dict[str, object]:
    """Carry out one action on parked events: `{"result"}` or `{"problem"}`."""
    del context
    ready = deps or wiring.replay_parked()
    return doors.invoked(event, lambda: replay_parked(event, ready))
