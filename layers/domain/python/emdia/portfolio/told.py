"""What an ERP or the bank says, in the house's own words: the events that state is made of."""

from dataclasses import dataclass
from datetime import date, datetime

from emdia.compliance.delay import OperatorDelay
from emdia.money import Centavos
from emdia.portfolio.case import PaymentCodes, StopKind
from emdia.portfolio.contract import AsOf, Beneficiary, Consent, ContactPoint, Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event. `key` names its inbox row, `contract` is the contract's pseudonym."""

    key: tuple[str, str]  # client and the event's pseudonym
    type: str
    contract: str
    as_of: AsOf


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTold(Told):
    """The whole contract. `points` is None where the event says nothing of contact points."""

    state: Contract
    beneficiaries: tuple[Beneficiary, ...]
    points: tuple[ContactPoint, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsTold(Told):
    """All contact points."""

    points: tuple[ContactPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceTold(Told):
    """The whole invoice, issued or changed."""

    invoice: str
    number: str
    reference: str
    due_on: date
    amount: Centavos
    codes: PaymentCodes
    caused: OperatorDelay | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceCancelled(Told):
    """An invoice is no longer owed."""

    invoice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidTold(Told):
    """The ERP says that money came. Unless `partial` the invoice is paid, whatever we should ask.

    `payment` is the pseudonym of the bank's id, "" where the ERP gave none.
    """

    invoice: str
    paid_at: datetime
    amount: Centavos
    payment: str = ""
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTold(Told):
    """A dispute, hold or hospital stay begins or ends. Empty `invoices` mean the whole contract."""

    stop: str
    kind: StopKind
    active: bool
    invoices: tuple[str, ...] = ()
    until: datetime | None = None
    note: str = ""
    points: tuple[str, ...] = ()  # contact points that reach somebody else


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentTold(Told):
    """What the person said of a channel."""

    consent: Consent
