"""People's phones, in memory: what came by SMS and WhatsApp, and what its owner wrote back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

SMS, WHATSAPP = "sms", "whatsapp"
CHANNELS = (SMS, WHATSAPP)


@dataclass(frozen=True)
class Owner:
    """Whose phone it is, as far as the demo tells. `phone` is E.164, `address` the same person's e-mail."""

    phone: str
    name: str = ""
    place: str = ""
    zone: str = "America/Sao_Paulo"
    address: str = ""


@dataclass
class Text:
    """One SMS or WhatsApp message, theirs or (`own`) the person's.

    `history` lists (UTC, what happened): `sent`, `delivered`, `read`, `failed`. `why` is the provider's code of a
    failure. `expires_at`: an SMS does not arrive after it.
    """

    id: str
    at: datetime
    channel: str
    to: str  # the phone, whoever wrote
    sender: str
    text: str
    ref: str = ""
    link: str = ""
    button: str = ""
    template: str = ""
    expires_at: datetime | None = None
    own: bool = False
    why: str = ""
    history: list[tuple[datetime, str]] = field(default_factory=list)

    def met(self, kind: str) -> bool:
        """Whether `kind` has happened to it."""
        return any(happened == kind for _, happened in self.history)


@dataclass
class Phone:
    """Everything on one phone. Without `signal` nothing arrives; `blocked`: its owner has blocked WhatsApp messages."""

    owner: Owner
    texts: list[Text] = field(default_factory=list)
    signal: bool = True
    blocked: bool = False
    dead: bool = False
    waiting: list[Text] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Names the phone in addresses of pages, which carry no personal data even here."""
        return phone_id(self.owner.phone)

    @property
    def seen(self) -> Sequence[Text]:
        """What its owner can see, in order."""
        return [one for one in self.texts if one.own or one.met("delivered")]

    @property
    def unread(self) -> int:
        """Arrived and never read."""
        return sum(one.met("delivered") and not one.met("read") for one in self.texts)

    def received(self, channel: str) -> int:
        """How many messages were ever sent to it on a channel."""
        return sum(one.channel == channel and not one.own for one in self.texts)

    def newest(self, channel: str) -> Text | None:
        """The newest message that arrived on a channel: what a reply answers."""
        return next((one for one in reversed(self.seen) if one.channel == channel and not one.own), None)


def phone_id(phone: str) -> str:
    """Twelve hex characters for a number."""
    return sha256(phone.encode()).hexdigest()[:12]


class Phones:
    """All phones. Not thread-safe: the carrier that owns it holds the lock."""

    def __init__(self) -> None:
        self._phones: dict[str, Phone] = {}

    def introduce(self, owners: Iterable[Owner]) -> None:
        """Tell whose a number is; the phone shows before its first message."""
        for owner in owners:
            self.of(owner.phone).owner = owner

    def of(self, phone: str) -> Phone:
        """The phone of a number, made when new."""
        return self._phones.setdefault(phone_id(phone), Phone(Owner(phone)))

    def by_id(self, asked: str) -> Phone | None:
        """The phone a page names."""
        return self._phones.get(asked)

    def all(self) -> Sequence[Phone]:
        """In order of introduction."""
        return list(self._phones.values())

    def search(self, words: str) -> Sequence[Phone]:
        """Phones whose owner, number, place or some message holds every word; the newest message first."""
        wanted = words.casefold().split()
        found = [one for one in self._phones.values() if all(word in _haystack(one) for word in wanted)]
        return sorted(found, key=lambda one: (one.texts[-1].at.timestamp() if one.texts else 0.0, one.id), reverse=True)

    def __len__(self) -> int:
        return len(self._phones)


def _haystack(phone: Phone) -> str:
    owner = phone.owner
    return " ".join((owner.name, owner.phone, owner.place, *(one.text for one in phone.texts))).casefold()


@dataclass
class Account:
    """A WhatsApp Business account: its number's ids at the provider, and its templates in Meta's own document."""

    id: str
    numbers: tuple[str, ...]
    templates: dict[str, Mapping[str, object]] = field(default_factory=dict)
    standing: dict[str, str] = field(default_factory=dict)  # name -> APPROVED, REJECTED, PAUSED ...
