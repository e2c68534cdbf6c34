"""What people and their servers did with what they got, and what of it binds the product from then on."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from infra.local.demo.chronicle import BRASILIA, Chronicle
from infra.local.demo.judge import Letter, Matcher
from infra.local.demo.laptop import Laptop
from infra.local.demo.phones import STOP, phone_of
from infra.local.demo.portfolio import HOUSES
from infra.local.demo.talkers import Talkers
from infra.local.sandbox.mailbox import Mail
from infra.local.sandbox.phones import Text
from infra.local.sandbox.post_office import UNSUBSCRIBED

_OVER = timedelta(days=2)
_FAREWELLS = frozenset({"Complaint", UNSUBSCRIBED})
_ARRIVED = frozenset({"Delivery", "delivered"})
_NO_SUCH_POINT = frozenset({"TEXT_INVALID", "131026"})


@dataclass(slots=True)
class Reactions:
    """Notes in the chronicle's books who is to be left alone. `delivered` counts by day in Brasília."""

    laptop: Laptop
    chronicle: Chronicle
    matcher: Matcher
    talkers: Talkers
    delivered: Counter[date] = field(default_factory=Counter)
    _waiting: list[tuple[Letter, Mail | Text, int]] = field(default_factory=list)
    _replies: int = 0

    def expect(self, letter: Letter, mail: Mail | Text) -> None:
        """A letter came: for two days something may happen to it."""
        self._waiting.append((letter, mail, 0))
        self.talkers.hear(letter, mail, self.matcher.fees(letter))

    def note(self, now: datetime) -> None:
        """Take down what has happened until `now`; the product knows of it."""
        self.talkers.bind(now, len(self.laptop.letters))
        still = []
        for letter, mail, seen in self._waiting:
            for at, kind in mail.history[seen:]:
                self.delivered[at.astimezone(BRASILIA).date()] += kind in _ARRIVED
                self._bind(letter, mail, kind)
            if letter.at + _OVER > now:
                still.append((letter, mail, len(mail.history)))
        self._waiting = still
        for reply in self.laptop.sandbox.carrier.replies(self._replies):
            self._replies += 1
            if reply.text == STOP:
                houses = {name: house for house in HOUSES for name in (house.sms_from, house.whatsapp_from)}
                ours = [
                    one.number
                    for one in self.chronicle.world.accounts.values()
                    if phone_of(one.holder) == reply.to and one.house is houses[reply.sender]
                ]
                self._leave_alone(ours, reply.channel)

    def _bind(self, letter: Letter, mail: Mail | Text, kind: str) -> None:
        accounts = {bill.account for bill in self.matcher.fees(letter)} if kind not in _ARRIVED else set()
        if kind == "Bounce" or (isinstance(mail, Text) and kind == "failed" and mail.why in _NO_SUCH_POINT):
            for account in accounts:
                self.chronicle.books.left_alone.setdefault((account, letter.point), len(self.laptop.letters))
        elif kind in _FAREWELLS:
            self._leave_alone(accounts, letter.channel)

    def _leave_alone(self, accounts: Iterable[str], channel: str) -> None:
        """The holders of these contracts asked for silence on a channel: it holds for all that they have of a house."""
        world = self.chronicle.world.accounts
        people = {(world[account].house.ans, world[account].holder.cpf) for account in accounts}
        for one in world.values():
            if (one.house.ans, one.holder.cpf) in people:
                self.chronicle.books.left_alone.setdefault((one.number, channel), len(self.laptop.letters))
