"""What the OpenAPI description says of letters: POST /v1/erp/{client}/letters. Part of `openapi.py`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from emdia.messages.print_job import REFERENCE, Posting
from emdia.web.problem_texts.letters import LETTERS
from emdia.workflows.track_letters import MOST, OBJECT, TEXT_MAX

PATH: Final = "/v1/erp/{client}/letters"
# Refusals of a call; the others are of whoever prints at a terminal.
CODES: Final = frozenset(code for code in LETTERS if code.startswith("letter-")) - {"letter-file-invalid"}
_WRONG: Final = "An event is wrong; `pointer` names it. Nothing of the call was written down."
_REF: Final = "#/components/schemas/{model}"
_TEXT: Final[Mapping[str, Any]] = {"type": "string", "maxLength": TEXT_MAX}
_NAMED: Final = [{"required": ["reference"]}, {"required": ["object"]}]


def statuses(of_calls: Mapping[int, str]) -> Mapping[int, str]:
    """How a call about letters may be refused, by how any call may."""
    return {status: text for status, text in of_calls.items() if status not in (403, 409, 410)} | {422: _WRONG}


def operation(parameters: Sequence[Mapping[str, Any]], refused: Mapping[str, Any]) -> dict[str, Any]:
    """The call; `parameters` and `refused` are those of every signed call."""
    answer = {"application/json": {"schema": {"$ref": _REF.format(model="LetterAnswer")}}}
    body = {"application/json": {"schema": {"$ref": _REF.format(model="LetterCall")}}}
    return {
        "operationId": "trackLetters",
        "summary": "What became of letters: posted, returned, delivered; for the printer, or the ERP in its name",
        "security": [{"standardWebhooks": []}],
        "parameters": list(parameters),
        "requestBody": {"required": True, "content": body},
        "responses": {"200": {"description": "All of it is written down.", "content": answer}, **refused},
    }


def schemas() -> dict[str, Any]:
    """Call, event and answer, by name."""
    fields: dict[str, Mapping[str, Any]] = {
        "reference": {"type": "string", "pattern": f"^{REFERENCE.pattern}$", "description": "The letter's barcode."},
        "object": {"type": "string", "pattern": f"^{OBJECT.pattern}$", "description": "The post's number (UPU S10)."},
        "at": {"type": "string", "format": "date-time", "description": "When it happened, with offset; not to come."},
        "reason": {**_TEXT, "description": "Why it came back, in the post's words."},
        "signer": {**_TEXT, "minLength": 1, "description": "Who signed the AR."},
    }
    names = {one: f"Letter{one.title()}" for one in Posting if one is not Posting.MADE}
    needs: Mapping[Posting, tuple[Sequence[str], Sequence[Mapping[str, Any]]]] = {
        Posting.POSTED: (("reference",), ()),
        Posting.RETURNED: ((), _NAMED),
        Posting.DELIVERED: (("signer",), _NAMED),
    }
    told = {names[one]: _event(one, *needs[one], fields) for one in names}
    refs = {str(one): _REF.format(model=name) for one, name in names.items()}
    event = {
        "oneOf": [{"$ref": ref} for ref in refs.values()],
        "discriminator": {"propertyName": "event", "mapping": refs},
    }
    return told | {
        "LetterEvent": event,
        "LetterCall": call_of("LetterEvent", MOST),
        "LetterAnswer": events_of(
            description="A word for each event, in their order. `repeated`: known before, or older than "
            "what is known. `parked`: no such letter is known yet; send it again once it is posted.",
            items={"enum": ["applied", "repeated", "parked"]},
        ),
    }


def call_of(event: str, most: int) -> dict[str, Any]:
    """The schema of a call with one to `most` events of the model `event`."""
    return events_of(minItems=1, maxItems=most, items={"$ref": _REF.format(model=event)})


def events_of(**array: Any) -> dict[str, Any]:
    """The schema of an object that holds `events`, an array as `array` says, and nothing else."""
    return {
        "type": "object",
        "required": ["events"],
        "additionalProperties": False,
        "properties": {"events": {"type": "array", **array}},
    }


def _event(
    kind: Posting, required: Sequence[str], one_of: Sequence[Mapping[str, Any]], fields: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "object",
        "required": ["event", "at", *required],
        "additionalProperties": False,
        "properties": {"event": {"const": str(kind)}, **fields},
    }
    return {**made, "anyOf": list(one_of)} if one_of else made
