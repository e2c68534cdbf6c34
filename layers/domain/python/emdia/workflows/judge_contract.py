"""A person asks what may follow from a contract's arrears: notices, evidence, verdict, dossier. Nothing is carried out.

Whoever looks is seen first: when that cannot be made durable, nothing is shown. The answer holds for its moment only
and must be asked again in the moment of the act.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emdia.clock import instant
from emdia.compliance.norms import edition
from emdia.compliance.notice import Consequence
from emdia.compliance.notice_file import NoticeFile, read_file, rest
from emdia.compliance.notice_record import NOTICE_GAPS, NoticeGap, NoticeRecord, Try
from emdia.compliance.rules import RULES
from emdia.compliance.standing import standing
from emdia.compliance.verdict import Element, verdict
from emdia.errors import Rejected
from emdia.facts import Fact, Value
from emdia.identity import parse_ans
from emdia.messages.letter import address_lines, sender_of
from emdia.messages.letter_page import draw
from emdia.messages.notice_words import as_letter, from_bytes
from emdia.messages.spelling import mask_cnpj
from emdia.portfolio.contract import Operator
from emdia.portfolio.municipal import holiday_refs, holidays_of
from emdia.ports import Clock, Documents, Ledger, Ledgers, Pseudonyms
from emdia.state import Subject, operator_ref
from emdia.workflows.acts import command
from emdia.workflows.staff_request import line_of
from emdia.workflows.views import show

_NAME_MAX = 64
_SCREENS = {
    "show": ("notice.viewed", "notificações do contrato"),
    "evidence": ("notice.viewed", "prova de notificação"),
    "verdict": ("verdict.viewed", "veredito"),
    "dossier": ("verdict.viewed", "dossiê"),
}


@dataclass(frozen=True, slots=True)
class Deps:
    """What judging needs."""

    ledgers: Ledgers
    documents: Documents
    pseudonyms: Pseudonyms
    clock: Clock


def judge_contract(request: Mapping[str, object], deps: Deps) -> Mapping[str, object]:
    """Carry out `{"action", "operator", "actor", "contract"?, "consequence"?, "file"?}`; the ERP's contract number.

    Actions: `list` (contracts whose notice lacks a datum, no personal data), `show` (notices and where they stand),
    `evidence` (one `file` that `show` named), `verdict` and `dossier` (on `consequence`: `suspend`, `exclude` or
    `rescind`). Raises Rejected (`operator-unknown`, `contract-unknown`, `document-unknown`, `action-invalid`,
    `subject-forgotten`); TryLater.
    """
    action, ans, actor = (line_of(request, field, _NAME_MAX) for field in ("action", "operator", "actor"))
    ledger = deps.ledgers.of(parse_ans(ans, "/operator"))
    if action == "list":
        return _list(ledger)
    if action not in _SCREENS:
        raise Rejected("action-invalid", "/action")
    operator = ledger.get([operator_ref()]).get(operator_ref())
    if not isinstance(operator, Operator):
        raise Rejected("operator-unknown", "/operator")  # a pseudonym must not make a key for a register mistyped
    what = _consequence(request) if action in ("verdict", "dossier") else None
    key = deps.pseudonyms.of(ans, "contract", line_of(request, "contract", _NAME_MAX))
    file = read_file(ledger.record(key))
    file = rest(file, holidays_of(file.case.ibge, ledger.get(holiday_refs([file.case.ibge]))))
    kind, screen = _SCREENS[action]
    seen = Fact(kind, file.case.ref, (Value("ator", actor), Value("tela", screen)))
    named = command(action, key, actor, request.get("file", ""), instant(deps.clock.now()))
    witnessed = ledger.witness([seen], named)
    if what is not None:
        told = _verdict(file, what, deps)
        more = {} if action == "verdict" else {"files": _files(file, operator, ledger, deps)}
        return show(witnessed, told | more)
    if action == "evidence":
        return show(witnessed, _evidence(file, line_of(request, "file", _NAME_MAX), ledger, deps))
    return show(witnessed, _show(file, deps))


def _consequence(request: Mapping[str, object]) -> Consequence:
    try:
        return Consequence(line_of(request, "consequence", _NAME_MAX))
    except ValueError:
        raise Rejected("action-invalid", "/consequence") from None


def _list(ledger: Ledger) -> Mapping[str, object]:
    gaps = [one for one in ledger.record(NOTICE_GAPS, "NOTICEGAP#") if isinstance(one, NoticeGap)]
    told = [
        {"case": one.contract, "reason": one.reason, "pointer": one.pointer, "since": instant(one.since)}
        for one in gaps
    ]
    return {"parked": sorted(told, key=lambda one: (one["since"], one["case"]))}


def _show(file: NoticeFile, deps: Deps) -> Mapping[str, object]:
    now = deps.clock.now()
    notices = {one.id: one for one in file.arrears.notices}
    told = []
    for record in sorted(file.notices, key=lambda one: (one.issued_on, one.id)):
        stands = standing(notices[record.id], file.arrears, now)
        told.append(
            {
                "notice": record.id,
                "issued_on": record.issued_on.isoformat(),
                "consequence": str(record.consequence),
                "fees": _fees(file, record.fees),
                "status": str(stands.status),
                "rule": stands.rule,
                "why": RULES[stands.rule],
                "last_sending": record.last_sending.isoformat(),
                "pay_by": record.pay_by.isoformat(),
                "words": record.words.ref,
                "tries": [_try(one) for one in record.tries],
            }
        )
    return {"contract": file.contract.number, "notices": told}


def _try(one: Try) -> Mapping[str, object]:
    return {
        "means": str(one.means),
        "sent_at": instant(one.sent_at),
        "listed": one.listed,
        "evidence": [{"kind": str(e.kind), "at": instant(e.at), "file": e.file.ref} for e in one.shown],
    }


def _fees(file: NoticeFile, ids: Sequence[str]) -> Sequence[str]:
    """The ERP's numbers of invoices."""
    numbers = {invoice.id: invoice.number for invoice in file.invoices}
    return [numbers.get(one, one) for one in ids]


