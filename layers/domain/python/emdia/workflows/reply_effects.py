"""What follows at once for a contract from what its person wrote: a channel stopped, a pause, a dispute, a death told.

What the person says takes the same road as what the ERP tells (portfolio/apply.py), so that a stop is a stop whoever
told it. A stop is numbered by the attendance, so that the ERP can lift it: `dispute.closed` with the attendance's
number as the dispute, `hold.lifted` with `<number>-<kind>` as the hold.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from emdia.clock import instant
from emdia.compliance.frequency import pause_after_paid
from emdia.compliance.notice import EvidenceKind
from emdia.compliance.notice_record import NoticeRecord, Shown, Try
from emdia.errors import LostRace
from emdia.facts import Fact, LogClass, Value
from emdia.ladder.decide import next_due
from emdia.ladder.ladder import DEFAULT
from emdia.messages.bot.converse import Effect
from emdia.messages.line import Line, reply_id
from emdia.messages.outreach import Outreach
from emdia.messages.person import log_of
from emdia.messages.reply import Reply
from emdia.portfolio.apply import fold
from emdia.portfolio.case import Case, StopKind
from emdia.portfolio.contract import Channel, Consent, Contract
from emdia.portfolio.needed import needed
from emdia.portfolio.told import ConsentTold, StopTold, Told
from emdia.ports import STATE_KEYS, Act, Documents, KeyClass, Ledger, Pseudonyms, Put, Remove
from emdia.state import Ref, State, Subject, case_ref, contract_ref, outreach_ref, person_ref
from emdia.workflows.notice_acts import shown

_STOPS = {
    Effect.WRONG_PERSON: StopKind.WRONG_PERSON,
    Effect.DEATH: StopKind.DEATH,
    Effect.LAWYER: StopKind.LAWYER,
    Effect.SAYS_PAID: StopKind.SAYS_PAID,
    Effect.DISPUTE: StopKind.DISPUTE,
}
STATEMENT = "Respondeu que está ciente da notificação"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message of a person whom we write to, in the attendance `number`, heard at `now` (UTC)."""

    reply: Reply
    line: Line
    number: str
    now: datetime


def carry_out(effects: Collection[Effect], spoken: Spoken, ledger: Ledger, pseudonyms: Pseudonyms) -> bool:
    """Everything `effects` ask for on the person's contract, in one transaction, once a message.

    False when nothing was left to do. Raises LostRace, TryLater: then the message is to be heard again.
    """
    key, subject = spoken.line.contract, Subject(spoken.line.holder_key)
    refs = [contract_ref(key), case_ref(key), person_ref(subject.id)]
    states = dict(ledger.get(refs, [(subject, one) for one in STATE_KEYS]))
    case, contract = states.get(case_ref(key)), states.get(contract_ref(key))
    theirs = isinstance(case, Case) and isinstance(contract, Contract) and contract.holder_key == subject.id
    if not theirs or not isinstance(case, Case) or not isinstance(contract, Contract):
        # Who held the contract before speaks for themselves only.
        return Effect.OPT_OUT in effects and _former(spoken, states, ledger)
    if case.last_outreach:
        states |= ledger.get([outreach_ref(key, case.last_outreach)])
    told = list(_told(effects, spoken, case, contract, states, ledger.ans, pseudonyms))
    while missing := needed(key, told, states) - states.keys() - set(refs):
        refs += missing
        states |= ledger.get(sorted(missing, key=lambda ref: (ref.partition, ref.sort)))
    outcome = fold(key, told, states, spoken.now, DEFAULT.version, next_due, lambda case: case)
    if not outcome.facts:
        return False
    removed = tuple(Remove(state.ref, state.v, state.last) for state in outcome.removed)
    return _land(Act(_command(spoken), (*map(Put, outcome.puts), *removed), outcome.facts), ledger)


def _command(spoken: Spoken) -> str:
    return f"heard:{reply_id(spoken.reply)}:{spoken.line.contract}:{spoken.line.holder_key}"


def _land(act: Act, ledger: Ledger) -> bool:
    if act.command not in ledger.commit([act]).landed:
        raise LostRace("the contract changed while its person wrote")
    return True


def _former(spoken: Spoken, states: dict[Ref, State], ledger: Ledger) -> bool:
    reply, holder = spoken.reply, Subject(spoken.line.holder_key)
    person = log_of(holder.id, states.get(person_ref(holder.id)))
    if person.opted_out(reply.channel):
        return False
    values = {"canal": str(reply.channel), "como": "resposta", "texto": reply.text}
    said = Fact("channel.opted_out", person.ref, tuple(Value(n, v, holder) for n, v in values.items()))
    return _land(Act(_command(spoken), (Put(person.hears(reply.channel, False, spoken.now)),), (said,)), ledger)


