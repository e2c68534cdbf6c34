"""API door of banks: POST /{operator}/pix, as the API Pix calls the address it was given."""

from collections.abc import Mapping
from typing import Any

from emdia import doors, wiring
from emdia.workflows.receive_payment import BankCall, receive_payment


def handle(event: Mapping[str, Any], context: object) -> dict[str, object]:
    """200 says that every Pix of the call is entered, or parked where a person sees it."""
    del context
    deps = wiring.receive_payment()

    def work() -> doors.Answer:
        identity = (event.get("requestContext") or {}).get("identity") or {}
        caller = str((identity.get("clientCert") or {}).get("subjectDN", ""))
        operator = str((event.get("pathParameters") or {}).get("operator", ""))
        return doors.json_answer(
            200, {"new": receive_payment(BankCall(operator, caller, doors.raw_body(event)), deps)}, "pt-BR"
        )

    return doors.api(event, work, deps.meter)
