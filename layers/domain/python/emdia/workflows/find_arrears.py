"""Nightly: which contracts are late enough that a notice may be asked for, handed on as keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from emdia.calendar import local_day
from emdia.compliance.notice_days import deadlines
from emdia.portfolio.case import Case
from emdia.portfolio.contract import ContractKind
from emdia.ports import CaseScan, Clock, Meter, Queue

# Contracts in one message: each is read whole.
GROUP = 10


@dataclass(frozen=True, slots=True)
class Deps:
    """What finding arrears needs."""

    scan: CaseScan
    notices: Queue
    clock: Clock
    meter: Meter


def find_arrears(deps: Deps) -> int:
    """Queue every contract whose oldest open fee has reached the days of a draft; how many.

    The case tells it; whether a notice is due is decided on the whole record file, by `serve_notice`. A portfolio is
    read once, page by page, as the other nightly sweep does. Raises TryLater: the next night finds the same.
    """
    now = deps.clock.now()
    found = 0
    for ans, cases in deps.scan.cases():
        late = [[case.contract, case.holder_key] for case in cases if _late(case, now)]
        deps.notices.send(_bodies(ans, late))
        found += len(late)
    deps.meter.count("ArrearsFound", found)
    return found


def _late(case: Case, now: datetime) -> bool:
    if case.kind is ContractKind.EMPRESARIAL:
        return False
    today = local_day(now, case.zone)
    return any(deadlines(invoice.due_on).draft_from <= today for invoice in case.invoices)


def _bodies(ans: str, keys: Sequence[Sequence[str]]) -> Sequence[Mapping[str, object]]:
    return [{"ans": ans, "contracts": keys[i : i + GROUP]} for i in range(0, len(keys), GROUP)]
