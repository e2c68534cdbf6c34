"""Takes mails, carries them to mailboxes, and tells SES events as time passes.

Time is the machine's until `set_now` is called, from then on it stands where it was last put: the demo lives through
weeks in minutes, and an event is published when simulated time has reached it.
"""

import heapq
import itertools
import threading
import urllib.request
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from infra.local.sandbox.behaviour import Behaviour, Reaction, SeededBehaviour
from infra.local.sandbox.events import record
from infra.local.sandbox.faults import Faults
from infra.local.sandbox.mailbox import Mail, Mailbox, Mailboxes
from infra.local.sandbox.phones import Text
from infra.local.sandbox.ses import Outgoing
from infra.local.sandbox.topic import NoTopic, Topic

_T = TypeVar("_T")

# The address had bounced or complained before: SES takes the mail, does not try to deliver it, and says so.
_SUPPRESSED = "OnAccountSuppressionList"
# In a mail's history, beside SES's own event types.
UNSUBSCRIBED = "Unsubscribe"
UNSUBSCRIBE_FAILED = "Unsubscribe failed"


@dataclass(frozen=True, order=True)
class _Happening:
    """Something that happens to a mail at `at` and is told at `told_at`. Ordered by when it is told."""

    told_at: datetime
    order: int
    at: datetime = field(compare=False)
    kind: str = field(compare=False)
    mail: Mail = field(compare=False)
    detail: str = field(compare=False, default="")
    times: int = field(compare=False, default=1)


@dataclass(frozen=True)
class Flushed:
    """What a flush did. `next_at`: when the next thing happens (UTC), None when nothing is ahead."""

    published: int
    unsubscribed: int
    next_at: datetime | None


