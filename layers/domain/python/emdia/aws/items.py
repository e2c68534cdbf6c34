r"""States as items of the `ledger` table, and back.

| attribute | |
|---|---|
| `pk`, `sk` | `<ans>#<partition>`, sort |
| `v`, `last`, `salt` | version; leaf hash of the fact that last changed the item; see aws/content.py |
| `d` | JSON: what decisions and the agenda need, nothing that names a person |
| `x`, `xk`, `xs` | nonce12 + AES-256-GCM of the other members' JSON (aad `pk\|sk\|kid`); key id; `class\|subject` |
| `agenda_pk`, `agenda_at`, `person` | the item's one entry in the agenda index, absent when nothing is due |
| `ttl` | epoch seconds after which DynamoDB deletes it, absent for what is never deleted so |

`agenda_at` is `<instant>#<rank>`, so that of what is due at once the heavier comes first (`State.weight`).
"""

import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast
from zlib import crc32

from emdia.aws.content import last_of
from emdia.aws.item_types import type_of
from emdia.aws.keyring import DataKey, Item, Wanted
from emdia.aws.plain import Turn, dumps, members, reader, writer
from emdia.clock import instant
from emdia.compliance.approval import Approval
from emdia.errors import Halted, Rejected
from emdia.facts import LogClass
from emdia.messages.print_job import ParkedTracking
from emdia.payments.payment import Payment
from emdia.people.erasure import Erasure, LegalHold
from emdia.portfolio.case import Invoice, StopKind, StopRecord
from emdia.portfolio.contract import Beneficiary, Contract
from emdia.portfolio.inbox import InboxEvent
from emdia.ports import KeyClass, Randomness
from emdia.protocols.protocol import Interaction
from emdia.state import OPERATOR_SUBJECT, AgendaKind, Ref, State, Subject

SHARDS: Mapping[AgendaKind, int] = {
    AgendaKind.LADDER: 8,
    AgendaKind.CLOCK: 2,
    AgendaKind.RETENTION: 4,
}
HEAVIEST = 10**12 - 1  # centavos; whatever weighs as much or more comes first
MAX_ITEM_BYTES = 400 * 1024
# Well beyond the life of the fact that wrote it, or the nightly look would miss it (aws/state_check.py).
LEAST = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Sealing:
    """Which members of a state stay in clear, and under whose key all others are sealed.

    A member added tomorrow is sealed until somebody decides otherwise here.
    """

    clear: frozenset[str]
    under: Wanted


_CONTRACT = frozenset({"key", "holder_key", "as_of", "points_as_of"})
_BENEFICIARY = frozenset({"contract", "key", "as_of"})
_INVOICE = frozenset(
    {
        "contract", "id", "holder_key", "reference", "due_on", "amount", "status", "paid_at", "paid_amount",
        "as_of", "closed_as_of", "entries", "caused",
    }
)  # fmt: skip
_PAYMENT = frozenset({"id", "txid", "amount", "at", "status", "returned", "contract", "invoice", "holder_key"})
_STOP = frozenset({"contract", "id", "holder_key", "kind", "active", "invoices", "until", "as_of"})
# That a person is in hospital, since when and for which invoices it counts: all of it is health data.
_STAY = frozenset({"contract", "id", "holder_key", "kind"})
_INTERACTION = frozenset(
    {
        "number", "id", "sequence", "at", "medium", "speaker", "under", "internal", "seconds", "model", "edited",
    }
)  # fmt: skip
# Not the event's kind: beside the contract's pseudonym a hospital stay would stand in clear.
_INBOX = frozenset(
    {
        "client", "id", "status", "digest", "received_at", "key_month", "contract", "reason", "pointer",
        "due",
    }
)  # fmt: skip
_OPERATOR = (OPERATOR_SUBJECT, KeyClass.CADASTRO)

# Who of the staff wrote, approved or refused it is sealed.
_APPROVAL = frozenset({"matter", "id", "version", "digest", "evidence", "standing", "at"})


def sealing_of(state: State) -> Sealing | None:  # noqa: C901, PLR0911, PLR0912  one line per type is how it reads best
    """What of `state` is sealed; None for states that hold ids, amounts and instants only."""
    match state:
        case Contract():
            return Sealing(_CONTRACT, (Subject(state.holder_key), KeyClass.CADASTRO))
        case Beneficiary():
            return Sealing(_BENEFICIARY, (Subject(state.key), KeyClass.CADASTRO))
        case Invoice():
            return Sealing(_INVOICE, (Subject(state.holder_key), KeyClass.CADASTRO))
        case Payment():
            # Of a Pix that names nobody's charge nobody is known: it is the operator's to find out.
            return Sealing(_PAYMENT, (Subject(state.holder_key or OPERATOR_SUBJECT.id), KeyClass.CADASTRO))
        case StopRecord(kind=StopKind.PROTECTIVE):
            return Sealing(_STAY, (Subject(state.holder_key), KeyClass.SAUDE))
        case StopRecord():
            return Sealing(_STOP, (Subject(state.holder_key), KeyClass.CADASTRO))
        case Interaction():
            return Sealing(_INTERACTION, (Subject(state.under), LogClass.ATENDIMENTO))
        case InboxEvent():
            return Sealing(_INBOX, (Subject(f"inbox:{state.client}:{state.key_month}"), KeyClass.ENTRADA))
        # Who of the staff asked, approved or placed it, and the reason in their words.
        case Erasure():
            return Sealing(frozenset({"id", "person", "classes", "status", "done_at"}), _OPERATOR)
        case LegalHold():
            return Sealing(frozenset({"person", "active"}), _OPERATOR)
        case ParkedTracking():
            return Sealing(frozenset({"id", "since"}), _OPERATOR)
        case Approval():
            return Sealing(_APPROVAL, (OPERATOR_SUBJECT, KeyClass.CADASTRO))
        case _:
            return None


