"""A person says, by the link in a notice, that they received it: the proof that art. 8 asks of an e-mail.

The link goes to one address of the register and nowhere else; whoever opens it says whose it is by the holder's CPF.
"""

import hmac
import json
from dataclasses import dataclass, replace
from datetime import date, datetime

from emdia.calendar import local_day
from emdia.clock import instant
from emdia.compliance.notice import EvidenceKind
from emdia.compliance.notice_days import last_day_to_pay
from emdia.compliance.notice_record import NoticeRecord, Shown, Try, notice_ref
from emdia.errors import LostRace, Rejected
from emdia.facts import Fact, LogClass, Value
from emdia.messages.notice_words import NoticeWords, from_bytes
from emdia.messages.page import Page, open_page
from emdia.portfolio.case import Case
from emdia.portfolio.contract import Contract, Operator
from emdia.portfolio.municipal import holiday_refs, holidays_of
from emdia.ports import Act, Clock, Documents, Ledger, Ledgers, Meter, Pseudonyms, Put
from emdia.state import Subject, case_ref, contract_ref, operator_ref
from emdia.workflows.acts import command
from emdia.workflows.notice_acts import fact, shown
from emdia.workflows.notice_links import Sending, opened
from emdia.workflows.views import show

STATEMENT = "Declaro que recebi e li a notificação"
# Wrong CPFs on one notice before its links stop asking: a CPF has eleven digits, and a link may have leaked.
FAILURES = 10
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Deps:
    """What confirming needs."""

    ledgers: Ledgers
    documents: Documents
    pseudonyms: Pseudonyms
    clock: Clock
    meter: Meter


@dataclass(frozen=True, slots=True)
class Confirmed:
    """`at` (UTC) in `zone` is when they said so, `until` the last local day to pay or dispute."""

    at: datetime
    zone: str
    until: date


@dataclass(frozen=True, slots=True)
class _Found:
    record: NoticeRecord
    tried: Try
    contract: Contract
    case: Case


def whose_notice(token: str, deps: Deps) -> Operator:
    """The operator that sent it. Reads nothing of the person. Raises Rejected `token-invalid`; TryLater."""
    ans = open_page(token)[0] if is_short(token) else opened(token, deps.pseudonyms).ans
    operator = deps.ledgers.of(ans).get([operator_ref()]).get(operator_ref())
    if not isinstance(operator, Operator):
        raise Rejected("token-invalid")
    return operator


def read_notice(token: str, cpf: str, deps: Deps) -> NoticeWords | None:
    """The words of the notice behind the link of a short message; None for a CPF that is not the holder's.

    Reading proves nothing: only the answer on the same channel does (reply_effects.py). Raises as `confirm_notice`;
    TryLater also when the look cannot be recorded: then nothing is shown.
    """
    ans, ref = open_page(token)
    ledger = deps.ledgers.of(ans)
    for _ in range(ATTEMPTS):
        page = ledger.get([ref]).get(ref)
        if not isinstance(page, Page) or page.until <= deps.clock.now():
            raise Rejected("token-invalid")
        sent = [
            one
            for one in ledger.record(page.contract, "NOTICE#")
            if isinstance(one, NoticeRecord) and any(tried.outreach == page.outreach for tried in one.tries)
        ]
        if not sent:
            raise Rejected("token-invalid")
        found = _find(ledger, Sending(ans, page.contract, sent[0].id, page.outreach))
        if _is_holders(cpf, found):
            seen = Fact("notice.viewed", found.record.ref, (Value("tela", "página do titular"),))
            witnessed = ledger.witness([seen], command("read", page.key, instant(deps.clock.now())))
            words = from_bytes(deps.documents.open(ans, Subject(found.record.holder_key), found.record.words))
            return show(witnessed, words)
        if _failed(ledger, found.record):
            return None
    raise LostRace("the notice kept changing")


def is_short(token: str) -> bool:
    """Whether the token is of a short message's link. Raises nothing: whether it is valid is told later."""
    return "." not in token


def _is_holders(cpf: str, found: "_Found") -> bool:
    told = "".join(char for char in cpf if char.isdecimal())
    return hmac.compare_digest(told.encode(), found.contract.holder.cpf.encode())


def confirm_notice(token: str, cpf: str, deps: Deps) -> Confirmed | None:
    """Record the statement, once; None for a CPF that is not the holder's.

    Raises Rejected `token-invalid`, also for a notice of a former holder and after too many wrong CPFs; LostRace,
    TryLater.
    """
    sending = opened(token, deps.pseudonyms)
    ledger = deps.ledgers.of(sending.ans)
    for _ in range(ATTEMPTS):
        found = _find(ledger, sending)
        now = deps.clock.now()
        if not _is_holders(cpf, found):
            if _failed(ledger, found.record):
                return None
            continue
        said = next((one.at for one in found.tried.shown if one.kind is EvidenceKind.REPLY), None)
        if said is None:
            if not _confirmed(ledger, found, now, deps):
                continue
            said = now
        from_day = last_day_to_pay(local_day(said, found.case.zone), found.case.uf, _resting(ledger, found.case))
        return Confirmed(said, found.case.zone, max(from_day, found.record.pay_by))
    raise LostRace("the notice kept changing")


def _resting(ledger: Ledger, case: Case) -> tuple[date, ...]:
    """Holidays of the municipality: on one nobody can pay."""
    return holidays_of(case.ibge, ledger.get(holiday_refs([case.ibge])))


def _find(ledger: Ledger, sending: Sending) -> _Found:
    refs = [notice_ref(sending.contract, sending.notice), case_ref(sending.contract), contract_ref(sending.contract)]
    states = ledger.get(refs)
    record, case, contract = (states.get(ref) for ref in refs)
    if not isinstance(record, NoticeRecord) or not isinstance(case, Case) or not isinstance(contract, Contract):
        raise Rejected("token-invalid")
    tried = next((one for one in record.tries if one.outreach == sending.outreach), None)
    if tried is None or record.holder_key != contract.holder_key or record.failures >= FAILURES:
        raise Rejected("token-invalid")
    return _Found(record, tried, contract, case)


def _failed(ledger: Ledger, record: NoticeRecord) -> bool:
    """Count a wrong CPF; whether it could be counted: what is not counted is not answered."""
    counted = replace(record, failures=record.failures + 1)
    told = fact("notice.identity_failed", record, {"vezes": str(counted.failures)})
    act = Act(f"notice-identity:{record.id}:{record.v}", (Put(counted),), (told,))
    return bool(ledger.commit([act]).landed)


def _confirmed(ledger: Ledger, found: _Found, now: datetime, deps: Deps) -> bool:
    """Keep what shows it, then say so; False when somebody else changed the notice first."""
    record, tried = found.record, found.tried
    said = {
        "declaracao": STATEMENT,
        "quando": instant(now),
        "notificacao": record.id,
        "resumo_da_notificacao": record.words.sha256,
        "contato": tried.outreach,
        "ponto": tried.point,
        "enviada_em": instant(tried.sent_at),
        "identidade": "CPF do titular informado na página do link enviado e conferido com o cadastro",
    }
    body = json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True).encode()
    kept = deps.documents.keep(ledger.ans, Subject(record.holder_key), LogClass.CONTATO, body)
    put, told = shown(record, tried.outreach, Shown(EvidenceKind.REPLY, now, kept))
    act = Act(f"notice-shown:{record.id}:{tried.outreach}:{record.v}", (put,), (told,))
    if not ledger.commit([act]).landed:
        return False
    deps.meter.count("NoticeProved", means=tried.means)
    return True
