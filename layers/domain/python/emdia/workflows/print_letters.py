"""Letters leave for the printer in runs of a day, and what became of them comes back by file or by a signed call.

A run is closed by whoever fetches it, once its day is over: its manifest is kept under lock, the same for ever. Who
fetches letters is seen first.
"""

import base64
import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from emdia.clock import instant
from emdia.errors import LostRace, Rejected
from emdia.facts import Fact, LogClass, Value
from emdia.identity import parse_ans
from emdia.messages.print_job import (
    LETTERS_PARKED,
    ParkedTracking,
    PrintJob,
    PrintRun,
    closes,
    jobs_of,
    run_of,
    run_ref,
)
from emdia.portfolio.contract import Operator
from emdia.ports import Act, Clock, Documents, Ledger, Ledgers, Meter, Put, Secrets
from emdia.providers.strict_json import read_whole_json
from emdia.state import OPERATOR_SUBJECT, Subject, operator_ref
from emdia.workflows.acts import command
from emdia.workflows.signed_call import Call, authenticate
from emdia.workflows.staff_request import line_of
from emdia.workflows.track_letters import Desk, read_told, track
from emdia.workflows.views import show

AT_ONCE = 25  # letters in one answer, some forty thousand bytes each
MAX_BODY = 128 * 1024  # bytes of a signed call
_NAME_MAX = 64
_HEADS = ("referencia", "arquivo", "sha256", "servico")


@dataclass(frozen=True, slots=True)
class Deps:
    """What printing needs."""

    secrets: Secrets
    ledgers: Ledgers
    documents: Documents
    clock: Clock
    meter: Meter


def print_letters(request: Mapping[str, object], deps: Deps) -> Mapping[str, object]:
    """Carry out `{"action", "operator", "actor", "day"?, "from"?, "events"?}`; `day` as AAAA-MM-DD, of Brasília.

    `jobs`: the letters of a day (default: today) and what waits for a person, no personal data. `close`: the run of a
    day that is over, and its manifest. `letters`: its sheets from `from` on, as many as an answer carries. `status`:
    what the printer's file tells. Raises Rejected: `action-invalid`, `ans-invalid`, `operator-unknown`, `date-invalid`,
    `print-run-open` (its day is not over), `print-run-empty`, and those of `read_told`; LostRace, TryLater.
    """
    action, ans, actor = (line_of(request, field, _NAME_MAX) for field in ("action", "operator", "actor"))
    ledger = deps.ledgers.of(parse_ans(ans, "/operator"))
    if not isinstance(ledger.get([operator_ref()]).get(operator_ref()), Operator):
        raise Rejected("operator-unknown", "/operator")
    if action == "jobs":
        return _jobs(ledger, _day(request, deps))
    if action == "close":
        return _close(ledger, _day(request, deps), actor, deps)
    if action == "letters":
        return _letters(ledger, _day(request, deps), request.get("from", 0), actor, deps)
    if action == "status":
        return _track(request.get("events"), ledger, deps)
    raise Rejected("action-invalid", "/action")


def track_by_client(call: Call, deps: Deps) -> Mapping[str, object]:
    """What a printer or an ERP tells of letters of its operator, `{"events": [...]}`, by a signed call.

    Raises Rejected, as `authenticate` does too; LostRace, TryLater.
    """
    client, text = authenticate(call, deps.secrets, deps.clock.now(), MAX_BODY)
    told = read_whole_json(text)
    if not isinstance(told, dict) or set(told) != {"events"}:
        raise Rejected("letter-events-invalid", "/events")
    return _track(told["events"], deps.ledgers.of(client.ans), deps)


def _track(events: object, ledger: Ledger, deps: Deps) -> Mapping[str, object]:
    now = deps.clock.now()
    desk = Desk(ledger, deps.documents, deps.meter, now)
    return {"events": [track(one, desk) for one in read_told(events, now)]}


