"""What the printer and the post tell of letters: posted, come back, delivered; to the outreach, and to the notice.

Told again it changes nothing. Of a letter nobody knows it is kept, sealed, for a person to look at: told again once the
letter is known, it leaves that list.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from emdia.clock import instant, parse_instant
from emdia.compliance.notice import EvidenceKind
from emdia.compliance.notice_record import NoticeRecord, Shown
from emdia.compliance.rules import NOTICE_PROOF
from emdia.errors import LostRace, Rejected
from emdia.facts import Fact, LogClass, Value
from emdia.messages import transitions
from emdia.messages.outreach import Outreach, OutreachStatus
from emdia.messages.print_job import (
    LetterObject,
    ParkedTracking,
    Posting,
    PrintJob,
    jobs_of,
    named_by,
    object_ref,
    parked_tracking_ref,
)
from emdia.ports import Act, Change, Documents, Ledger, Meter, Put, Remove
from emdia.state import Subject, outreach_ref
from emdia.workflows.notice_acts import fact, shown

MOST = 200  # of what is told at once
TEXT_MAX = 120
OBJECT = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")  # UPU S10: what the post calls a registered letter
_FIELDS = frozenset({"event", "reference", "object", "at", "reason", "signer"})
# What may follow what: a letter that came back or was handed over is at its end.
_AFTER: Mapping[Posting, frozenset[Posting]] = {
    Posting.POSTED: frozenset({Posting.MADE}),
    Posting.RETURNED: frozenset({Posting.MADE, Posting.POSTED}),
    Posting.DELIVERED: frozenset({Posting.MADE, Posting.POSTED}),
}
_REPORTED = {Posting.RETURNED: OutreachStatus.FAILED, Posting.DELIVERED: OutreachStatus.DELIVERED}


@dataclass(frozen=True, slots=True)
class Tracked:
    """One thing told of one letter, at `at` (UTC). `signer`: who signed the AR."""

    event: Posting
    reference: str
    object: str
    at: datetime
    reason: str
    signer: str

    @property
    def text(self) -> str:
        """As JSON; equal for equal things."""
        told = {"event": str(self.event), "at": instant(self.at)}
        told |= {name: getattr(self, name) for name in ("reference", "object", "reason", "signer")}
        return json.dumps(told, ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Desk:
    """What writing it down needs."""

    ledger: Ledger
    documents: Documents
    meter: Meter
    now: datetime


def read_told(events: object, now: datetime) -> Sequence[Tracked]:
    """What is told, checked whole: one bad row refuses all of them.

    Raises Rejected with the row's pointer: `letter-event-invalid`, `letter-reference-invalid`, `letter-object-invalid`,
    `letter-unnamed`, `letter-signer-missing`, `instant-invalid`, `instant-in-future`.
    """
    if not isinstance(events, list) or not 0 < len(events) <= MOST:
        raise Rejected("letter-events-invalid", "/events", limit=MOST)
    return [_read(one, f"/events/{n}", now) for n, one in enumerate(events)]


def _read(told: object, where: str, now: datetime) -> Tracked:
    if not isinstance(told, dict) or not set(told) <= _FIELDS or not all(_short(v) for v in told.values()):
        raise Rejected("letter-event-invalid", where)
    words = {name: str(told.get(name, "")).strip() for name in _FIELDS}
    try:
        event = Posting(words["event"])
    except ValueError:
        raise Rejected("letter-event-invalid", f"{where}/event") from None
    if event is Posting.MADE:
        raise Rejected("letter-event-invalid", f"{where}/event")
    reference, number = _names(words, event, where)
    if event is Posting.DELIVERED and not words["signer"]:
        raise Rejected("letter-signer-missing", f"{where}/signer")
    try:
        at = parse_instant(words["at"])
    except ValueError:
        raise Rejected("instant-invalid", f"{where}/at") from None
    if at > now:
        raise Rejected("instant-in-future", f"{where}/at")
    return Tracked(event, reference, number, at, words["reason"], words["signer"])


def _names(words: Mapping[str, str], event: Posting, where: str) -> tuple[str, str]:
    """Reference and number of the object; what is posted is named by its reference."""
    reference, number = words["reference"].upper(), words["object"].upper()
    if number and not OBJECT.fullmatch(number):
        raise Rejected("letter-object-invalid", f"{where}/object")
    if not reference and (event is Posting.POSTED or not number):
        raise Rejected("letter-unnamed", f"{where}/reference")
    try:
        if reference:
            named_by(reference)
    except ValueError:
        raise Rejected("letter-reference-invalid", f"{where}/reference") from None
    return reference, number


def _short(value: object) -> bool:
    return isinstance(value, str) and len(value) <= TEXT_MAX and (value == "" or value.isprintable())


def track(told: Tracked, desk: Desk) -> str:
    """Write one thing down: "applied", "repeated" (known, or older than what is known) or "parked".

    Raises LostRace when the letter changed meanwhile; TryLater.
    """
    ledger = desk.ledger
    job = _job(told, ledger)
    waiting = parked_tracking_ref(sha256(told.text.encode()).hexdigest()[:32])
    held = ledger.get([waiting]).get(waiting)
    if job is None or told.at < job.made_at or (job.object and told.object not in ("", job.object)):
        if not isinstance(held, ParkedTracking):
            _park(told, waiting.sort.partition("#")[2], desk)
        return "parked"
    if job.posting not in _AFTER[told.event]:
        return "repeated"
    act = _act(told, job, desk)
    if isinstance(held, ParkedTracking):
        act = replace(act, changes=(*act.changes, Remove(held.ref, held.v, held.last)))
    if ledger.commit([act]).lost:
        raise LostRace("the letter changed meanwhile")
    desk.meter.count("LetterTracked", posting=told.event)
    return "applied"


def _job(told: Tracked, ledger: Ledger) -> PrintJob | None:
    reference = told.reference
    if not reference:
        ref = object_ref(told.object)
        known = ledger.get([ref]).get(ref)
        if not isinstance(known, LetterObject):
            return None
        reference = known.reference
    try:
        day, begins = named_by(reference)
    except ValueError:
        return None
    found = [one for one in ledger.record(jobs_of(day), f"LETTER#{begins}") if isinstance(one, PrintJob)]
    return found[0] if len(found) == 1 else None


def _park(told: Tracked, id_: str, desk: Desk) -> None:
    parked = ParkedTracking(id=id_, since=desk.now, told=told.text)
    fact_ = Fact("letter.parked", parked.ref, (Value("situacao", str(told.event)),))
    desk.ledger.commit([Act(f"letter-park:{id_}", (Put(parked),), (fact_,))])
    desk.meter.count("LetterParked")  # rings: somebody's AR may be in it


def _act(told: Tracked, job: PrintJob, desk: Desk) -> Act:
    """The job moves on; so do its outreach and, of a notice, the record of its means."""
    holder = Subject(job.holder_key)
    moved = replace(job, posting=told.event, object=job.object or told.object)
    values = {
        "situacao": str(told.event),
        "objeto": moved.object,
        "quando": instant(told.at),
        "motivo": told.reason,
        "recebedor": told.signer,
    }
    facts = [Fact("letter.tracked", job.ref, tuple(Value(n, v, holder) for n, v in values.items() if v))]
    changes: list[Change] = [Put(moved)]
    if moved.object and not job.object:
        changes.append(Put(LetterObject(object=moved.object, reference=job.reference)))
    status = _REPORTED.get(told.event)
    if status is not None:
        _report(told, moved, status, changes, facts, desk)
    return Act(f"letter-{told.event}:{job.outreach}", tuple(changes), tuple(facts))


def _report(
    told: Tracked, job: PrintJob, status: OutreachStatus, changes: list[Change], facts: list[Fact], desk: Desk
) -> None:
    ref = outreach_ref(job.contract, job.outreach)
    outreach = desk.ledger.get([ref]).get(ref)
    if not isinstance(outreach, Outreach):
        return
    move = transitions.report(outreach, status, told.at, job.reference, told.reason)
    if move is not None:
        changes += map(Put, move.states)
        facts.append(move.fact)
    for record in desk.ledger.record(job.contract, "NOTICE#"):
        if isinstance(record, NoticeRecord) and any(one.outreach == job.outreach for one in record.tries):
            _prove(told, job, record, changes, facts, desk)


def _prove(
    told: Tracked, job: PrintJob, record: NoticeRecord, changes: list[Change], facts: list[Fact], desk: Desk
) -> None:
    """An AR proves the notice; a letter that came back lets the next means begin."""
    if told.event is Posting.RETURNED:
        changes.append(Put(replace(record, due=desk.now if record.due else None)))
        facts.append(
            fact("notice.deferred", record, {"regra": NOTICE_PROOF, "ate": instant(desk.now), "motivo": told.reason})
        )
        return
    body = json.dumps(json.loads(told.text) | {"notificacao": record.id, "objeto": job.object}, ensure_ascii=False)
    kept = desk.documents.keep(desk.ledger.ans, Subject(job.holder_key), LogClass.CONTATO, body.encode())
    put, proved = shown(record, job.outreach, Shown(EvidenceKind.AR, told.at, kept))
    changes.append(put)
    facts.append(proved)
    desk.meter.count("NoticeProved", means="letter")
