r"""Where a notice stands: never stored, always told from the facts, so that no event can be missed.

```
drafted -> sent -> proved | unproved (the last day passed without proof; a late proof still counts)
from any of them: disputed and back | suspended (protective stop) and back
for good: cured (all paid) | partly-cured (some paid) | expired (a deal, a later fee accepted, a newer notice)
```
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from emdia.calendar import local_day
from emdia.compliance.arrears import Arrears, Deal, Dispute, Fee, Guard
from emdia.compliance.notice import Notice, Proof, Unproved, proof_of
from emdia.compliance.notice_days import deadlines
from emdia.compliance.rules import (
    NOTICE_DEAL,
    NOTICE_DISPUTE,
    NOTICE_EACH_TIME,
    NOTICE_LAST_DAY,
    NOTICE_LATER_PAYMENT,
    NOTICE_PART_PAID,
    NOTICE_PROOF,
    STOP_PROTECTIVE,
    STOP_SETTLED,
)


class NoticeStatus(StrEnum):
    """See the module's picture."""

    DRAFTED = "drafted"
    SENT = "sent"
    PROVED = "proved"
    UNPROVED = "unproved"
    CURED = "cured"
    PARTLY_CURED = "partly-cured"
    DISPUTED = "disputed"
    SUSPENDED = "suspended"
    EXPIRED = "expired"


CLOSED = frozenset({NoticeStatus.CURED, NoticeStatus.PARTLY_CURED, NoticeStatus.EXPIRED})


@dataclass(frozen=True, slots=True)
class Standing:
    """A status and the rule that gives it."""

    status: NoticeStatus
    rule: str


def standing(notice: Notice, arrears: Arrears, now: datetime) -> Standing:  # noqa: PLR0911  one way out per status
    """Where `notice` stands at `now` (UTC)."""
    named = arrears.named(notice.fees)
    if ended_by_deal(notice, arrears, now):
        return Standing(NoticeStatus.EXPIRED, NOTICE_DEAL)
    still_open = [fee for fee in named if fee.open_at(now)]
    if not still_open:
        return Standing(NoticeStatus.CURED, STOP_SETTLED)
    if later_payments(notice, arrears, now):
        return Standing(NoticeStatus.EXPIRED, NOTICE_LATER_PAYMENT)
    if len(still_open) < len(named) or part_paid(notice, arrears, now):
        return Standing(NoticeStatus.PARTLY_CURED, NOTICE_PART_PAID)
    speaking = arrears.speaking(now)
    if notice.sent_at is not None and notice.sent_at <= now and speaking is not notice:
        return Standing(NoticeStatus.EXPIRED, NOTICE_EACH_TIME)
    if guards_at(arrears, now, protective=True):
        return Standing(NoticeStatus.SUSPENDED, STOP_PROTECTIVE)
    if any(dispute.answered_at is None or dispute.answered_at > now for dispute in disputes_of(notice, arrears, now)):
        return Standing(NoticeStatus.DISPUTED, NOTICE_DISPUTE)
    if isinstance(best_proof(notice, arrears, now), Proof):
        return Standing(NoticeStatus.PROVED, NOTICE_PROOF)
    if local_day(now, arrears.zone) >= deadlines(named[0].due_on, arrears.uf, arrears.resting).last_sending:
        return Standing(NoticeStatus.UNPROVED, NOTICE_LAST_DAY)
    sent = notice.sent_at is not None and notice.sent_at <= now
    return Standing(NoticeStatus.SENT if sent else NoticeStatus.DRAFTED, NOTICE_PROOF)


def best_proof(notice: Notice, arrears: Arrears, now: datetime) -> Proof | Unproved:
    """The earliest proof of any attempt by `now`; else why the newest attempt proves nothing."""
    found: list[Proof] = []
    why = Unproved(NOTICE_PROOF)
    for attempt in sorted(notice.attempts, key=lambda one: one.sent_at):
        sent_on = local_day(attempt.sent_at, arrears.zone)
        result = proof_of(attempt, arrears.agreed, arrears.register, sent_on, now)
        if isinstance(result, Proof):
            found.append(result)
        else:
            why = result
    return min(found, key=lambda one: one.at, default=None) or why


def disputes_of(notice: Notice, arrears: Arrears, now: datetime) -> tuple[Dispute, ...]:
    """Disputes raised by `now` that touch a fee the notice names."""
    named = set(notice.fees)
    return tuple(d for d in arrears.disputes if d.opened_at <= now and (not d.fees or named & set(d.fees)))


def ended_by_deal(notice: Notice, arrears: Arrears, now: datetime) -> tuple[Deal, ...]:
    """Deals signed by `now` over a named fee, but for those that broke before the notice was made."""
    named = set(notice.fees)
    return tuple(
        deal
        for deal in arrears.deals
        if deal.signed_at <= now
        and named & set(deal.fees)
        and not (deal.broken_at is not None and notice.begun_at is not None and deal.broken_at < notice.begun_at)
    )


def later_payments(notice: Notice, arrears: Arrears, now: datetime) -> tuple[Fee, ...]:
    """Fees the notice does not name of which money was accepted after it was first sent."""
    sent = notice.sent_at
    if sent is None:
        return ()
    days = local_day(sent, arrears.zone), local_day(now, arrears.zone)
    return tuple(
        fee
        for fee in arrears.fees
        if fee.id not in notice.fees
        and ((fee.paid_at is not None and sent <= fee.paid_at <= now) or fee.part_paid(*days))
    )


def part_paid(notice: Notice, arrears: Arrears, now: datetime) -> tuple[Fee, ...]:
    """Named fees of which a part was accepted since the notice was made: it does not state the exact debt any more.

    Of money that came on the day it was made the hour is not asked: the reading that binds the operator.
    """
    made = notice.begun_at or notice.sent_at
    if made is None:
        return ()
    days = local_day(made, arrears.zone), local_day(now, arrears.zone)
    return tuple(fee for fee in arrears.named(notice.fees) if fee.part_paid(*days))


def guards_at(arrears: Arrears, now: datetime, *, protective: bool) -> tuple[Guard, ...]:
    """Protections (or holds) in force at `now`."""
    return tuple(
        guard
        for guard in arrears.guards
        if guard.protective is protective and guard.since <= now and (guard.until is None or now < guard.until)
    )
