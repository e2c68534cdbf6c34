"""People's mailboxes, in memory. Bodies are kept compressed: 45 days of 2,000 contracts are some ten thousand mails."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256


@dataclass(frozen=True)
class Person:
    """Whose mailbox it is, as far as the demo tells; `place` is a city and state to show."""

    address: str
    name: str = ""
    place: str = ""
    zone: str = "America/Sao_Paulo"


@dataclass
class Mail:
    """One accepted mail. `history` lists (UTC, SES event type) in order, as published or met on the way."""

    id: str
    at: datetime
    to: str
    sender: str
    subject: str
    text_z: bytes
    html_z: bytes
    headers: Sequence[tuple[str, str]]
    tags: Mapping[str, str]
    history: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The plain-text part."""
        return zlib.decompress(self.text_z).decode()

    @property
    def html(self) -> str:
        """The HTML part."""
        return zlib.decompress(self.html_z).decode()

    @property
    def ref(self) -> str:
        """The sender's own name for it."""
        return self.tags.get("ref", "")

    @property
    def unsubscribe_url(self) -> str:
        """The https or http address of List-Unsubscribe, "" unless one click is offered (RFC 8058)."""
        headers = {name.lower(): value for name, value in self.headers}
        if headers.get("list-unsubscribe-post", "").replace(" ", "") != "List-Unsubscribe=One-Click":
            return ""
        urls = [part.strip(" <>") for part in headers.get("list-unsubscribe", "").split(",")]
        return next((url for url in urls if url.startswith(("https://", "http://"))), "")

    def met(self, kind: str) -> bool:
        """Whether an event of `kind` has happened to it."""
        return any(event == kind for _, event in self.history)


@dataclass
class Mailbox:
    """Everything sent to one address. `bounces`: its server refuses from now on."""

    person: Person
    mails: list[Mail] = field(default_factory=list)
    bounces: bool = False

    @property
    def id(self) -> str:
        """Names the mailbox in addresses of pages, which carry no personal data even here."""
        return mailbox_id(self.person.address)

    @property
    def unread(self) -> int:
        """Delivered and never opened."""
        return sum(mail.met("Delivery") and not mail.met("Open") for mail in self.mails)


def mailbox_id(address: str) -> str:
    """Twelve hex characters for an address, whatever its case."""
    return sha256(address.lower().encode()).hexdigest()[:12]


class Mailboxes:
    """All mailboxes. Not thread-safe: the post office that owns it holds the lock."""

    def __init__(self) -> None:
        self._boxes: dict[str, Mailbox] = {}
        self._mails: dict[str, Mail] = {}

    def introduce(self, people: Iterable[Person]) -> None:
        """Tell whose an address is; the mailbox shows before its first mail."""
        for person in people:
            box = self._boxes.get(mailbox_id(person.address))
            if box is None:
                self._boxes[mailbox_id(person.address)] = Mailbox(person)
            else:
                box.person = person

    def of(self, address: str) -> Mailbox:
        """The mailbox of `address`, made when new."""
        return self._boxes.setdefault(mailbox_id(address), Mailbox(Person(address)))

    def by_id(self, box_id: str) -> Mailbox | None:
        """The mailbox a page names."""
        return self._boxes.get(box_id)

    def put(self, mail: Mail) -> int:
        """Store a mail; which mail of its mailbox it is, from 1."""
        box = self.of(mail.to)
        box.mails.append(mail)
        self._mails[mail.id] = mail
        return len(box.mails)

    def mail(self, mail_id: str) -> Mail | None:
        """One mail by the provider's id."""
        return self._mails.get(mail_id)

    def all_mails(self) -> Sequence[Mail]:
        """In order of acceptance."""
        return list(self._mails.values())

    def search(self, words: str) -> Sequence[Mailbox]:
        """Mailboxes whose name, address, place or some subject holds every word; the newest mail first."""
        wanted = words.casefold().split()
        found = [box for box in self._boxes.values() if all(word in _haystack(box, wanted) for word in wanted)]
        return sorted(found, key=lambda box: (box.mails[-1].at.timestamp() if box.mails else 0.0, box.id), reverse=True)

    def __len__(self) -> int:
        return len(self._boxes)


def _haystack(box: Mailbox, wanted: Sequence[str]) -> str:
    if not wanted:
        return ""
    person = box.person
    return " ".join((person.name, person.address, person.place, *(mail.subject for mail in box.mails))).casefold()
