import pytest

from emdia.facts import Fact
from emdia.portfolio.contract import Endpoint
from emdia.ports import Act, Put
from emdia.state import endpoint_ref, out_head_ref
from functions.relay_facts.handler import handle
from tests.fakes.house import ANS, ERP_OUT_QUEUE, JOURNAL
from tests.functions.stream import stream

DONE = {"batchItemFailures": []}


@pytest.fixture
def heard(road):
    """A road whose operator's ERP listens, and on which somebody was written to."""
    fact = Fact("endpoint.recorded", endpoint_ref())
    put = Put(Endpoint(url="https://erp.example/emdia"))
    assert road.ledger().commit([Act("endpoint", (put,), (fact,))]).landed
    road.lived = road.portfolio(1)
    road.walk()
    return road


def rows_of(road):
    return [row for row in road.dynamodb.stored(JOURNAL) if row["sk"]["S"] == "E"]


def given(road):
    ref = out_head_ref(road.lived[0].contract)
    head = road.ledger().get([ref]).get(ref)
    return head.given if head else 0


def test_the_streams_facts_get_their_numbers_and_their_contract_is_queued(heard):
    assert handle(stream(rows_of(heard)), None) == DONE
    assert given(heard) == 2  # queued, accepted
    assert heard.sqs.take(ERP_OUT_QUEUE) == [{"ans": ANS, "contracts": [heard.lived[0].contract]}]


def test_rows_that_were_changed_or_expired_are_nothing_new(heard):
    assert handle(stream(rows_of(heard), "MODIFY"), None) == DONE
    assert given(heard) == 0


def test_a_batch_that_failed_comes_again(heard):
    for _ in range(3):
        heard.faults.fail("BatchGetItem")
    rows = rows_of(heard)
    assert handle(stream(rows), None)["batchItemFailures"]
    assert handle(stream(rows), None) == DONE
    assert given(heard) == 2


def test_the_nightly_look_finds_what_the_stream_lost(heard):
    assert handle({"sweep": "unmarked"}, None) is None
    assert given(heard) == 2
