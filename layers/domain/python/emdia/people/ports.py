"""What forgetting a person needs from the world, beside emdia/ports.py. Docstrings are contracts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Trace:
    """What the house holds of a person.

    `classes`: of their keys, sorted. `contracts`: pseudonyms, as holder or as covered person. `open_cases`: how many
    of those have open invoices. `newest`: the latest instant (UTC) told in clear by anything that is theirs, None
    when there is nothing. `events`: ERP events that speak of them and are not settled, as `client/id`.
    """

    classes: tuple[str, ...]
    contracts: tuple[str, ...]
    open_cases: int
    newest: datetime | None
    events: tuple[str, ...]


class Traces(Protocol):
    """Looks for a person everywhere. Reads the whole ledger: for rare requests, never for the main road."""

    def of(self, ans: str, person: str) -> Trace:
        """Everything of `person` (a pseudonym) at the operator `ans`. Raises TryLater; Halted."""


class Callers(Protocol):
    """Who calls, as AWS itself says: no caller can sign with another's name."""

    def arn(self, question: str, digest: str) -> str:
        """ARN of whoever signed `question` for exactly the request of `digest`.

        Raises Rejected `caller-unproved`; TryLater when AWS does not answer.
        """