def address(ans: str, ref: Ref) -> Item:
    """Key of the item at `ref` of operator `ans`."""
    return {"pk": {"S": f"{ans}#{ref.partition}"}, "sk": {"S": ref.sort}}


def ref_of(ans: str, item: Item) -> Ref:
    """The address an item of operator `ans` came from."""
    return Ref(item["pk"]["S"][len(ans) + 1 :], item["sk"]["S"])


def shard_of(kind: AgendaKind, partition: str) -> int:
    """Agenda shard of a partition: its hash, so that a contract's entries stay together."""
    return crc32(partition.encode()) % SHARDS[kind]


def bucket_of(when: datetime) -> str:
    """Bucket of an instant in the agenda: its day (UTC).

    >>> from datetime import UTC
    >>> bucket_of(datetime(2026, 11, 23, 17, 59, tzinfo=UTC))
    '2026-11-23'
    """
    return instant(when)[:10]


def encode(ans: str, state: State, keys: Mapping[Wanted, DataKey], now: datetime, randomness: Randomness) -> Item:
    """The item that stores `state` as its next version, but for `last` and `salt`.

    Raises Rejected `subject-forgotten` when the key that must seal it does not exist.
    """
    ref = state.ref
    item: Item = {**address(ans, ref), "v": {"N": str(state.v + 1)}}
    sealing = sealing_of(state)
    clear: dict[str, Any] = {}
    secret: dict[str, Any] = {}
    for name, turn, default in _written(cast("Hashable", type(state))):
        value = getattr(state, name)
        if value != default:
            (clear if sealing is None or name in sealing.clear else secret)[name] = turn(value)
    item["d"] = {"S": dumps(clear)}
    if sealing is not None and secret:
        subject, key_class = sealing.under
        key = keys.get(sealing.under)
        if key is None:
            raise Rejected("subject-forgotten")
        nonce = randomness.token(12)
        item["x"] = {"B": nonce + key.seal(nonce, dumps(secret).encode(), _aad(item, key.kid))}
        item["xk"], item["xs"] = {"S": key.kid}, {"S": f"{key_class}|{subject.id}"}
    if state.agenda is not None:
        kind, due = state.agenda
        # A clock that already struck is entered in the current day: older buckets may be closed for good.
        bucket = max(bucket_of(due), bucket_of(now))
        item["agenda_pk"] = {"S": f"{kind}#{bucket}#{shard_of(kind, ref.partition)}"}
        item["agenda_at"] = {"S": f"{instant(due)}#{max(0, HEAVIEST - state.weight):012d}"}
        if state.person:
            item["person"] = {"S": state.person}
    if state.expires is not None:
        item["ttl"] = {"N": str(int(max(state.expires, now + LEAST).timestamp()))}
    return item


def sealed_under(item: Item) -> Wanted | None:
    """Whose key opens `item`; None when nothing in it is sealed."""
    if "xs" not in item:
        return None
    key_class, _, subject = item["xs"]["S"].partition("|")
    return Subject(subject), key_class


def decode(item: Item, keys: Mapping[Wanted, DataKey]) -> State:
    """The state an item holds.

    Raises Rejected `subject-forgotten` when its key was deleted (the person was erased: what was sealed
    is gone for good, and no caller may go on as if it were empty), Halted when the item was altered or
    holds what this release does not know.
    """
    try:
        kind = type_of(item["sk"]["S"].partition("#")[0])
        plain = json.loads(item["d"]["S"])
        under = sealed_under(item)
        if under is not None:
            plain |= json.loads(_open(item, keys.get(under)))
        turns = _read(cast("Hashable", kind))
        values = {name: turns[name](value) for name, value in plain.items()}
        return kind(v=int(item["v"]["N"]), last=last_of(item), **values)
    except (KeyError, TypeError, ValueError) as error:
        # The cause is not chained: its text may quote a value.
        raise Halted(f"item {item['sk']['S'].partition('#')[0]} is not one of ours: {type(error).__name__}") from None


def clear_of(item: Item, kind: type[State]) -> Mapping[str, Any]:
    """What of an item that seals its rest stands in clear; members equal to their default are absent."""
    turns = _read(cast("Hashable", kind))
    return {name: turns[name](value) for name, value in json.loads(item["d"]["S"]).items()}


def size_of(item: Item) -> int:
    """Bytes of an item as DynamoDB counts them, a little over: names and values."""
    return sum(len(name) + len(next(iter(value.values()))) * _weight(value) for name, value in item.items())


def _weight(value: Mapping[str, Any]) -> int:
    text = value.get("S")
    return 1 if text is None or text.isascii() else 3


def _open(item: Item, key: DataKey | None) -> bytes:
    if key is None:
        raise Rejected("subject-forgotten")
    if key.kid != item["xk"]["S"]:
        raise Halted("an item is sealed under a key that is not its subject's")
    return key.open(item["x"]["B"], _aad(item, key.kid))


def _aad(item: Item, kid: str) -> bytes:
    return f"{item['pk']['S']}|{item['sk']['S']}|{kid}".encode()


@cache
def _written(kind: Hashable) -> tuple[tuple[str, Turn, Any], ...]:
    return tuple(part for part in members(kind, writer) if part[0] not in ("v", "last"))


@cache
def _read(kind: Hashable) -> Mapping[str, Callable[[Any], Any]]:
    return {name: turn for name, turn, _ in members(kind, reader) if name not in ("v", "last")}
