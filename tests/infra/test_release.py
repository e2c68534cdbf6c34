"""How a new version takes over, and what stands in front of the API."""

import json
from dataclasses import replace

import pytest

from infra import bundle
from infra.app import build
from infra.rooms.wall import OF_BODIES
from infra.stages import STAGES, Release, told
from tests.infra.templates import template

ON_AWS = ("dev", "prod")
_KINDS = ("AWS::Lambda::EventSourceMapping", "AWS::Scheduler::Schedule", "AWS::ApiGateway::Method")


@pytest.mark.parametrize("stage", ON_AWS)
def test_every_function_is_called_by_its_alias_and_never_bare(stage):
    found = template(stage)
    aliases = found.of("AWS::Lambda::Alias")
    assert {one["Properties"]["FunctionName"]["Ref"] for one in aliases.values()} == set(
        found.of("AWS::Lambda::Function")
    )
    for kind in _KINDS:
        for name, properties in found.properties(kind).items():
            text = json.dumps(properties)
            assert any(f'"{alias}"' in text for alias in aliases), name
    for name, properties in found.properties("AWS::Lambda::Permission").items():
        assert properties["FunctionName"]["Ref"] in aliases, name


@pytest.mark.parametrize(("stage", "pace"), [("dev", "AllAtOnce"), ("prod", "Canary10Percent5Minutes")])
def test_an_alias_moves_by_a_deployment_that_an_error_of_the_new_version_turns_back(stage, pace):
    found = template(stage)
    groups = found.properties("AWS::CodeDeploy::DeploymentGroup")
    alarms = found.properties("AWS::CloudWatch::Alarm")
    moved = set()
    for name, alias in found.of("AWS::Lambda::Alias").items():
        update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        group = groups[update["DeploymentGroupName"]["Ref"]]
        moved.add(update["DeploymentGroupName"]["Ref"])
        assert group["DeploymentConfigName"] == f"CodeDeployDefault.Lambda{pace}"
        assert set(group["AutoRollbackConfiguration"]["Events"]) == {
            "DEPLOYMENT_FAILURE",
            "DEPLOYMENT_STOP_ON_ALARM",
        }
        (watched,) = group["AlarmConfiguration"]["Alarms"]
        dimensions = {one["Name"]: one["Value"] for one in alarms[watched["Name"]["Ref"]]["Dimensions"]}
        assert dimensions["ExecutedVersion"] == alias["Properties"]["FunctionVersion"], name
    assert moved == set(groups)


def test_a_change_of_the_domain_alone_is_a_new_version_of_every_function(tmp_path, monkeypatch):
    def versions(out):
        build(STAGES["dev"], out).synth()
        service = json.loads((out / "EmDia-dev-Service.template.json").read_text())["Resources"]
        return {name for name, body in service.items() if body["Type"] == "AWS::Lambda::Version"}

    before = versions(tmp_path / "before")
    (tmp_path / "domain" / "emdia").mkdir(parents=True)
    (tmp_path / "domain" / "emdia" / "money.py").write_text("CENTS = 100\n")
    monkeypatch.setattr(bundle, "DOMAIN", tmp_path / "domain")
    monkeypatch.setattr(bundle, "BUNDLES", tmp_path / "bundles")
    monkeypatch.setattr(bundle, "vendor", lambda wheels, real=bundle.domain: real(wheels))
    after = versions(tmp_path / "after")
    assert len(before) == len(after)
    assert not before & after


def test_old_versions_stay_to_be_turned_back_to():
    versions = template("prod").of("AWS::Lambda::Version")
    assert {body["DeletionPolicy"] for body in versions.values()} == {"Retain"}


