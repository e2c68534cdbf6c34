"""One sending of a notice: claimed with the record that it was tried, called once, and what is known written down."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from emdia.calendar import instant_of, local_day
from emdia.compliance.notice import Means
from emdia.compliance.notice_days import next_look
from emdia.compliance.notice_record import NoticeRecord, Try
from emdia.compliance.rules import FREQUENCY_STATUTORY
from emdia.errors import Halted, Rejected, TryLater
from emdia.messages import transitions
from emdia.messages.notice_words import TEXT, from_bytes
from emdia.messages.outreach import CLAIM_TO_CALL, Outreach, OutreachStatus
from emdia.messages.person import PersonLog
from emdia.messages.ports import Outcome, Sent
from emdia.portfolio.contract import Channel
from emdia.ports import Check, Ledger, Put
from emdia.state import State, Subject
from emdia.workflows import notice_acts
from emdia.workflows.acts import act_of
from emdia.workflows.notice_messages import CHANNEL_OF, Maker
from emdia.workflows.notice_view import Deps, View, commit, last_sending, opens

AGAIN = timedelta(minutes=30)  # after a provider that took nothing


def send(record: NoticeRecord, means: Means, view: View, ledger: Ledger, deps: Deps) -> None:
    """Claim, call once, record what is known."""
    case, now = view.file.case, view.now
    if view.operator is None:
        raise Rejected("operator-unknown", "/operator")
    outreach = _outreach(record, CHANNEL_OF[means], now)
    words = from_bytes(deps.documents.open(ledger.ans, Subject(record.holder_key), record.words))
    maker = Maker(view, view.operator, ledger, deps.pseudonyms, deps.randomness, deps.public_url)
    made = maker.make(record, outreach, words)
    token = deps.randomness.token(16).hex()
    sealed = {"faturas": ",".join(record.fees), "ponto": made.point, "texto": record.words.sha256}
    move = transitions.claim(outreach, view.person, now, token, FREQUENCY_STATUTORY, TEXT, sealed, life=made.life)
    listed = means.value in view.file.contract.means_of_notice
    tried = Try(means, outreach.id, made.point, listed, now)
    today = local_day(now, case.zone)
    look = next_look([(means, today)], today, last_sending(record, view))
    due = now if look == today else opens(view, instant_of(look, 0, case.zone))
    started = deps.stopwatch()
    act = notice_acts.served(record, tried, move, made.beside, Check(case.ref, case.v), due, token)
    states = commit(act, ledger)
    late = deps.stopwatch() - started > CLAIM_TO_CALL.total_seconds()
    provider = deps.senders[outreach.channel]
    sent = Sent(Outcome.NOT_SENT, reason="claim-too-old") if late else provider.send([made.message])[0]
    deps.meter.count("NoticeSent", outcome=sent.outcome, means=means)
    _record([states[ref] for ref in (outreach.ref, view.person.ref, record.ref)], sent, now, ledger, deps)


def _outreach(record: NoticeRecord, channel: Channel, now: datetime) -> Outreach:
    """The act of writing, as its delivery events will find it."""
    return Outreach(
        contract=record.contract,
        id=sha256(f"{record.id}|{len(record.tries)}".encode()).hexdigest()[:32],
        holder_key=record.holder_key,
        channel=channel,
        step="",
        template=TEXT,
        ladder="",
        invoices=record.fees,
        advanced=(),
        status=OutreachStatus.QUEUED,
        created_at=now,
        rule=FREQUENCY_STATUTORY,
    )


def _record(stored: Sequence[State], sent: Sent, now: datetime, ledger: Ledger, deps: Deps) -> None:
    """Write down what is known. What may have landed stays claimed until a delivery event or the horizon."""
    outreach, person, record = stored
    if not isinstance(outreach, Outreach) or not isinstance(person, PersonLog) or not isinstance(record, NoticeRecord):
        raise Halted("a claim stored something else")
    if sent.outcome is Outcome.MAYBE:
        return
    if sent.outcome is Outcome.ACCEPTED:
        act = act_of(transitions.accept(outreach, sent.provider_id), outreach)
    elif sent.outcome is Outcome.REJECTED:
        # The next means, at once: nobody was written to, and the provider never will.
        act = act_of(transitions.reject(outreach, person, sent.reason, now), outreach, Put(replace(record, due=now)))
    else:
        if sent.outcome is Outcome.BROKEN:
            deps.meter.count("SenderBroken")
        again = Put(replace(record, due=now + AGAIN))
        act = act_of(transitions.abandon(outreach, person, sent.reason), outreach, again)
    try:
        ledger.commit([act])  # lost to a delivery event: it knows more than the answer did
    except TryLater:
        deps.meter.count("OutcomeNotRecorded")
