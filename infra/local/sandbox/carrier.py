"""Takes SMS and WhatsApp messages, carries them to phones, and tells the two providers' events as time passes."""

import heapq
import itertools
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from infra.local.sandbox.faults import Faults
from infra.local.sandbox.mailbox import Mail
from infra.local.sandbox.owners import OwnersBehaviour, SeededOwners
from infra.local.sandbox.phone_events import sms_inbound, sms_record, status_record, template_record, whatsapp_inbound
from infra.local.sandbox.phones import CHANNELS, SMS, WHATSAPP, Account, Phone, Phones, Text
from infra.local.sandbox.topic import Topic, Topics

_T = TypeVar("_T")
_SECOND = timedelta(seconds=1)
_SERVICE_WINDOW = timedelta(days=1)  # Meta carries free text so long after the person's own message
_NO_SUCH_NUMBER = {SMS: "TEXT_INVALID", WHATSAPP: "131026"}
_UNUSABLE = {"": "132001", "PAUSED": "132015"}  # how Meta calls a template that it does not know, or has paused


@dataclass(frozen=True, order=True)
class _Happening:
    """Something that happens to a message at `at` and is told at `told_at`. Ordered by when it is told."""

    told_at: datetime
    order: int
    at: datetime = field(compare=False)
    kind: str = field(compare=False)
    text: Text = field(compare=False)
    times: int = field(compare=False, default=1)


