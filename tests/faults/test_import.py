"""Every call of an import fails once, before or after it landed; the file must end as if it had not."""

from collections.abc import Callable

import pytest

from emdia.errors import TryLater
from emdia.portfolio.imports import ImportStatus
from emdia.portfolio.inbox import InboxEvent
from emdia.web.problems import title
from emdia.workflows import import_file as importing
from emdia.workflows.import_file import held_import, import_file
from emdia.workflows.receive_erp_event import Deps as ReceiveDeps
from tests.fakes import erp
from tests.fakes.faults import WAYS
from tests.fakes.house import ANS, ERP_QUEUE, IMPORTS_QUEUE, LEDGER, House
from tests.fakes.portfolio import as_csv, drop, invoice

ROWS = [invoice(f"F-{n}", valor="x" if n == 3 else "10,00") for n in range(7)]


class Importing:
    """A house into which one file of seven rows was dropped, one of them wrong."""

    def __init__(self) -> None:
        self.house = House()
        self.house.add_erp_client(erp.CLIENT, erp.SECRET)
        self.house.pseudonyms.of(ANS, "contract", "the first")
        self.file = drop(self.house, "f.csv", as_csv(ROWS))

    def deps(self) -> importing.Deps:
        house = self.house
        receiving = ReceiveDeps(
            house.secrets, house.ledgers, house.pseudonyms, house.erp_events, house.clock, house.meter
        )
        return importing.Deps(
            house.files, house.secrets, house.ledgers, house.pseudonyms, house.imports, house.clock, house.meter,
            house.stopwatch, lambda why: title(why, "pt-BR"), receiving,
        )  # fmt: skip

    def deliver(self) -> None:
        """One worker, dead afterwards; a message that failed comes again, as do those that it sent itself."""
        waiting = [self.file]
        while waiting:
            self.house.restart()
            try:
                import_file(waiting[0], self.deps())
            except TryLater:
                continue
            waiting = waiting[1:] + [self.file for _ in self.house.sqs.take(IMPORTS_QUEUE, 10)]

    def outcome(self) -> tuple[object, ...]:
        _, job = held_import(self.file, self.deps())
        assert job is not None
        rows = [row for row in self.house.dynamodb.stored(LEDGER) if row["pk"]["S"].startswith(f"{ANS}#IN#")]
        result = self.house.intake.stored[f"resultado/{erp.CLIENT}/f.csv.faturas.csv"][-1]
        return job.status, job.row, job.accepted, job.refused, sorted(row["pk"]["S"] for row in rows), result


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(importing, "CHUNK", 2)
    monkeypatch.setattr(importing, "GROUP", 2)


def calls_of_one_file() -> int:
    chunk, group = importing.CHUNK, importing.GROUP
    importing.CHUNK = importing.GROUP = 2
    try:
        one = Importing()
        before = one.house.faults.total
        one.deliver()
        return one.house.faults.total - before
    finally:
        importing.CHUNK, importing.GROUP = chunk, group


CALLS = calls_of_one_file()


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize("call", range(1, CALLS + 1))
def test_one_failure_anywhere_loses_no_row_and_doubles_none(call: int, error: Callable[[str], Exception], landed: bool):
    good = Importing()
    good.deliver()
    wanted = good.outcome()
    assert wanted[:4] == (ImportStatus.DONE, 8, 6, 1)
    one = Importing()
    one.house.faults.fail("", call=call, landed=landed, error=error)
    one.deliver()
    assert one.house.faults.struck
    assert one.outcome() == wanted
    # What was accepted is queued, or its row's clock brings it back.
    queued = {event for body in one.house.sqs.take(ERP_QUEUE, 100) for event in body["events"]}
    rows = {key.rsplit("#", 1)[1] for key in wanted[4]}
    due = one.house.ledger()
    for event in rows - queued:
        (row,) = due.listed(f"IN#{erp.CLIENT}#{event}", 0)
        assert isinstance(row, InboxEvent)
        assert row.due is not None


def test_two_workers_at_once_end_with_what_one_would_have_done():
    good = Importing()
    good.deliver()
    one = Importing()
    first, calls = one.deps(), []

    def meanwhile(rows, job, ledger, deps):
        if not calls:
            calls.append(1)
            one.deliver()
        return take(rows, job, ledger, deps)

    take = importing._take
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "_take", meanwhile)
        with pytest.raises(TryLater):
            import_file(one.file, first)
    one.deliver()
    assert one.outcome() == good.outcome()
