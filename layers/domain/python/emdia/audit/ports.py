"""What a sealed log needs from the world, beside what everything needs (emdia/ports.py). Docstrings are contracts."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from emdia.errors import TryLater
from emdia.facts import LogClass


@dataclass(frozen=True, slots=True)
class LogName:
    """One log per operator, class and UTC year of what happened.

    `shard` counts on where a log could not go on: its next one is called `2026-2`.
    """

    ans: str
    log: LogClass
    year: int
    shard: int = 1

    @property
    def label(self) -> str:
        """The year as names of logs spell it.

        >>> LogName("123456", LogClass.CONTATO, 2026, 2).label
        '2026-2'
        """
        return str(self.year) if self.shard == 1 else f"{self.year}-{self.shard}"


def parse_label(text: str) -> tuple[int, int]:
    """Year and shard. Raises ValueError.

    >>> parse_label("2026"), parse_label("2026-2")
    ((2026, 1), (2026, 2))
    """
    year, dash, shard = text.partition("-")
    if not re.fullmatch(r"\d{4}", year) or (dash and not re.fullmatch(r"[2-9]|[1-9]\d", shard)):
        raise ValueError("a log's year is told as 2026 or 2026-2")
    return int(year), int(shard or 1)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A fact as its log takes it: 32 hex id, the leaf's bytes, the sealed opening."""

    id: str
    leaf: bytes
    opening: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Head:
    """A log's second lock. `n` entries are committed under `root`; of the first `sealed` the seal marks are written."""

    n: int
    root: bytes
    sealed: int


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it stands; `tag` names exactly this version of it."""

    body: bytes
    tag: str


class LogStore(Protocol):
    """Objects of one log, written once and locked. Reads see every earlier write. All raise TryLater."""

    def get(self, path: str) -> Stored | None:
        """The object's current version."""

    def create(self, path: str, body: bytes) -> str:
        """Write it if there is none: its tag, or "" when there is. After TryLater it may be there."""

    def replace(self, path: str, body: bytes, tag: str) -> str:
        """Write a new version over exactly `tag`: its tag, or "" when there is another by now. TryLater as above."""


class LogHead(Protocol):
    """What a table knows of one log: its head, the seal marks of its facts, the facts' rows. All raise TryLater."""

    def read(self) -> Head | None:
        """Consistently; None before the first batch."""

    def move(self, old: Head | None, new: Head) -> bool:
        """Write `new` if the head is still `old`: False when it is not."""

    def marks(self, facts: Collection[str]) -> Mapping[str, int]:
        """Index in the log by fact, consistently, for those that have a seal mark."""

    def mark(self, sealed: Sequence[tuple[str, int]]) -> None:
        """Write seal marks; what is there is written over by the same."""

    def sealed(self, facts: Collection[str]) -> Collection[str]:
        """Those that have a seal mark of any log, consistently."""

    def leaves(self, facts: Collection[str]) -> Mapping[str, bytes]:
        """The leaf in each fact's own row, consistently; absent where the row is."""


class DamagedError(Exception):
    """The store hands out other bytes than it was given: its own checksum says so."""


