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
    action, matter, name = (_text(request, field) for field in ("action", "matter", "name"))
    if action not in ACTIONS:
        raise Rejected("action-invalid", "/action")
    if matter not in set(Matter):
        raise Rejected("action-invalid", "/matter")
    signer, now = Signer(caller_of(request, deps.callers), deps.stage), deps.clock.now()
    things = chosen(name, Matter(matter), now.year)
    for thing in things:
        act(action, thing, ledger, signer, now)
    return {"done": [thing.name for thing in things]}


def _text(request: Mapping[str, object], field: str) -> str:
    value = request.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= _NAME_MAX:
        raise Rejected("action-invalid", f"/{field}")
    return value
