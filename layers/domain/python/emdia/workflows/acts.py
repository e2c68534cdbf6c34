"""Acts: how a move becomes one, and how many are committed that may meet on one item."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from emdia.compliance.rules import DATA_MISSING
from emdia.errors import EmDiaError, Halted, Rejected
from emdia.facts import Fact, Value
from emdia.messages.outreach import Outreach, OutreachStatus
from emdia.messages.transitions import Move
from emdia.portfolio.case import Case, ParkedCase
from emdia.ports import Act, Committed, Ledger, Put
from emdia.state import Ref, State

Item = TypeVar("Item")
Result = TypeVar("Result")


def act_of(move: Move, outreach: Outreach, *more: Put) -> Act:
    """The act of one move. Its command names outreach, move and version: a repeat is the same act."""
    command = f"{move.fact.kind}:{outreach.id}:{outreach.v}"
    return Act(command, (*map(Put, move.states), *more), (move.fact,))


def command(verb: str, *parts: object) -> str:
    """A command in whose parts somebody's name may stand: rows show commands in clear, so only their hash is told."""
    return f"{verb}:{sha256('|'.join(map(str, parts)).encode()).hexdigest()[:32]}"


def park(case: Case, reason: str, now: datetime) -> Act:
    """Take a case out of the agenda until a person releases it (`emdia case`); `reason` is a code."""
    # Sealed under the operator's key: the person's may be gone, and that may be the very reason.
    fact = Fact("case.parked", case.ref, (Value("regra", reason),))
    pointer = ParkedCase(contract=case.contract, reason=reason, parked_at=now)
    return Act(f"park:{case.contract}:{case.v}", (Put(replace(case, parked=reason)), Put(pointer)), (fact,))


def let_go(outreach: Outreach) -> Act:
    """Close the outreach of a person who was forgotten: nothing may be sealed under their key any more."""
    queued = outreach.status is OutreachStatus.QUEUED
    kind, status = ("cancelled", OutreachStatus.CANCELLED) if queued else ("unknown", OutreachStatus.UNKNOWN)
    closed = replace(outreach, status=status, rule=DATA_MISSING, due=None)
    fact = Fact(f"outreach.{kind}", outreach.ref, (Value("regra", DATA_MISSING),))
    return Act(f"let-go:{outreach.id}:{outreach.v}", (Put(closed),), (fact,))


def isolate(
    work: Callable[[Sequence[Item]], Result], items: Sequence[Item]
) -> tuple[list[Result], list[tuple[Item, EmDiaError]]]:
    """Run `work` on all items; when one of them refuses or halts it, on each alone: one bad item stops no other.

    Answers what the runs gave, and the bad items with what they raised. `work` must be one that may be repeated.
    TryLater passes through.
    """
    try:
        return [work(items)], []
    except (Rejected, Halted) as error:
        if len(items) == 1:
            return [], [(items[0], error)]
    results: list[Result] = []
    bad: list[tuple[Item, EmDiaError]] = []
    for item in items:
        done, refused = isolate(work, [item])
        results += done
        bad += refused
    return results, bad


def commit_apart(acts: Sequence[Act], ledger: Ledger) -> Committed:
    """Commit acts of which some may put the same item (one person with two contracts): those go one after the other.

    The later one was made from what the earlier has changed, so it is `lost` and its caller decides again.
    """
    landed: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    states: dict[Ref, State] = {}
    left = list(acts)
    while left:
        seen: set[Ref] = set()
        together: list[Act] = []
        later: list[Act] = []
        for act in left:
            refs = {change.state.ref for change in act.changes if isinstance(change, Put)}
            (later if refs & seen else together).append(act)
            seen |= refs
        done = ledger.commit(together)
        landed, lost, left = landed | done.landed, lost | done.lost, later
        states.update(done.states)
    return Committed(landed, lost, states)
