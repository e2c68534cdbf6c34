"""Queue door of accepted ERP events."""

from collections.abc import Mapping
from typing import Any

from emdia import doors, wiring
from emdia.workflows.apply_erp_event import Deps, apply_erp_event


def handle(event: Mapping[str, Any], context: object, *, deps: Deps | None = None) -> dict[str, object]:
    """Apply the events whose keys the batch names."""
    del context
    ready = deps or wiring.apply_erp_event()
    return doors.together(
        event, lambda batch: apply_erp_event({message.id: message.body for message in batch}, ready), ready.meter
    )