class PostOffice:
    """The sandbox without its HTTP. Every public method may be called from any thread."""

    def __init__(self, topic: Topic | None = None, behaviour: Behaviour | None = None) -> None:
        self.faults = Faults()
        self.arrivals: list[Mail | Text] = []  # everything taken for people by every provider, in order
        self._topic = topic or NoTopic()
        self._behaviour: Behaviour = behaviour or SeededBehaviour()
        self._lock = threading.RLock()
        self._publishing = threading.Lock()
        self._boxes = Mailboxes()
        self._reactions: dict[str, Reaction] = {}
        self._suppressed: dict[str, str] = {}
        self._ahead: list[_Happening] = []
        self._order = itertools.count()
        self._untold: list[str] = []
        self._now: datetime | None = None
        self._sets: dict[str, str] = {}

    def now(self) -> datetime:
        """Aware UTC."""
        with self._lock:
            return self._now or datetime.now(UTC)

    def set_now(self, now: datetime) -> None:
        """Put the clock at `now` (aware) and leave it there. What lies before it happens at the next flush."""
        with self._lock:
            self._now = now.astimezone(UTC)

    def react(self, address: str, reaction: Reaction) -> None:
        """From now on the mails to `address` meet `reaction`, whatever the behaviour says."""
        with self._lock:
            self._reactions[address.lower()] = reaction

    def reading(self, look: Callable[[Mailboxes], _T]) -> _T:
        """What `look` sees in the mailboxes while nothing moves."""
        with self._lock:
            return look(self._boxes)

    def accept(self, asked: Outgoing) -> str:
        """Take a mail; SES's id of it. Decides at once what will become of it."""
        with self._lock:
            number = next(self._order)
            mail = Mail(
                id=f"0100{sha256(f'{number}'.encode()).hexdigest()[:12]}-{number:08d}-000000",
                at=self.now(),
                to=asked.to,
                sender=asked.sender,
                subject=asked.subject,
                text_z=zlib.compress(asked.text.encode(), 1),
                html_z=zlib.compress(asked.html.encode(), 1),
                headers=asked.headers,
                tags=asked.tags,
            )
            self._sets[mail.id] = asked.configuration_set
            if asked.missing:
                self._plan(mail, timedelta(), "Rendering Failure", asked.missing)
                return mail.id
            self.arrivals.append(mail)
            self._decide(mail, self._boxes.put(mail))
            return mail.id

    def _decide(self, mail: Mail, number: int) -> None:
        address = mail.to.lower()
        reaction = self._reactions.get(address) or self._behaviour(mail.to, number)
        if address in self._suppressed:
            kind = self._suppressed[address]
            self._plan(
                mail, reaction.arrives_after, kind, f"Permanent/{_SUPPRESSED}" if kind == "Bounce" else _SUPPRESSED
            )
            return
        bounce = "Permanent" if self._boxes.of(mail.to).bounces else reaction.bounce
        if bounce:
            self._plan(mail, reaction.arrives_after, "Bounce", f"{bounce}/General")
            return
        self._plan(mail, reaction.arrives_after, "Delivery")
        for after, kind in (
            (reaction.opened_after, "Open"),
            (reaction.complained_after, "Complaint"),
            (reaction.unsubscribed_after, UNSUBSCRIBED),
        ):
            if after is not None:
                self._plan(mail, max(after, reaction.arrives_after), kind)

    def _plan(self, mail: Mail, after: timedelta, kind: str, detail: str = "") -> None:
        late, double = self.faults.take("late", mail.to), self.faults.take("double", mail.to)
        at = mail.at + after
        told_at = at + (late.delay if late else timedelta())
        happening = _Happening(told_at, next(self._order), at, kind, mail, detail, 2 if double else 1)
        heapq.heappush(self._ahead, happening)

    def happen(self, mail: Mail, kind: str) -> None:
        """A person does something by hand, now: Open or Complaint. Told at the next flush."""
        with self._lock:
            self._tell(_Happening(self.now(), next(self._order), self.now(), kind, mail))

    def unsubscribe(self, mail: Mail) -> bool:
        """Press the mail's one-click link now. Whether it was answered with success."""
        done = press(mail.unsubscribe_url)
        with self._lock:
            mail.history.append((self.now(), UNSUBSCRIBED if done else UNSUBSCRIBE_FAILED))
        return done

    def bounce_from_now_on(self, box: Mailbox, bounces: bool) -> None:
        """The mailbox's server refuses every further mail, or takes them again (SES's own list is cleared)."""
        with self._lock:
            box.bounces = bounces
            if not bounces:
                self._suppressed.pop(box.person.address.lower(), None)

    def flush(self) -> Flushed:
        """Let everything happen that simulated time has reached, publish its events, press its links.

        Raises what the topic raises; then the events stay, and the next flush tries again.
        """
        with self._publishing:
            leaving = self._advance()
            with self._lock:
                untold, self._untold = self._untold, []
            left: Sequence[str] = untold
            try:
                left = self._topic.publish(untold)
            finally:
                with self._lock:
                    self._untold = [*left, *self._untold]
            pressed = sum(map(self.unsubscribe, leaving))
            with self._lock:
                next_at = self._ahead[0].told_at if self._ahead else None
            return Flushed(len(untold) - len(left), pressed, next_at)

    def _advance(self) -> Sequence[Mail]:
        """Move what is due into `_untold`; the mails whose link is pressed now."""
        leaving: list[Mail] = []
        with self._lock:
            while self._ahead and self._ahead[0].told_at <= self.now():
                due = heapq.heappop(self._ahead)
                if due.kind == UNSUBSCRIBED:
                    leaving.append(due.mail)
                    continue
                self._tell(due)
        return leaving

    def _tell(self, due: _Happening) -> None:
        due.mail.history.append((due.at, due.kind))
        if due.kind == "Complaint" or due.detail.startswith("Permanent"):
            self._suppressed.setdefault(due.mail.to.lower(), due.kind)
        told = record(due.mail, due.kind, due.at, due.detail, self._sets[due.mail.id])
        self._untold += [told] * due.times

    def stats(self) -> dict[str, object]:
        """Counts, and where time stands."""
        with self._lock:
            ahead = self._ahead[0].told_at.isoformat() if self._ahead else None
            mails = len(self._boxes.all_mails())
            counts = {"mailboxes": len(self._boxes), "mails": mails, "ahead": len(self._ahead)}
            return counts | {"untold": len(self._untold), "now": self.now().isoformat(), "next_at": ahead}


def press(url: str) -> bool:
    """One click as mail programs do it (RFC 8058): POST, no cookies, no page. Whether it was answered with 2xx."""
    if not url.startswith(("https://", "http://")):
        return False
    request = urllib.request.Request(url, data=b"List-Unsubscribe=One-Click", method="POST")  # noqa: S310  checked above
    request.add_header("Content-Type", "application/x-www-form-urlencoded")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return 200 <= int(answer.status) < 300
    except OSError:
        return False
