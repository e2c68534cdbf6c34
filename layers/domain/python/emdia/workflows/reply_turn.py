"""What a message changes of its attendance: whose it is, its class, people asked for, settled by the bot."""

from dataclasses import dataclass, replace

from emdia.clock import instant
from emdia.facts import Fact, Value
from emdia.messages.bot.converse import Effect, Turn, Waiting
from emdia.messages.bot.understand import LONGEST
from emdia.messages.line import reply_id
from emdia.messages.talk import reply_ref
from emdia.ports import Ledger
from emdia.protocols.answers import Answer, Outcome
from emdia.protocols.deadlines import Demand
from emdia.protocols.protocol import ContractProtocol, Protocol, classify, close
from emdia.state import OPERATOR_SUBJECT, Subject, contract_protocol_ref
from emdia.workflows.attendance import Attendance, digest, seat_of
from emdia.workflows.reply_hearing import Hearing
from emdia.workflows.reply_words import Said

_ACTOR = "robô"
_DONE = frozenset({Effect.OPT_OUT, Effect.WRONG_PERSON, Effect.AWARE})


@dataclass(frozen=True, slots=True)
class Moved:
    """The attendance as it becomes, the facts that say so, and its pointer from a contract."""

    protocol: Protocol
    facts: tuple[Fact, ...]
    pointers: tuple[ContractProtocol, ...] = ()


def moved_by(turn: Turn, hearing: Hearing, protocol: Protocol, said: Said, ledger: Ledger) -> Moved:
    """What `turn`, answered with `said`, makes of `protocol`."""
    now, line = hearing.now, hearing.line
    steps: list[tuple[str, dict[str, str]]] = []
    pointers: tuple[ContractProtocol, ...] = ()
    if line is not None and not protocol.contract:
        protocol = replace(protocol, contract=line.contract, holder_key=line.holder_key)
        pointers = (ContractProtocol(contract=line.contract, number=protocol.number, opened_at=protocol.opened_at),)
        steps.append(("protocol.identified", {"caso": line.contract}))
    if protocol.demand is None and hearing.operator.seat and _of_the_contract(turn, hearing):
        protocol = classify(protocol, Demand.NON_ASSISTENTIAL, None, seat_of(ledger), now)
        told = {"classe": str(protocol.demand), "prazo": instant(protocol.due or protocol.opened_at)}
        steps.append(("protocol.classed", told))
    person = Effect.HAND_OVER in turn.effects or not said.served
    if person and protocol.human_asked_at is None:
        protocol = replace(protocol, human_asked_at=now)
        steps.append(("protocol.handed_over", {"para": "", "entendido": ",".join(turn.intents)}))
    settled = turn.state.waiting is Waiting.NOTHING and protocol.human_asked_at is None and bool(said.words)
    if settled and protocol.demand is not None:
        outcome = Outcome.GRANTED if _DONE & set(turn.effects) else Outcome.INFORMED
        protocol = close(protocol, Answer(outcome, said.words), now)
        steps.append(("protocol.answered", {"desfecho": str(outcome), "texto": digest(said.words), "fundamento": ""}))
    under = Attendance(protocol, None).under
    facts = [_received(hearing, protocol)]
    for kind, values in steps:
        sealed = tuple(Value(name, value, under) for name, value in {**values, "ator": _ACTOR}.items())
        facts.append(Fact(kind, protocol.ref, sealed))
    return Moved(protocol, tuple(facts), pointers)


def _of_the_contract(turn: Turn, hearing: Hearing) -> bool:
    """Whether it is surely no matter of care: what nobody has read or heard, or speaks of health, a person classes."""
    if hearing.script is None:
        return Effect.HAND_OVER not in turn.effects
    read = 0 < len(hearing.reply.text.strip()) <= LONGEST
    return read and "saude" not in turn.intents


def _received(hearing: Hearing, protocol: Protocol) -> Fact:
    """That a message came; the ERP is told of those whose contract is known."""
    reply, line = hearing.reply, hearing.line
    told = {"canal": str(reply.channel), "protocolo": protocol.number, "quando": instant(reply.at)}
    if line is None:
        about, subject = reply_ref(hearing.key, reply_id(reply)), OPERATOR_SUBJECT
    else:
        about, subject = contract_protocol_ref(line.contract, protocol.number), Subject(line.holder_key)
        told |= {"texto": reply.text}
    return Fact("reply.received", about, tuple(Value(name, value, subject) for name, value in told.items()))
