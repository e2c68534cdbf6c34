"""A message's words, what the bot makes of them and the answer: kept in the attendance together, and said once.

The answer is claimed with the words it answers. What the provider proved not to have taken is said when the message
comes again; what may have landed is never said twice.
"""

from dataclasses import replace
from datetime import timedelta

from emdia.errors import LostRace, TryLater
from emdia.facts import Fact, LogClass, Value
from emdia.messages.answer import is_aware, wants_out
from emdia.messages.bot.converse import Effect, State, Turn
from emdia.messages.line import ANSWER, reply_id
from emdia.messages.outreach import Target
from emdia.messages.ports import Answer, Message, Outcome, Sms
from emdia.messages.talk import KeptReply, Owed, answered, goes_on
from emdia.portfolio.contract import Channel, Contract
from emdia.ports import Act, KeyClass, Ledger, Put
from emdia.protocols.protocol import Interaction, Medium, Speaker
from emdia.state import Subject, contract_ref, interaction_ref
from emdia.workflows.attendance import Attendance, digest, places
from emdia.workflows.reply_hearing import Deps, Hearing
from emdia.workflows.reply_turn import Moved, moved_by
from emdia.workflows.reply_words import Said, said_to

SERVICE_WINDOW = timedelta(hours=24)  # within which of a person's own message WhatsApp carries free text
_ANSWER_SECONDS = 3600  # an SMS answer that is still on its way by then helps nobody
_AUTHOR = "robô"
# Rates are counted by the second, and the ladder fills them: without a wait, the queue makes a person wait for minutes.
# Half of an invocation's time at most: ten messages, each heard three times at once.
_WAITS = (0.5, 0.5)
# Proved not taken: it may be said when the message comes again.
_NOT_TAKEN = frozenset({Outcome.THROTTLED, Outcome.NOT_SENT, Outcome.BROKEN})


def without_bot(text: str, *, notice_open: bool) -> Turn:
    """What is made of a message while no script is in force: a stop is obeyed, a notice's answer counts.

    The notice's own words, approved with it, ask for that answer. Everything else is for a person.
    """
    if wants_out(text):
        return Turn(("parar",), (Effect.OPT_OUT,), (), State())
    if notice_open and is_aware(text):
        return Turn(("ciente",), (Effect.AWARE,), (), State())
    return Turn((), (Effect.HAND_OVER,), (), State())


def keep_and_answer(turn: Turn, hearing: Hearing, held: Attendance, ledger: Ledger, deps: Deps) -> None:
    """Record the message and answer it. Raises LostRace when somebody else recorded it or the attendance moved."""
    road = _road(turn, hearing, ledger)
    talk = goes_on(hearing.talk, held.protocol.number, turn.state, hearing.now)
    counted = answered(talk, hearing.now)
    if road is None or counted is None:
        # Nothing can be said here and now, so that nothing is settled: people see to it.
        stopped = Effect.OPT_OUT in turn.effects and Effect.HAND_OVER not in turn.effects
        turn = turn if stopped else replace(turn, effects=(*turn.effects, Effect.HAND_OVER))
    said = said_to(turn, hearing, held.protocol, road or hearing.reply.channel, ledger, deps)
    moved = moved_by(turn, hearing, held.protocol, said, ledger)
    speaks = road is not None and counted is not None and bool(said.words)
    kept = KeptReply(
        key=hearing.key,
        id=reply_id(hearing.reply),
        at=hearing.reply.at,
        number=held.protocol.number,
        owed=Owed.TAKEN if speaks else Owed.NOTHING,
    )
    puts = [Put(kept), Put(counted if speaks and counted is not None else talk), *map(Put, said.pages)]
    _land(_act(puts, moved, said, hearing, held, ledger, deps, speaks=speaks), ledger)
    if speaks and road is not None:
        _say(said.words, road, kept, hearing, ledger, deps)


def _road(turn: Turn, hearing: Hearing, ledger: Ledger) -> Channel | None:
    """By which channel the number may be answered now; None when by none.

    A number that has just stopped the SMS takes none from this moment on, the answer included. A day after the
    person's message WhatsApp carries no free text any more: an SMS does, where the operator sends any and may.
    """
    reply = hearing.reply
    if reply.channel is Channel.SMS:
        return None if Effect.OPT_OUT in turn.effects else Channel.SMS
    if hearing.now - reply.at <= SERVICE_WINDOW:
        return reply.channel
    if not hearing.operator.sms_from or Effect.OPT_OUT in turn.effects or Effect.WRONG_PERSON in turn.effects:
        return None
    refs = [contract_ref(line.contract) for line in hearing.lines]
    keys = [(Subject(line.holder_key), KeyClass.CADASTRO) for line in hearing.lines]
    held = ledger.get(refs, keys).values() if refs else ()
    return None if any(isinstance(c, Contract) and c.opted_out(Channel.SMS) for c in held) else Channel.SMS


