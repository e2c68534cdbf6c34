"""What acts on an attendance share: how it is read, whose days count, how its place in the queue moves with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from emdia.clock import instant
from emdia.compliance.municipality import uf_of, zone_of
from emdia.errors import LostRace, Rejected
from emdia.facts import Fact, LogClass, Value
from emdia.portfolio.contract import Contract, Operator
from emdia.portfolio.municipal import holidays_of
from emdia.ports import Act, Change, Ledger, Put, Remove
from emdia.protocols.copying import owed
from emdia.protocols.deadlines import Seat
from emdia.protocols.protocol import ContractProtocol, Interaction, Protocol, Status, WaitingProtocol, place_of
from emdia.state import State, Subject, attendance_subject, municipal_holidays_ref, operator_ref, protocol_ref
from emdia.workflows.acts import command


@dataclass(frozen=True, slots=True)
class Attendance:
    """One attendance as read, with its place in the queue."""

    protocol: Protocol
    place: WaitingProtocol | None

    @property
    def under(self) -> Subject:
        """Whose key seals what is said: the person's, or the attendance's own while nobody is known."""
        person = self.protocol.holder_key
        return Subject(person) if person else attendance_subject(self.protocol.number)


def read(number: str, ledger: Ledger) -> Attendance:
    """Raises Rejected `protocol-unknown`, for a number that was never given to anybody too."""
    protocol = ledger.get([protocol_ref(number)]).get(protocol_ref(number))
    if not isinstance(protocol, Protocol) or protocol.status is Status.NOT_ISSUED:
        raise Rejected("protocol-unknown", "/number")
    expected = place_of(protocol)
    place = None if expected is None else ledger.get([expected.ref]).get(expected.ref)
    return Attendance(protocol, place if isinstance(place, WaitingProtocol) else None)


def seat_of(ledger: Ledger) -> Seat:
    """The operator's seat, for its business days. Raises Rejected `operator-unknown`, `operator-seat-missing`."""
    operator = ledger.get([operator_ref()]).get(operator_ref())
    if not isinstance(operator, Operator):
        raise Rejected("operator-unknown", "/operator")
    if not operator.seat:
        raise Rejected("operator-seat-missing", "/seat")
    ref = municipal_holidays_ref(operator.seat)
    return Seat(uf_of(operator.seat), zone_of(operator.seat), frozenset(holidays_of(operator.seat, ledger.get([ref]))))


def move(
    held: Attendance,
    protocol: Protocol,
    kind: str,
    values: Mapping[str, str],
    actor: str,
    ledger: Ledger,
    more: Sequence[State] = (),
) -> Protocol:
    """Commit `protocol` in place of what was read, its place in the queue with it; as stored.

    `values` are sealed under the attendance's person, with the actor. Raises LostRace, TryLater.
    """
    subject = Attendance(protocol, None).under
    ledger.ensure_keys([(subject, LogClass.ATENDIMENTO)])
    sealed = tuple(Value(name, value, subject) for name, value in {**values, "ator": actor}.items())
    changes: list[Change] = [Put(protocol), *map(Put, more), *places(held, protocol)]
    act = Act(
        command(kind, protocol.number, held.protocol.v, actor, *values.values()),
        tuple(changes),
        (Fact(kind, protocol.ref, sealed),),
    )
    done = ledger.commit([act])
    if done.lost:
        raise LostRace("somebody else dealt with this attendance")
    stored = done.states.get(protocol.ref)
    return stored if isinstance(stored, Protocol) else protocol


def belongs(held: Attendance, contract: Contract, actor: str, ledger: Ledger, now: datetime) -> Protocol:
    """The attendance is of `contract`, which lists it from now on. Raises LostRace, TryLater."""
    known = replace(held.protocol, contract=contract.key, holder_key=contract.holder_key)
    if known.status is Status.CLOSED:  # answered before anybody knew whose it was: now there is whom to send it to
        known = replace(known, copying=owed(now))
    pointer = ContractProtocol(contract=contract.key, number=known.number, opened_at=known.opened_at)
    return move(held, known, "protocol.identified", {"caso": contract.key}, actor, ledger, [pointer])


def places(held: Attendance, protocol: Protocol) -> list[Change]:
    """What moves its place in the queue with an attendance that was read as `held`."""
    was, now = held.place, place_of(protocol)
    if was is not None and now is not None and was.ref == now.ref:
        return []
    changes: list[Change] = [] if now is None else [Put(now)]
    if was is not None:
        changes.append(Remove(was.ref, was.v, was.last))
    return changes


def said_in(protocol: Protocol, ledger: Ledger) -> list[dict[str, object]]:
    """Everything said in an attendance, in order, notes among staff marked. The view's fact comes first."""
    lines = [one for one in ledger.listed(f"PR#{protocol.number}", 0) if isinstance(one, Interaction)]
    return [
        {
            "at": instant(one.at),
            "medium": one.medium,
            "speaker": one.speaker,
            "words": one.words,
            "basis": one.basis,
            "author": one.author,
            "recording": one.recording,
            "model": one.model,
            "edited": one.edited,
            "internal": one.internal,
            "seconds": one.seconds,
        }
        for one in sorted(lines, key=lambda one: one.sequence)
    ]


def told(protocol: Protocol) -> dict[str, object]:
    """What an attendance is, without its words."""
    copying = protocol.copying
    return {
        "number": protocol.number,
        "status": protocol.status,
        "opened_at": instant(protocol.opened_at),
        "medium": protocol.medium,
        "demand": protocol.demand,
        "due": "" if protocol.due is None else instant(protocol.due),
        "clocks": [{"rule": clock.rule, "due": instant(clock.due)} for clock in protocol.clocks],
        "staff": protocol.staff,
        "outcome": protocol.outcome,
        "answered_at": "" if protocol.answered_at is None else instant(protocol.answered_at),
        "late": protocol.late,
        "copy_by": "" if copying is None else instant(copying.by),
        "copy_sent_at": "" if copying is None or copying.sent_at is None else instant(copying.sent_at),
    }


def say(line: Interaction, held: Attendance, actor: str, ledger: Ledger) -> Protocol:
    """Record one thing said in an attendance, once. Raises LostRace, TryLater."""
    known = ledger.get([line.ref], [(held.under, LogClass.ATENDIMENTO)])
    if line.ref in known:
        return held.protocol
    values = {"canal": str(line.medium), "quem": str(line.speaker), "texto": digest(line.words)}
    longer = replace(held.protocol, said=line.sequence)
    if line.seconds:
        values |= {"duracao": str(line.seconds)}
        longer = replace(longer, spoken=longer.spoken + 1, spoken_seconds=longer.spoken_seconds + line.seconds)
    if line.recording:
        longer = replace(longer, recorded_at=line.at)
    return move(held, longer, "protocol.said", values, actor, ledger, [line])


def digest(words: str) -> str:
    """What the log keeps of words: their SHA-256, in hex."""
    return sha256(words.encode()).hexdigest()
