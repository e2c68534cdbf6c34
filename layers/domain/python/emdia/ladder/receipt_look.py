"""Whether a payment receipt may leave now: the questions of `last_look`, as far as they concern who is no debtor. Pure.

A receipt claims nothing. So what silences claims does not silence it, neither caps nor disputes nor promises; what
protects the person (hours, rest, their own "stop", a stay, a death, a lawyer, a wrong number) does.
"""

from datetime import datetime, timedelta
from typing import Final

from emdia.compliance.rules import (
    RECEIPT_PAYMENT,
    RECEIPT_TOO_LATE,
    RECEIPT_UNDONE,
    SCOPE_COMPANY_PAID,
    STOP_HOLDER_CHANGED,
)
from emdia.compliance.windows import Days
from emdia.ladder.last_look import Cancel, Defer, Go, Look, Refuse, Skip
from emdia.ladder.situation import opens_from, today_in, unreachable, window_at
from emdia.messages.outreach import Outreach, OutreachStatus
from emdia.messages.person import PersonLog
from emdia.payments.settlement import Entry
from emdia.portfolio.case import STOP_RULES, Case, Invoice, StopKind
from emdia.portfolio.contract import ContractKind

RECEIPT: Final = "recibo"  # the text, on every channel
# Whoever hears of a payment later than that wonders which one is meant.
LASTS: Final = timedelta(days=7)
# They end claims, and a receipt is none: who said that they paid wants to hear that it came.
_OF_CLAIMS = frozenset({StopKind.DISPUTE, StopKind.PROMISE, StopKind.DEAL, StopKind.SAYS_PAID})


def entry_of(invoice: Invoice | None, payment: str) -> Entry | None:
    """The payment in the books of its invoice; None when it went back or another word took its place."""
    entries = () if invoice is None else invoice.entries
    return next((one for one in entries if one.id == payment and not one.reversed), None)


def silence(case: Case, invoice: str, now: datetime) -> str:
    """The rule of a stop under which not even a receipt for `invoice` is sent at `now` (UTC); "" without one."""
    stops = [one for one in case.stops if one.kind not in _OF_CLAIMS and (one.until is None or one.until > now)]
    return next((STOP_RULES[one.kind] for one in stops if not one.invoices or invoice in one.invoices), "")


def receipt_look(  # noqa: PLR0911  one way out per question, in the order they are asked
    outreach: Outreach,
    case: Case,
    invoice: Invoice | None,
    person: PersonLog | None,
    now: datetime,
    holidays: Days = (),
) -> Look:
    """Whether a queued receipt may be claimed at `now` (UTC). `invoice` is the one its payment was for."""
    if outreach.status is not OutreachStatus.QUEUED:
        return Skip()
    if case.holder_key != outreach.holder_key:
        return Cancel(STOP_HOLDER_CHANGED)
    if case.kind is ContractKind.EMPRESARIAL:
        return Cancel(SCOPE_COMPANY_PAID)
    entry = entry_of(invoice, outreach.payment)
    if invoice is None or entry is None:
        return Cancel(RECEIPT_UNDONE)
    if rule := silence(case, invoice.id, now):
        return Cancel(rule)
    if today_in(now, case.zone) - entry.on > LASTS:
        return Cancel(RECEIPT_TOO_LATE)
    if rule := unreachable(case, person, outreach.channel):
        return Refuse(rule)
    where = (case.zone, outreach.channel, case.uf, case.clocks_beside(outreach.channel), holidays)
    window = window_at(now, *where)
    if not window.ok:
        return Defer(opens_from(now, *where), window.rule)
    return Go(outreach.invoices, RECEIPT, RECEIPT_PAYMENT)
