"""Drafts the notice of RN 593 when arrears ask for it, and sends it by one means after the other until it is proved.

Nothing here suspends, excludes or rescinds. The words are kept under lock before the notice exists; a sending is
claimed together with the record that it was tried, and called once: what may have landed is never repeated.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from emdia.calendar import instant_of, is_business_day, local_day
from emdia.compliance.approval import Matter, in_force
from emdia.compliance.notice import Means, Notice
from emdia.compliance.notice_days import next_look, next_means
from emdia.compliance.notice_draft import content_of
from emdia.compliance.notice_need import Need, held_by, need, reachable
from emdia.compliance.notice_record import NoticeGap, NoticeRecord, notice_gap_ref
from emdia.compliance.rules import (
    DATA_MISSING,
    FREQUENCY_STATUTORY,
    NOTICE_EACH_TIME,
    NOTICE_PROOF,
    STOP_OPERATOR_DELAY,
)
from emdia.compliance.standing import CLOSED, NoticeStatus, standing
from emdia.errors import EmDiaError, Rejected
from emdia.facts import LogClass
from emdia.messages.notice_words import TEXT, digest, notice_words, to_bytes
from emdia.ports import Ledger
from emdia.state import OPERATOR_SUBJECT, Subject
from emdia.workflows import notice_acts
from emdia.workflows.acts import isolate
from emdia.workflows.notice_messages import CHANNEL_OF
from emdia.workflows.notice_sending import send
from emdia.workflows.notice_view import Deps, View, commit, last_sending, opens, read_view

__all__ = ["Deps", "serve_notice"]

# The means that a machine serves; a call and an agent are a person's, and filed by prove_notice.
SERVED = frozenset({Means.EMAIL, Means.WHATSAPP, Means.SMS, Means.LETTER})


def serve_notice(message: Mapping[str, object], deps: Deps) -> None:
    """Look after the contracts of `{"ans", "contracts": [[contract, holder], ...]}`; doing it again changes nothing.

    What lacks a datum the law needs is listed for a person. Raises LostRace when some contract changed meanwhile,
    TryLater when store or documents are out of reach.
    """
    ledger = deps.ledgers.of(str(message["ans"]))
    pairs = message["contracts"]
    if not isinstance(pairs, list):
        raise Rejected("message-malformed", "/contracts")
    keys = [(str(contract), str(holder)) for contract, holder in pairs]
    _, bad = isolate(lambda some: _serve_all(some, ledger, deps), keys)
    worst: EmDiaError | None = None
    for (contract, _), error in bad:
        if isinstance(error, Rejected):
            _park(contract, error, ledger, deps)
        else:
            worst = error
    if worst is not None:
        raise worst  # the others are done


def _serve_all(keys: Sequence[tuple[str, str]], ledger: Ledger, deps: Deps) -> None:
    for contract, holder in keys:
        _serve(contract, holder, ledger, deps)


def _serve(contract: str, holder: str, ledger: Ledger, deps: Deps) -> None:
    """Draft what is needed, then do the next thing for each notice that stands."""
    view = read_view(contract, holder, ledger, deps)
    asked = need(view.file.arrears, view.now)
    if asked.rule == DATA_MISSING:
        raise Rejected("exclusion-unknown", "/exclusion_agreed", rule=DATA_MISSING)
    if isinstance(asked, Need) and is_business_day(local_day(view.now, view.file.case.zone)):
        _draft(view, asked, ledger, deps)
        view = read_view(contract, holder, ledger, deps)
    for record in view.file.notices:
        _advance(record, view, ledger, deps)


def _draft(view: View, asked: Need, ledger: Ledger, deps: Deps) -> None:
    """Words first, under lock; then the notice that names them. Raises Rejected `words-unapproved`."""
    name, _, version = TEXT.partition("/")
    if not in_force(view.states).holds(Matter.WORDS, name, version, digest()):
        deps.meter.count("Unapproved")  # rings: no notice is drafted in these words, and its days go by
        raise Rejected("words-unapproved")
    case = view.file.case
    today = local_day(view.now, case.zone)
    content = content_of(view.file, asked, view.operator, today)
    words = to_bytes(notice_words(content))
    kept = deps.documents.keep(ledger.ans, Subject(case.holder_key), LogClass.CONTATO, words)
    due = opens(view, view.now)
    act = notice_acts.drafted(view.file, asked, ledger.ans, view.now, content.pay_by, kept, due, view.gap)
    commit(act, ledger)
    deps.meter.count("NoticeDrafted")


def _advance(record: NoticeRecord, view: View, ledger: Ledger, deps: Deps) -> None:
    """The next thing for one notice, if any is due."""
    sent = {n.id: n for n in view.file.arrears.notices}
    notice, arrears, now = sent[record.id], view.file.arrears, view.now
    stands = standing(notice, arrears, now)
    if stands.status in CLOSED:
        _rest(record, "notice.ended", stands.rule, ledger, str(stands.status))
        return
    if stands.status is NoticeStatus.PROVED:
        _rest(record, "notice.ended", NOTICE_PROOF, ledger, str(stands.status))
        return
    caused = any(fee.operator_caused for fee in arrears.named(record.fees))
    if rule := STOP_OPERATOR_DELAY if caused else held_by(arrears, record.fees, now):
        _rest(record, "notice.held", rule, ledger, str(stands.status))
        return
    failed = bool(notice.attempts) and notice.attempts[-1].failed
    patient = local_day(now, arrears.zone) < last_sending(record, view)
    if patient and record.due is not None and record.due > now and not failed:
        return
    _go_on(record, notice, view, ledger, deps)


def _go_on(record: NoticeRecord, notice: Notice, view: View, ledger: Ledger, deps: Deps) -> None:
    """Send by the next means; by one after it when that cannot carry the notice.

    Raises Rejected, with why, when no means is left that could: a person must mend it.
    """
    contract, case, now = view.file.contract, view.file.case, view.now
    usable, stopped = reachable(contract, SERVED, view.operator.channels if view.operator else ())
    agreed = frozenset(means for means in usable if means.value in contract.means_of_notice)
    unfit: Rejected | None = None
    last = last_sending(record, view)
    while means := next_means(notice.attempts, usable, stopped, last, now, case.zone, agreed):
        until = opens(view, now, CHANNEL_OF[means])
        if until > now:
            if record.due != until:
                commit(notice_acts.later(record, until, FREQUENCY_STATUTORY), ledger)
            return
        try:
            send(record, means, view, ledger, deps)
        except Rejected as refused:
            unfit, usable = refused, usable - {means}
        else:
            return
    if unfit is not None:
        raise unfit
    _wait(record, usable - {one.means for one in notice.attempts}, view, ledger, deps)


def _wait(record: NoticeRecord, left: frozenset[Means], view: View, ledger: Ledger, deps: Deps) -> None:
    """Nothing to send today: until a means' patience ends, or for good when none is left."""
    zone = view.file.case.zone
    if not left:
        if record.due is None:
            return  # said before
        commit(notice_acts.rested(record, "notice.exhausted", NOTICE_PROOF), ledger)
        deps.meter.count("NoticeExhausted")  # rings: a person must serve it by a means of their own
        return
    sent = [(one.means, local_day(one.sent_at, zone)) for one in record.tries]
    today = local_day(view.now, zone)
    day = max(next_look(sent, today, last_sending(record, view)), today + timedelta(days=1))
    until = opens(view, instant_of(day, 0, zone))
    if record.due != until:
        commit(notice_acts.later(record, until, NOTICE_EACH_TIME), ledger)


def _rest(record: NoticeRecord, kind: str, rule: str, ledger: Ledger, status: str) -> None:
    if record.due is not None:
        commit(notice_acts.rested(record, kind, rule, status), ledger)


def _park(contract: str, refused: Rejected, ledger: Ledger, deps: Deps) -> None:
    """List the contract for a person, and let its notices rest until the nightly look finds it mended."""
    now = deps.clock.now()
    held = ledger.get([notice_gap_ref(contract)]).get(notice_gap_ref(contract))
    act = notice_acts.parked(contract, refused, held if isinstance(held, NoticeGap) else None, now)
    if act is not None:
        commit(act, ledger)
        deps.meter.count("NoticeParked", reason=refused.code)
    for record in ledger.record(contract, "NOTICE#"):
        if isinstance(record, NoticeRecord) and record.due is not None:
            commit(notice_acts.rested(record, "notice.held", DATA_MISSING, under=OPERATOR_SUBJECT), ledger)
