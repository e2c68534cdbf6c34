"""What may come of the notice of RN 593, as an explanation tells it. Pure.

Whether one is drafted is decided on the whole record file (compliance/notice_need.py), of which an explanation reads
only what names nobody: so it tells until when what may come, and on what it depends.
"""

from collections.abc import Sequence
from datetime import date, datetime

from emdia.calendar import instant_of
from emdia.compliance.notice_days import deadlines
from emdia.compliance.notice_record import NoticeRecord
from emdia.compliance.rules import NOTICE_LAST_DAY, NOTICE_TEN_DAYS
from emdia.compliance.windows import Days
from emdia.ladder.situation import holding_stop, live_invoices, opens_from, today_in
from emdia.messages.spelling import spell_month
from emdia.portfolio.case import Case
from emdia.portfolio.contract import Channel, ContractKind

Told = tuple[str, str, datetime | None]  # what, the rule, at which moment (UTC) if at one


def notice_ahead(
    case: Case, notices: Sequence[NoticeRecord], holidays: Days, now: datetime, ends: datetime
) -> Sequence[Told]:
    """The notice that stands, or the one that may be made before `ends` (UTC) if nothing happens meanwhile.

    Nothing for a contract that a company pays, and while a stop holds the case or the oldest fee.
    """
    owed = sorted((i for i in live_invoices(case, now) if i.caused is None), key=lambda invoice: invoice.due_on)
    if case.kind is ContractKind.EMPRESARIAL or holding_stop(case, now) is not None or not owed:
        return ()
    still = {invoice.id for invoice in case.invoices}
    standing = [one for one in notices if set(one.fees) <= still]
    if standing:
        newest = max(standing, key=lambda one: (one.issued_on, one.id))
        text = (
            f"Notificação por falta de pagamento de {newest.issued_on:%d/%m/%Y}: prazo para pagar ou contestar até "
            f"{newest.pay_by:%d/%m/%Y}. Nada se segue dela sem decisão de uma pessoa da operadora."
        )
        return ((text, NOTICE_TEN_DAYS, None),)
    days = deadlines(owed[0].due_on, case.uf, holidays)
    # No channel in particular: whichever leaves first waits for hours that every one has.
    opens = opens_from(_morning(max(days.draft_from, today_in(now, case.zone)), case, now), *_where(case, holidays))
    if opens >= ends:
        return ()
    on_condition = ", se o contrato previr a exclusão" if case.kind is ContractKind.ADESAO else ""
    text = (
        f"Notificação por falta de pagamento (RN ANS 593), se a mensalidade de {spell_month(owed[0].reference)} "
        f"continuar em aberto{on_condition}; {_until(days.last_sending, today_in(now, case.zone))}."
    )
    return ((text, NOTICE_LAST_DAY, opens),)


def _until(last: date, today: date) -> str:
    if today > last:
        return f"o último dia para enviá-la a tempo foi {last:%d/%m/%Y}"
    return f"o último dia para enviá-la a tempo é {last:%d/%m/%Y}"


def _morning(day: date, case: Case, now: datetime) -> datetime:
    return max(now, instant_of(day, 0, case.zone))


def _where(case: Case, holidays: Days) -> tuple[str, Channel, str, tuple[str, ...], Days]:
    return case.zone, Channel.LETTER, case.uf, (), holidays
