"""Somebody asks why a person was or was not written to, and what may come next.

What is read names nobody: the case in brief, outreach, step notes, notices without their words, and what the person
received lately. Who asks is seen first all the same, for the answer is about one person.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from emdia.clock import instant
from emdia.compliance.approval import in_force
from emdia.compliance.notice_record import NoticeRecord
from emdia.errors import Rejected
from emdia.facts import Fact, Value
from emdia.identity import parse_ans
from emdia.ladder.approved import unapproved
from emdia.ladder.explain import RecordFile, explain
from emdia.ladder.explain_page import document
from emdia.ladder.step_note import StepNote
from emdia.messages.outreach import Outreach
from emdia.messages.person import log_of
from emdia.portfolio.case import Case
from emdia.portfolio.contract import Operator
from emdia.portfolio.municipal import holiday_refs, holidays_of
from emdia.ports import Clock, Ledger, Ledgers, Meter, Pseudonyms, Secrets
from emdia.providers.strict_json import read_whole_json
from emdia.state import case_ref, in_force_ref, operator_ref, person_ref
from emdia.workflows.acts import command
from emdia.workflows.signed_call import Call, authenticate
from emdia.workflows.staff_request import line_of
from emdia.workflows.views import show

MAX_BODY = 4 * 1024  # bytes
_NAME_MAX = 64


@dataclass(frozen=True, slots=True)
class Deps:
    """What explaining needs."""

    secrets: Secrets
    ledgers: Ledgers
    pseudonyms: Pseudonyms
    clock: Clock
    meter: Meter
    say: Callable[[Rejected], str]  # a refusal in Portuguese


def explain_case(request: Mapping[str, object], deps: Deps) -> Mapping[str, object]:
    """Answer `{"operator", "contract", "actor", "at"?}`: the ERP's contract number, a local day as AAAA-MM-DD.

    Raises Rejected (`operator-unknown`, `contract-unknown`, `date-invalid`, `action-invalid`); TryLater.
    """
    operator, number, actor = (line_of(request, field, _NAME_MAX) for field in ("operator", "contract", "actor"))
    ledger = deps.ledgers.of(parse_ans(operator, "/operator"))
    if not isinstance(ledger.get([operator_ref()]).get(operator_ref()), Operator):
        raise Rejected("operator-unknown", "/operator")  # a pseudonym must not make a key for a register mistyped
    return _explain(ledger, number, _day(request), actor, deps)


def explain_to_client(call: Call, deps: Deps) -> Mapping[str, object]:
    """Answer an ERP's signed call of `{"contract", "at"?}` about a contract of its own operator.

    Raises Rejected, as `authenticate` does too; TryLater.
    """
    client, text = authenticate(call, deps.secrets, deps.clock.now(), MAX_BODY)
    told = read_whole_json(text)
    if not isinstance(told, dict) or not set(told) <= {"contract", "at"}:
        raise Rejected("action-invalid")
    return _explain(
        deps.ledgers.of(client.ans), line_of(told, "contract", _NAME_MAX), _day(told), f"erp:{call.client}", deps
    )


def _day(request: Mapping[str, object]) -> date | None:
    value = request.get("at")
    if value is None:
        return None
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise Rejected("date-invalid", "/at")
    return day


def _explain(ledger: Ledger, number: str, on: date | None, actor: str, deps: Deps) -> Mapping[str, object]:
    now = deps.clock.now()
    ref = case_ref(deps.pseudonyms.of(ledger.ans, "contract", number))
    case = ledger.get([ref]).get(ref)
    if not isinstance(case, Case):
        raise Rejected("contract-unknown", "/contract")
    # Whoever looks is seen first: when this cannot be made durable, nothing is shown.
    asked = "" if on is None else on.isoformat()
    seen = Fact("case.viewed", ref, (Value("ator", actor), Value("tela", "explicação"), Value("dia", asked)))
    witnessed = ledger.witness([seen], command("explain", case.contract, actor, asked, instant(now)))
    states = ledger.get([person_ref(case.holder_key), in_force_ref(), *holiday_refs([case.ibge])])
    # Of the present holder only: what a former one received is not told to anybody else.
    mine = [
        one
        for prefix in ("OUTREACH#", "STEP#", "NOTICE#")
        for one in ledger.record(case.contract, prefix)
        if isinstance(one, Outreach | StepNote | NoticeRecord) and one.holder_key == case.holder_key
    ]
    file = RecordFile(
        case=case,
        person=log_of(case.holder_key, states.get(person_ref(case.holder_key))),
        outreach=[one for one in mine if isinstance(one, Outreach)],
        notes=[one for one in mine if isinstance(one, StepNote)],
        holidays=holidays_of(case.ibge, states),
        notices=[one for one in mine if isinstance(one, NoticeRecord)],
        parked_why=deps.say(Rejected(case.parked)) if case.parked else "",
        unapproved="" if case.parked else unapproved(case, in_force(states)),
    )
    return show(witnessed, document(explain(file, now, on)))
