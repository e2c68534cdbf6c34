"""ports.Queue: everything is queued or the caller is told."""

import json

import pytest

from emdia.aws.queues import SqsQueue
from emdia.errors import Halted, TryLater
from tests.fakes.faults import closed, throttling
from tests.fakes.house import STEPS_QUEUE, House


@pytest.fixture
def queue(house):
    """The queue and a way to see what is in it."""
    if type(house) is House:
        return house.steps, lambda: house.sqs.take(STEPS_QUEUE, 1000)
    url = house.sqs.create_queue(QueueName="steps")["QueueUrl"]

    def received():
        bodies = []
        while answer := house.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            bodies += [json.loads(message["Body"]) for message in answer]
        return bodies

    return SqsQueue(house.sqs, url), received


def test_every_body_is_queued_ten_a_request(house, queue):
    send, received = queue[0].send, queue[1]
    house.faults.requests.clear()
    send([{"n": n, "nome": "é"} for n in range(25)])
    assert house.faults.requests["sqs", "SendMessageBatch"] == 3
    assert sorted(body["n"] for body in received()) == list(range(25))


def test_nothing_to_send_asks_nothing(house, queue):
    house.faults.requests.clear()
    queue[0].send([])
    assert house.faults.total == 0


@pytest.mark.parametrize("error", [closed, throttling])
def test_trouble_is_try_later(house, queue, error):
    house.faults.fail("SendMessageBatch", error=error)
    with pytest.raises(TryLater):
        queue[0].send([{"n": 1}])


def test_a_body_too_large_for_keys_halts(queue):
    with pytest.raises(Halted):
        queue[0].send([{"n": "x" * 250_000}])


def test_a_request_stays_under_its_bytes(house, queue):
    house.faults.requests.clear()
    queue[0].send([{"n": "x" * 100_000} for _ in range(4)])
    assert house.faults.requests["sqs", "SendMessageBatch"] == 2


def test_entries_that_failed_are_sent_once_more():
    house = House()
    house.sqs.fail_entries = 3
    house.steps.send([{"n": n} for n in range(10)])
    assert sorted(body["n"] for body in house.sqs.take(STEPS_QUEUE, 100)) == list(range(10))
    assert house.faults.requests["sqs", "SendMessageBatch"] == 2


def test_entries_that_fail_twice_are_try_later():
    class Stubborn:
        def send_message_batch(self, **request):
            return {
                "Failed": [
                    {"Id": entry["Id"], "Code": "InternalError", "SenderFault": False} for entry in request["Entries"]
                ]
            }

    with pytest.raises(TryLater):
        SqsQueue(Stubborn(), "url").send([{"n": 1}])


def test_an_entry_refused_for_our_own_fault_halts():
    house = House()
    house.sqs.fail_entries, house.sqs.sender_fault = 1, True
    with pytest.raises(Halted):
        house.steps.send([{"n": 1}])