@pytest.mark.parametrize("stage", ON_AWS)
def test_the_public_api_stands_behind_a_web_acl_that_keeps_no_samples(stage):
    found = template(stage)
    ((name, acl),) = found.properties("AWS::WAFv2::WebACL").items()
    (association,) = found.properties("AWS::WAFv2::WebACLAssociation").values()
    assert association["WebACLArn"]["Fn::GetAtt"] == [name, "Arn"]
    assert "/restapis/" in json.dumps(association["ResourceArn"])
    seen = [acl["VisibilityConfig"], *(rule["VisibilityConfig"] for rule in acl["Rules"])]
    assert {one["SampledRequestsEnabled"] for one in seen} == {False}  # they show paths, and paths hold tokens
    managed = {
        statement["Name"]: statement
        for rule in acl["Rules"]
        if (statement := rule["Statement"].get("ManagedRuleGroupStatement"))
    }
    assert set(managed) == {
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesCommonRuleSet",
    }
    counted = managed["AWSManagedRulesCommonRuleSet"]["RuleActionOverrides"]
    assert {one["Name"] for one in counted if one["ActionToUse"] == {"Count": {}}} == set(OF_BODIES)
    limits = [rule["Statement"]["RateBasedStatement"] for rule in acl["Rules"] if "Action" in rule]
    assert sorted((one["AggregateKeyType"], one["Limit"]) for one in limits) == [
        ("CUSTOM_KEYS", 60),  # of one link, whoever asks
        ("IP", 300),
        ("IP", 75_000),
    ]
    (link,) = [one for one in limits if "CustomKeys" in one]
    assert [list(key) for key in link["CustomKeys"]] == [["UriPath"]]
    assert link["ScopeDownStatement"]["ByteMatchStatement"]["SearchString"] == "/p/"
    told = {rule["Name"]: rule["Action"]["Block"] for rule in acl["Rules"] if "Action" in rule}
    for name in ("too-many-of-a-person", "too-many-of-a-link"):  # people read why, and when to come again
        answer = told[name]["CustomResponse"]
        assert answer["ResponseCode"] == 429
        assert "Espere cinco minutos" in acl["CustomResponseBodies"][answer["CustomResponseBodyKey"]]["Content"]


@pytest.mark.parametrize("stage", ON_AWS)
def test_a_call_is_traced_from_the_gateway_through_every_function(stage):
    found = template(stage)
    assert {one["TracingConfig"]["Mode"] for one in found.properties("AWS::Lambda::Function").values()} == {"Active"}
    assert {one["TracingEnabled"] for one in found.properties("AWS::ApiGateway::Stage").values()} == {True}


def test_ledger_and_journal_are_copied_into_a_vault_that_nobody_empties_and_keys_are_not():
    found = template("prod")
    (vault,) = found.of("AWS::Backup::BackupVault").values()
    assert vault["DeletionPolicy"] == "Retain"
    lock = vault["Properties"]["LockConfiguration"]
    assert (lock["MinRetentionDays"], lock["MaxRetentionDays"], lock["ChangeableForDays"]) == (7, 366, 3)
    (plan,) = found.properties("AWS::Backup::BackupPlan").values()
    kept = {one["RuleName"]: one["Lifecycle"]["DeleteAfterDays"] for one in plan["BackupPlan"]["BackupPlanRule"]}
    assert kept == {"daily": 35, "monthly": 366}
    (selection,) = found.properties("AWS::Backup::BackupSelection").values()
    text = json.dumps(selection["BackupSelection"]["Resources"])
    named = {found.properties("AWS::DynamoDB::Table")[name]["TableName"] for name in found.of("AWS::DynamoDB::Table")}
    assert named == {"emdia-prod-ledger", "emdia-prod-journal", "emdia-prod-keys"}
    assert ("Ledger" in text, "Journal" in text, "Keys" in text) == (True, True, False)
    assert len(selection["BackupSelection"]["Resources"]) == 2


def test_what_an_operator_says_of_a_stage_is_taken_and_a_misspelt_word_is_not():
    prod = STAGES["prod"]
    own = {"public_url": "https://cobranca.operadora.example", "release": "at-once", "ledger": "emdia-prod-ledger-2"}
    assert told(prod, own) == replace(
        prod, public_url=own["public_url"], release=Release.AT_ONCE, ledger="emdia-prod-ledger-2"
    )
    assert told(prod, {}) == prod
    with pytest.raises(ValueError, match="publicUrl"):
        told(prod, {"publicUrl": "https://x.example"})
    with pytest.raises(ValueError, match="emdia-prod-ledger-<name>"):
        told(prod, {"ledger": "emdia-prod-restored"})
    with pytest.raises(ValueError, match="slowly"):
        told(prod, {"release": "slowly"})


def test_a_restored_ledger_stands_in_for_the_stack_s_own(tmp_path):
    stage = replace(STAGES["dev"], ledger="emdia-dev-ledger-20261125")
    build(stage, tmp_path / "out").synth()
    state = json.loads((tmp_path / "out" / "EmDia-dev-State.template.json").read_text())
    service = json.loads((tmp_path / "out" / "EmDia-dev-Service.template.json").read_text())
    tables = [body["Properties"] for body in state["Resources"].values() if body["Type"] == "AWS::DynamoDB::Table"]
    assert "emdia-dev-ledger" in {table["TableName"] for table in tables}
    assert state["Outputs"]["LedgerTable"]["Value"] == stage.ledger
    for body in service["Resources"].values():
        if body["Type"] == "AWS::Lambda::Function":
            assert body["Properties"]["Environment"]["Variables"].get("EMDIA_LEDGER", stage.ledger) == stage.ledger
    assert f"table/{stage.ledger}" in json.dumps(service)
