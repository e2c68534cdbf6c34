"""A person deals with parked events: lists, looks, corrects, replays or gives them up."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from emdia.clock import instant
from emdia.errors import LostRace, Rejected, TryLater
from emdia.facts import Fact, Value
from emdia.portfolio.events import canonical, contract_number
from emdia.portfolio.inbox import EDITED, InboxEvent, InboxStatus, Parked
from emdia.ports import Act, Change, Clock, Ledger, Ledgers, Meter, Pseudonyms, Put, Queue, Remove, Secrets
from emdia.providers.erp import parse_event
from emdia.providers.erp_call import UNKNOWN_TYPE
from emdia.providers.strict_json import read_json
from emdia.state import Ref, inbox_ref, parked_drawer, parked_ref
from emdia.workflows.acts import command
from emdia.workflows.inbox import PATIENCE, inbox_key, told_type
from emdia.workflows.staff_request import line_of
from emdia.workflows.views import show

_NAME_MAX = 64
# What may be listed as the type an event names, though it is none of ours: words and dots, never a number.
_WORDS = re.compile(r"[A-Za-z]+([._-][A-Za-z]+)*")
_WORDS_MAX = 40


@dataclass(frozen=True, slots=True)
class Deps:
    """What handling parked events needs."""

    secrets: Secrets
    ledgers: Ledgers
    pseudonyms: Pseudonyms
    erp_events: Queue
    clock: Clock
    meter: Meter


@dataclass(frozen=True, slots=True)
class _Desk:
    """One person at one client's parked events."""

    ledger: Ledger
    client: str
    actor: str
    deps: Deps

    def fact(self, kind: str, about: Ref, **more: str) -> Fact:
        """What this person did."""
        values = {"ator": self.actor, "cliente": self.client} | more
        return Fact(kind, about, tuple(Value(name, value) for name, value in values.items()))


def replay_parked(request: Mapping[str, object], deps: Deps) -> Mapping[str, object]:
    """Carry out `{"action", "client", "actor", "event"?, "body"?}`; `event` is an id of `list` or the ERP's.

    Actions: `list` (no personal data), `show` (the body, after a fact that says who looks), `edit` (`body`:
    the corrected event as JSON text, valid or refused), `replay`, `discard`. Raises Rejected; TryLater.
    """
    action, client, actor = (line_of(request, field, _NAME_MAX) for field in ("action", "client", "actor"))
    known = deps.secrets.erp_client(client)
    if known is None:
        raise Rejected("client-unknown", "/client")
    desk = _Desk(deps.ledgers.of(known.ans), client, actor, deps)
    if action == "list":
        return _list(desk)
    verb = _VERBS.get(action)
    if verb is None:
        raise Rejected("action-invalid", "/action")
    event = line_of(request, "event", _NAME_MAX)
    row, pointer = _found(desk, event)
    return verb(desk, row, pointer, str(request.get("body", "")))


def _found(desk: _Desk, event: str) -> tuple[InboxEvent, Parked]:
    """The parked event that `list` calls `event`, or else the ERP does."""
    keys = (event, desk.deps.pseudonyms.of(desk.ledger.ans, "event", event))
    states = desk.ledger.get([ref(desk.client, key) for key in keys for ref in (inbox_ref, parked_ref)])
    for key in keys:
        row, pointer = states.get(inbox_ref(desk.client, key)), states.get(parked_ref(desk.client, key))
        if isinstance(row, InboxEvent) and isinstance(pointer, Parked):
            return row, pointer
    raise Rejected("parked-not-found", "/event")


def _list(desk: _Desk) -> Mapping[str, object]:
    pointers = [p for p in desk.ledger.record(parked_drawer(desk.client), "PARKED#") if isinstance(p, Parked)]
    rows = desk.ledger.get([inbox_ref(desk.client, pointer.event) for pointer in pointers])
    listed = [
        {
            "id": row.id,
            "type": _type_of(row),
            "reason": row.reason,
            "pointer": row.pointer,
            "received_at": instant(row.received_at),
        }
        for row in rows.values()
        if isinstance(row, InboxEvent) and row.status is InboxStatus.PARKED
    ]
    return {"parked": sorted(listed, key=lambda one: (one["received_at"], one["id"]))}


def _type_of(row: InboxEvent) -> str:
    """The type of a parked event; one that is none of ours only in words that cannot be somebody's number."""
    if row.kind != UNKNOWN_TYPE or not row.body:
        return row.kind
    told = read_json(row.body)
    named = told.get("type") if isinstance(told, dict) else None
    safe = isinstance(named, str) and len(named) <= _WORDS_MAX and _WORDS.fullmatch(named)
    return str(named) if safe else UNKNOWN_TYPE


