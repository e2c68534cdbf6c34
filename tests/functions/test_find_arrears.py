from functions.find_arrears.handler import handle
from tests.fakes.faults import closed
from tests.fakes.house import ANS, NOTICES_QUEUE


def test_who_is_late_enough_is_handed_on_as_keys(road):
    road.at("2026-10-15")
    late = road.owing(1, "2026-09-10")
    road.owing(2, "2026-09-11")
    assert handle({}, None) is None
    assert road.sqs.take(NOTICES_QUEUE, 10) == [{"ans": ANS, "contracts": [[late.contract, late.holder_key]]}]


def test_a_night_without_the_store_is_left_to_the_next(road):
    road.at("2026-10-15")
    road.owing(1, "2026-09-10")
    for _ in range(5):
        road.faults.fail("Scan", error=closed)
    handle({}, None)
    assert road.sqs.take(NOTICES_QUEUE, 10) == []
