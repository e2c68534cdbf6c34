"""Sends the copy of an answered attendance to its person, unasked: number, words, answer, how to complain."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape
from typing import Any

from emdia.compliance.municipality import zone_of
from emdia.errors import Halted, LostRace, Rejected
from emdia.facts import Fact, Value
from emdia.messages.gsm7 import plain
from emdia.messages.ports import Answer, Message, Outcome, Sender, Sms
from emdia.portfolio.contract import Channel, Contract, Operator
from emdia.ports import Act, Clock, Ledger, Ledgers, Meter, Put, Randomness, Seals
from emdia.protocols import copying
from emdia.protocols.copy import OUTCOMES, Copy
from emdia.protocols.copying import Copying
from emdia.protocols.number import BRASILIA
from emdia.protocols.protocol import Interaction, Medium, Protocol, Speaker
from emdia.state import contract_ref, operator_ref, protocol_ref
from emdia.workflows.tracking_visit import Visit, copy_for, mail_of, reference

WINDOW = timedelta(hours=24)  # after the person's own message WhatsApp carries free text
CHAT_MAX = 4_000  # characters of one
_NAME_MAX = 20
_SMS_SECONDS = 3600
_DONE = (Outcome.ACCEPTED, Outcome.MAYBE)
_NOT_TAKEN = (Outcome.THROTTLED, Outcome.NOT_SENT)


@dataclass(frozen=True, slots=True)
class Deps:
    """What sending copies needs. `public_url` is the base of the page where a person follows their attendances."""

    ledgers: Ledgers
    clock: Clock
    randomness: Randomness
    meter: Meter
    seals: Seals
    senders: Mapping[Channel, Sender[Any]]
    public_url: str


@dataclass(frozen=True, slots=True)
class _Road:
    """By which channel, from whom, to which address or number."""

    channel: Channel
    sender: str
    to: str


def send_copy(body: Mapping[str, Any], deps: Deps) -> None:
    """Work off `{"ans", "numbers"}`: attendances whose copy is due. Raises LostRace, TryLater, Halted."""
    ledger = deps.ledgers.of(str(body["ans"]))
    refs = [protocol_ref(str(number)) for number in body["numbers"]]
    for protocol in ledger.get(refs).values():
        if isinstance(protocol, Protocol) and protocol.copying is not None:
            _one(protocol, protocol.copying, ledger, deps)


def _one(protocol: Protocol, owed: Copying, ledger: Ledger, deps: Deps) -> None:
    now = deps.clock.now()
    if owed.due is None or owed.due > now:
        return  # another worker has seen to it
    visit = _visit(protocol, ledger)
    if visit is None:
        _move(protocol, copying.given_up(owed), "protocol.copy_missed", "sem_titular", ledger, deps)
    elif owed.by <= now:
        _move(protocol, copying.given_up(owed), "protocol.copy_missed", "prazo", ledger, deps)
        deps.meter.count("ProtocolCopyLate")
    else:
        road = _road(protocol, owed, visit, now)
        if road is None:
            _move(protocol, copying.put_off(owed, now), "protocol.copy_put_off", "sem_contato", ledger, deps)
        else:
            _send(protocol, owed, road, visit, deps)


def _visit(protocol: Protocol, ledger: Ledger) -> Visit | None:
    """Whose copy it is, as their own page would show it; None for somebody forgotten, or another holder by now."""
    refs = [contract_ref(protocol.contract), operator_ref()]
    try:
        states = ledger.get(refs)
    except Rejected:
        return None
    contract, operator = (states.get(ref) for ref in refs)
    if not isinstance(operator, Operator):
        raise Halted("an attendance without its operator")
    if not isinstance(contract, Contract) or contract.holder_key != protocol.holder_key:
        return None
    return Visit("", ledger, operator, contract, zone_of(operator.seat) if operator.seat else BRASILIA)


def _road(protocol: Protocol, owed: Copying, visit: Visit, now: datetime) -> _Road | None:
    """The attendance's own channel where it carries the whole copy, else e-mail, else an SMS that says where it is.

    Whose register has no number for that is told on the one they wrote from.
    """
    contract, operator = visit.contract, visit.operator
    lines = [one for one in visit.ledger.listed(f"PR#{protocol.number}", 0) if isinstance(one, Interaction)]
    # Of what a call centre's system tells, the author is that system: a number is what wrote to us itself.
    own = [one for one in lines if one.speaker is Speaker.PERSON and one.author.startswith("+")]
    roads: list[_Road] = []
    last = max(own, key=lambda one: one.at, default=None)  # of its conversation, which has one channel
    chats = protocol.medium is Medium.WHATSAPP and operator.whatsapp_from and not contract.opted_out(Channel.WHATSAPP)
    if chats and last is not None and now < last.at + WINDOW:
        roads.append(_Road(Channel.WHATSAPP, operator.whatsapp_from, last.author))
    mail, phone = contract.point(Channel.EMAIL), contract.point(Channel.SMS)
    if mail is not None:
        roads.append(_Road(Channel.EMAIL, operator.mail_from, mail.value))
    to = phone.value if phone is not None else last.author if last is not None else ""
    if to and operator.sms_from and not contract.opted_out(Channel.SMS):
        roads.append(_Road(Channel.SMS, operator.sms_from, to))
    return next((road for road in roads if road.channel not in owed.refused), None)


def _send(protocol: Protocol, owed: Copying, road: _Road, visit: Visit, deps: Deps) -> None:
    """Claimed first, so that of two workers one sends; what nobody answered for is tried again in an hour."""
    now = deps.clock.now()
    stored = _move(protocol, copying.tried(owed, now), "protocol.copied", str(road.channel), visit.ledger, deps)
    message = _message(road, copy_for(visit, protocol, deps.seals), protocol, visit, deps)
    (done,) = deps.senders[road.channel].send([message])
    deps.meter.count("ProtocolCopy", outcome=done.outcome)
    if done.outcome in _DONE:
        _move(
            stored, copying.sent(owed, road.channel, now), "protocol.copy_sent", str(road.channel), visit.ledger, deps
        )
    elif done.outcome is Outcome.REJECTED:
        again = copying.refused(owed, road.channel, now)
        _move(stored, again, "protocol.copy_put_off", "recusada", visit.ledger, deps)
    elif done.outcome in _NOT_TAKEN:
        _move(stored, copying.not_taken(owed, now), "protocol.copy_put_off", "nao_aceita", visit.ledger, deps)


def _message(road: _Road, copy: Copy, protocol: Protocol, visit: Visit, deps: Deps) -> Message:
    ref = reference(visit.ledger.ans, visit.contract.key, deps.randomness)
    page = f"{deps.public_url}/protocolo"
    if road.channel is Channel.EMAIL:
        text = f"{copy.text}\n\nComo foi o atendimento? Se quiser, dê sua nota ou peça a reanálise em {page}"
        html = "".join(f"<p>{escape(part)}</p>" for part in text.split("\n") if part)
        subject = f"Cópia do protocolo {copy.spoken}"
        return mail_of(visit.ledger, visit.contract, road.to, subject, text, html, ref)
    if road.channel is Channel.WHATSAPP:
        whole = len(copy.text) <= CHAT_MAX
        text = copy.text if whole else f"{copy.text[:CHAT_MAX]}\n[...] A cópia inteira está em {page}"
        return Answer(ref.encode(), road.sender, road.to, text)
    name = visit.operator.short_name or visit.operator.name[:_NAME_MAX]
    result = "" if protocol.outcome is None else f" {OUTCOMES[protocol.outcome]}."
    text = f"{name}: protocolo {protocol.number} respondido.{result} Leia em {page} ou ligue {visit.operator.phone}"
    return Sms(ref.encode(), road.sender, road.to, plain(text), _SMS_SECONDS)


def _move(protocol: Protocol, copied: Copying, kind: str, what: str, ledger: Ledger, deps: Deps) -> Protocol:
    """Commit it with its fact, which names nobody: it must stand for a forgotten person too. Raises LostRace."""
    name = "canal" if kind in ("protocol.copied", "protocol.copy_sent") else "motivo"
    fact = Fact(kind, protocol.ref, (Value(name, what), Value("ator", "sistema")))
    act = Act(f"{kind}:{deps.randomness.token(16).hex()}", (Put(replace(protocol, copying=copied)),), (fact,))
    stored = ledger.commit([act]).states.get(protocol.ref)
    if not isinstance(stored, Protocol):
        raise LostRace("somebody else deals with this attendance")
    return stored
