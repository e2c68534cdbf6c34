"""A person deals with parked cases: lists them, looks which contract it is, gives them back to the ladder."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from emdia.clock import instant
from emdia.errors import LostRace, Rejected
from emdia.facts import Fact, Value
from emdia.identity import parse_ans
from emdia.ladder.decide import next_due
from emdia.portfolio.case import Case, ParkedCase
from emdia.portfolio.contract import Contract
from emdia.ports import Act, Clock, KeyClass, Ledger, Ledgers, Put, Remove
from emdia.state import PARKED_CASES, Ref, State, Subject, case_ref, contract_ref, parked_case_ref
from emdia.workflows.acts import command
from emdia.workflows.staff_request import line_of
from emdia.workflows.views import show

_NAME_MAX = 64


@dataclass(frozen=True, slots=True)
class Deps:
    """What releasing needs."""

    ledgers: Ledgers
    clock: Clock


def release_case(request: Mapping[str, object], deps: Deps) -> Mapping[str, object]:
    """Carry out `{"action", "operator", "actor", "case"?}`; `case` is an id that `list` gave.

    Actions: `list` (no personal data), `show` (the ERP's contract number, after a fact that says who looks),
    `release` (the case is decided again from its next step on). Raises Rejected, also when what parked the case is
    not mended; TryLater.
    """
    action, operator, actor = (line_of(request, field, _NAME_MAX) for field in ("action", "operator", "actor"))
    ledger = deps.ledgers.of(parse_ans(operator, "/operator"))
    if action == "list":
        return _list(ledger)
    if action not in ("show", "release"):
        raise Rejected("action-invalid", "/action")
    key = line_of(request, "case", _NAME_MAX)
    states = ledger.get([case_ref(key), parked_case_ref(key)])
    case, pointer = states.get(case_ref(key)), states.get(parked_case_ref(key))
    if not isinstance(case, Case) or not isinstance(pointer, ParkedCase):
        raise Rejected("parked-not-found", "/case")
    if action == "show":
        return _show(ledger, case, actor, deps)
    return _release(ledger, case, pointer, actor, deps)


def _list(ledger: Ledger) -> Mapping[str, object]:
    parked = [one for one in ledger.record(PARKED_CASES, "PARKEDCASE#") if isinstance(one, ParkedCase)]
    listed = [{"case": p.contract, "reason": p.reason, "parked_at": instant(p.parked_at)} for p in parked]
    return {"parked": sorted(listed, key=lambda one: (one["parked_at"], one["case"]))}


def _show(ledger: Ledger, case: Case, actor: str, deps: Deps) -> Mapping[str, object]:
    # Whoever looks is seen first: when this cannot be made durable, nothing is shown.
    seen = Fact("case.viewed", case.ref, (Value("ator", actor), Value("tela", "caso parado")))
    witnessed = ledger.witness([seen], command("view", case.contract, actor, instant(deps.clock.now())))
    ref = contract_ref(case.contract)
    contract = _open(ledger, ref, case.holder_key).get(ref)
    if not isinstance(contract, Contract):
        raise Rejected("contract-unknown", "/case")
    return show(witnessed, {"case": case.contract, "reason": case.parked, "contract": contract.number})


def _open(ledger: Ledger, ref: Ref, holder: str) -> Mapping[Ref, State]:
    return ledger.get([ref], [(Subject(holder), KeyClass.CADASTRO)])


def _release(ledger: Ledger, case: Case, pointer: ParkedCase, actor: str, deps: Deps) -> Mapping[str, object]:
    released = replace(case, parked="", due=next_due(case, deps.clock.now()))
    values = (Value("ator", actor), Value("regra", case.parked))
    act = Act(
        command("release", case.contract, case.v, actor),
        (Put(released), Remove(pointer.ref, pointer.v, pointer.last)),
        (Fact("case.released", case.ref, values),),
    )
    if ledger.commit([act]).lost:
        raise LostRace("somebody else dealt with this case")
    return {"case": case.contract, "status": "released", "due": instant(released.due) if released.due else ""}
