"""A move of an outreach as something to commit."""

from emdia.messages.outreach import Outreach
from emdia.messages.transitions import Move
from emdia.ports import Act, Put


def act_of(move: Move, outreach: Outreach, *more: Put) -> Act:
    """The act of one move. Its command names outreach, move and version: a repeat is the same act."""
    command = f"{move.fact.kind}:{outreach.id}:{outreach.v}"
    return Act(command, (*map(Put, move.states), *more), (move.fact,))
