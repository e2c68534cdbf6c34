"""A person writes back: a protocol number first, their words kept, what protects them done at once, one answer.

Whom a number belongs to is known from having written to it. To anybody else, and to a number that is several people's,
nothing is revealed. What follows for a contract is done first (doing it twice changes nothing); then the words, the
conversation and the answer's claim land together, so that an answer leaves once or never. Without an approved script
there is no bot: people answer, and "SAIR" is obeyed all the same.
"""

import logging
from collections.abc import Sequence
from functools import partial

from emdia.compliance.approval import in_force
from emdia.errors import Halted, TryLater, decided_anew
from emdia.messages.answer import is_aware
from emdia.messages.bot.converse import Effect, Heard, Turn, Waiting, converse
from emdia.messages.bot.understand import meanings
from emdia.messages.line import Line, reply_id
from emdia.messages.reply import Reply
from emdia.messages.talk import KEPT, KeptReply, reply_ref, talk_of, talk_ref
from emdia.portfolio.contract import Channel, Operator
from emdia.ports import Ledger
from emdia.protocols.protocol import Medium, Originator, Status
from emdia.state import case_ref, in_force_ref, lines_of, operator_ref
from emdia.workflows.attendance import Attendance, read
from emdia.workflows.open_protocol import Deps as IssueDeps
from emdia.workflows.open_protocol import Opening, issue
from emdia.workflows.reply_answer import answer_again, keep_and_answer, without_bot
from emdia.workflows.reply_effects import Spoken, carry_out, open_notice, prove
from emdia.workflows.reply_hearing import Deps, Hearing, bot_in_force

LOG = logging.getLogger("emdia")


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
                # Several workers hear messages of one number at once.
                decided_anew(partial(_hear, reply, deps.ledgers.of(ans), deps))
        except TryLater as later:
            LOG.warning("reply comes again: %s", later)
            again.add(reply)
    return frozenset(again)


def _hear(reply: Reply, ledger: Ledger, deps: Deps) -> None:
    key = deps.pseudonyms.of(ledger.ans, "phone", reply.phone)
    kept_at, talk_at = reply_ref(key, reply_id(reply)), talk_ref(key, reply.channel)
    states = ledger.get([kept_at, talk_at, operator_ref(), in_force_ref()])
    kept, operator, now = states.get(kept_at), states.get(operator_ref()), deps.clock.now()
    if not isinstance(operator, Operator):
        raise Halted("a sender of an operator without a profile")
    lines = _standing([state for state in ledger.record(lines_of(key)) if isinstance(state, Line)], ledger)
    bot = bot_in_force(in_force(states)) if operator.seat else None
    hearing = Hearing(reply, key, operator, bot, lines, talk_of(key, reply.channel, states.get(talk_at), now), now)
    if isinstance(kept, KeptReply):
        answer_again(kept, hearing, ledger, deps)
        return
    deps.meter.count("ReplyHeard" if lines else "ReplyOfStranger", channel=reply.channel)
    held = _attendance(hearing, ledger, deps)
    spoken = tuple(Spoken(reply, line, held.protocol.number, now) for line in lines)
    turn = _turn(hearing, spoken, ledger)
    _effects(turn, spoken, reply, ledger, deps)
    if hearing.talk.heard >= KEPT:
        deps.meter.count("ReplyFlood", channel=reply.channel)
        return
    keep_and_answer(turn, hearing, held, ledger, deps)


def _standing(lines: Sequence[Line], ledger: Ledger) -> tuple[Line, ...]:
    """Lines of contracts that are there: of one disposed of, the number may be anybody's by now."""
    cases = ledger.get([case_ref(line.contract) for line in lines]) if lines else {}
    return tuple(line for line in lines if case_ref(line.contract) in cases)


def _attendance(hearing: Hearing, ledger: Ledger, deps: Deps) -> Attendance:
    """The conversation's attendance while it is open; else a new one: its number comes before anything else.

    Its id is the conversation's turn: the same message again, or two at once, get one number.
    """
    talk = hearing.talk
    if talk.number:
        held = read(talk.number, ledger)
        if held.protocol.status is Status.OPEN or talk.heard >= KEPT:
            return held
    opening = Opening("receive_reply", talk.turn(hearing.reply.at), Medium(hearing.reply.channel), Originator.PERSON)
    issuing = IssueDeps(deps.ledgers, deps.pseudonyms, deps.clock, deps.randomness, deps.meter, deps.desk)
    return read(issue(opening, ledger, issuing).number, ledger)


def _turn(hearing: Hearing, spoken: Sequence[Spoken], ledger: Ledger) -> Turn:
    reply, talk = hearing.reply, hearing.talk
    if hearing.script is None:
        waits = is_aware(reply.text) and hearing.line is not None and open_notice(spoken[0], ledger) is not None
        return without_bot(reply.text, notice_open=waits)
    asked = talk.waiting is Waiting.CONFIRMATION or "ciente" in meanings(reply.text, hearing.script)
    waits = asked and hearing.line is not None and open_notice(spoken[0], ledger) is not None
    heard = Heard(reply.text, media=reply.media or not reply.text.strip())
    return converse(heard, talk.stand, hearing.script, notice_open=waits, known=hearing.line is not None)


def _effects(turn: Turn, spoken: Sequence[Spoken], reply: Reply, ledger: Ledger, deps: Deps) -> None:
    """What protects the person, before anything is answered. Whoever shares the number is protected too."""
    if Effect.OPT_OUT in turn.effects and spoken and reply.channel is Channel.SMS:
        deps.opt_outs.add(reply.phone)  # first: adding it twice is harmless, forgetting it is not
    for one in spoken:
        if carry_out(turn.effects, one, ledger, deps.pseudonyms) and Effect.OPT_OUT in turn.effects:
            deps.meter.count("OptedOut", channel=reply.channel)
        notice = open_notice(one, ledger) if Effect.AWARE in turn.effects else None
        if notice is not None:
            prove(notice, one, ledger, deps.documents)
            deps.meter.count("NoticeProved", means=reply.channel)
