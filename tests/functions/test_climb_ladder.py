from functions.climb_ladder.handler import handle
from tests.fakes.house import STEPS_QUEUE


def test_due_cases_are_queued_as_keys(road):
    cases = road.portfolio(3)
    assert handle({}, None) is None
    bodies = road.sqs.take(STEPS_QUEUE)
    assert {body["ans"] for body in bodies} == {"123456"}
    queued = sorted(tuple(pair) for body in bodies for pair in body["cases"])
    assert queued == sorted((case.contract, case.holder_key) for case in cases)


def test_a_store_out_of_reach_ends_the_tick_without_an_error(road, capsys):
    road.portfolio(1)
    for _ in range(4):
        road.faults.fail("BatchGetItem")
    handle({}, None)
    assert road.sqs.waiting(STEPS_QUEUE) == 0
    assert "TickEndedEarly" in capsys.readouterr().out
