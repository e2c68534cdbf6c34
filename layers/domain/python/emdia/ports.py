"""What the workflows need from the world. Each docstring is the contract: consistency, retries, errors.

Transport failures reach the workflows as `TryLater`; a broken invariant as `Halted`. Adapters live in
`aws/` and `providers/`; tests run one contract over every implementation. What a sealed log needs:
audit/ports.py; what leaves for people: messages/ports.py.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from emdia.facts import Fact, LogClass
from emdia.portfolio.document import Kept
from emdia.state import AgendaKind, Ref, State, Subject

if TYPE_CHECKING:
    from emdia.portfolio.case import Case  # what it stands on is half of the imports of a function without cases


class Clock(Protocol):
    """The one source of `now`."""

    def now(self) -> datetime:
        """Aware UTC instant. May stand still between calls."""


class Stopwatch(Protocol):
    """Monotonic seconds, for the ten seconds from claim to call and the end of a function's time."""

    def __call__(self) -> float:
        """Seconds; only differences mean anything."""


class Randomness(Protocol):
    """Ids and salts. Deployed: the operating system's CSPRNG; tests: a seeded stream."""

    def token(self, size: int) -> bytes:
        """`size` unpredictable bytes."""


class Pseudonyms(Protocol):
    """Keyed ids that stand for contract numbers, CPFs and the like in keys, queues and references."""

    def of(self, ans: str, kind: str, value: str) -> str:
        """32 hex characters: HMAC-SHA256 over kind and value under the operator's pseudonym key.

        Same input, same answer, for ever; different per operator. Raises TryLater when the key cannot be had.
        """

    def seal_token(self, ans: str, text: str) -> str:
        """URL-safe token that carries `text` (pseudonyms only) and cannot be made by others."""

    def open_token(self, token: str) -> tuple[str, str]:
        """`(ans, text)` of a token of ours. Raises Rejected("token-invalid"); compares in constant time."""


@dataclass(frozen=True, slots=True)
class Put:
    """Write `state` on condition that its stored version is still `state.v` (0: must not exist)."""

    state: State


@dataclass(frozen=True, slots=True)
class Check:
    """Write nothing, but fail unless the item's stored version is `v`."""

    ref: Ref
    v: int


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete on condition of the version; `last` is the leaf the item was last changed by, its chain's end."""

    ref: Ref
    v: int
    last: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Delete a subject's key of one class, on condition that it exists: what it sealed can be opened by nobody more."""

    subject: Subject
    key_class: str


Change = Put | Check | Remove | Forget


