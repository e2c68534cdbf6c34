"""Door of `emdia letters`, invoked by staff who may, and of a signed POST /v1/erp/{client}/letters."""

from functools import partial

from emdia import doors, wiring
from emdia.providers.signatures import Signed
from emdia.web.problems import language
from emdia.workflows.print_letters import Deps, print_letters, track_by_client
from emdia.workflows.signed_call import Call


def handle(event: doors.Event, _context: object, *, deps: Deps | None = None) -> dict[str, object]:
    """Letters out, and what became of them in: for the API its answer, else `{"result"}` or `{"problem"}`."""
    ready = deps or wiring.print_letters()
    if "httpMethod" not in event:
        return doors.invoked(event, lambda: print_letters(event, ready))

    def work() -> doors.Answer:
        signed = Signed.of(partial(doors.header, event))
        client = str((event.get("pathParameters") or {}).get("client", ""))
        told = track_by_client(Call(client, signed, doors.raw_body(event)), ready)
        return doors.json_answer(200, told, language(doors.header(event, "accept-language")))

    return doors.api(event, work, ready.meter)
