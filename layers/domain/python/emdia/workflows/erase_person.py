"""erase_person: a person is forgotten on two approvals, or must not be while a legal hold stands.

Everything decisive is asked again at the second approval: a hold placed meanwhile, an invoice, an unsettled event.
Deleting the keys, removing the person's row and the fact that says so are one transaction.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from emdia.clock import instant
from emdia.compliance.municipality import zone_of
from emdia.errors import LostRace, Rejected
from emdia.facts import Fact, LogClass, Value
from emdia.identity import parse_ans, parse_cpf
from emdia.people.certificate import certificate
from emdia.people.disposal import DisposalRun
from emdia.people.erasure import (
    ERASURES,
    Erasure,
    ErasureStatus,
    LegalHold,
    approved,
    complete,
    erasure_ref,
    hold_ref,
    must_stay,
)
from emdia.people.offices import Office, office_of
from emdia.people.ports import Callers, Trace, Traces
from emdia.portfolio.contract import Operator
from emdia.ports import Act, Change, Check, Clock, Forget, Ledger, Ledgers, Meter, Pseudonyms, Put, Remove
from emdia.state import DISPOSALS, Ref, Subject, operator_ref, person_ref
from emdia.workflows.acts import command
from emdia.workflows.proved_call import caller_of
from emdia.workflows.staff_request import line_of
from emdia.workflows.views import show

_TEXT_MAX = 500
_SHOWN_RUNS = 60  # two months of nights
_ZONE = "America/Sao_Paulo"  # of a certificate's moments, where an operator has not told its seat


@dataclass(frozen=True, slots=True)
class Deps:
    """What erasing needs. `stage` is part of the names of the offices' roles; `recovery_days` of the table of keys."""

    ledgers: Ledgers
    pseudonyms: Pseudonyms
    traces: Traces
    callers: Callers
    clock: Clock
    meter: Meter
    stage: str
    recovery_days: int


@dataclass(frozen=True, slots=True)
class _Desk:
    """One caller, known by AWS, at one operator's persons."""

    ledger: Ledger
    actor: str
    request: Mapping[str, object]
    deps: Deps

    def fact(self, kind: str, about: Ref, person: str, **more: str) -> Fact:
        """What this caller did. Nothing is sealed under the person's own keys: they are about to go."""
        values = {"ator": self.actor, "titular": person} | more
        return Fact(kind, about, tuple(Value(name, value) for name, value in values.items()))

    def text(self, field: str) -> str:
        """A line of the request. Raises Rejected."""
        return line_of(self.request, field, _TEXT_MAX)

    def person(self) -> str:
        """Pseudonym of the person the request names by CPF. Raises Rejected `cpf-invalid`."""
        return self.deps.pseudonyms.of(self.ledger.ans, "person", parse_cpf(self.text("cpf"), "/cpf"))

    def hold(self, person: str) -> LegalHold | None:
        """The legal hold of the person, standing or lifted."""
        held = self.ledger.get([hold_ref(person)]).get(hold_ref(person))
        return held if isinstance(held, LegalHold) else None

    def asked(self) -> Erasure:
        """The erasure the request names. Raises Rejected `erasure-unknown`."""
        ref = erasure_ref(self.text("erasure"))
        held = self.ledger.get([ref]).get(ref)
        if not isinstance(held, Erasure):
            raise Rejected("erasure-unknown", "/erasure")
        return held


def erase_person(request: Mapping[str, object], deps: Deps) -> Mapping[str, object]:
    """Carry out `{"action", "operator", "proof", "cpf"?, "classes"?, "erasure"?, "reason"?}` of the proved caller.

    Actions: `request` (`cpf`, `classes`: all that are held when absent), `list`, `disposals` (what went by itself),
    `approve` and `certificate` (`erasure`), `hold` and `lift` (`cpf`, `reason`; legal only). Raises Rejected with the
    reason, which is a fact too when an erasure must not be; TryLater.
    """
    ans = parse_ans(str(request.get("operator", "")), "/operator")
    actor = caller_of(request, deps.callers)
    desk = _Desk(deps.ledgers.of(ans), actor, request, deps)
    verb = _VERBS.get(desk.text("action"))
    if verb is None:
        raise Rejected("action-invalid", "/action")
    if operator_ref() not in desk.ledger.get([operator_ref()]):
        raise Rejected("operator-unknown", "/operator")
    return verb(desk)


def _request(desk: _Desk) -> Mapping[str, object]:
    person, now = desk.person(), desk.deps.clock.now()
    trace = desk.deps.traces.of(desk.ledger.ans, person)
    told = desk.request.get("classes") or list(trace.classes)
    if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
        raise Rejected("action-invalid", "/classes")
    classes = tuple(sorted(set(told)))
    name = sha256("|".join((desk.ledger.ans, person, *classes, instant(now))).encode()).hexdigest()[:16]
    erasure = Erasure(id=name, person=person, classes=classes, asked_by=desk.actor, asked_at=now)
    _must_stay(desk, erasure)
    fact = desk.fact("erasure.requested", erasure.ref, person, classes=",".join(classes))
    _land(desk, "erasure", Act(command("erasure", name, desk.actor), (Put(erasure),), (fact,)))
    return _shown(erasure)


