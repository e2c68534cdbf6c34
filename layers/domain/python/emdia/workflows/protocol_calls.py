"""HTTP calls of a call centre's system, each as one action on attendances: the number first, the rest after it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from emdia.errors import Rejected, TryLater
from emdia.protocols.protocol import Medium, Originator
from emdia.providers.cognito import ApiClient
from emdia.providers.strict_json import read_whole_json
from emdia.workflows.attend_protocol import Deps as AttendDeps
from emdia.workflows.attend_protocol import attend_protocol
from emdia.workflows.open_protocol import Deps, Opening, issue

BODY_MAX = 64 * 1024  # bytes: ten thousand characters of one interaction and what stands around them
_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_STAFF = re.compile(r"[A-Za-z0-9._@-]{1,48}")
_OPENING = frozenset({"medium", "originator", "interaction"})
# Last part of the path -> the action of attend_protocol, and the fields it reads from the body.
PARTS: Mapping[str, tuple[str, frozenset[str]]] = {
    "interactions": ("say", frozenset({"id", "words", "medium", "speaker", "recording", "internal", "seconds"})),
    "contract": ("identify", frozenset({"contract"})),
    "class": ("class", frozenset({"demand", "care"})),
    "claim": ("claim", frozenset({"from"})),
    "handover": ("hand_over", frozenset({"to"})),
    "answer": ("answer", frozenset({"outcome", "text", "basis", "model", "values"})),
    "drafts": ("drafts", frozenset()),
    "reanalysis": ("reanalyse", frozenset()),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call: who, which method, and the path after `/v1/protocols` ("" where it ends sooner)."""

    client: ApiClient
    method: str
    number: str
    part: str
    key: str = field(repr=False)  # Idempotency-Key
    body: bytes = field(repr=False)
    staff: str = ""  # X-Staff: who at the call centre acts
    who: str = ""  # of the queue: all, free or mine


@dataclass(frozen=True, slots=True)
class Told:
    """The answer. `refused`: why the interaction sent with an opening was not recorded; the number stands."""

    status: int
    document: Mapping[str, object]
    refused: Rejected | None = None


def answer(call: Call, deps: Deps) -> Told:
    """Carry out `call`.

    Raises Rejected: `body-too-large`, `encoding-invalid`, `json-invalid`, `field-unknown`, `staff-invalid`,
    `idempotency-key-invalid`, `path-unknown`, and what attend_protocol raises; TryLater.
    """
    actor = _actor(call)
    if call.method == "GET":
        action = {"action": "show", "number": call.number} if call.number else {"action": "queue", "who": call.who}
        return Told(200, _attend(action, call, actor, deps))
    if not call.number:
        return _open(call, actor, deps)
    if call.part not in PARTS:
        raise Rejected("path-unknown")
    action_name, fields = PARTS[call.part]
    return Told(
        200, _attend({**_fields(call.body, fields), "action": action_name, "number": call.number}, call, actor, deps)
    )


def _actor(call: Call) -> str:
    """Who acts: the client, and the person at it where it says so. Only they may hand over what they claimed."""
    if not call.staff:
        return call.client.id
    if not _STAFF.fullmatch(call.staff):
        raise Rejected("staff-invalid")
    return f"{call.client.id}/{call.staff}"


def _attend(action: Mapping[str, object], call: Call, actor: str, deps: Deps) -> Mapping[str, object]:
    ready = AttendDeps(deps.ledgers, deps.pseudonyms, deps.clock, deps.randomness, deps.meter, deps.desk)
    return attend_protocol({**action, "operator": call.client.ans, "actor": actor}, ready)


def _open(call: Call, actor: str, deps: Deps) -> Told:
    """The number, in one request; an interaction sent along is recorded after it and can never withhold it."""
    if not _KEY.fullmatch(call.key):
        raise Rejected("idempotency-key-invalid")
    told = _fields(call.body, _OPENING)
    opening = Opening(call.client.id, call.key, _medium(told), _originator(told))
    issued = issue(opening, deps.ledgers.of(call.client.ans), deps)
    status = 200 if issued.again else 201
    if "interaction" not in told:
        return Told(status, issued.told())
    refused = _say_first(told, issued.number, call, actor, deps)
    return Told(status, {**issued.told(), "recorded": refused is None}, refused)


def _say_first(told: Mapping[str, object], number: str, call: Call, actor: str, deps: Deps) -> Rejected | None:
    """Record the interaction of an opening; why it was not recorded, and the caller sends it again."""
    said = told["interaction"]
    if not isinstance(said, dict):
        return Rejected("field-invalid", "/interaction")
    try:
        line = _known({"medium": told["medium"], **said}, PARTS["interactions"][1], "/interaction")
        _attend({**line, "action": "say", "number": number}, call, actor, deps)
    except Rejected as refused:
        return refused
    except TryLater:
        return Rejected("try-later")
    return None


def _fields(body: bytes, fields: frozenset[str]) -> Mapping[str, object]:
    if len(body) > BODY_MAX:
        raise Rejected("body-too-large", limit=BODY_MAX)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Rejected("encoding-invalid") from None
    told = read_whole_json(text) if text else {}
    if not isinstance(told, dict):
        raise Rejected("body-not-object")
    return _known(told, fields, "")


def _known(told: Mapping[str, object], fields: frozenset[str], under: str) -> Mapping[str, object]:
    if told.keys() - fields:
        # Its name is the caller's own word: it may be anything, and is not repeated.
        raise Rejected("field-unknown", under)
    return told


def _medium(told: Mapping[str, object]) -> Medium:
    try:
        return Medium(str(told.get("medium", "")))
    except ValueError:
        raise Rejected("field-invalid", "/medium") from None


def _originator(told: Mapping[str, object]) -> Originator:
    try:
        return Originator(str(told.get("originator", Originator.PERSON)))
    except ValueError:
        raise Rejected("field-invalid", "/originator") from None
