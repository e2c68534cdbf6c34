"""What the witness's template promises, and what the operator's opens to it and to nobody else."""

import json
import re
from pathlib import Path

import pytest

from emdia.aws.actions import WITNESS_FUNCTIONS
from infra.accounts import replica_bucket, witness_bucket
from infra.local.assembly import EXAMPLE
from infra.stages import LAPTOP, STAGES
from infra.witness_stack import COUNTED
from tests.infra.templates import STAGES as NAMES
from tests.infra.templates import TRACES, actions, template, witness_template

ROOT = Path(__file__).parents[2]
ON_AWS = ("dev", "prod")


@pytest.fixture(params=NAMES)
def every(request):
    return witness_template(request.param)


@pytest.fixture(params=ON_AWS)
def deployed(request):
    return request.param


def accounts(stage):
    return LAPTOP if stage == "local" else EXAMPLE


def policy_of(found, bucket):
    """Statements of a bucket's policy, those on TLS apart."""
    (body,) = (
        one["PolicyDocument"]["Statement"]
        for one in found.properties("AWS::S3::BucketPolicy").values()
        if one["Bucket"]["Ref"].startswith(bucket)
    )
    return [one for one in body if "SecureTransport" not in json.dumps(one) and "TlsVersion" not in json.dumps(one)]


def test_it_is_deployed_into_its_own_account(deployed):
    manifest = json.loads((template(deployed).folder / "manifest.json").read_text())["artifacts"]
    places = {name: body["environment"] for name, body in manifest.items() if body["type"].endswith(":stack")}
    assert places[f"EmDia-{deployed}-Witness"] == f"aws://{EXAMPLE.witness}/sa-east-1"
    assert places[f"EmDia-{deployed}-State"] == "aws://unknown-account/sa-east-1"


def test_its_buckets_are_worm_and_outlive_the_stack(every):
    buckets = every.of("AWS::S3::Bucket")
    names = {body["Properties"]["BucketName"] for body in buckets.values()}
    witness = accounts(every.stage).witness
    assert names == {witness_bucket(every.stage, witness), replica_bucket(every.stage, witness)}
    for body in buckets.values():
        properties = body["Properties"]
        assert (body["DeletionPolicy"], body["UpdateReplacePolicy"]) == ("Retain", "Retain")
        assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
        rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": STAGES[every.stage].audit_days}}
        assert properties["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled", "Rule": rule}