def _must_stay(desk: _Desk, erasure: Erasure) -> Trace:
    """What is held of the person. Raises Rejected where they must not be forgotten now, after a fact that says so."""
    now = desk.deps.clock.now()
    trace = desk.deps.traces.of(desk.ledger.ans, erasure.person)
    try:
        must_stay(erasure.classes, trace, desk.hold(erasure.person), now)
    except Rejected as refused:
        fact = desk.fact("erasure.refused", erasure.ref, erasure.person, motivo=refused.code)
        desk.ledger.witness([fact], command("erasure-refused", erasure.id, erasure.v, desk.actor, instant(now)))
        raise
    return trace


def _approve(desk: _Desk) -> Mapping[str, object]:
    deps, before = desk.deps, desk.asked()
    now = deps.clock.now()
    after = approved(before, desk.actor, deps.stage, now)
    trace = _must_stay(desk, after)
    said = desk.fact("erasure.approved", after.ref, after.person, funcao=str(after.approvals[-1].office))
    named = command("approve", after.id, before.v, desk.actor)
    if not complete(after):
        _land(desk, "approval", Act(named, (Put(after),), (said,)))
        return _shown(after)
    numbers = tuple(one.number for one in trace.attendances) if LogClass.ATENDIMENTO in after.classes else ()
    done = replace(after, status=ErasureStatus.DONE, done_at=now, attendances=numbers)
    told = {"classes": ",".join(done.classes), "atendimentos": ",".join(numbers)}
    forgotten = desk.fact("person.forgotten", done.ref, done.person, **told)
    hold = desk.hold(done.person)
    # A hold that is placed in this very moment makes the transaction fail: nothing is erased past it.
    changes: list[Change] = [Put(done), Check(hold_ref(done.person), hold.v if hold else 0)]
    changes += [Forget(Subject(subject), one) for subject, one in trace.keys if one in done.classes]
    log = desk.ledger.get([person_ref(done.person)]).get(person_ref(done.person))
    if log is not None:
        changes.append(Remove(log.ref, log.v, log.last))
    _land(desk, "erasure", Act(named, tuple(changes), (said, forgotten)))
    deps.meter.count("PersonForgotten")
    return _shown(done)


def _certificate(desk: _Desk) -> Mapping[str, object]:
    erasure, deps = desk.asked(), desk.deps
    if erasure.status is not ErasureStatus.DONE:
        raise Rejected("erasure-not-done", "/erasure")
    seen = desk.fact("erasure.viewed", erasure.ref, erasure.person, tela="certificado")
    # Whoever looks is seen first: the certificate names those who asked and approved.
    witnessed = desk.ledger.witness([seen], command("view", erasure.id, desk.actor, instant(deps.clock.now())))
    operator = desk.ledger.get([operator_ref()])[operator_ref()]
    if not isinstance(operator, Operator):
        raise Rejected("operator-unknown", "/operator")
    zone = zone_of(operator.seat) if operator.seat else _ZONE
    text = certificate(erasure, operator.name, desk.ledger.ans, deps.recovery_days, zone)
    return show(witnessed, {"certificate": text})


def _list(desk: _Desk) -> Mapping[str, object]:
    found = [one for one in desk.ledger.record(ERASURES, "ERASURE#") if isinstance(one, Erasure)]
    return {"erasures": [_shown(one) for one in sorted(found, key=lambda one: (one.asked_at, one.id))]}


def _disposals(desk: _Desk) -> Mapping[str, object]:
    """What the retention clocks did, newest first: counts, reasons, numbers and pseudonyms."""
    found = [one for one in desk.ledger.record(DISPOSALS) if isinstance(one, DisposalRun)]
    return {
        "disposals": [
            {
                "at": instant(run.at),
                "done": {one.kind: one.count for one in run.done},
                "held": [{"kind": one.kind, "name": one.name, "reason": one.reason} for one in run.held],
            }
            for run in sorted(found, key=lambda run: run.at, reverse=True)[:_SHOWN_RUNS]
        ]
    }


def _shown(erasure: Erasure) -> Mapping[str, object]:
    """What may be shown of a request without a fact: nothing that names anybody."""
    return {
        "erasure": erasure.id,
        "status": str(erasure.status),
        "classes": list(erasure.classes),
        "asked_at": instant(erasure.asked_at),
        "approved_by": [str(one.office) for one in erasure.approvals],
    }


def _hold(desk: _Desk) -> Mapping[str, object]:
    return _set_hold(desk, active=True)


def _lift(desk: _Desk) -> Mapping[str, object]:
    return _set_hold(desk, active=False)


def _set_hold(desk: _Desk, *, active: bool) -> Mapping[str, object]:
    if office_of(desk.actor, desk.deps.stage) is not Office.LEGAL:
        raise Rejected("erasure-approver-invalid")
    person, reason, now = desk.person(), desk.text("reason"), desk.deps.clock.now()
    held = desk.hold(person)
    v, last = (held.v, held.last) if held else (0, "")
    hold = LegalHold(person=person, active=active, reason=reason, actor=desk.actor, at=now, v=v, last=last)
    kind = "legal_hold.placed" if active else "legal_hold.lifted"
    fact = desk.fact(kind, hold.ref, person, motivo=reason)
    _land(desk, "hold", Act(command(kind, person, v, desk.actor), (Put(hold),), (fact,)))
    return {"status": "held" if active else "lifted"}


def _land(desk: _Desk, what: str, act: Act) -> None:
    if desk.ledger.commit([act]).lost:
        raise LostRace(f"somebody else dealt with this {what}")


_VERBS: Mapping[str, Callable[[_Desk], Mapping[str, object]]] = {
    "request": _request,
    "approve": _approve,
    "certificate": _certificate,
    "list": _list,
    "disposals": _disposals,
    "hold": _hold,
    "lift": _lift,
}
