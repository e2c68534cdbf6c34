"""A person writes back: kept, acknowledged once, and a "stop" obeyed at once, on that channel and for the person.

Whom a number belongs to is known from having written to it. To anybody else nothing is said at all: not even that
somebody is known here. The acknowledgement is claimed with the kept reply itself, so that it leaves once or never.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from emdia.compliance.rules import CONSENT_OPTED_OUT
from emdia.errors import LostRace, TryLater
from emdia.facts import Fact, LogClass, Value
from emdia.ladder.decide import next_due
from emdia.messages import transitions
from emdia.messages.answer import ACKNOWLEDGED, OPTED_OUT, wants_out
from emdia.messages.line import ANSWER, KeptReply, Line, reply_id
from emdia.messages.outreach import Outreach, OutreachStatus, Target
from emdia.messages.person import log_of
from emdia.messages.ports import Answer, OptOutList, Sender, Senders, Sms
from emdia.messages.reply import Reply
from emdia.portfolio.case import Case, reaches
from emdia.portfolio.contract import Channel, Consent, Contract, Operator
from emdia.ports import Act, Clock, KeyClass, Ledger, Ledgers, Meter, Pseudonyms, Put, Randomness
from emdia.state import Subject, case_ref, contract_ref, lines_of, operator_ref, outreach_ref, person_ref

# Meta carries free text within a day of the person's own message, and we answer nobody later than that.
SERVICE_WINDOW_SECONDS = 24 * 3600
_ANSWER_SECONDS = 3600  # an SMS answer older than that helps nobody


@dataclass(frozen=True, slots=True)
class Deps:
    """What hearing people needs."""

    ledgers: Ledgers
    senders: Senders
    pseudonyms: Pseudonyms
    providers: Mapping[Channel, Sender[Any]]
    opt_outs: OptOutList
    randomness: Randomness
    clock: Clock
    meter: Meter
    account: str  # the AWS account whose providers we listen to


def receive_reply(replies: Sequence[Reply], deps: Deps) -> frozenset[Reply]:
    """Hear replies in any order and number; answers those that must be delivered again.

    Those are replies to a sender that is no operator's (they stay in the dead-letter queue for a person), and of items
    that changed meanwhile or a store out of reach.
    """
    again: set[Reply] = set()
    for reply in sorted(replies, key=lambda one: one.at):
        try:
            ans = deps.senders.operator_of(reply.channel, reply.to)
            if ans is None:
                again.add(reply)
            else:
                _hear(reply, deps.ledgers.of(ans), deps)
        except TryLater:
            again.add(reply)
    return frozenset(again)


def _hear(reply: Reply, ledger: Ledger, deps: Deps) -> None:
    number = deps.pseudonyms.of(ledger.ans, "phone", reply.phone)
    lines = [state for state in ledger.record(lines_of(number)) if isinstance(state, Line)]
    if not lines:
        deps.meter.count("ReplyOfStranger", channel=reply.channel)
        return
    out = wants_out(reply.text)
    if out and reply.channel is Channel.SMS:
        deps.opt_outs.add(reply.phone)  # first: adding it twice is harmless, forgetting it is not
    heard = [_of(reply, line, out, ledger, deps) for line in lines]
    if any(heard):
        _answer(reply, lines[0], out, ledger, deps)


def _of(reply: Reply, line: Line, out: bool, ledger: Ledger, deps: Deps) -> bool:
    """Keep it on the contract of one whom we write to on the number; False when it was kept before."""
    now, subject = deps.clock.now(), Subject(line.holder_key)
    refs = [case_ref(line.contract), contract_ref(line.contract), person_ref(line.holder_key)]
    kept = KeptReply(
        contract=line.contract,
        id=reply_id(reply),
        holder_key=line.holder_key,
        channel=reply.channel,
        at=reply.at,
        text=reply.text,
    )
    states = ledger.get([*refs, kept.ref], [(subject, KeyClass.CADASTRO), (subject, LogClass.CONTATO)])
    if kept.ref in states:
        return False
    told = {"canal": str(reply.channel), "texto": reply.text, "quando": reply.at.isoformat()}
    facts = [Fact("reply.received", kept.ref, tuple(Value(n, v, subject) for n, v in told.items()))]
    puts = [Put(kept)]
    case, contract = states.get(refs[0]), states.get(refs[1])
    if out and isinstance(case, Case) and isinstance(contract, Contract):
        newest = outreach_ref(case.contract, case.last_outreach)
        last = ledger.get([newest]).get(newest)
        stopped, said = _stop(reply, case, contract, last if isinstance(last, Outreach) else None, now)
        puts += stopped
        facts += said
        person = log_of(line.holder_key, states.get(refs[2]))
        puts.append(Put(person.hears(reply.channel, opted_in=False, at=max(now, reply.at))))
    # Random: of two workers that were given the same message at once, one alone may answer.
    command = f"reply:{kept.id}:{deps.randomness.token(16).hex()}"
    if command not in ledger.commit([Act(command, tuple(puts), tuple(facts))]).landed:
        raise LostRace("the contract changed while its person wrote")
    deps.meter.count("ReplyHeard", channel=reply.channel)
    if out:
        deps.meter.count("OptedOut", channel=reply.channel)
    return True


def _stop(
    reply: Reply, case: Case, contract: Contract, last: Outreach | None, now: datetime
) -> tuple[list[Put], list[Fact]]:
    """What a "stop" changes for one contract. A former holder speaks for themselves only."""
    if case.holder_key != contract.holder_key or contract.opted_out(reply.channel):
        return [], []
    at = max([now, *(one.at for one in contract.consents if one.channel is reply.channel)])
    consent = Consent(reply.channel, False, at, "resposta", reply.text, contract.said_now(at))
    learned = replace(contract, consents=(*contract.consents, consent))
    closed = replace(case, reach=reaches(learned))
    puts = [Put(learned), Put(replace(closed, due=next_due(closed, now)))]
    holder = Subject(contract.holder_key)
    told = {"canal": str(reply.channel), "como": "resposta", "texto": reply.text, "regra": CONSENT_OPTED_OUT}
    facts = [Fact("channel.opted_out", contract.ref, tuple(Value(n, v, holder) for n, v in told.items()))]
    if last is not None and last.status is OutreachStatus.QUEUED and last.channel is reply.channel:
        move = transitions.cancel(last, CONSENT_OPTED_OUT)
        puts += map(Put, move.states)
        facts.append(move.fact)
    return puts, facts


def _answer(reply: Reply, line: Line, out: bool, ledger: Ledger, deps: Deps) -> None:
    """Acknowledge, once: the reply is kept already, and whoever finds it kept says nothing any more."""
    operator = ledger.get([operator_ref()]).get(operator_ref())
    age = (deps.clock.now() - reply.at).total_seconds()
    if not isinstance(operator, Operator) or age > SERVICE_WINDOW_SECONDS:
        return
    ref = Target(ledger.ans, line.contract, ANSWER + reply_id(reply)).encode()
    words = OPTED_OUT if out else ACKNOWLEDGED.format(phone=operator.phone)
    if reply.channel is Channel.SMS and out:
        return  # the number takes no SMS of ours from this moment on; the provider confirms its own list
    message = (
        Sms(ref, reply.to, reply.phone, words, _ANSWER_SECONDS)
        if reply.channel is Channel.SMS
        else Answer(ref, reply.to, reply.phone, words)
    )
    (sent,) = deps.providers[reply.channel].send([message])
    deps.meter.count("Answered", channel=reply.channel, outcome=sent.outcome)