def test_everything_is_encrypted_with_the_witness_s_key(every):
    for bucket in every.properties("AWS::S3::Bucket").values():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert "WitnessDataKey" in json.dumps(rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"])
    for kind, attribute in (
        ("AWS::SQS::Queue", "KmsMasterKeyId"),
        ("AWS::SNS::Topic", "KmsMasterKeyId"),
        ("AWS::Logs::LogGroup", "KmsKeyId"),
    ):
        for body in every.properties(kind).values():
            assert "WitnessDataKey" in json.dumps(body[attribute])


def test_its_own_roles_alone_write_conditionally_and_sign_bytes_as_they_are(every):
    stage, witness = every.stage, accounts(every.stage).witness
    denied = [one for one in policy_of(every, "Witness") if one["Effect"] == "Deny"]
    (writers,) = (
        one["Condition"]["ArnNotLike"]["aws:PrincipalArn"] for one in denied if "ArnNotLike" in json.dumps(one)
    )
    roles = {f"arn:aws:iam::{witness}:role/emdia-{stage}-{name}-audit" for name in ("cosign", "stamp")}
    assert {one for one in writers if ":iam:" in one} == roles
    assert ["s3:DeleteObject", "s3:DeleteObjectVersion"] in [one["Action"] for one in denied]
    assert "s3:PutLifecycleConfiguration" in [one["Action"] for one in denied]
    conditions = [json.dumps(one.get("Condition", {})) for one in denied]
    assert any("remaining-retention-days" in one for one in conditions)
    assert any("if-none-match" in one for one in conditions) is (stage in ON_AWS)
    signing = every.resources[every.logical_id("AWS::KMS::Key", "KeySpec", "ECC_NIST_EDWARDS25519")]
    assert signing["DeletionPolicy"] == "Retain"
    told = [one["Condition"] for one in signing["Properties"]["KeyPolicy"]["Statement"] if one["Effect"] == "Deny"]
    (signers,) = (one["ArnNotLike"]["aws:PrincipalArn"] for one in told if "ArnNotLike" in one)
    assert [one for one in signers if ":iam:" in one] == [f"arn:aws:iam::{witness}:role/emdia-{stage}-cosign-audit"]
    if stage in ON_AWS:
        assert {"StringNotEquals": {"kms:SigningAlgorithm": "ED25519_SHA_512"}} in told
        assert {"StringNotEquals": {"kms:MessageType": "RAW"}} in told


def test_the_roles_are_named_as_the_policies_name_them(every):
    names = {body.get("RoleName") for body in every.properties("AWS::IAM::Role").values()}
    assert {f"emdia-{every.stage}-cosign-audit", f"emdia-{every.stage}-stamp-audit"} <= names
    replication = {body.get("RoleName") for body in template(every.stage).properties("AWS::IAM::Role").values()}
    assert f"emdia-{every.stage}-audit-replication" in replication


def test_the_operator_reads_the_book_and_writes_nothing_but_replicas(every):
    operator = {"AWS": f"arn:aws:iam::{accounts(every.stage).operator}:root"}
    for bucket, allowed in (
        ("Witness", {"s3:GetObject", "s3:ListBucket"}),
        ("Replica", {"s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateObject", "s3:ReplicateTags"}),
    ):
        statements = [one for one in policy_of(every, bucket) if one["Effect"] == "Allow"]
        assert all(one["Principal"] == operator for one in statements)
        assert {action for one in statements for action in actions(one)} == allowed
    replica = policy_of(every, "Replica")
    denied = [(one["Principal"], one["Action"]) for one in replica if one["Effect"] == "Deny"]
    assert denied == [
        ({"AWS": "*"}, ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"]),
        ({"AWS": "*"}, "s3:PutLifecycleConfiguration"),
    ]
    (allowed,) = (one for one in replica if one["Effect"] == "Allow")
    role = f"arn:aws:iam::{accounts(every.stage).operator}:role/emdia-{every.stage}-audit-replication"
    assert role in allowed["Condition"]["ArnLike"]["aws:PrincipalArn"]


def test_its_functions_have_no_right_in_the_operator_s_account_but_to_read_what_is_shown(every):
    operator = accounts(every.stage).operator
    foreign = [
        (actions(statement), resource)
        for _, statement in every.statements("AWS::IAM::Policy")
        for resource in (statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]])
        if operator in json.dumps(resource)
    ]
    audit = f"arn:aws:s3:::emdia-{every.stage}-audit-{operator}"
    assert sorted(foreign, key=str) == sorted(
        [
            (["kms:Decrypt"], f"arn:aws:kms:sa-east-1:{operator}:key/*"),
            (["s3:GetObject"], f"{audit}/*/checkpoint"),
            (["s3:GetObject"], f"{audit}/*/tile/?/*"),
            (["s3:ListBucket"], audit),
        ],
        key=str,
    )
    (decrypt,) = (one for _, one in every.statements("AWS::IAM::Policy") if one["Action"] == "kms:Decrypt")
    assert decrypt["Condition"]["StringEquals"] == {
        "kms:ViaService": "s3.sa-east-1.amazonaws.com",
        "kms:EncryptionContext:aws:s3:arn": audit,
    }
    for _, statement in every.statements("AWS::IAM::Policy"):
        assert statement["Effect"] == "Allow"
        assert statement["Resource"] != "*" or set(actions(statement)) == TRACES
        assert not [action for action in actions(statement) if "*" in action]


@pytest.mark.parametrize("stage", NAMES)
def test_the_operator_shows_checkpoints_and_hash_tiles_to_the_witness_s_one_role(stage):
    found, witness = template(stage), accounts(stage).witness
    shown = [one for one in policy_of(found, "Audit") if one["Effect"] == "Allow"]
    assert all(one["Principal"] == {"AWS": f"arn:aws:iam::{witness}:root"} for one in shown)
    role = f"arn:aws:iam::{witness}:role/emdia-{stage}-cosign-audit"
    told = [role] if stage in ON_AWS else [role, f"arn:aws:iam::{witness}:root"]
    for one in shown:
        named = one["Condition"]["ArnLike"]["aws:PrincipalArn"]
        assert ([named] if isinstance(named, str) else named) == told
    read, listed = shown
    assert read["Action"] == "s3:GetObject"
    assert [json.dumps(one).rsplit('"/', 1)[1] for one in read["Resource"]] == ['*/checkpoint"]]}', '*/tile/?/*"]]}']
    assert listed["Action"] == "s3:ListBucket"
    text = json.dumps(shown)
    assert "seq" not in text
    assert "entries" not in text


