"""ports.Agenda: everything due is handed out, nothing within thirty minutes again, no bucket closes on a late entry."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from emdia.aws.items import SHARDS
from emdia.errors import TryLater
from emdia.facts import Fact, Value
from emdia.messages.person import PersonLog
from emdia.money import Centavos
from emdia.portfolio.case import InvoiceStatus, ParkedCase
from emdia.portfolio.municipal import MunicipalHolidays
from emdia.ports import STATE_KEYS, Act, Put
from emdia.state import AgendaKind, Subject
from tests.fakes.faults import throttling
from tests.fakes.house import ANS, JOURNAL, START
from tests.fakes.people import AS_OF, case, holder, invoice

LADDER = AgendaKind.LADDER


@pytest.fixture
def ledger(house):
    ledger = house.ledger()
    ledger.ensure_keys([(holder(n), key_class) for n in range(60) for key_class in STATE_KEYS])
    return ledger


def write(ledger, *cases, command="w"):
    """Store cases as they are given, whatever version they have."""
    acts = [
        Act(
            f"{command}:{c.contract}:{c.v}",
            (Put(c),),
            (Fact("case.repaired", c.ref, (Value("regra", "t", Subject(c.holder_key)),)),),
        )
        for c in cases
    ]
    states = ledger.commit(acts).states
    return [states[c.ref] for c in cases]


def handed(house, kind=LADDER) -> list[str]:
    """Contracts handed out by a whole run at the house's time."""
    return [due.ref.partition[2:] for page in house.agenda.due(kind, house.clock.now()) for due in page]


def names(*numbers):
    return sorted(case(n).contract for n in numbers)


def test_what_is_due_is_handed_out_with_its_person_and_moment(house, ledger):
    write(ledger, case(1, due=START), case(2, due=START + timedelta(seconds=1)), case(3))
    ((due,),) = list(house.agenda.due(LADDER, START))
    assert (due.ans, due.ref, due.person, due.at) == (ANS, case(1).ref, holder(1).id, START)


def test_a_run_at_once_hands_out_nothing_and_after_thirty_minutes_again(house, ledger):
    write(ledger, *(case(n, due=START) for n in range(20)))
    assert sorted(handed(house)) == names(*range(20))
    assert handed(house) == []
    house.clock.move(minutes=29)
    assert handed(house) == []
    house.clock.move(minutes=1)
    assert sorted(handed(house)) == names(*range(20))


def test_a_run_continues_after_what_was_handed_out(house, ledger):
    write(ledger, *(case(n, due=START) for n in range(10)))
    handed(house)
    house.clock.move(minutes=10)
    write(ledger, *(case(n, due=START + timedelta(minutes=5)) for n in range(10, 20)), command="later")
    assert sorted(handed(house)) == names(*range(10, 20))
    assert handed(house) == []


def test_a_page_that_was_not_queued_is_handed_out_again(house, ledger):
    write(ledger, *(case(n, due=START) for n in range(30)))
    run = house.agenda.due(LADDER, START)
    first = next(run)
    run.close()  # its caller failed
    assert {due.ref.partition[2:] for due in first} <= set(handed(house))


def test_what_is_done_is_not_handed_out_again(house, ledger):
    stored = write(ledger, *(case(n, due=START) for n in range(4)))
    handed(house)
    write(ledger, *(replace(c, due=START + timedelta(days=3)) for c in stored[:3]), command="done")
    house.clock.move(minutes=30)
    assert handed(house) == names(3)


def test_an_item_has_one_entry_its_earliest_clock(house, ledger):
    (stored,) = write(ledger, case(1, due=START))
    (stored,) = write(ledger, replace(stored, due=START + timedelta(minutes=20)))
    house.clock.move(minutes=19)
    assert handed(house) == []
    house.clock.move(minutes=1)
    assert handed(house) == names(1)
    write(ledger, replace(stored, parked="fault"))
    house.clock.move(minutes=30)
    assert handed(house) == []


def test_a_clock_that_struck_long_ago_is_entered_in_the_current_day(house, ledger):
    handed(house)
    house.clock.move(days=3)
    handed(house)  # every bucket until two hours ago is closed now
    write(ledger, case(1, due=START))
    assert handed(house) == names(1)


def test_a_bucket_that_is_not_empty_never_closes(house, ledger):
    write(ledger, case(1, due=START))
    for _ in range(6):
        assert handed(house) == names(1)
        house.clock.move(hours=5)


def test_a_bucket_waits_two_hours_for_late_entries(house, ledger):
    """An index that lags, or a commit that comes late, is still read an hour and a half after the bucket's end."""
    midnight = START.replace(hour=0) + timedelta(days=1)
    house.clock.move(minutes=-30)
    stored = write(ledger, case(1, due=midnight - timedelta(minutes=30)))
    house.clock.at = midnight + timedelta(hours=1, minutes=59)
    handed(house)
    house.clock.move(minutes=30)
    assert handed(house) == names(1)
    write(ledger, replace(stored[0], due=None))
    house.clock.move(minutes=30)
    before = cursors(house)
    assert handed(house) == []
    assert cursors(house) > before