class Carrier:
    """The phone side of the sandbox without its HTTP. Every public method may be called from any thread."""

    def __init__(
        self,
        now: Callable[[], datetime],
        arrivals: list[Mail | Text],
        topics: Topics | None = None,
        behaviour: OwnersBehaviour | None = None,
    ) -> None:
        self.faults: Mapping[str, Faults] = {channel: Faults() for channel in CHANNELS}
        self.throttled = 0  # requests refused for load
        self.now = now
        self._arrivals = arrivals
        self._topics = topics or Topics()
        self._behaviour: OwnersBehaviour = behaviour or SeededOwners()
        self._lock = threading.RLock()
        self._publishing = threading.Lock()
        self._phones = Phones()
        self._accounts: dict[str, Account] = {}
        self._opted_out: set[str] = set()
        self._replies: list[Text] = []
        self._ahead: list[_Happening] = []
        self._order = itertools.count()
        self._untold: dict[str, list[str]] = defaultdict(list)

    def reading(self, look: Callable[[Phones], _T]) -> _T:
        """What `look` sees in the phones while nothing moves."""
        with self._lock:
            return look(self._phones)

    def replies(self, known: int = 0) -> Sequence[Text]:
        """What people have written, in order, beyond the first `known`."""
        with self._lock:
            return self._replies[known:]

    def open_account(self, account: Account) -> None:
        """A WhatsApp Business account with its numbers and templates is there from now on."""
        with self._lock:
            self._accounts |= dict.fromkeys((account.id, *account.numbers), account)

    def account(self, name: str) -> Account | None:
        """The account of an id, its own or a number's."""
        return self._accounts.get(name)

    def opt_out(self, phone: str) -> None:
        """The number takes no SMS any more."""
        with self._lock:
            self._opted_out.add(phone)

    def opted_out(self, phone: str) -> bool:
        """Whether the provider's own list has the number."""
        return phone in self._opted_out

    def judge_template(self, name: str, status: str) -> None:
        """Meta changes its mind of a template of every account, and says so at the next flush."""
        with self._lock:
            for account in {one.id: one for one in self._accounts.values() if name in one.templates}.values():
                account.standing[name] = status
                self._untold[WHATSAPP].append(template_record(account, name, status, self.now()))

    def accept(self, text: Text) -> str:
        """Take a message (its `id` and `at` are made here); the provider's id of it. Decides what becomes of it."""
        with self._lock:
            text.id, text.at = self._name(), self.now()
            phone = self._phones.of(text.to)
            phone.texts.append(text)
            self._arrivals.append(text)
            reaction = self._behaviour(text.to, text.channel, phone.received(text.channel))
            fails = self._refused(text, phone) or reaction.fails
            if text.channel == WHATSAPP:
                self._plan(text, _SECOND, "sent")
            self._plan(text, reaction.arrives_after, f"failed {fails}" if fails else "delivered")
            if not fails:
                if reaction.read_after is not None:
                    self._plan(text, max(reaction.read_after, reaction.arrives_after), "read")
                for after, words in reaction.replies:
                    self._plan(text, max(after, reaction.arrives_after), f"reply {words}")
            return text.id

    def _refused(self, text: Text, phone: Phone) -> str:
        """Why it will not arrive whatever its owner does, "" when it may."""
        told = self.faults[text.channel].take("status", text.to)
        if told is not None:
            return told.status
        if phone.dead or (phone.blocked and text.channel == WHATSAPP):
            return _NO_SUCH_NUMBER[text.channel]
        if text.channel == SMS:
            return ""
        if not text.template:
            since = self.now() - _SERVICE_WINDOW
            return (
                "" if any(one.own and one.channel == WHATSAPP and one.at > since for one in phone.texts) else "131047"
            )
        account = self._accounts[text.sender]
        standing = account.standing.get(text.template, "")
        return "" if standing == "APPROVED" else _UNUSABLE.get(standing, "132015")

    def _name(self) -> str:
        number = next(self._order)
        digest = sha256(f"text {number}".encode()).hexdigest()
        return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{number:012d}"

    def _plan(self, text: Text, after: timedelta, kind: str) -> None:
        faults = self.faults[text.channel]
        late, double = faults.take("late", text.to), faults.take("double", text.to)
        at = text.at + after
        told_at = at + (late.delay if late else timedelta())
        heapq.heappush(self._ahead, _Happening(told_at, next(self._order), at, kind, text, 2 if double else 1))

    def write(self, phone: Phone, channel: str, words: str) -> bool:
        """Its owner writes back on a channel, now; False when nobody has written to them there."""
        with self._lock:
            newest = phone.newest(channel)
            if newest is None:
                return False
            own = Text(self._name(), self.now(), channel, phone.owner.phone, newest.sender, words, own=True)
            phone.texts.append(own)
            self._replies.append(own)
            if channel == SMS:
                self._untold["texts"].append(sms_inbound(own, newest.id))
            else:
                self._untold[WHATSAPP].append(whatsapp_inbound(own, self._accounts[own.sender]))
            return True

    def read(self, phone: Phone) -> None:
        """Its owner looks at all that has arrived, now."""
        with self._lock:
            for text in phone.texts:
                if text.met("delivered") and not text.met("read"):
                    self._tell(_Happening(self.now(), 0, self.now(), "read", text))

    def change(self, phone: Phone, *, signal: bool | None = None, blocked: bool | None = None) -> None:
        """The phone loses or finds its signal; its owner blocks the operators on WhatsApp, or no longer."""
        with self._lock:
            phone.blocked = phone.blocked if blocked is None else blocked
            phone.signal = phone.signal if signal is None else signal
            if phone.signal:
                waiting, phone.waiting = phone.waiting, []
                for text in waiting:
                    if not text.met("failed"):
                        self._tell(_Happening(self.now(), 0, self.now(), "delivered", text))

    def flush(self) -> int:
        """Let everything happen that time has reached and publish its events; how many were taken.

        Raises what a topic raises; then its events stay, and the next flush tries again.
        """
        with self._publishing:
            self._advance()
            topics = {SMS: self._topics.sms, "texts": self._topics.texts, WHATSAPP: self._topics.whatsapp}
            return sum(self._publish(name, topic) for name, topic in topics.items())

    def _publish(self, name: str, topic: Topic) -> int:
        with self._lock:
            untold, self._untold[name] = self._untold[name], []
        left: Sequence[str] = untold
        try:
            left = topic.publish(untold)
        finally:
            with self._lock:
                self._untold[name] = [*left, *self._untold[name]]
        return len(untold) - len(left)

    def _advance(self) -> None:
        with self._lock:
            while self._ahead and self._ahead[0].told_at <= self.now():
                self._meet(heapq.heappop(self._ahead))

    def _meet(self, due: _Happening) -> None:
        text, phone = due.text, self._phones.of(due.text.to)
        kind, _, detail = due.kind.partition(" ")
        if kind == "reply":
            if text.met("delivered"):
                self.write(phone, text.channel, detail)
        elif kind == "expired":
            if not text.met("delivered"):
                text.why = "TEXT_TTL_EXPIRED"
                self._tell(_Happening(due.told_at, 0, due.at, "failed", text, due.times))
        elif kind == "delivered" and not phone.signal:
            phone.waiting.append(text)
            if text.expires_at is not None:
                self._plan(text, text.expires_at - text.at, "expired")
        elif kind != "read" or text.met("delivered"):
            text.why = detail
            self._tell(_Happening(due.told_at, 0, due.at, kind, text, due.times))

    def _tell(self, due: _Happening) -> None:
        text = due.text
        text.history.append((due.at, due.kind))
        if text.channel == WHATSAPP:
            record = status_record(text, due.kind, due.at, self._accounts[text.sender])
            self._untold[WHATSAPP] += [record] * due.times
        elif due.kind in ("delivered", "failed"):  # nobody is told that an SMS was read
            record = sms_record(text, text.why if due.kind == "failed" else "TEXT_DELIVERED", due.at)
            self._untold[SMS] += [record] * due.times

    def stats(self) -> Mapping[str, object]:
        """Counts."""
        with self._lock:
            texts = [text for phone in self._phones.all() for text in phone.texts]
            sent = {channel: sum(one.channel == channel and not one.own for one in texts) for channel in CHANNELS}
            counts = {"phones": len(self._phones), "replies": len(self._replies), "throttled": self.throttled}
            return counts | sent | {"untold": sum(map(len, self._untold.values())), "ahead": len(self._ahead)}
