r"""An outreach: our act of writing to a person, from queued to its final state.

```
queued -> claimed -> accepted -> delivered -> read
   |         |          |  \-> failed (proven non-delivery)   delivered -> complained
   |         |          \--> unknown (no delivery event within the horizon)
   |         \-> queued (released: the provider proved not to have taken it) | rejected
   \-> cancelled (money, a stop) | refused (no lawful way left) | queued (deferred: window or cap)
```
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from emdia.compliance.approval import Pinned
from emdia.portfolio.contract import Channel
from emdia.state import AgendaKind, Ref, State, outreach_ref


class OutreachKind(StrEnum):
    """A ladder outreach and a payment receipt have slots of their own; a statutory notice is told by its record."""

    LADDER = "ladder"
    RECEIPT = "receipt"


class OutreachStatus(StrEnum):
    """See the module's picture."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    COMPLAINED = "complained"
    FAILED = "failed"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    REFUSED = "refused"


_ANS = re.compile(r"[0-9]{6}")

# A queued or claimed outreach still may reach the person: no other ladder outreach may be made beside it.
OPEN = frozenset({OutreachStatus.QUEUED, OutreachStatus.CLAIMED})
# Proven not to have reached the person: another channel may serve the step (REFUSED: this channel could not carry it).
UNDELIVERED = frozenset({OutreachStatus.FAILED, OutreachStatus.REJECTED, OutreachStatus.REFUSED})
# How long after an outreach was made another channel may still serve its step, within the same local day.
PATIENCE = timedelta(hours=6)
# The person may have been written to: what follows keeps its distance from it.
MAY_HAVE_REACHED = frozenset(
    {
        OutreachStatus.ACCEPTED,
        OutreachStatus.DELIVERED,
        OutreachStatus.READ,
        OutreachStatus.COMPLAINED,
        OutreachStatus.UNKNOWN,
    }
)
# The person may have been written to; the slot of caps stays charged.
FINAL = frozenset(OutreachStatus) - OPEN - {OutreachStatus.ACCEPTED}

# How long a delivery event may take before an outreach is `unknown`: from the claim, or from the end of the message's
# own life where it has one (SMS).
HORIZON = {
    Channel.EMAIL: timedelta(hours=24),
    Channel.WHATSAPP: timedelta(hours=24),
    Channel.SMS: timedelta(hours=1),
    Channel.LETTER: timedelta(days=45),  # an AR takes two weeks or three
}
# From claim to the provider's call; beyond it the claim is released, for money may have come meanwhile.
CLAIM_TO_CALL = timedelta(seconds=10)


def outreach_id(ans: str, contract: str, kind: OutreachKind, day: date, attempt: int = 0) -> str:
    """Identity of an outreach: one per contract, kind and local day whatever it carries.

    32 hex characters. `attempt` counts fallbacks within the same day's slot.
    """
    text = f"{ans}|{contract}|{kind}|{day.isoformat()}|{attempt}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def receipt_id(contract: str, entry: str) -> str:
    """Identity of the receipt of one payment, by its entry in the books: one for ever.

    32 hex characters. A contract's pseudonym belongs to one operator.
    """
    return hashlib.sha256(f"{contract}|{OutreachKind.RECEIPT}|{entry}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Target:
    """What a provider echoes back to us as `ref`: names one outreach of one operator, no person.

    >>> Target("123456", "ab12", "cd34").encode()
    '123456-ab12-cd34'
    """

    ans: str
    contract: str
    outreach: str

    def encode(self) -> str:
        """As an SES tag value: letters, digits and hyphens only."""
        return f"{self.ans}-{self.contract}-{self.outreach}"

    @classmethod
    def decode(cls, text: str) -> "Target":
        """Raises ValueError when `text` is not one of ours."""
        ans, contract, outreach = text.split("-")
        if not _ANS.fullmatch(ans) or not contract or not outreach:
            raise ValueError("not a reference of ours")
        return cls(ans, contract, outreach)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outreach(State):
    """One act of writing. Carries ids only: words and amounts are made from the case at the claim."""

    contract: str
    id: str
    holder_key: str
    channel: Channel
    step: str  # furthest step due
    template: str
    ladder: str  # version that decided it
    arm: str = ""  # of the plan, by which the case came to it
    invoices: tuple[str, ...]  # those it names; the claim keeps the ones still open
    advanced: tuple[str, ...]  # those of them whose step it takes: the reason to write
    status: OutreachStatus
    created_at: datetime
    rule: str  # rule of the last decision on it
    claimed_at: datetime | None = None
    claim: str = ""  # command id of the claim: mine or somebody else's
    point: str = ""  # contact point used
    provider_id: str = ""
    words: Pinned | None = None  # the approved version that was written
    due: datetime | None = None  # when the sweep must look again (UTC)
    slot: str = ""  # id of the day's first attempt, whose slot of the caps this one shares; "" for the first
    payment: str = ""  # entry whose receipt it is; "" for everything else
    tried: tuple[Channel, ...] = ()  # channels by which the day's earlier attempts proved not to arrive
    at_risk: int = 0  # centavos that were open when it was decided: who waits for a provider waits by it

    @property
    def ref(self) -> Ref:
        """See State."""
        return outreach_ref(self.contract, self.id)

    @property
    def charged_to(self) -> str:
        """Under which id the person's log counts it: a fallback shares the slot of the day's first attempt."""
        return self.slot or self.id

    @property
    def wants_fallback(self) -> bool:
        """Whether it is proven not to have arrived and nobody has decided yet what follows."""
        return self.status in UNDELIVERED and self.due is not None

    @property
    def agenda(self) -> tuple[AgendaKind, datetime] | None:
        """See State."""
        return None if self.due is None else (AgendaKind.CLOCK, self.due)

    @property
    def weight(self) -> int:
        """See State: value at risk."""
        return self.at_risk

    @property
    def person(self) -> str:
        """See State."""
        return self.holder_key