def cursors(house) -> str:
    """The earliest bucket that any shard still reads."""
    return min(
        row["bucket"]["S"] for row in house.dynamodb.stored(JOURNAL) if row["pk"]["S"].startswith("AGENDA#ladder")
    )


def test_cost_follows_open_buckets_only(house):
    handed(house)
    house.clock.move(minutes=15)
    house.faults.requests.clear()
    handed(house)
    # Yesterday is closed since two o'clock.
    assert house.faults.requests["dynamodb", "Query"] == SHARDS[LADDER]
    assert house.faults.requests["dynamodb", "BatchGetItem"] == 1


def test_kinds_are_apart(house, ledger):
    write(ledger, case(1, due=START))
    assert handed(house, AgendaKind.CLOCK) == []
    assert handed(house, LADDER) == names(1)


def test_cursor_rows_never_expire(house, ledger):
    write(ledger, case(1, due=START))
    handed(house)
    rows = [row for row in house.dynamodb.stored(JOURNAL) if row["pk"]["S"].startswith("AGENDA#")]
    assert len(rows) == SHARDS[LADDER]
    assert all("ttl" not in row for row in rows)


def test_two_runs_at_once_leave_nothing_out(house, ledger):
    write(ledger, *(case(n, due=START) for n in range(30)))
    ours, theirs = house.agenda.due(LADDER, START), house.agenda.due(LADDER, START)
    seen = []
    for run in (ours, theirs, ours, theirs):
        seen += [due.ref.partition[2:] for due in next(run, ())]
    for run in (ours, theirs):
        seen += [due.ref.partition[2:] for page in run for due in page]
    assert set(seen) == set(names(*range(30)))
    assert handed(house) == []


def test_trouble_is_try_later_and_loses_nothing(house, ledger):
    write(ledger, *(case(n, due=START) for n in range(30)))
    house.faults.fail("PutItem", call=2, error=throttling)
    seen = []

    def run():
        for page in house.agenda.due(LADDER, START):
            seen.extend(due.ref.partition[2:] for due in page)

    with pytest.raises(TryLater):
        run()
    assert set(seen) | set(handed(house)) == set(names(*range(30)))


def test_an_entry_the_index_shows_late_is_found(house, ledger):
    """The strict fake holds its index back; moto's never lags, and there this is an ordinary run."""
    write(ledger, case(1, due=START))
    house.dynamodb.index_lag = True
    write(ledger, case(2, due=START - timedelta(minutes=1)))
    handed(house)
    house.dynamodb.settle()
    house.clock.move(minutes=30)
    assert sorted(handed(house)) == names(1, 2)


def test_a_portfolio_is_read_for_simulations_of_one_operator_only(house, ledger):
    log, days = PersonLog(key="p1"), MunicipalHolidays(ibge="3548500", days=((date(2026, 1, 26), "Aniversário"),))
    paid = invoice(status=InvoiceStatus.PAID, paid_at=START, paid_amount=Centavos(1), closed_as_of=AS_OF)
    parked = ParkedCase(contract="c", reason="x", parked_at=START)  # begins as a person's row does, and is none
    facts = [Fact("case.repaired", one.ref) for one in (log, days, paid, parked)]
    more = Act("more", (Put(log), Put(days), Put(paid), Put(parked)), tuple(facts))
    assert ledger.commit([more]).landed
    write(ledger, case(1, due=START), case(2))
    house.dynamodb.scan_page = 2
    other = house.ledger("654321")
    other.ensure_keys([(holder(1), key_class) for key_class in STATE_KEYS])
    write(other, case(1))
    found = house.history.snapshot(ANS, START)
    assert sorted(one.contract for one in found.cases) == names(1, 2)
    assert set(found.persons) == {"p1"}
    assert found.holidays == {"3548500": (date(2026, 1, 26),)}
    (closed,) = found.closed
    assert (closed.id, closed.at, closed.amount) == (paid.id, START, paid.amount)


def test_the_scan_gives_every_case_once(house, ledger):
    write(ledger, *(case(n, due=START) for n in range(12)))
    house.dynamodb.scan_page = 5
    other = house.ledger("654321")
    other.ensure_keys([(holder(1), key_class) for key_class in STATE_KEYS])
    write(other, case(1))
    pages = [(ans, c.contract) for ans, cases in house.scan.cases() for c in cases]
    assert sorted(pages) == [(ANS, name) for name in names(*range(12))] + [("654321", case(1).contract)]
