"""A conversation with one number on one channel: where it stands, what was heard of it, how much it is answered. Pure.

It lives for a day from its first message, as WhatsApp lets us answer freely for a day. Its messages are one attendance
as long as that is open. Nothing here names a person: words are in the attendance.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from emdia.compliance.norms import gone_after
from emdia.messages.bot.converse import State as Stand
from emdia.messages.bot.converse import Waiting
from emdia.portfolio.contract import Channel
from emdia.state import AgendaKind, Ref, State

LIFE = timedelta(hours=24)
# Answers in one hour, and in one conversation: a telephone that answers by itself must not be answered for ever.
ANSWERS_AN_HOUR = 6
ANSWERS = 20
# Days: what is let go stays for sixty at least (aws/items.py), so that two beginnings never fall into one.
_ERA = 60
# Messages of one conversation that are kept word for word; what comes beyond is obeyed and counted.
KEPT = 100


class Owed(StrEnum):
    """Whether a message is still to be answered."""

    NOTHING = ""
    DUE = "due"  # the provider proved not to have taken the answer
    TAKEN = "taken"  # somebody has taken it on: nobody else answers


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReply(State):
    """One message that came from a number (`key`, its pseudonym): in which attendance its words are."""

    key: str
    id: str
    at: datetime
    number: str
    owed: Owed = Owed.NOTHING

    @property
    def ref(self) -> Ref:
        """See State."""
        return reply_ref(self.key, self.id)

    @property
    def expires(self) -> datetime | None:
        """See State."""
        return gone_after("reply", self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk(State):
    """Where the conversation of a number (`key`, its pseudonym) stands. `until`, `hour` and `began` are UTC.

    `began`: when the number wrote for the first time since nothing was kept of it. Versions begin anew after that.
    """

    key: str
    channel: Channel
    number: str = ""  # of its attendance
    until: datetime | None = None
    waiting: Waiting = Waiting.NOTHING
    misses: int = 0
    heard: int = 0
    answers: int = 0
    hour: datetime | None = None  # since when `lately` counts
    lately: int = 0
    began: datetime | None = None

    @property
    def ref(self) -> Ref:
        """See State."""
        return talk_ref(self.key, self.channel)

    @property
    def ends_at(self) -> datetime | None:
        """When it is over without an answer to what the bot asked; None when the bot waits for nothing."""
        return self.until if self.waiting is not Waiting.NOTHING else None

    @property
    def agenda(self) -> tuple[AgendaKind, datetime] | None:
        """See State."""
        return None if self.ends_at is None else (AgendaKind.CLOCK, self.ends_at)

    @property
    def expires(self) -> datetime | None:
        """See State."""
        return None if self.until is None or self.ends_at is not None else gone_after("reply", self.until)

    def turn(self, at: datetime) -> str:
        """What no other moment of this number's conversations is called, today and when all of it has been let go.

        `at`: when the message is heard (UTC). The same message heard again some hours later must be the same turn.
        """
        era = (self.began or at).toordinal() // _ERA
        return f"{self.ref.partition}:{self.ref.sort}:{self.v}:{era}"

    @property
    def stand(self) -> Stand:
        """As the bot reads it."""
        return Stand(self.waiting, self.misses)


def talk_of(key: str, channel: Channel, held: State | None, now: datetime) -> Talk:
    """The conversation as it stands at `now`: one that is over begins anew, in its place."""
    if not isinstance(held, Talk):
        return Talk(key=key, channel=channel)
    if held.until is None or held.until <= now:
        return Talk(key=key, channel=channel, v=held.v, last=held.last, began=held.began)
    return held


def goes_on(talk: Talk, number: str, stand: Stand, now: datetime) -> Talk:
    """`talk` after one more message, which belongs to the attendance `number`."""
    until = talk.until or now + LIFE
    told = replace(talk, number=number, until=until, heard=talk.heard + 1, began=talk.began or now)
    return replace(told, waiting=stand.waiting, misses=stand.misses)


def answered(talk: Talk, now: datetime) -> Talk | None:
    """`talk` with one answer more; None when the number has been answered enough."""
    fresh = talk.hour is None or talk.hour + timedelta(hours=1) <= now
    lately = 0 if fresh else talk.lately
    if talk.answers >= ANSWERS or lately >= ANSWERS_AN_HOUR:
        return None
    return replace(talk, answers=talk.answers + 1, lately=lately + 1, hour=now if fresh else talk.hour)


def talk_ref(key: str, channel: Channel) -> Ref:
    """Where the conversation with a number stands on a channel."""
    return Ref(f"T#{key}", f"TALK#{channel}")


def reply_ref(key: str, reply: str) -> Ref:
    """One message that came from a number."""
    return Ref(f"T#{key}", f"REPLY#{reply}")
