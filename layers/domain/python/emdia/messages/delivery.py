"""A delivery: what a provider reports of an outreach it took, in the same words for every channel."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from emdia.messages.outreach import Target


class DeliveryKind(StrEnum):
    """What happened to a message."""

    DELIVERED = "delivered"  # the person's server, phone or carrier took it; whether anybody read it is another report
    READ = "read"
    FAILED = "failed"  # it did not arrive
    COMPLAINED = "complained"
    REJECTED = "rejected"  # taken by the provider, then not sent
    DELAYED = "delayed"  # the provider goes on trying


@dataclass(frozen=True, slots=True)
class Delivery:
    """One report about one outreach. `at` is UTC; `permanent` says that the contact point will never take anything.

    `reason` is a value of the provider's own enumerations, "" where there is none. No address, no text.
    """

    ref: Target
    kind: DeliveryKind
    at: datetime
    provider_id: str
    permanent: bool = False
    reason: str = ""