def _act(
    puts: list[Put], moved: Moved, said: Said, hearing: Hearing, held: Attendance, ledger: Ledger, deps: Deps,
    *, speaks: bool,
) -> Act:  # fmt: skip
    reply, name = hearing.reply, reply_id(hearing.reply)
    under = Attendance(moved.protocol, None).under
    ledger.ensure_keys([(under, LogClass.ATENDIMENTO)])
    first = held.protocol.said + 1
    spoken = [
        Interaction(
            number=moved.protocol.number, id=f"in-{name}", sequence=first, at=reply.at, medium=Medium(reply.channel),
            speaker=Speaker.PERSON, under=under.id, words=reply.text, author=reply.phone,
            recording=reply.provider_id if reply.media or not reply.text else "",
        )
    ]  # fmt: skip
    if said.words:
        spoken.append(
            Interaction(
                number=moved.protocol.number, id=f"out-{name}", sequence=first + 1, at=hearing.now,
                medium=said.medium, speaker=Speaker.BOT, under=under.id, internal=not speaks, words=said.words,
                author=_AUTHOR,
            )
        )  # fmt: skip
    protocol = replace(moved.protocol, said=held.protocol.said + len(spoken))
    facts = [*moved.facts]
    for one in spoken:
        told = {"canal": str(one.medium), "quem": str(one.speaker), "texto": digest(one.words)}
        facts.append(Fact("protocol.said", protocol.ref, tuple(Value(n, v, under) for n, v in told.items())))
    changes = (*puts, Put(protocol), *map(Put, (*spoken, *moved.pointers)), *places(held, protocol))
    # Random: of two workers that were given the same message at once, one alone may answer.
    return Act(f"reply:{name}:{deps.randomness.token(16).hex()}", changes, tuple(facts))


def _land(act: Act, ledger: Ledger) -> None:
    if act.command not in ledger.commit([act]).landed:
        raise LostRace("the conversation went on meanwhile")


def answer_again(kept: KeptReply, hearing: Hearing, ledger: Ledger, deps: Deps) -> None:
    """A message that came again: answered only when the provider proved not to have taken its answer."""
    ref = interaction_ref(kept.number, f"out-{kept.id}")
    words = ledger.get([ref]).get(ref) if kept.owed is Owed.DUE else None
    if not isinstance(words, Interaction):
        return
    _land(_owing(kept, Owed.TAKEN, deps), ledger)
    taken = replace(kept, v=kept.v + 1, owed=Owed.TAKEN)
    _say(words.words, Channel(words.medium), taken, hearing, ledger, deps)


def _owing(kept: KeptReply, owed: Owed, deps: Deps) -> Act:
    values = (Value("protocolo", kept.number), Value("resposta", str(owed)))
    command = f"owed:{kept.id}:{deps.randomness.token(16).hex()}"
    return Act(command, (Put(replace(kept, owed=owed)),), (Fact("reply.answer_owed", kept.ref, values),))


def _say(words: str, road: Channel, kept: KeptReply, hearing: Hearing, ledger: Ledger, deps: Deps) -> None:
    reply = hearing.reply
    ref = Target(ledger.ans, hearing.line.contract if hearing.line else hearing.key, ANSWER + kept.id).encode()
    message: Message = Answer(ref, reply.to, reply.phone, words)
    if road is Channel.SMS:
        sender = reply.to if reply.channel is Channel.SMS else hearing.operator.sms_from
        message = Sms(ref, sender, reply.phone, words, _ANSWER_SECONDS)
    (sent,) = deps.providers[road].send([message])
    for wait in _WAITS:
        if sent.outcome is not Outcome.THROTTLED:
            break
        deps.pause(wait)
        (sent,) = deps.providers[road].send([message])
    deps.meter.count("Answered", channel=road, outcome=sent.outcome)
    if sent.outcome in _NOT_TAKEN:
        # As stored: the claim was this worker's.
        held = ledger.get([kept.ref]).get(kept.ref)
        if isinstance(held, KeptReply):
            _land(_owing(held, Owed.DUE, deps), ledger)
        raise TryLater("the provider did not take an answer")
