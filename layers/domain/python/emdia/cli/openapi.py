"""The OpenAPI 3.1 description of the ERP's door, made from the models that validate it.

`python -m emdia.cli.openapi > docs/openapi.json` writes it; a test keeps file and code together.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from emdia.cli import openapi_letters
from emdia.providers.erp import Head
from emdia.providers.erp_call import MAX_EVENTS
from emdia.providers.erp_models import DATA
from emdia.web.problem_texts.calls import CALLS

_REF = "#/components/schemas/{model}"
_PROBLEM = {"$ref": _REF.format(model="Problem")}
_STATUSES = {
    400: "The body as a whole cannot be read.",
    401: "The signature is missing, wrong or stale.",
    403: "The call's one event names another operator.",
    409: "The call's one event reuses an id with another content.",
    410: "The call's one event is about a person whose data has been erased.",
    413: "The body is too large.",
    422: "No event was accepted.",
    500: "Our fault; the team has been told.",
    503: "Not possible now; send again after `Retry-After` seconds.",
}


def document() -> dict[str, Any]:
    """The whole description."""
    events = {kind: _event(kind) for kind in DATA}
    names = {kind: "".join(part.title() for part in kind.replace(".", "_").split("_")) + "Event" for kind in DATA}
    schemas = _models() | {names[kind]: schema for kind, schema in events.items()} | _answers()
    schemas |= openapi_letters.schemas()
    schemas["Event"] = {
        "oneOf": [{"$ref": _REF.format(model=names[kind])} for kind in DATA],
        "discriminator": {
            "propertyName": "type",
            "mapping": {kind: _REF.format(model=names[kind]) for kind in DATA},
        },
    }
    schemas["Call"] = openapi_letters.call_of("Event", MAX_EVENTS)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Em Dia: the ERP's doors",
            "version": "1",
            "description": "Signed events of a health-plan operator's ERP. See docs/integrate.md.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "https://{host}", "variables": {"host": {"default": "emdia.example"}}}],
        "paths": {
            "/v1/erp/{client}/events": {"post": _operation()},
            "/v1/erp/{client}/explanations": {"post": _explanation()},
            openapi_letters.PATH: {
                "post": openapi_letters.operation(_parameters(), _refused(openapi_letters.statuses(_STATUSES)))
            },
        },
        "components": {"schemas": dict(sorted(schemas.items())), "securitySchemes": _security()},
    }


def _models() -> dict[str, Any]:
    models = list(dict.fromkeys(DATA.values()))
    _, schema = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    found: dict[str, Any] = schema["$defs"]
    return found


def _event(kind: str) -> dict[str, Any]:
    head = TypeAdapter(Head).json_schema(ref_template=_REF)
    data = DATA[kind]
    return {
        "type": "object",
        "description": (data.__doc__ or "").strip(),
        "required": head["required"],
        "additionalProperties": False,
        "properties": head["properties"]
        | {"type": {"const": kind}, "data": {"$ref": _REF.format(model=data.__name__)}},
    }


def _parameters() -> list[dict[str, Any]]:
    headers = {
        "webhook-id": "Unique per call; a retry keeps it.",
        "webhook-timestamp": "Seconds since 1970, at most five minutes from now.",
        "webhook-signature": "Space-separated `v1,<base64>` signatures over `id.timestamp.body`.",
    }
    parameters: list[dict[str, Any]] = [
        {
            "name": "client",
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            "description": "Your client name.",
        }
    ]
    parameters += [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": text}
        for name, text in headers.items()
    ]
    parameters.append(
        {
            "name": "Accept-Language",
            "in": "header",
            "required": False,
            "schema": {"type": "string"},
            "description": "`pt-BR` (default) or `en`: the language of problem titles.",
        }
    )
    return parameters


def _refused(statuses: Mapping[int, str]) -> dict[str, Any]:
    refused: dict[str, Any] = {
        str(status): {"description": text, "content": _json("application/problem+json", "Problem")}
        for status, text in statuses.items()
    }
    refused["503"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return refused


def _operation() -> dict[str, Any]:
    accepted = {"description": "At least one event is durable.", "content": _json("application/json", "Receipt")}
    return {
        "operationId": "sendEvents",
        "summary": "Send up to 100 events",
        "security": [{"standardWebhooks": []}],
        "parameters": _parameters(),
        "requestBody": {"required": True, "content": _json("application/json", "Call")},
        "responses": {"202": accepted, **_refused(_STATUSES)},
    }


def _explanation() -> dict[str, Any]:
    told = {"description": "What was done, what holds, what may come.", "content": _json("application/json", "Answer")}
    statuses = {status: text for status, text in _STATUSES.items() if status not in (403, 409)}
    statuses |= {
        404: "No contract of this number.",
        410: "The person's data has been erased.",
        422: "A field is wrong.",
    }
    return {
        "operationId": "explain",
        "summary": "Why a person was or was not written to, by which rule and norm; who asks is recorded",
        "security": [{"standardWebhooks": []}],
        "parameters": _parameters(),
        "requestBody": {"required": True, "content": _json("application/json", "Question")},
        "responses": {"200": told, **_refused(dict(sorted(statuses.items())))},
    }


def _json(content_type: str, model: str) -> dict[str, Any]:
    return {content_type: {"schema": {"$ref": _REF.format(model=model)}}}


def _answers() -> dict[str, Any]:
    accepted = {
        "type": "object",
        "required": ["id", "status"],
        "properties": {"id": {"type": "string"}, "status": {"const": "accepted"}},
    }
    refused = {
        "type": "object",
        "required": ["id", "index", "problem"],
        "properties": {
            "id": {"type": ["string", "null"], "description": "Null when the event had no usable id."},
            "index": {"type": "integer", "minimum": 0},
            "problem": _PROBLEM,
        },
    }
    fate = {
        "accepted": {"type": "array", "items": accepted},
        "refused": {"type": "array", "items": refused},
    }
    return _question() | {
        "Receipt": {"type": "object", "required": ["accepted", "refused"], "properties": fate},
        "Problem": {
            "type": "object",
            "description": "RFC 9457. `code` is stable; `pointer` (RFC 6901) names the field to blame.",
            "required": ["type", "title", "status", "code"],
            "properties": {
                "type": {"type": "string", "format": "uri"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "code": {"enum": sorted(CALLS.keys() | openapi_letters.CODES)},
                "pointer": {"type": "string"},
                "now": {"type": "string", "format": "date-time", "description": "Our clock, with `timestamp-stale`."},
                **fate,
            },
        },
    }


def _question() -> dict[str, Any]:
    text = {"type": "string"}
    line = {
        "type": "object",
        "required": ["at", "text", "rule", "why", "norm"],
        "properties": {
            "at": text | {"description": "RFC 3339, UTC; empty when at no one moment."},
            "text": text,
            "rule": text | {"description": "Id of the rule, see docs/law.md."},
            "why": text | {"description": "The rule's sentence."},
            "norm": text | {"description": "Norm and article; empty for a choice of the operator."},
        },
    }
    lines = {"type": "array", "items": line}
    parts = dict.fromkeys(("done", "stands", "ahead", "channels"), lines)
    whole = {"day": text | {"format": "date"}, "zone": text, **parts, "text": text}
    return {
        "Question": {
            "type": "object",
            "required": ["contract"],
            "additionalProperties": False,
            "properties": {
                "contract": text | {"minLength": 1, "maxLength": 64, "description": "Your contract number."},
                "at": text | {"format": "date", "description": "The person's local day, past or to come; else today."},
            },
        },
        "Answer": {"type": "object", "required": list(whole), "properties": whole},
    }


def _security() -> Mapping[str, Any]:
    text = "Standard Webhooks (standardwebhooks.com), HMAC-SHA256; the secret begins with `whsec_`."
    return {"standardWebhooks": {"type": "apiKey", "in": "header", "name": "webhook-signature", "description": text}}


def text() -> str:
    """The description as the file holds it."""
    return json.dumps(document(), indent=2, ensure_ascii=False, sort_keys=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
