"""A case: the one hot item from which the ladder decides what to do for a contract, and its parts."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from emdia.compliance.area import clocks_beside
from emdia.money import Centavos
from emdia.portfolio.contract import AsOf, Channel, Contract, ContractKind
from emdia.state import AgendaKind, Ref, State, case_ref, invoice_ref, parked_case_ref, stay_ref, stop_ref


class StopKind(StrEnum):
    """Why a case, or some of its invoices, must not be collected now."""

    DISPUTE = "dispute"
    HOLD = "hold"
    PROTECTIVE = "protective-stop"  # all that anybody outside compliance and legal may know of a stay


class Reach(StrEnum):
    """Whether a channel may carry an outreach for a case."""

    OPEN = "open"
    OPTED_OUT = "opted-out"
    DEAD = "dead"  # every point of the channel is proven not to deliver
    NONE = "none"  # no point registered


def reaches(contract: Contract) -> tuple[tuple[Channel, Reach], ...]:
    """Per channel, whether `contract` may be reached by it: what the case keeps in brief."""
    return tuple((channel, _reach(contract, channel)) for channel in Channel)


def phone_clocks(contract: Contract, zone: str) -> tuple[tuple[Channel, tuple[str, ...]], ...]:
    """Per channel by phone number, the clocks of the number in use, where they are not those of `zone`."""
    numbers = [(channel, contract.point(channel)) for channel in (Channel.SMS, Channel.WHATSAPP)]
    clocks = [(channel, clocks_beside(point.value, zone)) for channel, point in numbers if point is not None]
    return tuple((channel, zones) for channel, zones in clocks if zones)


def _reach(contract: Contract, channel: Channel) -> Reach:
    if all(point.channel is not channel for point in contract.contact_points):
        return Reach.NONE
    if contract.opted_out(channel):
        return Reach.OPTED_OUT
    return Reach.DEAD if contract.point(channel) is None else Reach.OPEN


@dataclass(frozen=True, slots=True)
class Stop:
    """An active stop. Empty `invoices` stops the whole case; `until` (UTC) ends it by itself."""

    kind: StopKind
    id: str
    invoices: tuple[str, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An open invoice in brief. `step` is the furthest ladder step taken or passed ("" for none)."""

    id: str
    reference: str  # competência, "2026-11"
    due_on: date
    amount: Centavos
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(State):
    """The case of one contract. Exists from `contract.upserted` on, with or without open invoices."""

    contract: str
    holder_key: str
    kind: ContractKind
    uf: str
    zone: str  # IANA zone of the registered municipality
    ibge: str = ""  # that municipality, for its own holidays; "" in cases older than they are
    # Channel by phone number -> zones of its area code, where they differ from `zone`.
    phone_clocks: tuple[tuple[Channel, tuple[str, ...]], ...] = ()
    ladder: str  # pinned ladder version
    multa_bp: int | None = None  # the contract's clause, in basis points; None: no clause
    juros_bp_month: int | None = None
    reach: tuple[tuple[Channel, Reach], ...] = ()
    invoices: tuple[OpenInvoice, ...] = ()
    stops: tuple[Stop, ...] = ()
    last_outreach: str = ""  # id of the newest ladder outreach
    parked: str = ""  # reason code; a parked case waits for a person
    due: datetime | None = None  # earliest ladder clock (UTC)

    @property
    def ref(self) -> Ref:
        """See State."""
        return case_ref(self.contract)

    @property
    def agenda(self) -> tuple[AgendaKind, datetime] | None:
        """See State."""
        return None if self.due is None or self.parked else (AgendaKind.LADDER, self.due)

    @property
    def person(self) -> str:
        """See State."""
        return self.holder_key

    def reach_of(self, channel: Channel) -> Reach:
        """Whether `channel` may be used for this case."""
        return dict(self.reach).get(channel, Reach.NONE)

    def clocks_beside(self, channel: Channel) -> tuple[str, ...]:
        """Zones whose clock must allow `channel` too (compliance/area.py)."""
        return dict(self.phone_clocks).get(channel, ()) if self.phone_clocks else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedCase(State):
    """In the operator's drawer: this case is parked, since when and for which reason (a code)."""

    contract: str
    reason: str
    parked_at: datetime

    @property
    def ref(self) -> Ref:
        """See State."""
        return parked_case_ref(self.contract)


class InvoiceStatus(StrEnum):
    """PAID and CANCELLED are final: no later event reopens an invoice."""

    OPEN = "open"
    PAID = "paid"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PaymentCodes:
    """How this invoice can be paid, as issued by the ERP; "" where there is none."""

    pix: str = ""
    digitable_line: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice(State):
    """The full story of one monthly fee.

    `as_of` orders what it says, `closed_as_of` the payments and cancellations: an update told late must not
    undo a payment, nor a payment hide an update.
    """

    contract: str
    id: str  # pseudonym
    holder_key: str
    number: str  # the ERP's number
    reference: str
    due_on: date
    amount: Centavos
    status: InvoiceStatus = InvoiceStatus.OPEN
    codes: PaymentCodes = PaymentCodes()
    paid_at: datetime | None = None
    paid_amount: Centavos | None = None
    as_of: AsOf
    closed_as_of: AsOf | None = None

    @property
    def ref(self) -> Ref:
        """See State."""
        return invoice_ref(self.contract, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRecord(State):
    """A dispute, hold or hospital stay from start to end. The newest `as_of` decides `active`."""

    contract: str
    id: str
    holder_key: str
    kind: StopKind
    active: bool
    invoices: tuple[str, ...] = ()
    until: datetime | None = None
    note: str = ""  # sealed; for a stay under the health class
    as_of: AsOf

    @property
    def ref(self) -> Ref:
        """See State."""
        place = stay_ref if self.kind is StopKind.PROTECTIVE else stop_ref
        return place(self.contract, self.id)