class LogReader(Protocol):
    """Objects of one log for whoever checks it, by their paths below its origin. All raise TryLater."""

    def read(self, path: str) -> bytes | None:
        """The object's current version; None when there is none. Raises DamagedError."""

    def names(self, prefix: str, after: str = "") -> Iterator[str]:
        """Paths that begin with `prefix`, in the order of their characters, those after `after` alone."""

    def rewritten(self) -> Iterator[str]:
        """Objects beside the checkpoint that were written more than once or deleted: nothing of ours does that."""

    def checkpoints(self) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of every version of the checkpoint that was ever published."""


class Openings(Protocol):
    """Opens what facts disclose, with the keys of those they are about."""

    def disclosures(self, ans: str, log: LogClass, opening: bytes, persons: Collection[str]) -> Sequence[str]:
        """What the keys of the operator and of `persons` (pseudonyms) open, in the opening's order (RFC 9901).

        Raises Halted for an opening that was altered; TryLater.
        """


@dataclass(frozen=True, slots=True)
class Difference:
    """An item of the ledger that is not as its newest fact left it: its address, and what stands there."""

    partition: str
    sort: str
    wrong: str


class StateCheck(Protocol):
    """Holds the ledger's items to the journal's facts."""

    def differences(self) -> Iterator[Difference]:
        """Items that a fact of the last thirty days names and that stand elsewhere, or hold else, than the newest says.

        What is written meanwhile is no difference. Raises TryLater.
        """


class LogVersions(Protocol):
    """Every log's objects by their versions."""

    def rewritten(self) -> Iterator[str]:
        """Objects of any log, checkpoints apart, that were written more than once or deleted. Raises TryLater."""


class Canary(Protocol):
    """A fact that is written to be sealed. Raises TryLater."""

    def sing(self, at: datetime) -> None:
        """Write the fact of the quarter of an hour that begins at `at` (UTC); a second time changes nothing."""

    def heard(self, at: datetime) -> bool | None:
        """Whether that fact is sealed; None when it was never written."""


class LogSigner(Protocol):
    """Signs for the logs. Deterministic or not, a signature is over the exact bytes (Ed25519)."""

    @property
    def public(self) -> bytes:
        """The 32 bytes of its public key. Raises TryLater."""

    def sign(self, text: bytes) -> bytes:
        """64 bytes. Raises TryLater."""


class UnopenedError(TryLater):
    """A log has no key yet: its facts wait until it is opened."""


class LogSigners(Protocol):
    """Who signs for each log."""

    def signer(self, name: LogName) -> LogSigner:
        """The log's own signer; of a log that was never opened it raises UnopenedError when it is used."""

    def newest(self, name: LogName) -> LogName:
        """The shard of the log that goes on. Raises TryLater."""


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key of the key service: its id there, and the 32 bytes of its public half."""

    id: str
    public: bytes


class LogKeys(Protocol):
    """Makes, names and disables the logs' keys. All raise TryLater; Halted where the key service refuses."""

    def known(self) -> Iterator[LogName]:
        """Every log whose key has its name."""

    def of(self, name: LogName) -> LogKey | None:
        """The key that is named for the log; None when there is none."""

    def make(self, origin: str) -> LogKey:
        """A new key that nothing finds yet. After TryLater one may have been made, and is never used."""

    def call(self, name: LogName, key: str) -> None:
        """Name `key` as the log's, so that its signer finds it; what is named already stays as it is."""

    def disable(self, key: str) -> None:
        """Nobody signs with it until a person enables it again."""


class Logs(Protocol):
    """Opens a log: the first batch makes it."""

    def store(self, name: LogName) -> LogStore:
        """Its objects, locked until its retention ends."""

    def head(self, name: LogName) -> LogHead:
        """Its head and its facts' seal marks."""

    def origin(self, name: LogName) -> str:
        """Its name in checkpoints, and the prefix of its objects."""


class LogReading(Protocol):
    """Opens a log for whoever proves from it."""

    def reader(self, name: LogName) -> LogReader:
        """Its objects."""

    def head(self, name: LogName) -> LogHead:
        """Its facts' seal marks and rows."""

    def origin(self, name: LogName) -> str:
        """Its name in checkpoints."""


class UnsealedFacts(Protocol):
    """The journal's facts that no log has: the stream may drop what it carried."""

    def pages(self) -> Iterator[Sequence[Mapping[str, Any]]]:
        """Rows of facts without a seal mark, page by page; marks are read consistently. Raises TryLater."""

    def older(self, before: datetime) -> Iterator[str]:
        """`operator/class/kind/id` of those told at `before` (UTC) or earlier. Raises TryLater."""
