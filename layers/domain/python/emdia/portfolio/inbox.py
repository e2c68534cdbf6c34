"""An accepted or refused ERP event on its way: the idempotency record and the waiting room."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from emdia.compliance.norms import gone_after
from emdia.state import AgendaKind, Ref, State, inbox_ref, parked_ref, waiting_ref

EDITED = "edited"  # the reason of a parked event whose correction is valid and waits to be replayed


class InboxStatus(StrEnum):
    """ACCEPTED is on its way; WAITING lacks its contract or invoice; PARKED needs a person; the rest is over."""

    ACCEPTED = "accepted"
    WAITING = "waiting"
    APPLIED = "applied"
    SUPERSEDED = "superseded"  # an older state than the one held
    PARKED = "parked"
    DISCARDED = "discarded"  # a person decided that a parked event shall not apply


SETTLED = frozenset({InboxStatus.APPLIED, InboxStatus.SUPERSEDED, InboxStatus.DISCARDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEvent(State):
    """One event of one client.

    `body` is the event's JSON, sealed under the client's inbox key of the month, and is dropped once applied:
    from then on the data lives under its subjects' keys only.
    """

    client: str
    id: str  # pseudonym of the ERP's event id
    event_id: str  # the ERP's own id, sealed with the body; answered back to the ERP
    kind: str
    status: InboxStatus
    digest: str  # keyed digest of the canonical body: same id with another body is a conflict
    received_at: datetime
    key_month: str  # "2026-11": which inbox key seals `body`
    contract: str = ""  # pseudonym, once known
    body: str = ""
    corrected: str = ""  # digest of what the ERP had sent, once a person has corrected it: a retry of that is told so
    reason: str = ""  # code, when parked
    pointer: str = ""  # JSON pointer of the refused field, when parked
    due: datetime | None = None  # when the sweep must look again

    @property
    def ref(self) -> Ref:
        """See State."""
        return inbox_ref(self.client, self.id)

    @property
    def agenda(self) -> tuple[AgendaKind, datetime] | None:
        """See State."""
        return None if self.due is None else (AgendaKind.CLOCK, self.due)

    @property
    def expires(self) -> datetime | None:
        """See State. What a person or a contract must still settle stays."""
        return gone_after("inbox", self.received_at) if self.status in SETTLED else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(State):
    """Under the contract's partition: the events that wait for the contract itself ("") or for `invoice`."""

    contract: str
    invoice: str = ""
    events: tuple[tuple[str, str], ...]  # client and the event's pseudonym

    @property
    def ref(self) -> Ref:
        """See State."""
        return waiting_ref(self.contract, self.invoice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked(State):
    """In its client's drawer: this event is parked, so that parked events can be listed."""

    client: str
    event: str  # pseudonym of the event

    @property
    def ref(self) -> Ref:
        """See State."""
        return parked_ref(self.client, self.event)
