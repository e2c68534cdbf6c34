"""One Pix as it is kept, whoever told of it: entered with its invoice, or parked where a person sees it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from emdia.compliance.norms import gone_after
from emdia.money import NOTHING, Centavos
from emdia.state import Ref, State, payment_ref


class PaymentStatus(StrEnum):
    """A parked payment is money nobody has entered; it is flagged until somebody does, or it has gone back."""

    ENTERED = "entered"
    PARKED = "parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(State):
    """`id` is the pseudonym of `end_to_end_id`, which is sealed: it leads to the payer. `at` is UTC.

    `returned` is what went back until now. `holder_key`, `contract` and `invoice` are "" while it is parked.
    """

    id: str
    end_to_end_id: str
    txid: str
    amount: Centavos
    at: datetime
    status: PaymentStatus
    returned: Centavos = NOTHING
    contract: str = ""
    invoice: str = ""
    holder_key: str = ""

    @property
    def ref(self) -> Ref:
        """See State."""
        return payment_ref(self.id)

    @property
    def expires(self) -> datetime | None:
        """See State. What was entered goes with its contract; what still waits for a person stays."""
        back = self.status is PaymentStatus.PARKED and self.returned >= self.amount
        return gone_after("returned", self.at) if back else None
