"""Rights: the template grants exactly what `emdia.aws.actions` declares, and the spy sees what is called."""

import json

import pytest
from moto import mock_aws

from emdia.aws.actions import FUNCTION_ACTIONS, WITNESS_FUNCTIONS
from emdia.aws.clients import client
from infra.bundle import ROOT
from infra.grants import POLLING, VIA_KEY
from infra.streams import READING
from tests.infra.recorder import Recorder, UnknownCallError, differences, granted
from tests.infra.templates import STAGES, TRACES, actions, template, template_of

# Rights on keys that are made at run time: what binds them is told in tests/infra/test_log_keys.py.
MADE_LATER = ("log-key", "any-log-key", "new-log-key", "log-name", "key-names")
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
# How the template refers to what a grant names.
REFERENCES = {
    "ledger": "LedgerB",
    "agenda": "/index/agenda",
    "journal": "Journal",
    "keys": "Keys4",
    "class-key": "ClassKey",
    "erp-events-queue": "Queueserpevents",
    "erp-out-queue": "Queueserpout",
    "steps-queue": "Queuessteps",
    "email-queue": "Queuesemail",
    "sms-queue": "Queuessms",
    "whatsapp-queue": "Queueswhatsapp",
    "letter-queue": "Queuesletter",
    "deliveries-queue": "Queuesdeliveries",
    "notices-queue": "Queuesnotices",
    "copies-queue": "Queuescopies",
    "erp-secrets": "/erp/*",
    "bank-secret": "/bank-*",
    "email": ":ses:",
    "sms": ":phone-number/*",
    "opt-out-list": ":opt-out-list/",
    "whatsapp": ":social-messaging:",
    "audit": 'Arn5960E565"}, "/*"',
    "audit-bucket": "Audit",
    "documents": 'Arn159F38C5"}, "/*"',
    "documents-bucket": "Documents",
    "imports-queue": "Queuesimports",
    "intake-dropped": "/entrada/*",
    "intake-results": "/resultado/*",
    "intake-bucket": "Intake",
}
# ... and the witness's, which names the other account's things in full.
WITNESS_REFERENCES = {
    "audit": "/checkpoint",
    "audit-bucket": ":::emdia-",
    "witness": '"/*"',
    "witness-bucket": "Witness5C",
    "witness-key": "WitnessKey",
    "witness-trust": "/witness-*",
}


def _statements(stage, function):
    """Policy statements of a function's role but for logs, keys behind stores, dead letters and polling."""
    found = template_of(function, stage)
    logical = found.logical_id("AWS::Lambda::Function", "FunctionName", f"emdia-{stage}-{function}")
    role = found.resources[logical]["Properties"]["Role"]["Fn::GetAtt"][0]
    for policy in found.properties("AWS::IAM::Policy").values():
        if policy["Roles"] == [{"Ref": role}]:
            for statement in policy["PolicyDocument"]["Statement"]:
                bound = statement.get("Condition", {}).values()
                later = any(key in ("kms:RequestAlias", "kms:KeySpec") for one in bound for key in one)
                if ("Condition" not in statement or later) and not {*actions(statement)} <= LOGS:
                    yield set(actions(statement)), json.dumps(statement["Resource"])


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("function", sorted(FUNCTION_ACTIONS))
def test_a_role_holds_what_its_function_declares_and_nothing_else(stage, function):
    rights = granted(function)
    declared = {on: {action for action, name in rights if name == on} for _, on in rights}
    left = dict(declared)
    for given, resource in _statements(stage, function):
        if given in (set(POLLING), set(READING)) or (
            given == {"sqs:SendMessage"} and ("clockdead" in resource or "Dead" in resource)
        ):
            continue  # Lambda's own: draining the function's queue or stream, and its dead letters
        if given == TRACES:
            continue  # likewise
        if made_later := [on for on in MADE_LATER if left.get(on) == given]:
            left.pop(made_later[0])
            continue
        names = [
            on
            for on, mark in (WITNESS_REFERENCES if function in WITNESS_FUNCTIONS else REFERENCES).items()
            if mark in resource
            and (on != "ledger" or "/index/" not in resource)
            and not (on.endswith("-bucket") and ('/*"' in resource or "/checkpoint" in resource))
        ]
        assert len(names) == 1, (names, resource)
        assert left.pop(names[0]) == given
    assert left == {}


def test_keys_behind_stores_open_only_through_the_store():
    for stage in STAGES:
        for _, statement in template(stage).statements("AWS::IAM::Policy"):
            if "DataKey" in json.dumps(statement["Resource"]):
                via = statement["Condition"]["StringEquals"]["kms:ViaService"]
                bound = "kms:EncryptionContext:aws:s3:arn" in statement["Condition"]["StringEquals"]
                # Replication reads one bucket and no more: its right is bound to that.
                assert set(actions(statement)) == ({"kms:Decrypt"} if bound else set(VIA_KEY[via.split(".")[0]]))


def test_every_function_is_declared_and_every_declaration_is_a_function():
    assert {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")} == set(FUNCTION_ACTIONS)


@pytest.fixture
def dynamodb(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")
    with mock_aws():
        made = client("dynamodb")
        for table in ("emdia-test-ledger", "emdia-test-journal"):
            made.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            )
        yield made


def test_a_transaction_needs_the_rights_of_its_parts_and_set_up_needs_none(dynamodb):
    recorder = Recorder()
    key = {"pk": {"S": "x"}}
    absent = {"ConditionExpression": "attribute_not_exists(pk)"}
    with recorder.listening():
        dynamodb.get_item(TableName="emdia-test-ledger", Key=key)
        with recorder.function("take_step"):
            dynamodb.transact_write_items(
                TransactItems=[
                    {"Put": {"TableName": "emdia-test-journal", "Item": key}},
                    {"ConditionCheck": {"TableName": "emdia-test-ledger", "Key": key, **absent}},
                ]
            )
    assert recorder.calls == {"take_step": {("dynamodb:PutItem", "journal"), ("dynamodb:ConditionCheckItem", "ledger")}}


def test_a_wrapped_client_is_heard_as_well(dynamodb):
    recorder = Recorder()
    with recorder.function("climb_ladder"):
        recorder.spy(dynamodb, "dynamodb").batch_get_item(
            RequestItems={"emdia-test-ledger": {"Keys": [{"pk": {"S": "x"}}]}}
        )
    assert recorder.calls == {"climb_ladder": {("dynamodb:BatchGetItem", "ledger")}}


def test_differences_are_told_in_both_directions():
    calls = {function: granted(function) for function in FUNCTION_ACTIONS}
    assert differences(calls) == []
    (missing, *_) = sorted(calls["climb_ladder"])
    calls["climb_ladder"] = calls["climb_ladder"] - {missing} | {("s3:GetObject", "audit")}
    assert differences(calls) == [
        "climb_ladder calls s3:GetObject on audit without the right",
        f"climb_ladder may {missing[0]} on {missing[1]} but never does",
    ]


def test_a_call_to_something_unknown_is_not_let_through():
    recorder = Recorder()
    with recorder.function("climb_ladder"), pytest.raises(UnknownCallError):
        recorder.note("lambda", "Invoke", {})
