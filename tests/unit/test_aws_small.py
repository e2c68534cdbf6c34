"""Small adapters: reading with leftovers, the clock that can be set, metrics."""

import io
import json
from datetime import timedelta

import pytest

from emdia.aws.meter import LineMeter
from emdia.aws.reading import read_all
from emdia.errors import Halted, TryLater
from tests.fakes.faults import client_error, throttling
from tests.fakes.house import KEYS, LEDGER, START, HandClock, House


def put(house, table, count):
    keys = [{"pk": {"S": f"p{n:03d}"}, "sk": {"S": "s"}} for n in range(count)]
    for key in keys:
        house.dynamodb.put_item(TableName=table, Item=key, ConditionExpression="attribute_not_exists(pk)")
    return keys


def test_leftovers_are_asked_for_again_with_a_pause():
    house = House()
    keys = {LEDGER: put(house, LEDGER, 130), KEYS: put(house, KEYS, 10)}
    house.dynamodb.unprocessed = 40
    found = read_all(house.dynamodb, keys, house.naps.append)
    assert [len(found[LEDGER]), len(found[KEYS])] == [130, 10]
    assert house.faults.requests["dynamodb", "BatchGetItem"] == 2
    assert house.naps == [0.05]


def test_a_table_that_gives_nothing_is_try_later():
    class Dry:
        asked = 0

        def batch_get_item(self, *, RequestItems):  # noqa: N803  the SDK's spelling
            Dry.asked += 1
            return {"Responses": {}, "UnprocessedKeys": RequestItems}

    naps = []
    with pytest.raises(TryLater):
        read_all(Dry(), {LEDGER: [{"pk": {"S": "p"}, "sk": {"S": "s"}}]}, naps.append)
    assert Dry.asked == 4
    assert naps == sorted(naps)


@pytest.mark.parametrize(
    ("error", "raised"),
    [(throttling, TryLater), (lambda operation: client_error("AccessDeniedException", operation), Halted)],
)
def test_a_read_that_fails(error, raised):
    house = House()
    house.faults.fail("BatchGetItem", error=error)
    with pytest.raises(raised):
        read_all(house.dynamodb, {LEDGER: put(house, LEDGER, 1)}, house.naps.append)


def test_a_metric_is_one_line_that_cloudwatch_reads():
    out, clock = io.StringIO(), HandClock()
    meter = LineMeter("prod", "take_step", clock, out)
    meter.count("StepDecided", 3, rule="window.closed")
    clock.at += timedelta(seconds=1)
    meter.count("CaseParked")
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert first["StepDecided"] == 3
    (told,) = first["_aws"]["CloudWatchMetrics"]
    assert told["Namespace"] == "EmDia"
    assert told["Metrics"] == [{"Name": "StepDecided", "Unit": "Count"}]
    assert told["Dimensions"] == [["stage"], ["function", "rule", "stage"]]
    assert all(name in first for dimensions in told["Dimensions"] for name in dimensions)
    assert second["_aws"]["Timestamp"] == int(START.timestamp() * 1000) + 1000