def _jobs(ledger: Ledger, day: date) -> Mapping[str, object]:
    run = ledger.get([run_ref(day)]).get(run_ref(day))
    parked = [one for one in ledger.record(LETTERS_PARKED) if isinstance(one, ParkedTracking)]
    return {
        "day": day.isoformat(),
        "closed": instant(run.closed_at) if isinstance(run, PrintRun) else "",
        "letters": [
            {"reference": one.reference, "posting": str(one.posting), "object": one.object, "service": _service(one)}
            for one in _of(ledger, day)
        ],
        "parked": [{"id": one.id, "since": instant(one.since)} for one in parked],
    }


def _close(ledger: Ledger, day: date, actor: str, deps: Deps) -> Mapping[str, object]:
    now = deps.clock.now()
    held = ledger.get([run_ref(day)]).get(run_ref(day))
    if not isinstance(held, PrintRun):
        if now < closes(day):
            raise Rejected("print-run-open", "/day")
        jobs = _of(ledger, day)
        if not jobs:
            raise Rejected("print-run-empty", "/day")
        kept = deps.documents.keep(ledger.ans, OPERATOR_SUBJECT, LogClass.OPERACAO, _manifest(jobs))
        held = PrintRun(day=day, letters=len(jobs), manifest=kept, closed_at=now)
        told = (Value("ator", actor), Value("cartas", len(jobs)), Value("resumo", kept.sha256))
        act = Act(f"print-run:{day.isoformat()}", (Put(held),), (Fact("print_run.closed", held.ref, told),))
        if ledger.commit([act]).lost:
            raise LostRace("somebody else closed the run")
        deps.meter.count("PrintRunClosed", len(jobs))
    manifest = deps.documents.open(ledger.ans, OPERATOR_SUBJECT, held.manifest)
    return {"day": day.isoformat(), "letters": held.letters, "manifest": manifest.decode()}


def _letters(ledger: Ledger, day: date, start: object, actor: str, deps: Deps) -> Mapping[str, object]:
    if not isinstance(start, int) or start < 0:
        raise Rejected("action-invalid", "/from")
    if not isinstance(ledger.get([run_ref(day)]).get(run_ref(day)), PrintRun):
        raise Rejected("print-run-open", "/day")
    jobs = _of(ledger, day)
    some = jobs[start : start + AT_ONCE]
    # Whoever looks is seen first: when this cannot be made durable, nothing is shown.
    told = ("ator", actor), ("dia", day.isoformat()), ("cartas", ",".join(one.reference for one in some))
    seen = Fact("letters.viewed", run_ref(day), tuple(Value(name, value) for name, value in told))
    witnessed = ledger.witness([seen], command("letters", actor, day, start, instant(deps.clock.now())))
    sheets = [(one, deps.documents.open(ledger.ans, Subject(one.holder_key), one.file)) for one in some]
    more = start + AT_ONCE if start + AT_ONCE < len(jobs) else None
    shown = [{"name": _file(one), "body": base64.b64encode(body).decode()} for one, body in sheets]
    return show(witnessed, {"sheets": shown, "next": more})


def _of(ledger: Ledger, day: date) -> Sequence[PrintJob]:
    found = [one for one in ledger.record(jobs_of(day), "LETTER#") if isinstance(one, PrintJob)]
    return sorted(found, key=lambda one: one.reference)


def _manifest(jobs: Sequence[PrintJob]) -> bytes:
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\n")
    rows.writerow(_HEADS)
    rows.writerows((one.reference, _file(one), one.file.sha256, _service(one)) for one in jobs)
    return out.getvalue().encode()


def _file(job: PrintJob) -> str:
    return f"{job.reference}.pdf"


def _service(job: PrintJob) -> str:
    return "registrada-ar" if job.registered else "simples"


def _day(request: Mapping[str, object], deps: Deps) -> date:
    value = request.get("day")
    if value is None:
        return run_of(deps.clock.now())
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise Rejected("date-invalid", "/day") from None