def _show(desk: _Desk, row: InboxEvent, pointer: Parked, body: str) -> Mapping[str, object]:
    del pointer, body
    now = desk.deps.clock.now()
    # Whoever looks is seen first: when this cannot be made durable, nothing is shown.
    witnessed = desk.ledger.witness(
        [desk.fact("parked.viewed", row.ref)], command("view", row.client, row.id, desk.actor, instant(now))
    )
    told = {"id": row.id, "event_id": row.event_id, "reason": row.reason, "pointer": row.pointer, "body": row.body}
    return show(witnessed, told)


def _edit(desk: _Desk, row: InboxEvent, pointer: Parked, body: str) -> Mapping[str, object]:
    del pointer
    now = desk.deps.clock.now()
    told = canonical(read_json(body))
    event = _valid(desk, told, now)
    if row.event_id and event["id"] != row.event_id:
        raise Rejected("event-id-conflict", "/id")
    desk.ledger.ensure_keys([inbox_key(desk.client, now)])
    # By its own digest the ERP's corrected event will be known as this one, and its wrong one as corrected.
    digest, first = desk.deps.pseudonyms.of(desk.ledger.ans, "digest", told), row.corrected or row.digest
    edited = replace(
        row,
        body=told,
        kind=event["type"],
        digest=digest,
        corrected="" if digest == first else first,
        reason=EDITED,
        pointer="",
        key_month=f"{now:%Y-%m}",
    )
    _land(desk, "edit", row, edited, (), desk.fact("erp.event.edited", row.ref, tipo=told_type(edited.kind)))
    return {"id": row.id, "reason": EDITED}


def _replay(desk: _Desk, row: InboxEvent, pointer: Parked, body: str) -> Mapping[str, object]:
    del body
    if not row.body:
        raise Rejected("parked-body-absent", "/event")
    now = desk.deps.clock.now()
    event = _valid(desk, row.body, now)
    contract = desk.deps.pseudonyms.of(desk.ledger.ans, "contract", contract_number(event))
    desk.ledger.ensure_keys([inbox_key(desk.client, now)])
    replayed = replace(
        row,
        status=InboxStatus.ACCEPTED,
        body=canonical(event),
        kind=event["type"],
        contract=contract,
        reason="",
        pointer="",
        received_at=now,
        key_month=f"{now:%Y-%m}",
        due=now + PATIENCE,
    )
    fact = desk.fact("erp.event.replayed", row.ref, tipo=told_type(replayed.kind))
    _land(desk, "replay", row, replayed, [pointer], fact)
    body_of = {"ans": desk.ledger.ans, "client": desk.client, "events": [row.id], "contracts": [contract]}
    try:
        desk.deps.erp_events.send([body_of])
    except TryLater:
        desk.deps.meter.count("ErpQueueMissed")  # the row's clock brings it back
    return {"id": row.id, "status": "accepted"}


def _discard(desk: _Desk, row: InboxEvent, pointer: Parked, body: str) -> Mapping[str, object]:
    del body
    given_up = replace(row, status=InboxStatus.DISCARDED, body="")
    fact = desk.fact("erp.event.discarded", row.ref, tipo=told_type(row.kind), regra=row.reason)
    _land(desk, "discard", row, given_up, [pointer], fact)
    return {"id": row.id, "status": "discarded"}


def _valid(desk: _Desk, body: str, now: datetime) -> Mapping[str, str]:
    event = parse_event(read_json(body), now)
    if event["operator"] != desk.ledger.ans:
        raise Rejected("operator-mismatch", "/operator")
    return event


def _land(desk: _Desk, verb: str, row: InboxEvent, changed: InboxEvent, removed: Sequence[Parked], fact: Fact) -> None:
    # Named by who does what with which words: of two people at once, only one may believe it was done.
    named = command(verb, row.client, row.id, row.v, desk.actor, changed.body)
    changes: list[Change] = [Put(changed)]
    changes += [Remove(pointer.ref, pointer.v, pointer.last) for pointer in removed]
    if desk.ledger.commit([Act(named, tuple(changes), (fact,))]).lost:
        raise LostRace("somebody else dealt with this event")


_Verb = Callable[[_Desk, InboxEvent, Parked, str], Mapping[str, object]]
_VERBS: Mapping[str, _Verb] = {"show": _show, "edit": _edit, "replay": _replay, "discard": _discard}
