"""Conversations that end while the bot waits for an answer: nothing was asked for, and the attendance says so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from emdia.facts import Fact, Value
from emdia.messages.bot.converse import Waiting
from emdia.messages.talk import Talk
from emdia.ports import Act, Change, Ledger, Meter, Put
from emdia.protocols.answers import Answer, Outcome
from emdia.protocols.protocol import Interaction, Medium, Speaker, Status, close
from emdia.workflows.attendance import Attendance, digest, places, read

UNANSWERED = "Perguntamos como poderíamos ajudar e não houve resposta em 24 horas: nenhum pedido foi registrado."
_ACTOR = "robô"


def end_talks(talks: Sequence[Talk], now: datetime, ledger: Ledger, meter: Meter) -> int:
    """Close what is left of conversations that are over at `now`; how many ended.

    What people were asked for stays with them. Who wrote in this very moment is looked at again by the next sweep.
    """
    over = [talk for talk in talks if talk.ends_at is not None and talk.ends_at <= now]
    for talk in over:
        if ledger.commit([_ended(talk, read(talk.number, ledger), now)]).landed:
            meter.count("TalkEnded", channel=talk.channel)
    return len(over)


def _ended(talk: Talk, held: Attendance, now: datetime) -> Act:
    still = replace(talk, waiting=Waiting.NOTHING, misses=0)
    facts = [Fact("talk.ended", talk.ref, (Value("protocolo", talk.number),))]
    changes: list[Change] = [Put(still)]
    protocol = held.protocol
    if protocol.status is Status.OPEN and protocol.human_asked_at is None and protocol.demand is not None:
        closed = close(protocol, Answer(Outcome.WITHDRAWN, UNANSWERED), now)
        closed = replace(closed, said=protocol.said + 1)
        line = Interaction(
            number=protocol.number, id=f"ended-{talk.v}", sequence=closed.said, at=now, medium=Medium(talk.channel),
            speaker=Speaker.BOT, under=held.under.id, words=UNANSWERED, author=_ACTOR,
        )  # fmt: skip
        told = {"desfecho": str(Outcome.WITHDRAWN), "texto": digest(UNANSWERED), "fundamento": "", "ator": _ACTOR}
        facts.append(Fact("protocol.answered", protocol.ref, tuple(Value(n, v, held.under) for n, v in told.items())))
        changes += [Put(closed), Put(line), *places(held, closed)]
    return Act(f"talk-ended:{talk.turn(now)}", tuple(changes), tuple(facts))