@dataclass(frozen=True, slots=True)
class Act:
    """One command's changes and the facts that say what they are; lands whole or not at all.

    `command` is derived from what caused it, so that a repeat finds its own fact and knows it already
    landed. Only a claim carries a random command: two workers must never take each other's for their own.
    Each `Put` is named by the last fact about its ref, else by the first fact; several facts about one ref
    continue each other's chain in their order. At least one fact.
    """

    command: str
    changes: tuple[Change, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of each act.

    `landed`: commands whose changes are durable (by this call, or found to be by an earlier one of the
    same command). `lost`: commands refused because a version had moved, or the fact was written by another.
    `states`: what this call's landed acts put, as stored now (`v` and `last` of the write), by address, so
    that a following act can continue from it without a read.
    """

    landed: frozenset[str]
    lost: frozenset[str]
    states: Mapping[Ref, State] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """That a fact of who looks at what is durable. Ledgers alone make one: what shows a person asks for it."""

    command: str


class Ledger(Protocol):
    """State and facts of exactly one operator. It cannot name another's keys."""

    @property
    def ans(self) -> str:
        """The operator's ANS register."""

    def get(self, refs: Collection[Ref], keys_of: Collection[tuple[Subject, str]] = ()) -> Mapping[Ref, State]:
        """Consistent read of up to any number of items (100 a request); absent ones are absent from the answer.

        `keys_of` names subject keys to bring along in the same request ((subject, class)): a hint that
        saves a second one. Retries unprocessed keys itself. Raises TryLater; Halted when an item cannot be opened
        though its key exists.
        """

    def record(self, contract: str, prefix: str = "") -> Sequence[State]:
        """All items of a contract whose sort begins with `prefix`, consistently (the record file)."""

    def listed(self, partition: str, limit: int) -> Sequence[State]:
        """The first `limit` items (0: all) of one of the operator's partitions, by their sorts, consistently."""

    def commit(self, acts: Sequence[Act]) -> Committed:
        """Land each act whole, as many acts as fit in one transaction, facts with them.

        Makes leaf and sealed opening of every fact (`ver`, `anterior` included), writes versions `v + 1`
        and `last`. When the transaction is cancelled because of some acts, those are named in `lost` and
        the rest is recommitted once, after jitter; those lost again to contention are `lost`. An answer
        that never came is resolved by repeating the identical request, then by reading. Acts of one call must not
        touch the same item twice. Raises TryLater when nothing is known to have landed and the caller
        should have the whole group again; Halted for an act that can never be stored (over size, no fact).
        """

    def witness(self, facts: Sequence[Fact], command: str) -> Seen:
        """Make facts durable that change no state: who looks at what, BEFORE the data is returned.

        Raises TryLater when the fact is not known to be durable: then the data must not be shown.
        """

    def ensure_keys(self, subjects: Collection[tuple[Subject, str]]) -> None:
        """Create the data keys that do not exist yet; racing creators end with the same key."""


class Ledgers(Protocol):
    """Makes the ledger of one operator; the only way to get one."""

    def of(self, ans: str) -> Ledger:
        """The ledger of the operator with that ANS register."""


class KeyClass(StrEnum):
    """Classes of subject keys beside the log classes: what can be forgotten apart from the rest."""

    CADASTRO = "cadastro"  # state: names, CPFs, addresses
    SAUDE = "saude"  # hospital stays
    ENTRADA = "entrada"  # inbox bodies


STATE_KEYS = (KeyClass.CADASTRO, LogClass.CONTATO, LogClass.OPERACAO)


@dataclass(frozen=True, slots=True)
class Due:
    """An entry of the agenda: which operator's item may be due, and whose it is."""

    ans: str
    ref: Ref
    person: str
    at: datetime


class Agenda(Protocol):
    """The one index, read as a queue of clocks. Eventually consistent: the item itself decides what is due."""

    def due(self, kind: AgendaKind, now: datetime) -> Iterator[Sequence[Due]]:
        """Pages of entries due at `now` (UTC), earliest bucket first, a page of each shard in turn.

        Of entries due at the same instant the heavier come first (`State.weight`).

        Reads every bucket from the shard's cursor to now; a bucket closes only when it ended two hours
        ago or more *and* reads empty. What was handed out less than 30 minutes ago is not handed out
        again; the stamp is stored when the iterator moves past a page, i.e. after its caller queued it.
        """


@dataclass(frozen=True, slots=True)
class PastFact:
    """A fact as its row tells it without any key. `opening` holds its values, sealed (audit.ports.Openings)."""

    kind: str
    at: datetime
    about: Ref
    opening: bytes = field(repr=False)


class PastFacts(Protocol):
    """Facts of the last thirty days, for recovery and inquiries only: it reads the whole journal."""

    def since(self, ans: str, at: datetime, kinds: Collection[str], about: Collection[Ref] = ()) -> Iterator[PastFact]:
        """Facts of `ans` of those kinds told at `at` (UTC) or later, in no order. Raises TryLater.

        `about`: of those items alone; a hundred at most.
        """


class CaseScan(Protocol):
    """The whole portfolio, for the nightly sweep only."""

    def cases(self) -> Iterator[tuple[str, Sequence["Case"]]]:
        """Pages of `(ans, cases)`, eventually consistent, every case once. Raises TryLater."""


class Queue(Protocol):
    """A queue of keys. At least once, no order."""

    def send(self, bodies: Sequence[Mapping[str, object]], delay_seconds: int = 0) -> None:
        """Queue every body (10 a request), or raise TryLater; then some may be queued twice by the retry."""


TIMED_OUT = "timed-out"  # why an endpoint said nothing: it had all the time of a call


@dataclass(frozen=True, slots=True)
class Posted:
    """What an ERP's endpoint said. `status` 0: nothing; `reason` a code, no text of theirs."""

    ok: bool
    status: int
    reason: str = ""
    gone: bool = False  # it says that it will never take anything again (410)


class Webhook(Protocol):
    """Posts to an ERP's endpoint. One attempt, ten seconds in all, no redirects, never to an internal address."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Posted:
        """Never raises for what the other side does. A 2xx that carries a web page is a failure too."""


class RecentFacts(Protocol):
    """Facts that the ERP must see, as they were written: for what a stream may have lost."""

    def pages(self, since: datetime) -> Iterator[Sequence[Mapping[str, object]]]:
        """Rows of facts not older than `since`, oldest first within a page. Raises TryLater."""


class WebhookSecrets(Protocol):
    """What our own calls are signed with."""

    def webhook(self, ans: str) -> Sequence[str]:
        """The operator's signing secrets, newest first, two at most; none when there is no endpoint."""


class Documents(Protocol):
    """Files kept under lock, sealed under their subject's key: nobody can change them, and they can be forgotten."""

    def keep(self, ans: str, subject: Subject, log: LogClass, body: bytes) -> Kept:
        """Write once. The same bytes of the same subject are the same file, however often they are kept.

        Nobody can delete it before the retention of `log` has run; deleting the subject's key of that class makes it
        unreadable at once. Raises Rejected `subject-forgotten` when there is no such key; TryLater.
        """

    def open(self, ans: str, subject: Subject, kept: Kept) -> bytes:
        """The bytes. Raises Rejected `subject-forgotten`; Halted when absent, altered or not those; TryLater."""


class IntakeFiles(Protocol):
    """Portfolio files that were dropped in, and what is written beside them. Nothing is ever deleted; all expires.

    `version` "" is the newest. Every method raises TryLater, and Rejected `file-absent` for what is not there.
    """

    def size(self, key: str, version: str) -> int:
        """Bytes of a file."""

    def read(self, key: str, version: str, start: int, length: int) -> bytes:
        """At most `length` bytes from `start` on; none behind its end."""

    def write(self, key: str, body: bytes) -> None:
        """Write a small file, or write it again."""

    def join(self, parts: Sequence[str], head: bytes, into: str) -> None:
        """Write `head` and the files `parts`, in their order, as one file `into`. Memory does not grow with it."""


class Seals(Protocol):
    """One Ed25519 key per operator, for the marks on copies of attendances (protocols/authenticity.py)."""

    def sign(self, ans: str, data: bytes) -> bytes:
        """64 bytes of signature. Raises Halted for an operator without keys; TryLater."""

    def public_key(self, ans: str) -> bytes:
        """The 32 bytes that the operator publishes; the same for ever. Raises as `sign`."""


class Secrets(Protocol):
    """Shared secrets of ERP clients."""

    def erp_client(self, client: str) -> "ErpClient | None":
        """The client's operator and active signing secrets; None when unknown. Cached up to 5 minutes."""


@dataclass(frozen=True, slots=True)
class ErpClient:
    """Up to two secrets are active during rotation. `repr` never shows them."""

    ans: str
    secrets: tuple[str, ...] = field(repr=False)


class Meter(Protocol):
    """Counts what happened, for alarms and dashboards. Dimensions never carry personal data."""

    def count(self, name: str, value: int = 1, **dimensions: str) -> None:
        """Add `value` to the metric `name`. Never raises."""
