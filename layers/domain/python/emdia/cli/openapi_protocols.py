"""The OpenAPI 3.1 description of the doors of call centres' systems.

`python -m emdia.cli.openapi_protocols > docs/openapi-protocols.json` writes it; a test keeps file and code together.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from emdia.cli.openapi_parts import REQUIRED, STATUSES, SUMMARIES
from emdia.protocols.answers import Outcome
from emdia.protocols.deadlines import Care, Demand
from emdia.protocols.library import VALUE_MAX
from emdia.protocols.protocol import Medium, Originator, Speaker, Status
from emdia.providers.cognito import SCOPE, SERVER
from emdia.web.problem_texts.calls import CALLS
from emdia.web.problem_texts.protocols import PROTOCOLS
from emdia.workflows.attend_protocol import DAY_SECONDS, Who
from emdia.workflows.draft_answer import WORDS_MAX
from emdia.workflows.protocol_calls import PARTS

_TEXT: Mapping[str, Any] = {"type": "string"}
_INSTANT: Mapping[str, Any] = {"type": "string", "description": "RFC 3339, UTC; empty while there is none."}


def document() -> dict[str, Any]:
    """The whole description."""
    number = {"name": "number", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9]{20}$"}}
    one: dict[str, Any] = {"get": _operation("show", "One attendance with its words; who looks is recorded", "Shown")}
    one["get"]["parameters"] = [number, *_common()]
    queue = _operation("queue", "What waits, nearest term first: all, or what is free, or one's own", "Queue")
    queue["parameters"] = [{"name": "who", "in": "query", "required": False, "schema": _one_of(Who)}, *_common()]
    paths: dict[str, Any] = {
        "/v1/protocols": {"post": _opening(), "get": queue},
        "/v1/protocols/{number}": one,
    }
    for part in PARTS:
        operation = _operation(part, SUMMARIES[part], "Drafts" if part == "drafts" else "Protocol")
        operation["parameters"] = [number, *_common()]
        operation["requestBody"] = _body(_request(part), required=bool(REQUIRED[part]))
        paths[f"/v1/protocols/{{number}}/{part}"] = {"post": operation}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Em Dia: protocols for call centres",
            "version": "1",
            "description": "Protocol numbers and attendances of a health-plan operator (RN ANS 623/2024).",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "https://{host}", "variables": {"host": {"default": "emdia.example"}}}],
        "security": [{"cognito": [f"{SERVER}/{SCOPE}"], "key": []}],
        "paths": paths,
        "components": {"schemas": _schemas(), "securitySchemes": _security()},
    }


def _one_of(kind: Any) -> dict[str, Any]:
    return {"type": "string", "enum": [str(one) for one in kind]}


def _fields() -> dict[str, dict[str, Any]]:
    name = {"type": "string", "minLength": 1, "maxLength": 128}
    words = {"type": "string", "minLength": 1, "maxLength": WORDS_MAX}
    return {
        "id": {**name, "description": "Your own id of it."},
        "words": words,
        "medium": _one_of(Medium),
        "speaker": _one_of(Speaker),
        "recording": {"type": "string", "maxLength": 128, "description": "Where the audio is kept."},
        "internal": {"type": "boolean", "description": "A note among staff, never shown to the person."},
        "seconds": {
            "type": "integer",
            "minimum": 0,
            "maximum": DAY_SECONDS,
            "description": "How long the contact took: talk, hold and what is done after it.",
        },
        "contract": {**name, "description": "The ERP's number."},
        "demand": _one_of(Demand),
        "care": _one_of(Care),
        "from": {"type": "string", "maxLength": 128, "description": "Who has it and is to have it no more."},
        "to": {"type": "string", "maxLength": 128, "description": "Empty: back to the queue."},
        "outcome": _one_of(Outcome),
        "text": words,
        "basis": {"type": "string", "maxLength": WORDS_MAX, "description": "Of a denial: the clause or the norm."},
        "originator": _one_of(Originator),
        "model": {**name, "description": "An approved text (`drafts`); then what else is told is edited, or blanks."},
        "values": {
            "type": "object",
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": VALUE_MAX},
            "description": "What fills the blanks of `model`. Without `model`, `outcome` and `text` are required.",
        },
    }


def _object(required: Sequence[str], properties: Mapping[str, Any], *, closed: bool = False) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "required": list(required), "properties": dict(properties)}
    return {**made, "additionalProperties": False} if closed else made


def _request(part: str) -> dict[str, Any]:
    fields = _fields()
    return _object(REQUIRED[part], {name: fields[name] for name in sorted(PARTS[part][1])}, closed=True)


def _opening() -> dict[str, Any]:
    fields = _fields()
    names = sorted(PARTS["interactions"][1])
    said = _object(("id", "words", "speaker"), {name: fields[name] for name in names}, closed=True)
    request = _object(
        ("medium",),
        {"medium": fields["medium"], "originator": fields["originator"], "interaction": said},
        closed=True,
    )
    operation = _operation("open", "A number, before anything else; the same key again gets the same number", "Issued")
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
        "description": "Your own id of the interaction: a call, a conversation.",
    }
    operation["parameters"] = [key, *_common()]
    operation["requestBody"] = _body(request, required=True)
    operation["responses"] = {"201": _answer("Issued now.", "Issued"), **operation["responses"]}
    return operation


def _common() -> list[dict[str, Any]]:
    staff = {"type": "string", "pattern": "^[A-Za-z0-9._@-]{1,48}$"}
    return [
        {"name": "X-Staff", "in": "header", "required": False, "schema": staff, "description": "Who of yours acts."},
        {
            "name": "Accept-Language",
            "in": "header",
            "required": False,
            "schema": _TEXT,
            "description": "`pt-BR` (default) or `en`: the language of problem titles.",
        },
    ]


def _operation(name: str, summary: str, told: str) -> dict[str, Any]:
    refused: dict[str, Any] = {
        str(status): {
            "description": text,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, text in STATUSES.items()
        if status not in (401, 429)
    }
    refused |= {str(status): {"description": STATUSES[status]} for status in (401, 429)}
    refused["503"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": _common(),
        "responses": {"200": _answer("Done, or done before.", told), **dict(sorted(refused.items()))},
    }


def _answer(text: str, model: str) -> dict[str, Any]:
    return {
        "description": text,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}}},
    }


def _body(schema: Mapping[str, Any], *, required: bool) -> dict[str, Any]:
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def _schemas() -> dict[str, Any]:
    fields = _fields()
    issued = {
        "number": _TEXT,
        "spoken": {**_TEXT, "description": "In groups, as it is read aloud."},
        "opened_at": _INSTANT,
        "again": {"type": "boolean", "description": "It had been issued before."},
    }
    problem = {"$ref": "#/components/schemas/Problem"}
    recorded = {"type": "boolean", "description": "Whether `interaction` is recorded; else `problem` says why not."}
    clock = _object(("rule", "due"), {"rule": _TEXT, "due": _INSTANT})
    whole = {
        "number": _TEXT,
        "status": _one_of(Status),
        "opened_at": _INSTANT,
        "medium": fields["medium"],
        "demand": {"enum": [None, *map(str, Demand)]},
        "due": _INSTANT,
        "clocks": {"type": "array", "items": clock},
        "staff": _TEXT,
        "outcome": {"enum": [None, *map(str, Outcome)]},
        "answered_at": _INSTANT,
        "late": {"type": "boolean"},
        "copy_by": {**_TEXT, "description": "By when the person gets their copy; empty where none is owed."},
        "copy_sent_at": _TEXT,
    }
    said: dict[str, Any] = {name: fields[name] for name in ("medium", "speaker", "internal", "seconds")}
    said |= {"model": {**_TEXT, "description": "The approved text it began with."}, "edited": {"type": "boolean"}}
    said |= {"at": _INSTANT, "words": _TEXT, "basis": _TEXT, "author": _TEXT, "recording": _TEXT}
    draft = dict.fromkeys(("model", "subject", "outcome", "text", "basis"), _TEXT)
    draft |= {"blanks": {"type": "array", "items": _TEXT}}
    place = {"number": _TEXT, "due": _INSTANT, "medium": fields["medium"], "demand": whole["demand"]}
    place |= {"staff": _TEXT, "human_asked_at": _TEXT}
    waiting = _object(list(place), place)
    code = {"enum": sorted({*CALLS, *PROTOCOLS})}
    told = {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "code": code, "pointer": _TEXT}
    return {
        "Issued": _object(list(issued), {**issued, "recorded": recorded, "problem": problem}),
        "Protocol": _object(list(whole), whole),
        "Drafts": _object(
            ("version", "drafts"),
            {"version": _TEXT, "drafts": {"type": "array", "items": _object(list(draft), draft)}},
        ),
        "Shown": _object(
            [*whole, "interactions"],
            {**whole, "interactions": {"type": "array", "items": _object(list(said), said)}},
        ),
        "Queue": _object(("waiting",), {"waiting": {"type": "array", "items": waiting}}),
        "Problem": _object(("type", "title", "status", "code"), told),
    }


def _security() -> Mapping[str, Any]:
    flow = {"tokenUrl": "https://example.auth.sa-east-1.amazoncognito.com/oauth2/token"}
    scopes = {f"{SERVER}/{SCOPE}": "attends for the one operator of the client"}
    return {
        "cognito": {"type": "oauth2", "flows": {"clientCredentials": {**flow, "scopes": scopes}}},
        "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    }


def text() -> str:
    """The description as the file holds it."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
