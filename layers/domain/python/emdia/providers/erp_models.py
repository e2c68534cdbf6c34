"""What each type of ERP event carries in `data`, as pydantic models; their descriptions make the OpenAPI file."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from emdia.errors import Rejected
from emdia.providers.erp_contract import Channel, ContactPointsUpdated, ContractUpserted, Model
from emdia.providers.erp_values import (
    Amount,
    Day,
    DigitableLine,
    Instant,
    Long,
    Number,
    PastInstant,
    PaymentId,
    Pix,
    Reference,
    Short,
    SpokenInstant,
    Url,
    email,
    phone,
    refuse,
)

HoldReason = Literal["promise", "deal", "death", "lawyer", "over_indebtedness", "minor", "wrong_person", "says_paid"]
# An invoice may fall due in another month than it is for; further away one of the two is mistyped.
_MONTHS_APART = 12
_OF_THE_PERSON = frozenset({"death", "lawyer", "over_indebtedness", "minor", "wrong_person"})

Invoices = Annotated[list[Number], Field(max_length=24, description="Only these invoices; none: the whole contract.")]

ContactPoints = Annotated[
    list[Number],
    Field(
        max_length=24, description="With `wrong_person`: ids of the points that reach somebody else, never used again."
    ),
]


class Payment(Model):
    """How the invoice can be paid."""

    pix: Pix | None = None
    digitable_line: DigitableLine | None = None
    url: Url | None = None


class OperatorDelay(Model):
    """Days on which the invoice could not be paid and you are to blame: no delay. Without `until`: still so."""

    since: Day
    until: Day | None = None

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise refuse(Rejected("date-invalid", "/until"))
        return self


class InvoiceIssued(Model):
    """The whole invoice as it stands; `invoice.updated` has the same fields."""

    contract: Number
    invoice: Number
    reference: Reference
    due_on: Day
    amount_centavos: Amount
    payment: Payment | None = None
    operator_delay: OperatorDelay | None = None

    @model_validator(mode="after")
    def _of_its_month(self) -> Self:
        """A day of another century is a slip of the pen, and would be written to the person as so much delay."""
        year, month = map(int, self.reference.split("-"))
        due = date.fromisoformat(self.due_on)
        if abs((due.year - year) * 12 + due.month - month) > _MONTHS_APART:
            raise refuse(Rejected("due-far-from-reference", "/due_on"))
        return self


class InvoicePaid(Model):
    """Money arrived. Unless `partial`, final: nothing reopens a paid invoice. `payment`: the bank's id of the money."""

    contract: Number
    invoice: Number
    paid_at: PastInstant
    amount_centavos: Amount
    payment: PaymentId | None = None
    partial: bool = False


class InvoiceCancelled(Model):
    """The invoice is no longer owed. Final, unless money arrives after all."""

    contract: Number
    invoice: Number


class StayStarted(Model):
    """Somebody covered is in hospital. The note is sealed apart and read by legal only (LGPD art. 11)."""

    contract: Number
    stay: Number
    note: Long | None = None


class StayEnded(Model):
    """The stay is over."""

    contract: Number
    stay: Number


class DisputeOpened(Model):
    """The person disputes invoices, or the whole debt."""

    contract: Number
    dispute: Number
    invoices: Invoices = Field(default_factory=list)
    note: Long | None = None


class DisputeClosed(Model):
    """The dispute is settled."""

    contract: Number
    dispute: Number


class HoldPlaced(Model):
    """Do not collect, until lifted or `until`: at the operator's wish, or for a reason of the person's."""

    contract: Number
    hold: Number
    reason: HoldReason | None = Field(None, description="Left out: the operator's own wish.")
    invoices: Invoices = Field(default_factory=list)
    contact_points: ContactPoints = Field(default_factory=list)
    until: Instant | None = None
    note: Long | None = None

    @model_validator(mode="after")
    def _whole_person(self) -> Self:
        """What is true of a person cannot be true of some invoices; only a wrong person is at some contact point."""
        if self.invoices and self.reason in _OF_THE_PERSON:
            raise refuse(Rejected("field-invalid", "/invoices"))
        if self.contact_points and self.reason != "wrong_person":
            raise refuse(Rejected("field-invalid", "/contact_points"))
        return self


class HoldLifted(Model):
    """Collection may go on."""

    contract: Number
    hold: Number


class ConsentRecorded(Model):
    """What the person said of one channel: when, how (`portal`, `call`, ...) and in which words.

    An opt-out ends reminders by this channel. It neither stops the notice that RN 593 asks for nor hides the debt.
    """

    contract: Number
    channel: Channel
    at: SpokenInstant
    how: Short
    text: Long | None = None


class OptInRecorded(ConsentRecorded):
    """That the person wants to be written to on a channel: when, how and in which words.

    WhatsApp carries nothing without one for the very number; an opt-in is not carried over to another number.
    """

    contact_value: Short | None = Field(None, description="Number or address it was given for; `whatsapp`: required.")

    @model_validator(mode="after")
    def _for_a_number(self) -> Self:
        if self.channel == "whatsapp" and self.contact_value is None:
            raise refuse(Rejected("opt-in-without-number", "/contact_value"))
        return self

    @field_validator("contact_value", mode="before")
    @classmethod
    def _canonical(cls, told: Any, info: ValidationInfo) -> Any:
        """By the rules of the channel; anything of the wrong type is left to the field."""
        if not isinstance(told, str):
            return told
        channel = info.data.get("channel")
        if channel == "email":
            return email(told)
        return phone(told) if channel in ("sms", "whatsapp") else told


DATA: Mapping[str, type[Model]] = {
    "contract.upserted": ContractUpserted,
    "contact_points.updated": ContactPointsUpdated,
    "invoice.issued": InvoiceIssued,
    "invoice.updated": InvoiceIssued,
    "invoice.paid": InvoicePaid,
    "invoice.cancelled": InvoiceCancelled,
    "hospitalisation.started": StayStarted,
    "hospitalisation.ended": StayEnded,
    "dispute.opened": DisputeOpened,
    "dispute.closed": DisputeClosed,
    "hold.placed": HoldPlaced,
    "hold.lifted": HoldLifted,
    "opt_in.recorded": OptInRecorded,
    "opt_out.recorded": ConsentRecorded,
}
