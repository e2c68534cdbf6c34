"""What an answered attendance waits for before anything else is asked of it: its person gets the copy."""

from functions.send_copy.handler import handle
from tests.fakes.house import COPIES_QUEUE
from tests.functions.sqs import batch


def copied(road):
    """The sweep queues copies that are due, and they are sent."""
    road.sweep()
    if bodies := road.sqs.take(COPIES_QUEUE, 100):
        assert handle(batch(bodies), None) == {"batchItemFailures": []}
