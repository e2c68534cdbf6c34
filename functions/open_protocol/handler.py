"""API door of call centres' systems: /v1/protocols and what stands under it."""

from emdia import doors, wiring
from emdia.providers.cognito import client_of
from emdia.web.problems import language, problem
from emdia.workflows.open_protocol import Deps
from emdia.workflows.protocol_calls import Call, answer


def handle(event: doors.Event, _context: object, *, deps: Deps | None = None) -> dict[str, object]:
    """A number, or one action on an attendance, for a client whose token the gateway has checked."""
    ready = deps or wiring.open_protocol()

    def work() -> doors.Answer:
        path = event.get("pathParameters") or {}
        call = Call(
            client=client_of(event),
            method=str(event["httpMethod"]),
            number=str(path.get("number", "")),
            part=str(path.get("part", "")),
            key=doors.header(event, "idempotency-key"),
            body=doors.raw_body(event),
            staff=doors.header(event, "x-staff"),
            who=str((event.get("queryStringParameters") or {}).get("who", "")),
        )
        told = answer(call, ready)
        lang = language(doors.header(event, "accept-language"))
        more = {} if told.refused is None else {"problem": problem(told.refused, lang)}
        return doors.json_answer(told.status, {**told.document, **more}, lang)

    return doors.api(event, work, ready.meter)