def _told(
    effects: Collection[Effect],
    spoken: Spoken,
    case: Case,
    contract: Contract,
    states: dict[Ref, State],
    ans: str,
    pseudonyms: Pseudonyms,
) -> Iterator[Told]:
    """What the person says, as the ERP would tell it; nothing that is known already."""
    reply, now = spoken.reply, spoken.now
    key = ("resposta", reply_id(reply))
    log = log_of(contract.holder_key, states.get(person_ref(contract.holder_key)))
    if Effect.OPT_OUT in effects and not (contract.opted_out(reply.channel) and log.opted_out(reply.channel)):
        before = [one.at for one in contract.consents if one.channel is reply.channel]
        before += [one.at for one in log.asked if one.channel is reply.channel]
        at = max([now, *before])
        mark = contract.said_now(at)
        consent = Consent(reply.channel, False, at, "resposta", reply.text, mark)
        yield ConsentTold(key=key, type="opt_out.recorded", contract=contract.key, as_of=mark, consent=consent)
    newest = states.get(outreach_ref(contract.key, case.last_outreach))
    for effect, kind in _STOPS.items():
        stop = pseudonyms.of(ans, "stop", _named(kind, spoken.number))
        if effect not in effects or any(one.id == stop for one in case.stops):
            continue
        yield StopTold(
            key=(key[0], f"{key[1]}:{kind}"),
            type="dispute.opened" if kind is StopKind.DISPUTE else "hold.placed",
            contract=contract.key,
            as_of=contract.said_now(now),
            stop=stop,
            kind=kind,
            active=True,
            invoices=_disputed(case, newest) if kind is StopKind.DISPUTE else (),
            until=now + pause_after_paid(now.date()) if kind is StopKind.SAYS_PAID else None,
            note=reply.text,
            points=_points(contract, reply.phone) if kind is StopKind.WRONG_PERSON else (),
        )


def _named(kind: StopKind, number: str) -> str:
    """As the ERP's events name stops (portfolio/events.py): a pause after "I paid" can be lifted by nobody."""
    named = {StopKind.DISPUTE: f"dispute:{number}", StopKind.SAYS_PAID: f"paid:{number}"}
    return named.get(kind, f"hold:{number}-{kind}")


def _disputed(case: Case, newest: State | None) -> tuple[str, ...]:
    """The open invoices that the newest message named: what the person has before their eyes; else all of them."""
    open_now = [one.id for one in case.invoices]
    named = [one for one in open_now if isinstance(newest, Outreach) and one in newest.invoices]
    return tuple(named or open_now)


def _points(contract: Contract, phone: str) -> tuple[str, ...]:
    """The contact points with that number, of whatever channel: it is somebody else's on all of them."""
    phones = (Channel.SMS, Channel.WHATSAPP)
    return tuple(p.id for p in contract.contact_points if p.channel in phones and p.value == phone)


def open_notice(spoken: Spoken, ledger: Ledger) -> tuple[NoticeRecord, Try] | None:
    """The newest notice that went to this very number by this channel and waits for its word; None when none does."""
    ref = contract_ref(spoken.line.contract)
    contract = ledger.get([ref], [(Subject(spoken.line.holder_key), KeyClass.CADASTRO)]).get(ref)
    points = _points(contract, spoken.reply.phone) if isinstance(contract, Contract) else ()
    held = ledger.record(spoken.line.contract, "NOTICE#")
    found = [
        (one, tried)
        for one in held
        if isinstance(one, NoticeRecord) and one.holder_key == spoken.line.holder_key
        for tried in one.tries
        if str(tried.means) == str(spoken.reply.channel) and tried.point in points
        if not any(shown.kind is EvidenceKind.REPLY for shown in tried.shown)
    ]
    return max(found, key=lambda pair: pair[1].sent_at, default=None)


def prove(notice: tuple[NoticeRecord, Try], spoken: Spoken, ledger: Ledger, documents: Documents) -> None:
    """Keep the person's own words as the proof of a notice (RN 593 art. 8), once. Raises LostRace, TryLater."""
    record, tried = notice
    said = {
        "declaracao": STATEMENT,
        "palavras": spoken.reply.text,
        "quando": instant(spoken.reply.at),
        "canal": str(spoken.reply.channel),
        "mensagem": spoken.reply.provider_id,
        "protocolo": spoken.number,
        "notificacao": record.id,
        "resumo_da_notificacao": record.words.sha256,
        "contato": tried.outreach,
        "ponto": tried.point,
        "enviada_em": instant(tried.sent_at),
    }
    body = json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True).encode()
    kept = documents.keep(ledger.ans, Subject(record.holder_key), LogClass.CONTATO, body)
    put, told = shown(record, tried.outreach, Shown(EvidenceKind.REPLY, spoken.reply.at, kept))
    act = Act(f"notice-shown:{record.id}:{tried.outreach}:{reply_id(spoken.reply)}", (put,), (told,))
    _land(act, ledger)
