"""A contract and what hangs on it, as last told by the ERP. Values were validated at the door."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from emdia.compliance.charges import Clause
from emdia.state import Ref, State, beneficiary_ref, contract_ref, endpoint_ref, operator_ref


class ContractKind(StrEnum):
    """Who contracted and who pays (RN 593 arts. 1-3 apply to all but EMPRESARIAL)."""

    INDIVIDUAL = "individual"  # individual/familiar
    ADESAO = "adesao"  # coletivo por adesão, paid by the beneficiary
    EMPRESARIAL = "empresarial"  # coletivo paid by the company
    EMPRESARIO_INDIVIDUAL = "empresario_individual"  # MEI and kin: a natural person contracts


class Channel(StrEnum):
    """How a person is reached."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    LETTER = "letter"


@dataclass(frozen=True, slots=True, order=True)
class AsOf:
    """Where a told state stands in the ERP's order; compare whole.

    The sequence rules, `occurred_at` (UTC) settles ties. An ERP without sequence numbers sends none at all, and
    every sequence is 0.
    """

    sequence: int
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """Titular: the person who owes. `birth_on` is a calendar date."""

    name: str
    cpf: str
    birth_on: date


@dataclass(frozen=True, slots=True)
class Plan:
    """Health plan and its register at ANS."""

    name: str
    ans_register: str


@dataclass(frozen=True, slots=True)
class Address:
    """Registered address; `ibge` is the seven-digit municipality that fixes the person's time zone."""

    street: str
    number: str
    complement: str
    district: str
    city: str
    uf: str
    postal_code: str
    ibge: str


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """An address or number in the operator's register. `id` is the ERP's; lower `preference` first."""

    id: str
    channel: Channel
    value: str
    preference: int


@dataclass(frozen=True, slots=True)
class Consent:
    """Opt-in or opt-out of one channel: base, moment and evidence, never only a flag."""

    channel: Channel
    opted_in: bool
    at: datetime
    how: str
    text: str
    as_of: AsOf
    point: str = ""  # the address or number it was given for, "" when the whole channel was meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(State):
    """Everything known of a contract. `number` is the ERP's; `key` its pseudonym, used everywhere else."""

    key: str
    holder_key: str  # the holder's pseudonym: subject of the encrypted fields
    number: str
    kind: ContractKind
    signed_on: date
    regulated: bool  # signed since 1999-01-01 or adapted to Lei 9.656
    plan: Plan
    holder: Holder
    cnpj: str = ""  # of the contracting company, "" when a natural person contracts
    address: Address
    beneficiaries: tuple[str, ...] = ()  # pseudonyms of the covered persons
    contact_points: tuple[ContactPoint, ...]
    dead_points: tuple[str, ...] = ()  # ids proven not to deliver
    consents: tuple[Consent, ...] = ()
    means_of_notice: tuple[str, ...] = ()  # means the contract lists (RN 593 art. 9)
    clause: Clause | None = None
    exclusion_agreed: bool | None = (
        None  # a collective contract provides for who does not pay to be excluded; None: untold
    )
    as_of: AsOf
    points_as_of: AsOf

    @property
    def ref(self) -> Ref:
        """See State."""
        return contract_ref(self.key)

    def point(self, channel: Channel) -> ContactPoint | None:
        """The contact point to use on `channel`, by preference; None when there is none.

        It is alive and, on WhatsApp, one whose number the person has opted in with.
        """
        points = self.living(channel)
        if channel is Channel.WHATSAPP:
            points = [point for point in points if self.opted_in(channel, point.value)]
        return min(points, key=lambda p: (p.preference, p.id), default=None)

    def living(self, channel: Channel) -> list[ContactPoint]:
        """The contact points of `channel` that are not proven dead."""
        return [p for p in self.contact_points if p.channel is channel and p.id not in self.dead_points]

    def said_now(self, at: datetime) -> AsOf:
        """The place of something the person themselves said at `at` (UTC), which no ERP has numbered.

        It takes the newest sequence known, and its moment puts it after every record of that sequence: only
        what the ERP tells later can undo it.
        """
        told = [self.as_of, self.points_as_of, *(consent.as_of for consent in self.consents)]
        return AsOf(max(mark.sequence for mark in told), at)

    def opted_out(self, channel: Channel) -> bool:
        """Whether the newest record for `channel` is an opt-out.

        The moment the person spoke decides, for not all records come through the ERP and its sequence; of
        two in the same moment the opt-out stands.
        """
        newest = self._newest(channel)
        return newest is not None and not newest.opted_in

    def opted_in(self, channel: Channel, value: str) -> bool:
        """Whether the newest record for `channel` is an opt-in, and one was given for the number or address `value`.

        A number that changed has no opt-in: nobody asked who holds it now.
        """
        newest = self._newest(channel)
        given = any(c.opted_in and c.channel is channel and c.point == value for c in self.consents)
        return newest is not None and newest.opted_in and given

    def _newest(self, channel: Channel) -> Consent | None:
        records = [c for c in self.consents if c.channel is channel]
        return max(records, key=lambda c: (c.at, not c.opted_in), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beneficiary(State):
    """One covered person. Sealed under that person's own key."""

    contract: str
    key: str  # pseudonym of the person
    name: str
    cpf: str
    birth_on: date
    as_of: AsOf

    @property
    def ref(self) -> Ref:
        """See State."""
        return beneficiary_ref(self.contract, self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint(State):
    """Where the operator's ERP is told what happens. `paused`: why nothing is sent, "" while it is."""

    url: str
    paused: str = ""

    @property
    def ref(self) -> Ref:
        """See State."""
        return endpoint_ref()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator(State):
    """The health-plan operator as it signs its messages (CDC art. 42-A: name, address, CNPJ)."""

    ans: str
    name: str
    cnpj: str
    address: str
    mail_from: str
    phone: str
    site: str
    how_to_pay: str  # one plain sentence shown when an invoice carries no code
    sms_from: str = ""  # short code or other origination identity, "" when the operator sends no SMS
    whatsapp_from: str = ""  # id of the phone number at the provider, "" without a WhatsApp account
    seat: str = ""  # IBGE municipality of its seat: whose business days its terms count
    short_name: str = ""  # as people know it, for an SMS; "" when the name alone is to be cut

    letters: bool = False  # somebody fetches, prints and posts its letters

    @property
    def ref(self) -> Ref:
        """See State."""
        return operator_ref()

    @property
    def channels(self) -> frozenset[Channel]:
        """The channels the operator has a sender for. The ladder is whole with e-mail alone."""
        senders = {
            Channel.EMAIL: self.mail_from,
            Channel.SMS: self.sms_from,
            Channel.WHATSAPP: self.whatsapp_from,
            Channel.LETTER: self.letters,
        }
        return frozenset(channel for channel, sender in senders.items() if sender)
