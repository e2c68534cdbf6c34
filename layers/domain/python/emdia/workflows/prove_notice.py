"""A person files what proves a notice that was served outside: a letter's AR, an agent's receipt, a recorded call.

The file is kept under lock; what it proves is judged by compliance, never said here.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from emdia.clock import instant, parse_instant
from emdia.compliance.notice import EvidenceKind, Means
from emdia.compliance.notice_file import NoticeFile, read_file
from emdia.compliance.notice_record import NoticeRecord, Shown, Try
from emdia.errors import LostRace, Rejected
from emdia.facts import LogClass
from emdia.identity import parse_ans
from emdia.portfolio.contract import Operator
from emdia.ports import Act, Clock, Documents, Ledgers, Meter, Pseudonyms, Put
from emdia.state import Subject, operator_ref
from emdia.workflows.acts import command
from emdia.workflows.notice_acts import fact
from emdia.workflows.staff_request import line_of

# Means that somebody serves by hand, and what may be filed of each. E-mail proves itself (confirm_notice).
BY_HAND: Mapping[Means, frozenset[EvidenceKind]] = {
    Means.LETTER: frozenset({EvidenceKind.AR, EvidenceKind.FAILED}),
    Means.AGENT: frozenset({EvidenceKind.SIGNED_RECEIPT, EvidenceKind.FAILED}),
    Means.CALL: frozenset({EvidenceKind.RECORDING, EvidenceKind.DATA_CONFIRMED, EvidenceKind.FAILED}),
}
MAX_FILE = 4_000_000  # bytes: what an invocation carries, in base64, with room for the rest
_TEXT_MAX = 64


@dataclass(frozen=True, slots=True)
class Deps:
    """What filing evidence needs."""

    ledgers: Ledgers
    documents: Documents
    pseudonyms: Pseudonyms
    clock: Clock
    meter: Meter


@dataclass(frozen=True, slots=True)
class _Told:
    """What was filed: served at `sent_at` by `means`; `kind` shows something that happened `at` (both UTC)."""

    means: Means
    kind: EvidenceKind
    sent_at: datetime
    at: datetime
    body: bytes


def prove_notice(request: Mapping[str, object], deps: Deps) -> Mapping[str, object]:
    """Carry out `{"operator", "actor", "contract", "notice", "means", "kind", "sent_at", "at", "body"}`.

    `notice` is an id or its beginning, `body` the file in base64. Filing the same file again changes nothing. Raises
    Rejected: `action-invalid` (with the field), `instant-invalid`, `instant-in-future`, `evidence-too-early`,
    `evidence-kind-invalid`, `body-too-large`, `operator-unknown`, `contract-unknown`, `notice-unknown`; LostRace,
    TryLater.
    """
    ans, actor, number, notice = (
        line_of(request, name, _TEXT_MAX) for name in ("operator", "actor", "contract", "notice")
    )
    told = _told(request, deps.clock.now())
    ledger = deps.ledgers.of(parse_ans(ans, "/operator"))
    if not isinstance(ledger.get([operator_ref()]).get(operator_ref()), Operator):
        raise Rejected("operator-unknown", "/operator")
    file = read_file(ledger.record(deps.pseudonyms.of(ans, "contract", number)))
    found = [one for one in file.notices if one.id.startswith(notice)]
    if len(found) != 1:
        raise Rejected("notice-unknown", "/notice")
    record = found[0]
    kept = deps.documents.keep(ans, Subject(record.holder_key), LogClass.CONTATO, told.body)
    shown = Shown(told.kind, told.at, kept)
    tried = _try(record, file, told)
    if shown in tried.shown:
        return {"notice": record.id, "file": kept.ref, "sha256": kept.sha256}
    others = tuple(one for one in record.tries if one.outreach != tried.outreach)
    proved = replace(record, tries=(*others, replace(tried, shown=(*tried.shown, shown))))
    values = {
        "ator": actor,
        "meio": str(told.means),
        "prova": str(told.kind),
        "contato": tried.outreach,
        "enviada_em": instant(told.sent_at),
        "quando": instant(told.at),
        "previsto_no_contrato": "sim" if tried.listed else "não",
        "ponto_do_cadastro": "sim" if tried.registered else "não",
        "arquivo": kept.ref,
        "resumo": kept.sha256,
    }
    name = command("notice-filed", record.id, record.v, kept.ref, actor)
    if ledger.commit([Act(name, (Put(proved),), (fact("notice.shown", record, values),))]).lost:
        raise LostRace("the notice changed meanwhile")
    deps.meter.count("NoticeEvidenceFiled", means=told.means)
    return {"notice": record.id, "file": kept.ref, "sha256": kept.sha256}


def _try(record: NoticeRecord, file: NoticeFile, told: _Told) -> Try:
    """The sending this is about: one filed before, or a new one.

    What the contract listed and where the person could be reached is known only if the register has not changed since.
    """
    name = f"{told.means}-{sha256(instant(told.sent_at).encode()).hexdigest()[:16]}"
    held = next((one for one in record.tries if one.outreach == name), None)
    if held is not None:
        return held
    contract = file.contract
    unchanged = contract.as_of.occurred_at <= told.sent_at
    reached = {
        Means.LETTER: unchanged,
        Means.AGENT: True,  # the person themselves signs, wherever they are
        Means.CALL: contract.points_as_of.occurred_at <= told.sent_at,
    }
    listed = unchanged and told.means.value in contract.means_of_notice
    return Try(told.means, name, f"{told.means}", listed, told.sent_at, registered=reached[told.means])


def _told(request: Mapping[str, object], now: datetime) -> _Told:
    try:
        means, kind = Means(line_of(request, "means", _TEXT_MAX)), EvidenceKind(line_of(request, "kind", _TEXT_MAX))
    except ValueError:
        raise Rejected("evidence-kind-invalid", "/kind") from None
    if kind not in BY_HAND.get(means, ()):
        raise Rejected("evidence-kind-invalid", "/kind")
    sent_at, at = (_moment(request, name, now) for name in ("sent_at", "at"))
    if at < sent_at:
        raise Rejected("evidence-too-early", "/at")
    body = request.get("body")
    if not isinstance(body, str) or not body:
        raise Rejected("action-invalid", "/body")
    if len(body) > MAX_FILE * 4 // 3 + 4:
        raise Rejected("body-too-large", "/body", limit=MAX_FILE)
    try:
        return _Told(means, kind, sent_at, at, base64.b64decode(body, validate=True))
    except (binascii.Error, ValueError):
        raise Rejected("action-invalid", "/body") from None


def _moment(request: Mapping[str, object], name: str, now: datetime) -> datetime:
    try:
        moment = parse_instant(line_of(request, name, _TEXT_MAX))
    except ValueError:
        raise Rejected("instant-invalid", f"/{name}") from None
    if moment > now:
        raise Rejected("instant-in-future", f"/{name}")
    return moment