@pytest.mark.parametrize("stage", NAMES)
def test_every_object_of_the_logs_is_replicated_with_its_lock_and_no_deletion_is(stage):
    found, witness = template(stage), accounts(stage).witness
    (told,) = (
        body["ReplicationConfiguration"]
        for body in found.properties("AWS::S3::Bucket").values()
        if "ReplicationConfiguration" in body
    )
    (rule,) = told["Rules"]
    assert (rule["Status"], rule["Filter"]) == ("Enabled", {"Prefix": ""})
    assert rule["DeleteMarkerReplication"] == {"Status": "Disabled"}
    assert rule["SourceSelectionCriteria"] == {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    to = rule["Destination"]
    assert (to["Bucket"], to["Account"]) == (f"arn:aws:s3:::{replica_bucket(stage, witness)}", witness)
    assert to["AccessControlTranslation"] == {"Owner": "Destination"}
    alias = f"alias/emdia-{stage}-witness-data"
    assert to["EncryptionConfiguration"] == {"ReplicaKmsKeyID": f"arn:aws:kms:sa-east-1:{witness}:{alias}"}
    aliases = witness_template(stage).properties("AWS::KMS::Alias").values()
    assert alias in [body["AliasName"] for body in aliases]
    role = told["Role"]["Fn::GetAtt"][0]
    rights = {
        action
        for body in found.properties("AWS::IAM::Policy").values()
        if body["Roles"] == [{"Ref": role}]
        for statement in body["PolicyDocument"]["Statement"]
        for action in actions(statement)
    }
    # A lock travels with its object only if the role may read it (Amazon S3 User Guide, Object Lock and replication).
    assert {"s3:GetObjectRetention", "s3:GetObjectLegalHold", "s3:GetObjectVersionForReplication"} <= rights
    assert "s3:ReplicateDelete" not in rights


def test_it_looks_every_five_minutes_and_stamps_every_hour(every):
    found = {body["Name"]: body for body in every.properties("AWS::Scheduler::Schedule").values()}
    expressions = {name.rsplit("-", 1)[1]: body["ScheduleExpression"] for name, body in found.items()}
    assert expressions == {"Cosign": "cron(0/5 * * * ? *)", "Stamp": "cron(20 * * * ? *)"}
    states = {body["State"] for body in found.values()}
    assert states == {"DISABLED" if every.stage == "local" else "ENABLED"}
    assert all("DeadLetterConfig" in body["Target"] for body in found.values())


def test_what_it_counts_and_what_it_leaves_undone_rings(every):
    alarms = {body["AlarmName"].split("-", 2)[2]: body for body in every.properties("AWS::CloudWatch::Alarm").values()}
    assert set(alarms) == (
        {"dead-witness", "witness-silent", "stamps-silent"}
        | {f"errors-{name}" for name in WITNESS_FUNCTIONS}
        | {f"counted-{name}" for name in COUNTED}
    )
    (topic,) = every.of("AWS::SNS::Topic")
    assert all(body["AlarmActions"] == [{"Ref": topic}] for body in alarms.values())
    source = "".join(path.read_text() for path in (ROOT / "layers/domain/python/emdia/workflows").glob("*_audit.py"))
    counted = set(re.findall(r'meter\.count\(\s*"(\w+)"', source))
    assert {*COUNTED, "LogsWitnessed", "StampsCurrent"} <= counted
    for name, seconds in (("witness-silent", 900), ("stamps-silent", 86_400)):
        body = alarms[name]
        assert (body["Period"], body["Statistic"], body["TreatMissingData"]) == (seconds, "SampleCount", "breaching")


def test_nothing_is_reached_without_tls(deployed):
    found = witness_template(deployed)
    for kind in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"):
        policies = found.properties(kind).values()
        assert all("aws:SecureTransport" in json.dumps(body) for body in policies)


def test_its_functions_are_told_places_and_never_secrets(every):
    for body in every.properties("AWS::Lambda::Function").values():
        told = body["Environment"]["Variables"]
        places = {"EMDIA_STAGE", "EMDIA_AUDIT", "EMDIA_WITNESS", "EMDIA_WITNESS_KEY", "EMDIA_LOCK_DAYS"}
        assert set(told) <= places
        assert (body["Runtime"], body["Architectures"]) == ("python3.13", ["arm64"])
