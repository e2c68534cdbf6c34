"""approve_version: what is in force changes by the word of people whom AWS itself names, and by no other way.

Whoever may only call this function can write nothing of their own into the ledger: not an approval, nor its author.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from emdia.compliance.approval import Matter
from emdia.errors import Rejected
from emdia.identity import parse_ans
from emdia.people.ports import Callers
from emdia.ports import Clock, Ledgers
from emdia.workflows.approvals import ACTIONS, Signer, act, chosen
from emdia.workflows.proved_call import caller_of
from emdia.workflows.staff_request import line_of, one_of

_NAME_MAX = 64


@dataclass(frozen=True, slots=True)
class Deps:
    """What approving needs. `stage` is part of the names of the offices' roles."""

    ledgers: Ledgers
    callers: Callers
    clock: Clock
    stage: str


def approve_version(request: Mapping[str, object], deps: Deps) -> Mapping[str, object]:
    """Carry out `{"action", "operator", "matter", "name", "proof"}` of the proved caller; the names it was done to.

    Actions: submit, approve, refuse, activate, retire. With "all" as name those before a refusal are done: `done` of
    a later call does not name them. Raises Rejected; LostRace; TryLater.
    """
    ledger = deps.ledgers.of(parse_ans(str(request.get("operator", "")), "/operator"))
    action, name = (line_of(request, field, _NAME_MAX) for field in ("action", "name"))
    if action not in ACTIONS:
        raise Rejected("action-invalid", "/action")
    matter = one_of(Matter, request, "matter")
    signer, now = Signer(caller_of(request, deps.callers), deps.stage), deps.clock.now()
    things = chosen(name, matter, now.year)
    for thing in things:
        act(action, thing, ledger, signer, now)
    return {"done": [thing.name for thing in things]}
