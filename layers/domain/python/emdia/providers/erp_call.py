"""The body of an ERP's call: its envelope, and each event understood or refused by itself."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from emdia.errors import Rejected
from emdia.portfolio.events import TYPES, canonical, contract_number
from emdia.ports import Pseudonyms
from emdia.providers.erp import parse_event
from emdia.providers.strict_json import read_json

MAX_EVENTS = 100
MAX_EVENT = 64 * 1024  # bytes of one event: a contract with all its people has ten thousand
# What a row and a fact call the type of an event that names none of ours: its own word may be anything.
UNKNOWN_TYPE = "desconhecido"
_EVENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the call: as told, and as understood (`event`) or refused (`why`)."""

    index: int
    id: str | None
    key: str
    digest: str
    told: str
    type: str
    contract: str = ""
    event: Mapping[str, Any] | None = None
    why: Rejected | None = None


def read_call(text: str, ans: str, pseudonyms: Pseudonyms, now: datetime) -> Sequence[Entry]:
    """The events of a call by a client of operator `ans`, in their order.

    Raises Rejected `json-invalid` or `envelope-invalid` when there is no list of events to speak of.
    """
    return read_events(_told(text), ans, pseudonyms, now)


def read_events(told: Sequence[object], ans: str, pseudonyms: Pseudonyms, now: datetime) -> Sequence[Entry]:
    """Each event of operator `ans` understood or refused by itself, in their order."""
    return [_entry(index, one, ans, pseudonyms, now) for index, one in enumerate(told)]


def _told(text: str) -> Sequence[object]:
    told = read_json(text)
    events = told.get("events") if isinstance(told, dict) and set(told) == {"events"} else None
    if not isinstance(events, list) or not 1 <= len(events) <= MAX_EVENTS:
        raise Rejected("envelope-invalid", "/events", limit=MAX_EVENTS)
    return events


def _entry(index: int, told: object, ans: str, pseudonyms: Pseudonyms, now: datetime) -> Entry:
    text = canonical(told)
    digest = pseudonyms.of(ans, "digest", text)
    given = told.get("id") if isinstance(told, dict) else None
    event_id = given if isinstance(given, str) and _EVENT_ID.fullmatch(given) else None
    # An event without a usable id is parked under its content, so that a retry finds it too.
    key = pseudonyms.of(ans, "event", event_id if event_id is not None else f"?{digest}")
    named = told.get("type") if isinstance(told, dict) else None
    entry = Entry(index, event_id, key, digest, text, named if named in TYPES else UNKNOWN_TYPE)
    if len(text) > MAX_EVENT:
        return replace(entry, told="", why=Rejected("event-too-large", limit=MAX_EVENT))
    try:
        event = parse_event(told, now)
    except Rejected as why:
        return replace(entry, why=why)
    if event["operator"] != ans:
        # Another operator's data is not ours to keep, not even parked.
        return replace(entry, told="", why=Rejected("operator-mismatch", "/operator"))
    return replace(entry, event=event, contract=pseudonyms.of(ans, "contract", contract_number(event)))
