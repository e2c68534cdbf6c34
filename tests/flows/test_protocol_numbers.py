"""Numbers of attendances over in-memory clients: once per interaction, no duplicate, no unexplained gap."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from emdia.errors import LostRace, Rejected, TryLater
from emdia.facts import Fact
from emdia.ports import Act, Put
from emdia.protocols.number import BLOCK, LAST, NumbersOfDay, brasilia_day, numbers_ref
from emdia.protocols.protocol import Medium, Originator, Protocol, Status
from emdia.state import protocol_ref
from emdia.workflows.close_numbers import close_numbers
from emdia.workflows.number_desk import NumberDesk
from emdia.workflows.open_protocol import Deps, Opening, issue
from tests.fakes.house import ANS, JOURNAL, LEDGER, House

NOON = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)


def opening(key, source="central"):
    return Opening(source=source, key=key, medium=Medium.PHONE, originator=Originator.PERSON)


class Counter(House):
    """House with workers that issue numbers."""

    def __post_init__(self):
        super().__post_init__()
        self.clock.at = NOON
        self.pseudonyms.of(ANS, "contract", "the first")

    def worker(self):
        self.restart()
        desk = NumberDesk(self.clock, self.randomness, self.meter)
        return Deps(self.ledgers, self.pseudonyms, self.clock, self.randomness, self.meter, desk)

    def issue(self, deps, key):
        return issue(opening(key), self.ledger(), deps)

    def close(self):
        """What the sweep does with the day that was."""
        before = self.meter.total("ProtocolNumbersNotIssued")
        day = self.ledger().get([numbers_ref(brasilia_day(NOON))]).values()
        close_numbers(list(day), self.clock.now(), self.ledger(), self.meter)
        return self.meter.total("ProtocolNumbersNotIssued") - before


@pytest.fixture
def house():
    return Counter()


def test_a_number_is_given_first_and_looks_as_ans_wants_it(house):
    issued = house.issue(house.worker(), "call-1")
    assert issued.number == f"{ANS}20261125000001"
    assert issued.told() == {
        "number": issued.number,
        "spoken": f"{ANS} 20261125 000001",
        "opened_at": "2026-11-25T15:00:00.000Z",
        "again": False,
    }


def test_the_same_interaction_gets_the_same_number_from_any_worker(house):
    one, other = house.worker(), house.worker()
    first = house.issue(one, "call-1")
    house.clock.move(minutes=5)
    for worker in (one, other):
        again = house.issue(worker, "call-1")
        assert (again.number, again.opened_at, again.again) == (first.number, first.opened_at, True)


def test_keys_of_two_clients_are_not_confused(house):
    worker = house.worker()
    numbers = {issue(opening("1", source), house.ledger(), worker).number for source in ("a", "b")}
    assert len(numbers) == 2


def test_four_workers_never_give_the_same_number(house):
    workers = [house.worker() for _ in range(4)]
    numbers = [house.issue(workers[n % 4], f"call-{n}").number for n in range(1000)]
    assert len(set(numbers)) == 1000


def test_a_number_costs_little_more_than_one_request(house):
    worker = house.worker()
    house.issue(worker, "warm")
    before = house.faults.total
    for n in range(1000):
        house.issue(worker, f"call-{n}")
    assert (house.faults.total - before) / 1000 <= 1.1


def test_a_repeated_interaction_wastes_no_number(house):
    worker = house.worker()
    for n in range(10):
        house.issue(worker, f"call-{n}")
        house.issue(worker, f"call-{n}")
    assert house.issue(worker, "last").number.endswith("000011")


def test_at_midnight_of_brasilia_a_new_day_begins(house):
    worker = house.worker()
    house.clock.at = datetime(2026, 11, 26, 2, 59, 59, tzinfo=UTC)
    assert house.issue(worker, "before").number == f"{ANS}20261125000001"
    house.clock.move(seconds=1)
    assert house.issue(worker, "after").number == f"{ANS}20261126000001"


def test_what_was_not_issued_is_told_number_by_number(house):
    worker = house.worker()
    for n in range(3):
        house.issue(worker, f"call-{n}")
    house.clock.move(days=1)
    assert house.close() == BLOCK - 3
    held = house.ledger().get([protocol_ref(f"{ANS}20261125{n:06d}") for n in range(1, BLOCK + 1)])
    assert len(held) == BLOCK
    assert sum(state.status is Status.NOT_ISSUED for state in held.values()) == BLOCK - 3
    assert house.close() == 0  # a day is told once


def test_nobody_issues_a_number_of_a_closed_day(house):
    worker = house.worker()
    house.issue(worker, "call-1")
    house.clock.move(days=1)
    house.close()
    house.clock.at = NOON  # a worker whose clock went back still holds a block of that day
    with pytest.raises((LostRace, Rejected)):
        house.issue(worker, "call-2")


def test_a_day_is_not_closed_before_it_ended(house):
    house.issue(house.worker(), "call-1")
    house.clock.at = datetime(2026, 11, 26, 3, 29, tzinfo=UTC)
    assert house.close() == 0
    house.clock.move(minutes=1)
    assert house.close() == BLOCK - 1


def test_a_large_day_is_gone_through_in_several_runs(house, monkeypatch):
    monkeypatch.setattr("emdia.workflows.close_numbers.AT_ONCE", 150)
    worker = house.worker()
    for n in range(BLOCK * 2 + 1):
        house.issue(worker, f"call-{n}")
    house.clock.move(days=1)
    assert [house.close() for _ in range(3)] == [0, BLOCK - 1, 0]


def test_exhaustion_is_refused_clearly_and_announced_ahead(house):
    day = brasilia_day(NOON)
    ledger = house.ledger()
    worker = house.worker()
    house.issue(worker, "first")
    numbers = ledger.get([numbers_ref(day)])[numbers_ref(day)]
    assert isinstance(numbers, NumbersOfDay)
    fact = Fact("protocol.numbers_leased", numbers.ref)
    ledger.commit([Act("nearly all", (Put(replace(numbers, leased=LAST - 1)),), (fact,))])
    worker = house.worker()
    assert house.issue(worker, "last").number.endswith("999999")
    assert house.meter.total("ProtocolNumbersLow") == 1
    with pytest.raises(Rejected, match="protocol-numbers-exhausted"):
        house.issue(worker, "one too many")


@pytest.mark.parametrize("landed", [False, True])
def test_every_call_may_fail_and_nobody_gets_two_numbers(house, landed):
    """The k-th call is lost; the caller repeats until it is answered."""
    for k in range(1, 12):
        worker = house.worker()
        house.faults.fail("", call=k, landed=landed)
        numbers = set()
        for _ in range(6):
            try:
                numbers.add(house.issue(worker, f"call-{k}").number)
            except TryLater:
                continue
        assert len(numbers) == 1
    house.faults.planned.clear()
    house.clock.move(days=1)
    house.close()
    day = numbers_ref(date(2026, 11, 25))
    leased = house.ledger().get([day])[day].leased
    held = house.ledger().get([protocol_ref(f"{ANS}20261125{n:06d}") for n in range(1, leased + 1)])
    opened = [state for state in held.values() if isinstance(state, Protocol) and state.status is Status.OPEN]
    assert len(held) == leased
    assert len(opened) == 11


def test_an_attendance_carries_nothing_of_the_person(house):
    house.issue(house.worker(), "+5511987654321")
    stored = repr([house.dynamodb.stored(table) for table in (LEDGER, JOURNAL)])
    assert "protocol.opened" in stored
    assert "987654321" not in stored