def _verdict(file: NoticeFile, what: Consequence, deps: Deps) -> dict[str, object]:
    now = deps.clock.now()
    found = verdict(file.arrears, what, now)
    return {
        "contract": file.contract.number,
        "consequence": str(what),
        "may": found.may,
        "earliest": found.earliest.isoformat() if found.earliest else "",
        "notice": found.notice,
        "standing": str(found.standing.status) if found.standing else "",
        "at": instant(now),
        "norms": edition(),
        "elements": [_element(file, one) for one in found.elements],
    }


def _element(file: NoticeFile, one: Element) -> Mapping[str, object]:
    return {
        "rule": one.rule,
        "says": RULES[one.rule],
        "met": one.met,
        "why_not": one.why_not,
        "evidence": list(_fees(file, one.evidence)),
        "since": one.since.isoformat() if one.since else "",
    }


def _evidence(file: NoticeFile, ref: str, ledger: Ledger, deps: Deps) -> Mapping[str, object]:
    for record in file.notices:
        for kept in (record.words, *(shown.file for one in record.tries for shown in one.shown)):
            if kept.ref == ref:
                body = deps.documents.open(ledger.ans, Subject(record.holder_key), kept)
                return {"file": ref, "sha256": kept.sha256, "body": base64.b64encode(body).decode()}
    raise Rejected("document-unknown", "/file")


def _files(file: NoticeFile, operator: Operator, ledger: Ledger, deps: Deps) -> Sequence[Mapping[str, str]]:
    """Every notice as it was kept and as a letter shows it, and every piece of evidence, with its digest."""
    told: list[Mapping[str, str]] = []
    for n, record in enumerate(sorted(file.notices, key=lambda one: (one.issued_on, one.id)), 1):
        subject = Subject(record.holder_key)
        words = deps.documents.open(ledger.ans, subject, record.words)
        told.append(_file(f"notificacao-{n}.json", words, record.words.sha256))
        told.append(_paper(f"notificacao-{n}", record, words, file, operator))
        shown = [one for tried in record.tries for one in tried.shown]
        for m, one in enumerate(shown, 1):
            body = deps.documents.open(ledger.ans, subject, one.file)
            told.append(_file(f"notificacao-{n}-prova-{m}-{one.kind}.json", body, one.file.sha256))
    return told


def _paper(name: str, record: NoticeRecord, words: bytes, file: NoticeFile, operator: Operator) -> Mapping[str, str]:
    """The notice's own words on paper, as they would be posted today; or why they cannot be."""
    sender = sender_of(operator, mask_cnpj(operator.cnpj))
    try:
        address = address_lines(file.contract.holder.name, file.contract.address)
        pdf = draw(as_letter(from_bytes(words), f"N{record.id[:15].upper()}", sender, address))
    except Rejected as unfit:
        # A dossier is complete without paper: the words and their proof are in it.
        return _file(f"{name}-sem-pdf.txt", f"{unfit.code} {unfit.pointer}\n".encode(), "")
    return _file(f"{name}.pdf", pdf, "")


def _file(name: str, body: bytes, digest: str) -> Mapping[str, str]:
    return {"name": name, "body": base64.b64encode(body).decode(), "sha256": digest}
