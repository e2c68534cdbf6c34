"""Door of `emdia law explain`, invoked by staff who may, and of an ERP's signed POST /v1/erp/{client}/explanations."""

from functools import partial

from emdia import doors, wiring
from emdia.providers.signatures import Signed
from emdia.web.problems import language
from emdia.workflows.explain_case import Deps, explain_case, explain_to_client
from emdia.workflows.signed_call import Call


def handle(event: doors.Event, _context: object, *, deps: Deps | None = None) -> dict[str, object]:
    """Why a person was or was not written to: for the API its answer, else `{"result"}` or `{"problem"}`."""
    ready = deps or wiring.explain_case()
    if "httpMethod" not in event:
        return doors.invoked(event, lambda: explain_case(event, ready))

    def work() -> doors.Answer:
        signed = Signed.of(partial(doors.header, event))
        client = str((event.get("pathParameters") or {}).get("client", ""))
        told = explain_to_client(Call(client, signed, doors.raw_body(event)), ready)
        return doors.json_answer(200, told, language(doors.header(event, "accept-language")))

    return doors.api(event, work, ready.meter)
