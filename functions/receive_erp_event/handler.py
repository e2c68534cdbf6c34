"""API door of ERPs: POST /v1/erp/{client}/events."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from emdia import doors, wiring
from emdia.providers.signatures import Signed
from emdia.web.problems import language
from emdia.web.receipts import receipt_document
from emdia.workflows.receive_erp_event import Deps, receive_erp_event
from emdia.workflows.signed_call import Call


def handle(event: Mapping[str, Any], context: object, *, deps: Deps | None = None) -> dict[str, object]:
    """Keep what an ERP sends; 202 says that it is durable."""
    del context
    ready = deps or wiring.receive_erp_event()

    def work() -> doors.Answer:
        signed = Signed.of(partial(doors.header, event))
        client = str((event.get("pathParameters") or {}).get("client", ""))
        receipt = receive_erp_event(Call(client, signed, doors.raw_body(event)), ready)
        lang = language(doors.header(event, "accept-language"))
        return doors.json_answer(*receipt_document(receipt, lang), lang)

    return doors.api(event, work, ready.meter)
