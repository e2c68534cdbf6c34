import pytest

from emdia.errors import Halted
from functions.take_step.handler import handle
from tests.fakes.house import EMAIL_QUEUE, STEPS_QUEUE
from tests.functions.sqs import again, batch


def test_a_chunk_becomes_outreach_on_the_channel_queue(road):
    cases = road.portfolio(3)
    road.climb()
    assert again(handle(batch(road.sqs.take(STEPS_QUEUE)), None)) == []
    keys = [key for body in road.sqs.take(EMAIL_QUEUE) for key in body["outreach"]]
    assert sorted(key[0] for key in keys) == sorted(case.contract for case in cases)


def test_only_the_chunk_that_failed_comes_again(road):
    road.portfolio(2)
    bodies = [{"ans": "123456", "cases": [[c.contract, c.holder_key]]} for c in (road.contract(8), road.contract(9))]
    road.faults.fail("SendMessageBatch")
    assert again(handle(batch(bodies), None)) == ["m0"]


@pytest.mark.usefixtures("road")
def test_a_body_that_is_no_chunk_halts():
    with pytest.raises(Halted):
        handle(batch(["not json"]), None)
