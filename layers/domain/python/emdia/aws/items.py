r"""States as items of the `ledger` table, and back.

| attribute | |
|---|---|
| `pk`, `sk` | `<ans>#<partition>`, sort |
| `v`, `last` | version; leaf hash of the fact that last changed the item |
| `d` | JSON: what decisions and the agenda need, nothing that names a person |
| `x`, `xk`, `xs` | nonce12 + AES-256-GCM of the other members' JSON (aad `pk\|sk\|kid`); key id; `class\|subject` |
| `agenda_pk`, `agenda_at`, `person` | the item's one entry in the agenda index, absent when nothing is due |

`agenda_at` is `<instant>#<rank>`, so that of what is due at once the heavier comes first (`State.weight`).
"""

import json
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, cast
from zlib import crc32

from emdia.audit.opened import OpenedLog
from emdia.aws.keyring import DataKey, Item, Wanted
from emdia.aws.plain import Turn, dumps, members, reader, writer
from emdia.aws.sealing import sealing_of
from emdia.clock import instant
from emdia.compliance.approval import Approval, InForce
from emdia.compliance.notice_record import NoticeGap, NoticeRecord
from emdia.errors import Halted, Rejected
from emdia.ladder.step_note import StepNote
from emdia.messages.line import Line
from emdia.messages.outreach import Outreach
from emdia.messages.page import Page
from emdia.messages.person import PersonLog
from emdia.messages.registry import Registry
from emdia.messages.talk import KeptReply, Talk
from emdia.payments.charge import Charge, ChargeName
from emdia.payments.payment import Payment
from emdia.people.erasure import Erasure, LegalHold
from emdia.portfolio.case import Case, Invoice, ParkedCase, StopRecord
from emdia.portfolio.contract import Beneficiary, Contract, Endpoint, Operator
from emdia.portfolio.imports import Import
from emdia.portfolio.inbox import InboxEvent, Parked, Waiting
from emdia.portfolio.municipal import MunicipalHolidays
from emdia.portfolio.outbound import OutEvent, OutHead, OutMark
from emdia.portfolio.received import MoneyFlag
from emdia.ports import Randomness
from emdia.protocols.number import NumbersOfDay
from emdia.protocols.protocol import Asked, ContractProtocol, Interaction, Protocol, WaitingProtocol
from emdia.protocols.tracking import Challenge, Rating
from emdia.state import AgendaKind, Ref, State, Subject

SHARDS: Mapping[AgendaKind, int] = {AgendaKind.LADDER: 8, AgendaKind.CLOCK: 2}
HEAVIEST = 10**12 - 1  # centavos; whatever weighs as much or more comes first
MAX_ITEM_BYTES = 400 * 1024

_TYPES: Mapping[str, type[State]] = {
    "CASE": Case,
    "CONTRACT": Contract,
    "BENEFICIARY": Beneficiary,
    "INVOICE": Invoice,
    "STOP": StopRecord,
    "HEALTH": StopRecord,
    "OUTREACH": Outreach,
    "NOTICE": NoticeRecord,
    "NOTICEGAP": NoticeGap,
    "STEP": StepNote,
    "WAIT": Waiting,
    "PARKED": Parked,
    "PARKEDCASE": ParkedCase,
    "MONEYFLAG": MoneyFlag,
    "CHARGE": Charge,
    "TXID": ChargeName,
    "PAYMENT": Payment,
    "P": PersonLog,
    "PAGE": Page,
    "LINE": Line,
    "REPLY": KeptReply,
    "TALK": Talk,
    "WHATSAPP": Registry,
    "IN": InboxEvent,
    "PROFILE": Operator,
    "HOLIDAYS": MunicipalHolidays,
    "PROTOCOL": Protocol,
    "ATTENDANCE": ContractProtocol,
    "NUMBERS": NumbersOfDay,
    "DUE": WaitingProtocol,
    "ASKED": Asked,
    "INTERACTION": Interaction,
    "TRACKING": Challenge,
    "RATING": Rating,
    "HEAD": OutHead,
    "EVENT": OutEvent,
    "MARK": OutMark,
    "ENDPOINT": Endpoint,
    "IMPORT": Import,
    "INFORCE": InForce,
    "APPROVAL": Approval,
    "ERASURE": Erasure,
    "LEGALHOLD": LegalHold,
    "LOG": OpenedLog,
}


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
    """Hour bucket (UTC) of an instant.

    >>> from datetime import UTC
    >>> bucket_of(datetime(2026, 11, 23, 17, 59, tzinfo=UTC))
    '2026-11-23T17'
    """
    return instant(when)[:13]


def encode(
    ans: str, state: State, last: str, keys: Mapping[Wanted, DataKey], now: datetime, randomness: Randomness
) -> Item:
    """The item that stores `state` as its next version, named by leaf hash `last`.

    Raises Rejected `subject-forgotten` when the key that must seal it does not exist.
    """
    ref = state.ref
    item: Item = {**address(ans, ref), "v": {"N": str(state.v + 1)}, "last": {"S": last}}
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
        # A clock that already struck is entered in the current hour: older buckets may be closed for good.
        bucket = max(bucket_of(due), bucket_of(now))
        item["agenda_pk"] = {"S": f"{kind}#{bucket}#{shard_of(kind, ref.partition)}"}
        item["agenda_at"] = {"S": f"{instant(due)}#{max(0, HEAVIEST - state.weight):012d}"}
        if state.person:
            item["person"] = {"S": state.person}
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
        kind = _TYPES[item["sk"]["S"].partition("#")[0]]
        plain = json.loads(item["d"]["S"])
        under = sealed_under(item)
        if under is not None:
            plain |= json.loads(_open(item, keys.get(under)))
        turns = _read(cast("Hashable", kind))
        values = {name: turns[name](value) for name, value in plain.items()}
        return kind(v=int(item["v"]["N"]), last=item["last"]["S"], **values)
    except (KeyError, TypeError, ValueError) as error:
        # The cause is not chained: its text may quote a value.
        raise Halted(f"item {item['sk']['S'].partition('#')[0]} is not one of ours: {type(error).__name__}") from None


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
