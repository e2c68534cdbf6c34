"""Staff deal with attendances: the queue, who has which, what is said, the answer. One action a call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from heapq import merge

from emdia.clock import instant
from emdia.errors import Halted, Rejected, decided_anew
from emdia.facts import Fact, Value
from emdia.identity import parse_ans
from emdia.portfolio.contract import Contract
from emdia.ports import Clock, Ledger, Ledgers, Meter, Pseudonyms, Randomness
from emdia.protocols.copying import owed
from emdia.protocols.deadlines import Care, Demand
from emdia.protocols.number import brasilia_day, parse_number
from emdia.protocols.protocol import (
    Interaction,
    Medium,
    Originator,
    Protocol,
    Speaker,
    WaitingProtocol,
    claim,
    classify,
    close,
    hand_over,
    reanalyse,
)
from emdia.protocols.waiting import waited
from emdia.state import QUEUE_SHARDS, State, contract_ref, protocol_ref, queue_partition
from emdia.workflows.acts import command
from emdia.workflows.attendance import Attendance, belongs, digest, move, read, said_in, say, seat_of, told
from emdia.workflows.draft_answer import WORDS_MAX, drafts, given
from emdia.workflows.number_desk import NumberDesk
from emdia.workflows.open_protocol import Deps as IssueDeps
from emdia.workflows.open_protocol import Opening, issue
from emdia.workflows.staff_request import Request, one_of, seconds_of, text_of
from emdia.workflows.views import show

PAGE = 50  # of the queue
LOOK = 400  # places looked at for those that are free, or one's own: more than an operator has people
DAY_SECONDS = 24 * 3600  # no contact takes longer
_NAME_MAX = 128


class Who(StrEnum):
    """Whose attendances of the queue are asked for."""

    ALL = "all"
    FREE = "free"  # nobody has claimed them
    MINE = "mine"


@dataclass(frozen=True, slots=True)
class Deps:
    """What attending needs."""

    ledgers: Ledgers
    pseudonyms: Pseudonyms
    clock: Clock
    randomness: Randomness
    meter: Meter
    desk: NumberDesk


def attend_protocol(request: Request, deps: Deps) -> Mapping[str, object]:
    """Carry out `{"action", "operator", "actor", ...}`.

    `queue` (`who`?: all, free or mine); `open` (`key`, `medium`, `originator`); and on one attendance (`number`):
    `show`, `identify` (`contract`, the ERP's number), `class` (`demand`, `care`?), `say` (`id`, `words`, `medium`,
    `speaker`, `recording`?, `internal`?, `seconds`?), `claim` (`from`?), `hand_over` (`to`?), `drafts`, `answer`
    (`outcome`, `text`, `basis`?; or `model` with `values`? and what of them is edited), `reanalyse`.
    Raises Rejected, LostRace, TryLater.
    """
    operator, action, actor = (text_of(request, field, _NAME_MAX) for field in ("operator", "action", "actor"))
    ledger = deps.ledgers.of(parse_ans(operator, "/operator"))
    if action == "queue":
        return _queue(request, actor, ledger)
    if action == "open":
        return _open(request, actor, ledger, deps)
    if action not in _ACTIONS:
        raise Rejected("action-invalid", "/action")
    number = parse_number(text_of(request, "number", _NAME_MAX), brasilia_day(deps.clock.now()), "/number")
    if number.ans != operator:
        raise Rejected("protocol-unknown", "/number")
    # When a warning was given or a colleague acted meanwhile, who is refused learns why.
    return decided_anew(lambda: _ACTIONS[action](request, read(str(number), ledger), actor, ledger, deps))


def _open(request: Request, actor: str, ledger: Ledger, deps: Deps) -> Mapping[str, object]:
    """The number first; the same `key` of the same caller again gets the same one."""
    opening = Opening(
        source=actor,
        key=text_of(request, "key", _NAME_MAX),
        medium=one_of(Medium, request, "medium"),
        originator=one_of(Originator, request, "originator"),
    )
    issuing = IssueDeps(deps.ledgers, deps.pseudonyms, deps.clock, deps.randomness, deps.meter, deps.desk)
    return issue(opening, ledger, issuing).told()


def _queue(request: Request, actor: str, ledger: Ledger) -> Mapping[str, object]:
    """The attendances that wait, nearest term first: what each is and who has it, nothing of whom it is about."""
    who = one_of(Who, request, "who") if request.get("who") else Who.ALL
    look = PAGE if who is Who.ALL else LOOK
    shards = [
        [one for one in ledger.listed(queue_partition(shard), look) if isinstance(one, WaitingProtocol)]
        for shard in range(QUEUE_SHARDS)
    ]
    first = list(merge(*shards, key=lambda one: (one.due, one.number)))[:look]
    held = ledger.get([protocol_ref(one.number) for one in first])
    waiting = [_waiting(one, held.get(protocol_ref(one.number))) for one in first]
    wanted = {Who.FREE: "", Who.MINE: actor}
    return {"waiting": [one for one in waiting if who is Who.ALL or one["staff"] == wanted[who]][:PAGE]}


def _waiting(place: WaitingProtocol, held: State | None) -> Mapping[str, object]:
    if not isinstance(held, Protocol):
        raise Halted("a place in the queue without its attendance")
    return {
        "number": place.number,
        "due": place.due,
        "medium": held.medium,
        "demand": held.demand,
        "staff": held.staff,
        "human_asked_at": "" if held.human_asked_at is None else instant(held.human_asked_at),
    }


def _show(request: Request, held: Attendance, actor: str, ledger: Ledger, deps: Deps) -> Mapping[str, object]:
    del request
    # Whoever looks is seen first: when this cannot be made durable, nothing is shown.
    seen = Fact("protocol.viewed", held.protocol.ref, (Value("ator", actor), Value("tela", "atendimento")))
    now = deps.clock.now()
    witnessed = ledger.witness([seen], command("view", held.protocol.number, actor, instant(now)))
    return show(witnessed, {**told(held.protocol), "interactions": said_in(held.protocol, ledger)})


def _identify(request: Request, held: Attendance, actor: str, ledger: Ledger, deps: Deps) -> Mapping[str, object]:
    """Whose attendance it is. Said once: what was said under a person's key cannot become another's."""
    key = deps.pseudonyms.of(ledger.ans, "contract", text_of(request, "contract", _NAME_MAX))
    contract = ledger.get([contract_ref(key)]).get(contract_ref(key))
    if not isinstance(contract, Contract):
        raise Rejected("contract-unknown", "/contract")
    if held.protocol.contract:
        if held.protocol.contract == key:
            return told(held.protocol)
        raise Rejected("protocol-identified", "/contract")
    return told(belongs(held, contract, actor, ledger, deps.clock.now()))


def _class(request: Request, held: Attendance, actor: str, ledger: Ledger, deps: Deps) -> Mapping[str, object]:
    demand = one_of(Demand, request, "demand")
    care = one_of(Care, request, "care") if request.get("care") else None
    classed = classify(held.protocol, demand, care, seat_of(ledger), deps.clock.now())
    values = {"classe": str(demand), "prazo": instant(classed.due or classed.opened_at)}
    return told(move(held, classed, "protocol.classed", values, actor, ledger))


def _say(request: Request, held: Attendance, actor: str, ledger: Ledger, deps: Deps) -> Mapping[str, object]:
    """One thing said; the same `id` again changes nothing."""
    line = Interaction(
        number=held.protocol.number,
        id=text_of(request, "id", _NAME_MAX),
        sequence=held.protocol.said + 1,
        at=deps.clock.now(),
        medium=one_of(Medium, request, "medium"),
        speaker=one_of(Speaker, request, "speaker"),
        under=held.under.id,
        internal=request.get("internal") is True,
        words=text_of(request, "words", WORDS_MAX),
        author=actor,
        recording=text_of(request, "recording", _NAME_MAX, ""),
        seconds=seconds_of(request, "seconds", DAY_SECONDS),
    )
    return told(say(line, held, actor, ledger))


def _claim(request: Request, held: Attendance, actor: str, ledger: Ledger, deps: Deps) -> Mapping[str, object]:
    taken_from = text_of(request, "from", _NAME_MAX, "")
    mine = claim(held.protocol, actor, deps.clock.now(), taken_from)
    wait = waited(mine) if held.protocol.human_at is None else None
    values = {} if wait is None else {"espera": str(int(wait[0].total_seconds()))}
    values |= {"de": taken_from} if taken_from else {}
    claimed = move(held, mine, "protocol.claimed", values, actor, ledger)
    if wait is not None:
        deps.meter.count("HumanReached", in_target=str(wait[1]).lower())
    return told(claimed)


def _hand_over(request: Request, held: Attendance, actor: str, ledger: Ledger, deps: Deps) -> Mapping[str, object]:
    del deps
    to = text_of(request, "to", _NAME_MAX, "")
    handed = hand_over(held.protocol, actor, to)
    return told(move(held, handed, "protocol.handed_over", {"para": to}, actor, ledger))


def _answer(request: Request, held: Attendance, actor: str, ledger: Ledger, deps: Deps) -> Mapping[str, object]:
    told_so = given(request, held.protocol, ledger)
    answer = told_so.answer
    now = deps.clock.now()
    closed = replace(close(held.protocol, answer, now), said=held.protocol.said + 1)
    if closed.contract:
        closed = replace(closed, copying=owed(now))
    line = Interaction(
        number=closed.number,
        id=f"answer-{closed.stage}",
        sequence=closed.said,
        at=now,
        medium=closed.medium or Medium.CHAT,
        speaker=Speaker.STAFF,
        under=held.under.id,
        words=answer.text,
        basis=answer.basis,
        author=actor,
        model=told_so.model,
        edited=told_so.edited,
    )
    values = {"desfecho": str(answer.outcome), "texto": digest(answer.text), "fundamento": digest(answer.basis)}
    if told_so.model:
        values |= {"modelo": told_so.model, "editado": "sim" if told_so.edited else "nao"}
    stored = move(held, closed, "protocol.answered", values, actor, ledger, [line])
    deps.meter.count("ProtocolAnswered", late=str(stored.late).lower())
    return told(stored)


def _reanalyse(request: Request, held: Attendance, actor: str, ledger: Ledger, deps: Deps) -> Mapping[str, object]:
    del request
    again = reanalyse(held.protocol, seat_of(ledger), deps.clock.now())
    return told(
        move(held, again, "protocol.reanalysed", {"prazo": instant(again.due or again.opened_at)}, actor, ledger)
    )


def _drafts(request: Request, held: Attendance, actor: str, ledger: Ledger, deps: Deps) -> Mapping[str, object]:
    """Approved texts to begin an answer with; nothing of the person is in them."""
    del request, actor, deps
    return drafts(held.protocol, ledger)


Action = Callable[[Request, Attendance, str, Ledger, Deps], Mapping[str, object]]
_ACTIONS: Mapping[str, Action] = {
    "show": _show,
    "identify": _identify,
    "class": _class,
    "say": _say,
    "claim": _claim,
    "hand_over": _hand_over,
    "answer": _answer,
    "drafts": _drafts,
    "reanalyse": _reanalyse,
}
