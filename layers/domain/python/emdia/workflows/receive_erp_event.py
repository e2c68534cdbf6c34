"""An ERP calls: check who it is, keep every event durably, and hand its key to the queue.

Accepted and refused events alike leave a row: senders ignore the bodies of 2xx answers, so a refused event
is parked for a person beside being named in the answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from emdia.errors import Rejected, TryLater
from emdia.facts import Fact, Value
from emdia.portfolio.events import canonical
from emdia.portfolio.inbox import EDITED, InboxEvent, InboxStatus, Parked
from emdia.portfolio.receipt import Receipt, Refused
from emdia.ports import (
    Act,
    Change,
    Clock,
    Ledger,
    Ledgers,
    Meter,
    Pseudonyms,
    Put,
    Queue,
    Remove,
    Secrets,
)
from emdia.providers.erp_call import Entry, read_call
from emdia.state import State, inbox_ref, parked_ref
from emdia.workflows.inbox import PATIENCE, inbox_key, told_type
from emdia.workflows.signed_call import Call, authenticate
from emdia.workflows.trail import follow

MAX_BODY = 1024 * 1024  # bytes
GROUP = 25  # events in one queue message, unless one contract alone has more
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Deps:
    """What receiving needs."""

    secrets: Secrets
    ledgers: Ledgers
    pseudonyms: Pseudonyms
    erp_events: Queue
    clock: Clock
    meter: Meter


def receive_erp_event(call: Call, deps: Deps) -> Receipt:
    """Keep the events of a call; each is durable, and its keys are queued or will be by the sweep.

    The same event again gets the same answer; the same id with another body is refused, unless the earlier
    one was parked, which it then replaces. What a person has corrected is the event from then on: the
    corrected body again is accepted, the one it corrects is refused as `event-corrected`. Raises Rejected for
    the call as a whole; TryLater when the store is out of reach: what is durable by then is found by the retry.
    """
    now = deps.clock.now()
    client, text = authenticate(call, deps.secrets, now, MAX_BODY)
    entries = read_call(text, client.ans, deps.pseudonyms, now)
    return keep_events(call.client, entries, deps.ledgers.of(client.ans), deps, now)


@dataclass(slots=True)
class _Kept:
    """What is known so far: per event its answer (None: accepted), and the events to queue."""

    answers: dict[str, Rejected | None] = field(default_factory=dict)
    queued: list[Entry] = field(default_factory=list)


def keep_events(client: str, entries: Sequence[Entry], ledger: Ledger, deps: Deps, now: datetime) -> Receipt:
    """Keep what `client` told, by call or by file, and queue the keys of what was accepted (see above)."""
    ledger.ensure_keys([inbox_key(client, now)])
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry.key, entry)
    kept = _Kept()
    left = list(first.values())
    for _ in range(ATTEMPTS):
        left = _keep_some(client, left, kept, ledger, now)
        if not left:
            break
    else:
        raise TryLater("other calls keep writing the same events")
    _queue(client, kept.queued, ledger.ans, deps)
    follow("accepted", ((entry.contract, f"{client}/{entry.key}") for entry in kept.queued))
    return _receipt(entries, first, kept.answers, deps.meter)


def _keep_some(client: str, entries: Sequence[Entry], kept: _Kept, ledger: Ledger, now: datetime) -> list[Entry]:
    """One reading and one commit; the events that somebody else wrote meanwhile are answered again."""
    rows = ledger.get([inbox_ref(client, entry.key) for entry in entries], [inbox_key(client, now)])
    parked = [r for r in rows.values() if isinstance(r, InboxEvent) and r.status is InboxStatus.PARKED]
    pointers = ledger.get([parked_ref(client, row.id) for row in parked])
    acts: dict[str, tuple[Act, Entry]] = {}
    for entry in entries:
        row = rows.get(inbox_ref(client, entry.key))
        if isinstance(row, InboxEvent) and not _replaceable(row, entry):
            kept.answers[entry.key] = _again(row, entry)
            if row.status is InboxStatus.ACCEPTED and row.digest == entry.digest:
                kept.queued.append(entry)  # the first call may have died before it queued the key
            continue
        pointer = pointers.get(parked_ref(client, entry.key))
        act = _act(entry, row if isinstance(row, InboxEvent) else None, pointer, client, now)
        acts[act.command] = (act, entry)
    done = ledger.commit([act for act, _ in acts.values()])
    for command in done.landed:
        entry = acts[command][1]
        kept.answers[entry.key] = entry.why
        if entry.why is None:
            kept.queued.append(entry)
    return [acts[command][1] for command in done.lost]


def _replaceable(row: InboxEvent, entry: Entry) -> bool:
    """A corrected body takes the place of one that a person would have to correct, or gave up."""
    if row.status not in (InboxStatus.PARKED, InboxStatus.DISCARDED) or row.corrected == entry.digest:
        return False
    if row.reason == EDITED:
        return entry.why is None  # a refused body must not undo a person's valid correction
    return row.digest != entry.digest


def _again(row: InboxEvent, entry: Entry) -> Rejected | None:
    """The answer the event had before."""
    if row.corrected == entry.digest:
        return Rejected("event-corrected", "/id")
    if row.reason == EDITED and entry.why is not None:
        return entry.why
    if row.digest != entry.digest:
        return Rejected("event-id-conflict", "/id")
    if row.status in (InboxStatus.PARKED, InboxStatus.DISCARDED):
        same = entry.why is not None and entry.why.code == row.reason
        return entry.why if same else Rejected(row.reason, row.pointer)
    return None


def _act(entry: Entry, row: InboxEvent | None, pointer: State | None, client: str, now: datetime) -> Act:
    why = entry.why
    kept = InboxEvent(
        v=row.v if row else 0,
        last=row.last if row else "",
        client=client,
        id=entry.key,
        event_id=entry.id or "",
        kind=entry.type,
        status=InboxStatus.ACCEPTED if why is None else InboxStatus.PARKED,
        digest=entry.digest,
        received_at=now,
        key_month=f"{now:%Y-%m}",
        contract=entry.contract,
        body=entry.told if entry.event is None else canonical(entry.event),
        reason=why.code if why else "",
        pointer=why.pointer if why else "",
        due=now + PATIENCE if why is None else None,
    )
    changes: list[Change] = [Put(kept)]
    if why is None and pointer is not None:
        changes.append(Remove(pointer.ref, pointer.v, pointer.last))
    if why is not None and pointer is None:
        changes.append(Put(Parked(client=client, event=entry.key)))
    values = {"cliente": client, "tipo": told_type(entry.type)}
    if why is not None:
        values |= {"regra": why.code, "campo": why.pointer}
    kind = "erp.event.accepted" if why is None else "erp.event.parked"
    fact = Fact(kind, kept.ref, tuple(Value(name, value) for name, value in values.items()))
    return Act(f"receive:{client}:{entry.key}:{entry.digest}:{kept.v}", tuple(changes), (fact,))


def _queue(client: str, entries: Sequence[Entry], ans: str, deps: Deps) -> None:
    """Keys only. The events of one contract stay together, in the order they came."""
    by_contract: dict[str, list[str]] = {}
    for entry in sorted(entries, key=lambda entry: entry.index):
        by_contract.setdefault(entry.contract, []).append(entry.key)
    bodies: list[dict[str, list[str]]] = []
    for contract, keys in by_contract.items():
        if not bodies or len(bodies[-1]["events"]) + len(keys) > GROUP:
            bodies.append({"events": [], "contracts": []})
        bodies[-1]["events"] += keys
        bodies[-1]["contracts"].append(contract)
    try:
        deps.erp_events.send([{"ans": ans, "client": client, **body} for body in bodies])
    except TryLater:
        # The rows are durable and their clock brings them back: the ERP has nothing to repeat.
        deps.meter.count("ErpQueueMissed", len(entries))


def _receipt(
    entries: Sequence[Entry],
    first: Mapping[str, Entry],
    answers: Mapping[str, Rejected | None],
    meter: Meter,
) -> Receipt:
    accepted: list[str] = []
    refused: list[Refused] = []
    for entry in entries:
        why = answers[entry.key]
        if entry.digest != first[entry.key].digest:
            why = Rejected("event-id-conflict", "/id")  # one call, one id, two contents
        if why is None:
            accepted.append(str(entry.id))
        else:
            place = f"/events/{entry.index}{why.pointer}"
            refused.append(Refused(entry.index, entry.id, Rejected(why.code, place, **why.params)))
            meter.count("EventRefused", code=why.code)
    meter.count("EventAccepted", len(accepted))
    return Receipt(tuple(accepted), tuple(refused))
