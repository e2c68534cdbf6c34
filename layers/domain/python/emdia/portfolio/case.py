"""A case: the one hot item from which the ladder decides what to do for a contract, and its parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from emdia.calendar import instant_of
from emdia.compliance import rules
from emdia.compliance.area import clocks_beside
from emdia.compliance.delay import OperatorDelay
from emdia.money import Centavos
from emdia.payments.settlement import Entry
from emdia.portfolio.contract import AsOf, Channel, Contract, ContractKind
from emdia.state import AgendaKind, Ref, State, case_ref, invoice_ref, parked_case_ref, stay_ref, stop_ref

# Id of the one stop that no event places or lifts.
HOLDER_IS_MINOR = "holder"


class StopKind(StrEnum):
    """Why a case, or some of its invoices, must not be collected now."""

    DISPUTE = "dispute"
    HOLD = "hold"
    PROTECTIVE = "protective-stop"  # all that anybody outside compliance and legal may know of a stay
    PROMISE = "promise"
    DEAL = "deal"
    DEATH = "death"
    LAWYER = "lawyer"
    OVER_INDEBTEDNESS = "over-indebtedness"
    MINOR = "minor"  # told by the ERP, or by the holder's age (`minor_stop`)
    WRONG_PERSON = "wrong-person"
    SAYS_PAID = "says-paid"


STOP_RULES: Mapping[StopKind, str] = {
    StopKind.DISPUTE: rules.STOP_DISPUTE,
    StopKind.HOLD: rules.STOP_HOLD,
    StopKind.PROTECTIVE: rules.STOP_PROTECTIVE,
    StopKind.PROMISE: rules.STOP_PROMISE,
    StopKind.DEAL: rules.STOP_DEAL,
    StopKind.DEATH: rules.STOP_DEATH,
    StopKind.LAWYER: rules.STOP_LAWYER,
    StopKind.OVER_INDEBTEDNESS: rules.STOP_OVER_INDEBTEDNESS,
    StopKind.MINOR: rules.STOP_MINOR,
    StopKind.WRONG_PERSON: rules.STOP_WRONG_PERSON,
    StopKind.SAYS_PAID: rules.STOP_SAYS_PAID,
}
"""The rule by which each kind of stop keeps a person from being written to."""


class Reach(StrEnum):
    """Whether a channel may carry an outreach for a case."""

    OPEN = "open"
    OPTED_OUT = "opted-out"
    DEAD = "dead"  # every point of the channel is proven not to deliver
    NONE = "none"  # no point registered
    NO_OPT_IN = "no-opt-in"  # WhatsApp: nobody has opted in with the number


# Among channels a person likes equally: what people read first, then what says most, then what costs most.
_BY_DEFAULT = (Channel.WHATSAPP, Channel.EMAIL, Channel.SMS, Channel.LETTER)
_LAST = 100  # after every preference an ERP can tell


def reaches(contract: Contract) -> tuple[tuple[Channel, Reach], ...]:
    """Per channel, whether `contract` may be reached by it: what the case keeps in brief.

    In the order in which the person is tried: by the preference of their contact points, then by `_BY_DEFAULT`.
    """

    def rank(channel: Channel) -> tuple[int, int]:
        preferences = [point.preference for point in contract.contact_points if point.channel is channel]
        return min(preferences, default=_LAST), _BY_DEFAULT.index(channel)

    return tuple((channel, _reach(contract, channel)) for channel in sorted(Channel, key=rank))


def phone_clocks(contract: Contract, zone: str) -> tuple[tuple[Channel, tuple[str, ...]], ...]:
    """Per channel by phone number, the clocks of the number in use, where they are not those of `zone`."""
    numbers = [(channel, contract.point(channel)) for channel in (Channel.SMS, Channel.WHATSAPP)]
    clocks = [(channel, clocks_beside(point.value, zone)) for channel, point in numbers if point is not None]
    return tuple((channel, zones) for channel, zones in clocks if zones)


def _reach(contract: Contract, channel: Channel) -> Reach:
    if all(point.channel is not channel for point in contract.contact_points):
        return Reach.NONE
    # Dead before opted out: a statutory notice goes past an opt-out, but nothing reaches a dead address.
    if not contract.living(channel):
        return Reach.DEAD
    if contract.opted_out(channel):
        return Reach.OPTED_OUT
    return Reach.OPEN if contract.point(channel) is not None else Reach.NO_OPT_IN


@dataclass(frozen=True, slots=True)
class Stop:
    """An active stop. Empty `invoices` stops the whole case; `until` (UTC) ends it by itself."""

    kind: StopKind
    id: str
    invoices: tuple[str, ...] = ()
    until: datetime | None = None


def minor_stop(birth_on: date, told_at: datetime, zone: str) -> Stop | None:
    """The stop of a holder who was under eighteen when the contract was told (UTC); None for everybody else.

    It ends with the month of the eighteenth birthday: the case is kept in clear, and names nobody's birthday.
    """
    year, month = birth_on.year + 18 + birth_on.month // 12, birth_on.month % 12 + 1
    until = instant_of(date(year, month, 1), 0, zone)
    return Stop(StopKind.MINOR, HOLDER_IS_MINOR, until=until) if told_at < until else None


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An open invoice in brief. `step` is the furthest ladder step taken or passed ("" for none)."""

    id: str
    reference: str  # competência, "2026-11"
    due_on: date
    amount: Centavos
    step: str = ""
    caused: OperatorDelay | None = None  # days on which the operator kept it from being paid
    entries: tuple[Entry, ...] = ()  # money that came for it


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
    ladder: str  # version pinned to its open invoices
    arm: str = ""  # by which plan, segment and arm it came to it; "" when no plan was in force
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
    def weight(self) -> int:
        """Value at risk: what is open, in centavos."""
        return sum(invoice.amount for invoice in self.invoices)

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
    """How this invoice can be paid, as issued by the ERP; "" where there is none.

    `exact`: it is ours, and asks what is owed today.
    """

    pix: str = ""
    digitable_line: str = ""
    url: str = ""
    exact: bool = False


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
    caused: OperatorDelay | None = None
    entries: tuple[Entry, ...] = ()  # all money that ever came for it, by day and id

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
