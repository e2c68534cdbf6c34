"""What forgetting a person needs from the world, beside emdia/ports.py. Docstrings are contracts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from emdia.protocols.protocol import Protocol as Attendance
from emdia.state import Ref, State


@dataclass(frozen=True, slots=True)
class Trace:
    """What the house holds of a person.

    `classes`: of their keys, sorted. `contracts`: pseudonyms, as holder or as covered person. `open_cases`: how many
    of those have open invoices. `newest`: the latest instant (UTC) told in clear by anything that is theirs, None
    when there is nothing. `events`: ERP events that speak of them and are not settled, as `client/id`.
    `attendances`: theirs, by number. `keys`: `(subject, class)` of each key, those of attendances among them that were
    opened before anybody knew whose they are.
    """

    classes: tuple[str, ...]
    contracts: tuple[str, ...]
    open_cases: int
    newest: datetime | None
    events: tuple[str, ...]
    attendances: tuple[Attendance, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()


class Traces(Protocol):
    """Looks for a person everywhere. Reads the whole ledger: for rare requests, never for the main road."""

    def of(self, ans: str, person: str) -> Trace:
        """Everything of `person` (a pseudonym) at the operator `ans`. Raises TryLater; Halted."""


@dataclass(frozen=True, slots=True)
class Row:
    """An item as it stands, whether or not anybody could still open it.

    `state`: what it holds, when nothing in it is sealed. `newest`: the latest instant (UTC) that stands in it in clear.
    `persons`: whom it names. `runs`: a clock of it is still to strike (the retention clock apart).
    `leads`: items of other partitions that are there for this one alone; not all of them need exist.
    """

    ref: Ref
    v: int
    last: str
    state: State | None
    newest: datetime | None
    persons: tuple[str, ...]
    runs: bool
    leads: tuple[Ref, ...] = ()


class Remains(Protocol):
    """What is left of something whose time is over."""

    def rows(self, ans: str, partition: str) -> Sequence[Row]:
        """All items of one of an operator's partitions, read consistently. Raises TryLater; Halted."""

    def at(self, ans: str, refs: Collection[Ref]) -> Sequence[Row]:
        """Those of an operator's items that exist, read consistently. Raises TryLater; Halted."""

    def keys(self, ans: str, subject: str) -> Mapping[str, datetime | None]:
        """When each key of the subject was made (UTC; None: not known), by class; consistently. Raises TryLater."""


class Callers(Protocol):
    """Who calls, as AWS itself says: no caller can sign with another's name."""

    def arn(self, question: str, digest: str) -> str:
        """ARN of whoever signed `question` for exactly the request of `digest`.

        Raises Rejected `caller-unproved`; TryLater when AWS does not answer.
        """
