"""Queue door of files that were dropped in, and door of `emdia import`, invoked directly by staff."""

from collections.abc import Mapping
from typing import Any

from emdia import doors, wiring
from emdia.providers.intake_events import dropped
from emdia.workflows.import_file import Deps, import_file
from emdia.workflows.view_import import view_import


def handle(event: Mapping[str, Any], context: object, *, deps: Deps | None = None) -> dict[str, object]:
    """Take in the files that the batch names; or tell a person how far one is: `{"result"}` or `{"problem"}`."""
    del context
    ready = deps or wiring.import_file()
    if "Records" in event:
        return doors.each(event, lambda message: import_file(dropped(message.body), ready), ready.meter)
    return doors.invoked(event, lambda: view_import(event, ready))
