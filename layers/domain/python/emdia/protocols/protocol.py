r"""An attendance as stored: its number, what was said, its clocks, who deals with it, how it ended. Pure.

```
open --classify--> open, clocks running --answer--> closed --reanalyse--> open (ombudsman's clocks)
  \-- 50, 80, 100 % of its nearest term --> told to people, once each
```
A number is issued before anything is known; words, contract and class follow as they become known.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from emdia.calendar import local_day
from emdia.clock import instant
from emdia.compliance.norms import norm
from emdia.errors import Halted, Rejected
from emdia.protocols.answers import Answer, Outcome, check
from emdia.protocols.copying import Copying
from emdia.protocols.deadlines import Care, Clock, Demand, Seat, clocks_of, warnings_of
from emdia.protocols.keeping import next_look
from emdia.protocols.number import BRASILIA
from emdia.protocols.turns import FirstAnswer, Reminder
from emdia.state import (
    AgendaKind,
    Ref,
    State,
    asked_ref,
    contract_protocol_ref,
    interaction_ref,
    protocol_ref,
    waiting_protocol_ref,
)


class Medium(StrEnum):
    """Where an interaction takes place (RN 623 art. 6: in person, by phone, virtual)."""

    WHATSAPP = "whatsapp"
    SMS = "sms"
    EMAIL = "email"
    CHAT = "chat"
    PHONE = "telefone"
    IN_PERSON = "presencial"
    SOCIAL = "rede_social"


class Originator(StrEnum):
    """Who began it: RN 623 art. 2 asks for a protocol whoever it was."""

    PERSON = "beneficiario"
    OPERATOR = "operadora"


class Status(StrEnum):
    """Whether an answer is still owed."""

    OPEN = "aberto"
    CLOSED = "encerrado"
    NOT_ISSUED = "nao_emitido"  # leased and never given to anybody: written at the day's end, so that no gap is left


class Speaker(StrEnum):
    """Who said something."""

    PERSON = "beneficiario"
    STAFF = "atendente"
    BOT = "robo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol(State):
    """One attendance. Ids and instants only: words are in its interactions.

    `spoken_seconds`: of `spoken` contacts whose length their channel told, all together: talk, hold and what is done
    after it. `csat` (1 to 5) and `nps` (0 to 10): as the person rated it, so that reports read one item.
    """

    number: str
    opened_at: datetime
    medium: Medium | None = None  # None: the number was never issued
    originator: Originator | None = None
    status: Status = Status.OPEN
    contract: str = ""  # pseudonym; "" while nobody knows whose it is
    holder_key: str = ""
    demand: Demand | None = None
    care: Care | None = None
    clocks: tuple[Clock, ...] = ()
    warnings: tuple[Reminder, ...] = ()  # those still to come, in order
    warned: tuple[Reminder, ...] = ()  # those given
    staff: str = ""  # who has claimed it: an id of the operator's directory
    human_asked_at: datetime | None = None
    human_at: datetime | None = None
    answered_at: datetime | None = None
    outcome: Outcome | None = None
    late: bool = False  # some term ended before its answer
    complaint: bool = False  # a complaint is kept five years instead of two
    stage: int = 0  # 1: re-analysis by the ombudsman
    first: FirstAnswer | None = None  # before it
    said: int = 0  # interactions so far
    spoken: int = 0
    spoken_seconds: int = 0
    copying: Copying | None = None  # the copy that its person is sent once it is answered
    csat: int | None = None
    nps: int | None = None
    asked: str = ""  # key of the interaction that it was opened for
    recorded_at: datetime | None = None  # the newest call whose recording is still referred to
    stays_until: datetime | None = None  # something stood against its disposal: looked at again then

    @property
    def ref(self) -> Ref:
        """See State."""
        return protocol_ref(self.number)

    @property
    def agenda(self) -> tuple[AgendaKind, datetime] | None:
        """See State."""
        if self.warnings:
            return AgendaKind.CLOCK, self.warnings[0].at
        if self.copying is not None and self.copying.due is not None:
            return AgendaKind.CLOCK, self.copying.due
        ends = next_look(self)
        return None if ends is None else (AgendaKind.RETENTION, ends)

    @property
    def person(self) -> str:
        """See State."""
        return self.holder_key

    @property
    def due(self) -> datetime | None:
        """When the nearest term ends; None before it is classed and after it is answered."""
        running = self.status is Status.OPEN and self.clocks
        return min(clock.due for clock in self.clocks) if running else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(State):
    """Which number an interaction was given: the same interaction asked again gets the same one."""

    key: str
    number: str

    @property
    def ref(self) -> Ref:
        """See State."""
        return asked_ref(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction(State):
    """One thing said or written. `words` and `author` are sealed; `recording` is where a call's audio is kept."""

    number: str
    id: str
    sequence: int
    at: datetime
    medium: Medium
    speaker: Speaker
    under: str  # subject whose key seals it: the person, or the attendance itself while nobody is known
    internal: bool = False  # a note among staff: never shown to the person
    seconds: int = 0  # how long the contact took, where its channel tells: talk, hold and what is done after it
    words: str = ""
    author: str = ""
    recording: str = ""
    basis: str = ""  # of a denial: the clause or the norm
    model: str = ""  # of an answer: the approved text that it began with, by name and version
    edited: bool = False  # whether it is no longer that text

    @property
    def ref(self) -> Ref:
        """See State."""
        return interaction_ref(self.number, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractProtocol(State):
    """Pointer from a contract to one of its attendances, so that its record file lists them."""

    contract: str
    number: str
    opened_at: datetime

    @property
    def ref(self) -> Ref:
        """See State."""
        return contract_protocol_ref(self.contract, self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingProtocol(State):
    """Place of an open attendance in the queue of people. `due`: its nearest term, or its opening (UTC)."""

    number: str
    due: str

    @property
    def ref(self) -> Ref:
        """See State."""
        return waiting_protocol_ref(self.number, self.due)


def place_of(protocol: Protocol) -> WaitingProtocol | None:
    """Where `protocol` stands in the queue; None when it is answered.

    What nobody has classed yet stands before all that is: its place is its opening, which is past.
    """
    if protocol.status is not Status.OPEN:
        return None
    return WaitingProtocol(number=protocol.number, due=instant(protocol.due or protocol.opened_at))


def opened(number: str, medium: Medium, originator: Originator, now: datetime) -> Protocol:
    """A new attendance: nothing is known but that somebody must class it within some hours."""
    hours = norm("protocol.triage.hours", local_day(now, BRASILIA)).value
    first = Reminder(now + timedelta(hours=hours), 100, "protocol.triage.hours")
    return Protocol(number=number, medium=medium, originator=originator, opened_at=now, warnings=(first,))


def classify(protocol: Protocol, demand: Demand, care: Care | None, seat: Seat, now: datetime) -> Protocol:
    """`protocol` with the clocks of `demand`, which run from its opening whenever it is classed.

    Raises Rejected `protocol-closed`.
    """
    must_be_open(protocol)
    opened = protocol.opened_at
    return _running(replace(protocol, demand=demand, care=care), clocks_of(demand, opened, seat, care), seat, now)


def reanalyse(protocol: Protocol, seat: Seat, now: datetime) -> Protocol:
    """The ombudsman's turn: open again, with terms of its own from `now`.

    Raises Rejected `protocol-open` while the first answer is still owed, `protocol-reanalysed` the second time.
    """
    if protocol.status is Status.OPEN:
        raise Rejected("protocol-open")
    if protocol.stage:
        raise Rejected("protocol-reanalysed")
    again = replace(
        protocol, status=Status.OPEN, stage=1, complaint=True, staff="", answered_at=None, outcome=None, warned=(),
        copying=None, first=_first(protocol, now), stays_until=None,
    )  # fmt: skip
    return _running(replace(again, demand=Demand.OMBUDSMAN), clocks_of(Demand.OMBUDSMAN, now, seat), seat, now)


def _first(protocol: Protocol, now: datetime) -> FirstAnswer:
    demand, at, outcome = protocol.demand, protocol.answered_at, protocol.outcome
    if demand is None or at is None or outcome is None:
        raise Halted("an attendance was closed without class or answer")
    return FirstAnswer(demand, protocol.clocks, protocol.warned, at, outcome, protocol.late, now)


def close(protocol: Protocol, answer: Answer, now: datetime) -> Protocol:
    """Answered for good. Raises Rejected: `protocol-closed`, `protocol-unclassed`, and what `answers.check` raises."""
    must_be_open(protocol)
    if protocol.demand is None:
        raise Rejected("protocol-unclassed", "/number")
    check(answer)
    # Urgent means at once: there is no moment before its end, so only what waited is late.
    late = protocol.late or any(clock.opened < clock.due < now for clock in protocol.clocks)
    return replace(protocol, status=Status.CLOSED, answered_at=now, outcome=answer.outcome, warnings=(), late=late)


def claim(protocol: Protocol, staff: str, now: datetime, taken_from: str = "") -> Protocol:
    """`staff` deals with it from here, `taken_from` whoever has it: somebody may be ill, and no term waits for them.

    Raises Rejected `protocol-closed`, `protocol-claimed` (by somebody else than that).
    """
    must_be_open(protocol)
    if protocol.staff not in ("", staff, taken_from):
        raise Rejected("protocol-claimed")
    return replace(protocol, staff=staff, human_at=protocol.human_at or now)


def hand_over(protocol: Protocol, staff: str, to: str = "") -> Protocol:
    """From `staff` to `to`, or back to the queue (""). Raises Rejected `protocol-closed`, `protocol-not-yours`."""
    must_be_open(protocol)
    if protocol.staff != staff:
        raise Rejected("protocol-not-yours")
    return replace(protocol, staff=to)


def must_be_open(protocol: Protocol) -> None:
    """Raises Rejected `protocol-closed`."""
    if protocol.status is Status.CLOSED:
        raise Rejected("protocol-closed")


def _running(protocol: Protocol, clocks: tuple[Clock, ...], seat: Seat, now: datetime) -> Protocol:
    coming = [Reminder(at, percent, c.rule) for c in clocks for percent, at in warnings_of(c, seat)]
    # A class that comes late finds some warnings past: the furthest of each term is given at once, no other.
    passed = {w.rule: w for w in sorted(coming, key=lambda w: w.percent) if w.at <= now}
    ahead = [w for w in coming if w.at > now]
    return replace(protocol, clocks=clocks, warnings=tuple(sorted([*passed.values(), *ahead], key=lambda w: w.at)))
