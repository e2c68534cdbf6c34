"""Protocol numbers of four workers, on the fake and on moto: none twice, and little more than a request each."""

from datetime import UTC, datetime

from emdia.protocols.number import BLOCK
from emdia.protocols.protocol import Medium, Originator
from emdia.state import protocol_ref
from emdia.workflows.number_desk import NumberDesk
from emdia.workflows.open_protocol import Deps, Opening, issue
from tests.fakes.house import ANS

WORKERS, NUMBERS = 4, 300


def worker(house):
    """A new one: nothing cached, no block leased."""
    house.restart()
    desk = NumberDesk(house.clock, house.randomness, house.meter)
    return Deps(house.ledgers, house.pseudonyms, house.clock, house.randomness, house.meter, desk)


def give(deps, key):
    return issue(Opening("central", key, Medium.PHONE, Originator.PERSON), deps.ledgers.of(ANS), deps).number


def numbers_of_workers(house):
    """Numbers of four new workers, taking turns, and all that they asked for: their keys and blocks too."""
    give(worker(house), "the operator's first makes its keys")
    before = house.faults.total
    desks = [worker(house) for _ in range(WORKERS)]
    return [give(desks[n % WORKERS], f"call-{n}") for n in range(NUMBERS)], house.faults.total - before


def test_numbers_of_four_workers_are_all_different_and_cost_little_more_than_a_request(house):
    house.clock.at = datetime(2026, 11, 25, 15, tzinfo=UTC)
    sent = []
    if hasattr(house.dynamodb, "real"):  # what leaves for the network, a repeat of the SDK's included
        for client in (house.dynamodb.real, house.kms.real):
            client.meta.events.register("before-send", lambda **_: sent.append(1))
    before = house.faults.total
    numbers, asked = numbers_of_workers(house)
    assert asked / NUMBERS <= 1.1
    assert len(sent) in (0, house.faults.total - before)
    assert len(set(numbers)) == NUMBERS
    # The first block is of the worker before them; each has gone through the beginning of its own.
    each = NUMBERS // WORKERS
    assert sorted(int(number[14:]) for number in numbers) == [
        BLOCK * n + place for n in range(1, WORKERS + 1) for place in range(1, each + 1)
    ]
    assert len(house.ledger().get([protocol_ref(number) for number in numbers])) == NUMBERS
