"""The fakes themselves: they refuse what AWS refuses, or the contracts above would prove nothing."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.fakes.dynamodb import MemoryDynamo
from tests.fakes.faults import Faults, closed, read_timeout
from tests.fakes.house import JOURNAL, LEDGER, START

NEW = {"ConditionExpression": "attribute_not_exists(pk)"}


@pytest.fixture
def dynamodb():
    return MemoryDynamo(Faults(), (LEDGER, JOURNAL), indexed=LEDGER)


def item(name="p", **more):
    return {"pk": {"S": name}, "sk": {"S": "s"}, **more}


def put(name="p", table=LEDGER, **more):
    return {"Put": {"TableName": table, "Item": item(name), **NEW, **more}}


def test_a_transaction_lands_whole_or_not_at_all(dynamodb):
    dynamodb.transact_write_items(TransactItems=[put("a")])
    with pytest.raises(ClientError) as cancelled:
        dynamodb.transact_write_items(
            TransactItems=[put("b"), put("a", ReturnValuesOnConditionCheckFailure="ALL_OLD"), put("c", JOURNAL)]
        )
    reasons = cancelled.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed", "None"]
    assert reasons[1]["Item"] == item("a")
    assert [stored["pk"]["S"] for stored in dynamodb.stored(LEDGER)] == ["a"]
    assert dynamodb.stored(JOURNAL) == []


def test_a_token_repeats_its_own_request_only(dynamodb):
    for _ in range(2):
        dynamodb.transact_write_items(TransactItems=[put("a")], ClientRequestToken="t" * 32)
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        dynamodb.transact_write_items(TransactItems=[put("b")], ClientRequestToken="t" * 32)


@pytest.mark.parametrize(
    "actions",
    [
        [],
        [put(f"{n}") for n in range(101)],
        [put("a"), put("a")],
        [{"Put": {"TableName": LEDGER, "Item": item()}}],
        [put(ConditionExpression="size(pk) > 3")],
        [put(Unheard="x")],
        [{"Put": {"TableName": LEDGER, "Item": item(n={"N": 1}), **NEW}}],
        [{"Put": {"TableName": LEDGER, "Item": item(agenda_pk={"S": ""}), **NEW}}],
        [{"Put": {"TableName": LEDGER, "Item": item(d={"S": "x" * 410_000}), **NEW}}],
        [{"Put": {"TableName": LEDGER, "Item": {"pk": {"S": "p"}, "sk": {"S": ""}}, **NEW}}],
        [put(ExpressionAttributeValues={":unused": {"S": "x"}})],
    ],
)
def test_an_illegal_transaction_fails_the_test(dynamodb, actions):
    with pytest.raises(AssertionError):
        dynamodb.transact_write_items(TransactItems=actions)


def test_an_illegal_read_fails_the_test(dynamodb):
    key = {"pk": {"S": "p"}, "sk": {"S": "s"}}
    asked = {LEDGER: {"Keys": [key, dict(key)], "ConsistentRead": True}}
    with pytest.raises(AssertionError, match="twice"):
        dynamodb.batch_get_item(RequestItems=asked)
    with pytest.raises(AssertionError, match="stale"):
        dynamodb.batch_get_item(RequestItems={LEDGER: {"Keys": [key], "ConsistentRead": False}})
    values = {":p": {"S": "p"}}
    with pytest.raises(AssertionError, match="consistently"):
        dynamodb.query(TableName=LEDGER, KeyConditionExpression="pk = :p", ExpressionAttributeValues=values)
    with pytest.raises(AssertionError, match="unknown key condition"):
        dynamodb.query(
            TableName=LEDGER, KeyConditionExpression="sk = :p", ExpressionAttributeValues=values, ConsistentRead=True
        )


def test_a_planned_fault_strikes_the_call_it_names(dynamodb):
    dynamodb.faults.fail("TransactWriteItems", call=2, error=closed)
    dynamodb.faults.fail("TransactWriteItems", call=3, landed=True, error=read_timeout)
    dynamodb.transact_write_items(TransactItems=[put("a")])
    with pytest.raises(Exception, match="Connection was closed"):
        dynamodb.transact_write_items(TransactItems=[put("b")])
    with pytest.raises(ReadTimeoutError):
        dynamodb.transact_write_items(TransactItems=[put("c")])
    assert sorted(stored["pk"]["S"] for stored in dynamodb.stored(LEDGER)) == ["a", "c"]
    assert dynamodb.faults.requests["dynamodb", "TransactWriteItems"] == 3
    assert not dynamodb.faults.planned


def test_an_index_follows_its_table_and_can_lag(dynamodb):
    def due():
        values = {":b": {"S": "ladder#x#0"}, ":n": {"S": START.isoformat()}}
        answer = dynamodb.query(
            TableName=LEDGER,
            IndexName="agenda",
            KeyConditionExpression="agenda_pk = :b AND agenda_at <= :n",
            ExpressionAttributeValues=values,
        )
        return [entry["pk"]["S"] for entry in answer["Items"]]

    entry = item("a", agenda_pk={"S": "ladder#x#0"}, agenda_at={"S": "2026"}, d={"S": "hidden"})
    dynamodb.put_item(TableName=LEDGER, Item=entry, **NEW)
    assert due() == ["a"]
    dynamodb.index_lag = True
    gone = {"Delete": {"TableName": LEDGER, "Key": {"pk": {"S": "a"}, "sk": {"S": "s"}}}}
    gone["Delete"]["ConditionExpression"] = "attribute_exists(pk)"
    dynamodb.transact_write_items(TransactItems=[gone])
    assert due() == ["a"]
    dynamodb.settle()
    assert due() == []
