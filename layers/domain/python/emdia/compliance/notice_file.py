"""A contract's record file read as arrears: what compliance may judge from what the ledger holds.

It reads protective stops too, whose reason nobody asks here: only the compliance functions call it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TypeVar

from emdia.calendar import local_day
from emdia.compliance.arrears import Arrears, Deal, Dispute, Fee, Guard
from emdia.compliance.notice import Agreed, Registered
from emdia.compliance.notice_record import NoticeRecord
from emdia.errors import Rejected
from emdia.messages.outreach import Outreach
from emdia.portfolio.case import Case, Invoice, InvoiceStatus, Stop, StopKind, StopRecord
from emdia.portfolio.contract import Beneficiary, Contract, ContractKind
from emdia.state import State

_EVER = datetime(1999, 1, 1, tzinfo=UTC)  # a stop of which nobody told since when
_Kind = TypeVar("_Kind", bound=State)


@dataclass(frozen=True, slots=True)
class NoticeFile:
    """The parts of a record file that a notice is about."""

    case: Case
    contract: Contract
    beneficiaries: tuple[Beneficiary, ...]
    invoices: tuple[Invoice, ...]
    notices: tuple[NoticeRecord, ...]
    arrears: Arrears


def rest(file: NoticeFile, resting: tuple[date, ...]) -> NoticeFile:
    """The file judged by the holidays of its municipality too, which its record does not hold."""
    return replace(file, arrears=replace(file.arrears, resting=resting))


def read_file(states: Sequence[State]) -> NoticeFile:
    """Raises Rejected `contract-unknown` without contract or case."""
    case = next(iter(_of(states, Case)), None)
    contract = next(iter(_of(states, Contract)), None)
    if case is None or contract is None:
        raise Rejected("contract-unknown", "/contract")
    invoices = _of(states, Invoice)
    notices = _of(states, NoticeRecord)
    covered = [one for one in _of(states, Beneficiary) if one.key in contract.beneficiaries]
    sent = {outreach.id: outreach for outreach in _of(states, Outreach)}
    stops = _stops(case, _of(states, StopRecord))
    fees = tuple(_fee(invoice) for invoice in invoices)
    tries = [one for notice in notices for one in notice.tries]
    arrears = Arrears(
        contract=case.contract,
        kind=contract.kind,
        regulated=contract.regulated,
        exclusion_agreed=contract.exclusion_agreed if contract.kind is ContractKind.ADESAO else False,
        zone=case.zone,
        uf=case.uf,
        # As they stood on the day of each sending: the record of a try is what proves it.
        agreed=tuple(Agreed(one.means, local_day(one.sent_at, case.zone)) for one in tries if one.listed),
        register=tuple(Registered(one.point, one.sent_at) for one in tries if one.registered),
        fees=fees,
        notices=tuple(notice.notice(sent) for notice in notices),
        disputes=tuple(_dispute(stop) for stop in stops if stop.kind is StopKind.DISPUTE),
        deals=tuple(_deal(stop, fees) for stop in stops if stop.kind is StopKind.DEAL),
        guards=tuple(_guard(stop) for stop in stops if stop.kind not in (StopKind.DISPUTE, StopKind.DEAL)),
    )
    return NoticeFile(case, contract, tuple(covered), tuple(invoices), tuple(notices), arrears)


@dataclass(frozen=True, slots=True)
class _Told:
    """A stop with what is known of its time. `ended`: lifted, or over by itself."""

    kind: StopKind
    id: str
    invoices: tuple[str, ...]
    since: datetime
    until: datetime | None


def _stops(case: Case, records: Iterable[StopRecord]) -> Sequence[_Told]:
    """Every stop once: those recorded, and those the case knows without a record (a holder's age)."""
    told = [_recorded(record) for record in records]
    known = {(one.kind, one.id) for one in told}
    return [*told, *(_unrecorded(stop) for stop in case.stops if (stop.kind, stop.id) not in known)]


def _recorded(record: StopRecord) -> _Told:
    at = record.as_of.occurred_at
    if record.active:
        return _Told(record.kind, record.id, record.invoices, at, record.until)
    # Since when it stood is not held once it is lifted; that it ended then is what counts.
    return _Told(record.kind, record.id, record.invoices, at, at)


def _unrecorded(stop: Stop) -> _Told:
    return _Told(stop.kind, stop.id, stop.invoices, _EVER, stop.until)


def _fee(invoice: Invoice) -> Fee:
    paid_at = invoice.paid_at
    if invoice.status is InvoiceStatus.PAID and paid_at is None:
        paid_at = (invoice.closed_as_of or invoice.as_of).occurred_at
    return Fee(
        id=invoice.id,
        due_on=invoice.due_on,
        paid_at=paid_at if invoice.status is InvoiceStatus.PAID else None,
        withdrawn=invoice.status is InvoiceStatus.CANCELLED,
        operator_caused=invoice.caused is not None,
        parts=tuple(one.on for one in invoice.entries if not one.reversed),
    )


def _dispute(stop: _Told) -> Dispute:
    return Dispute(stop.id, stop.invoices, stop.since, stop.until)


def _deal(stop: _Told, fees: Sequence[Fee]) -> Deal:
    return Deal(stop.id, stop.invoices or tuple(fee.id for fee in fees), stop.since, stop.until)


def _guard(stop: _Told) -> Guard:
    return Guard(stop.id, stop.kind is StopKind.PROTECTIVE, stop.since, stop.until)


def _of(states: Iterable[State], kind: type[_Kind]) -> Sequence[_Kind]:
    return [state for state in states if isinstance(state, kind)]
