"""What leaves for people, and what the workflows need of the providers that carry it (see emdia/ports.py)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class Message:
    """What leaves for one person. The only place beside the provider where an address or number is in clear."""

    ref: str  # Target.encode(): echoed by the provider
    sender: str  # what the operator is known by on the channel
    to: str

    @property
    def words(self) -> str:
        """All that the person reads, for the digest that proves it later."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Mail(Message):
    """One e-mail."""

    subject: str
    text: str
    html: str
    unsubscribe_url: str

    @property
    def words(self) -> str:
        """See Message."""
        return f"{self.subject}\0{self.text}\0{self.html}"


@dataclass(frozen=True, slots=True)
class Sms(Message):
    """One SMS. `sender` is a short code or another origination identity, `to` E.164.

    `seconds`: after so many from sending it must not arrive any more, for the window will have closed.
    """

    body: str
    seconds: int

    @property
    def words(self) -> str:
        """See Message."""
        return self.body


@dataclass(frozen=True, slots=True)
class Chat(Message):
    """One WhatsApp template message. `sender` is the phone number's id at the provider, `to` E.164.

    `values` fill the template's {{1}}, {{2}} ... in order, `link` the variable end of its one link button.
    """

    template: str
    language: str
    values: tuple[str, ...]
    link: str
    body: str  # the template's text with the values in it: what the person reads

    @property
    def words(self) -> str:
        """See Message."""
        return self.body


@dataclass(frozen=True, slots=True)
class Answer(Message):
    """Free text on WhatsApp, within a day of the person's own message."""

    body: str

    @property
    def words(self) -> str:
        """See Message."""
        return self.body


@dataclass(frozen=True, slots=True)
class Paper(Message):
    """One letter, drawn. `to` is its postal code, `run` the local day in Brasília whose print run it belongs to.

    `registered`: with AR. `sheet`: the PDF.
    """

    subject: str
    text: str
    holder_key: str
    run: date
    registered: bool
    sheet: bytes = field(repr=False)

    @property
    def words(self) -> str:
        """See Message."""
        return f"{self.subject}\0{self.text}"


class Outcome(StrEnum):
    """What is known after a provider's call."""

    ACCEPTED = "accepted"
    THROTTLED = "throttled"  # proved not taken; try again soon
    REJECTED = "rejected"  # proved not taken, and never will be
    BROKEN = "broken"  # proved not taken through our own fault: sender, configuration or account; mend and repeat
    NOT_SENT = "not-sent"  # the request never left
    MAYBE = "maybe"  # may have landed: only a delivery event can tell


# A refusal that says more: the number is on the provider's own list of those who asked for silence.
OPTED_OUT = "DESTINATION_PHONE_NUMBER_OPTED_OUT"


@dataclass(frozen=True, slots=True)
class Sent:
    """Outcome for one message."""

    outcome: Outcome
    provider_id: str = ""
    reason: str = ""  # the provider's status code, no personal data


Kind_contra = TypeVar("Kind_contra", bound=Message, contravariant=True)


class Sender(Protocol[Kind_contra]):
    """Provider of one channel. Makes exactly one attempt: never retries, never raises for a provider's failure."""

    @property
    def at_once(self) -> int:
        """Messages that one request carries."""

    def send(self, messages: Sequence[Kind_contra]) -> Sequence[Sent]:
        """One outcome per message, in order. All-or-nothing failures give every message the same outcome."""


class OptOutList(Protocol):
    """The provider's own list of numbers that must not be written to."""

    def add(self, phone: str) -> None:
        """Add `phone` (E.164); adding it again changes nothing. Raises TryLater, Halted."""


class Senders(Protocol):
    """Which operator a sender belongs to: all that is known of a message that comes in."""

    def operator_of(self, channel: str, identity: str) -> str | None:
        """ANS register of the operator whose `identity` it is on `channel`, None for nobody's. Raises TryLater."""
