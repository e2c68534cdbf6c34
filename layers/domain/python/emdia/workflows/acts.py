"""Acts: how a move becomes one, and how many are committed that may meet on one item."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from emdia.facts import Fact, Value
from emdia.messages.outreach import Outreach
from emdia.messages.transitions import Move
from emdia.portfolio.case import Case, ParkedCase
from emdia.ports import Act, Committed, Ledger, Put
from emdia.state import Ref, State, Subject


def act_of(move: Move, outreach: Outreach, *more: Put) -> Act:
    """The act of one move. Its command names outreach, move and version: a repeat is the same act."""
    command = f"{move.fact.kind}:{outreach.id}:{outreach.v}"
    return Act(command, (*map(Put, move.states), *more), (move.fact,))


def park(case: Case, reason: str, now: datetime) -> Act:
    """Take a case out of the agenda until a person releases it (`emdia case`); `reason` is a code."""
    fact = Fact("case.parked", case.ref, (Value("regra", reason, Subject(case.holder_key)),))
    pointer = ParkedCase(contract=case.contract, reason=reason, parked_at=now)
    return Act(f"park:{case.contract}:{case.v}", (Put(replace(case, parked=reason)), Put(pointer)), (fact,))


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
