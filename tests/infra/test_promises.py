"""What the templates promise. Each test names a promise somebody relies on; none counts resources."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from emdia.audit.ports import LogName
from emdia.audit.retention import RETENTION_YEARS, locked_until
from infra.local.assembly import BANK
from infra.stages import INTAKE_DAYS, MAX_RECEIVES, RATES, STAGES
from tests.infra.log_key_rights import ON_EVERY_KEY, role_matches
from tests.infra.templates import STAGES as NAMES
from tests.infra.templates import TRACES, Template, actions, is_key, template

ROOT = Path(__file__).parents[2]

ON_AWS = ("dev", "prod")


@pytest.fixture(params=NAMES)
def every(request) -> Template:
    return template(request.param)


@pytest.fixture(params=ON_AWS)
def deployed(request) -> Template:
    return template(request.param)


@pytest.mark.parametrize("stage", NAMES)
def test_the_locked_buckets_cannot_forget_before_their_time(stage):
    locked = {
        name: body
        for name, body in template(stage).of("AWS::S3::Bucket").items()
        if body["Properties"].get("ObjectLockEnabled")
    }
    days = {"Audit": STAGES[stage].audit_days, "Documents": STAGES[stage].documents_days}
    assert {name.rstrip("0123456789ABCDEF"): body["DeletionPolicy"] for name, body in locked.items()} == dict.fromkeys(
        days, "Retain"
    )
    for name, body in locked.items():
        (wanted,) = (value for prefix, value in days.items() if name.startswith(prefix))
        assert body["Properties"]["ObjectLockConfiguration"] == {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": wanted}},
        }


def test_made_up_data_is_locked_for_one_day_and_real_data_for_five_years():
    assert [(STAGES[s].audit_days, STAGES[s].documents_days) for s in NAMES] == [(1, 1), (1, 1), (1827, 1827)]


def test_dropped_files_go_after_thirty_days(every):
    (rules,) = (
        body["LifecycleConfiguration"]["Rules"]
        for body in every.properties("AWS::S3::Bucket").values()
        if "LifecycleConfiguration" in body
    )
    assert [(rule["ExpirationInDays"], rule["Status"]) for rule in rules] == [(INTAKE_DAYS, "Enabled")]


def test_every_store_is_encrypted_with_a_key_of_ours(every):
    for bucket in every.properties("AWS::S3::Bucket").values():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert is_key(rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"])
    for table in every.properties("AWS::DynamoDB::Table").values():
        assert table["SSESpecification"]["SSEEnabled"]
        assert is_key(table["SSESpecification"]["KMSMasterKeyId"])
    for kind, attribute in (
        ("AWS::SQS::Queue", "KmsMasterKeyId"),
        ("AWS::SNS::Topic", "KmsMasterKeyId"),
        ("AWS::Logs::LogGroup", "KmsKeyId"),
    ):
        for name, body in every.properties(kind).items():
            assert is_key(body.get(attribute)), f"{name} is not encrypted with our key"


def test_keys_rotate_and_outlive_their_stack(every):
    for body in every.properties("AWS::KMS::Key").values():
        assert body["EnableKeyRotation"]
    assert {body["DeletionPolicy"] for body in every.of("AWS::KMS::Key").values()} == {"Retain"}


def test_the_log_s_bucket_takes_conditional_writes_of_the_sealer_with_bounded_locks_and_no_deletes(every):
    (policy,) = (
        body["PolicyDocument"]["Statement"]
        for body in every.properties("AWS::S3::BucketPolicy").values()
        if body["Bucket"]["Ref"].startswith("Audit")
    )
    denied = [one for one in policy if one["Effect"] == "Deny" and "Bool" not in one.get("Condition", {})]
    denied = [one for one in denied if "s3:TlsVersion" not in json.dumps(one)]
    assert all(one["Principal"] == {"AWS": "*"} for one in denied)
    by_condition = {json.dumps(one["Condition"]): one for one in denied if "Condition" in one}
    if every.stage in ON_AWS:
        once = by_condition[json.dumps({"Null": {"s3:if-none-match": "true"}})]
        assert once["Action"] == "s3:PutObject"
        assert json.dumps(once["NotResource"]).endswith('"/*/checkpoint"]]}')
        seen = by_condition[json.dumps({"Null": {"s3:if-none-match": "true", "s3:if-match": "true"}})]
        assert seen["Action"] == "s3:PutObject"
        assert seen["Resource"] == once["NotResource"]
    never = {json.dumps(one["Action"]): json.dumps(one["Resource"]) for one in denied if "Condition" not in one}
    assert never.keys() == {'["s3:DeleteObject", "s3:DeleteObjectVersion"]', '"s3:PutLifecycleConfiguration"'}
    assert "/*" not in never['"s3:PutLifecycleConfiguration"']
    bounds = [one["Condition"]["NumericGreaterThan"] for one in denied if "NumericGreaterThan" in json.dumps(one)]
    assert bounds == [{"s3:object-lock-remaining-retention-days": "4393" if every.stage == "prod" else "2"}]
    (sealer,) = (
        one["Condition"]["ArnNotLike"]["aws:PrincipalArn"] for one in denied if "ArnNotLike" in json.dumps(one)
    )
    assert role_matches(every, sealer)


def test_no_lock_that_the_log_asks_for_is_beyond_the_bucket_s_bound():
    longest = max(RETENTION_YEARS.values())
    name = LogName("123456", next(log for log, years in RETENTION_YEARS.items() if years == longest), 2028)
    start = datetime(2028, 1, 1, tzinfo=UTC)
    assert (locked_until(name, start, None) - start).days <= STAGES["prod"].max_lock_days


def test_facts_are_read_from_the_stream_in_large_batches_for_as_long_as_it_takes(every):
    sources = [
        body for body in every.properties("AWS::Lambda::EventSourceMapping").values() if "StartingPosition" in body
    ]
    told = {}
    for source in sources:
        assert source["BatchSize"] == 10_000
        assert source["ParallelizationFactor"] == 1
        assert source["MaximumRetryAttempts"] == -1
        assert source["StartingPosition"] == "TRIM_HORIZON"
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        patterns = [json.loads(one["Pattern"]) for one in source["FilterCriteria"]["Filters"]]
        assert all(one["dynamodb"] == {"Keys": {"sk": {"S": ["E"]}}} for one in patterns)
        told[source["MaximumBatchingWindowInSeconds"]] = patterns
    # One seals, and hears of tampering; the other tells the ERP what was written, and no third reader throttles them.
    assert [one["eventName"] for one in told[30]] == [["INSERT", "MODIFY"], ["REMOVE"]]
    assert told[30][1]["userIdentity"] == {"principalId": [{"exists": False}]}
    assert [one["eventName"] for one in told[5]] == [["INSERT"]]
    assert len(sources) == 2


def test_tables_survive_mistakes(every):
    for body in every.of("AWS::DynamoDB::Table").values():
        properties = body["Properties"]
        assert properties["DeletionProtectionEnabled"] is True
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        assert body["DeletionPolicy"] == "Retain"


def test_only_the_journal_streams_and_no_key_expires(every):
    tables = every.properties("AWS::DynamoDB::Table").values()
    streams = {table["TableName"].rsplit("-", 1)[-1]: table.get("StreamSpecification") for table in tables}
    assert streams == {"ledger": None, "journal": {"StreamViewType": "NEW_IMAGE"}, "keys": None}
    expiry = {table["TableName"].rsplit("-", 1)[-1]: table.get("TimeToLiveSpecification") for table in tables}
    by_itself = {"AttributeName": "ttl", "Enabled": True}
    assert expiry == {"ledger": by_itself, "journal": by_itself, "keys": None}


def test_the_agenda_is_the_only_index_and_names_nobody_but_the_person_key(every):
    found = [
        index
        for table in every.properties("AWS::DynamoDB::Table").values()
        for index in table.get("GlobalSecondaryIndexes", [])
    ]
    assert [(index["IndexName"], index["Projection"]) for index in found] == [
        ("agenda", {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["person"]})
    ]


def test_every_queue_lets_the_dead_be_looked_at(every):
    queues = every.properties("AWS::SQS::Queue")
    dead = {name for name, body in queues.items() if body["QueueName"].endswith("-dead")}
    for name, body in queues.items():
        if name in dead:
            assert body["MessageRetentionPeriod"] == 14 * 86400
        else:
            policy = body["RedrivePolicy"]
            assert policy["deadLetterTargetArn"]["Fn::GetAtt"][0] in dead
            assert policy["maxReceiveCount"] == MAX_RECEIVES


def test_queues_are_drained_at_their_pace_and_never_twice_at_once(every):
    functions = every.properties("AWS::Lambda::Function")
    queues = every.properties("AWS::SQS::Queue")
    drained = set()
    for source in every.properties("AWS::Lambda::EventSourceMapping").values():
        if "StartingPosition" in source:
            continue  # the stream
        queue = queues[source["EventSourceArn"]["Fn::GetAtt"][0]]
        function = functions[every.called(source["FunctionName"])]
        name = queue["QueueName"].split("-", 2)[2]
        drained.add(name)
        assert source["ScalingConfig"]["MaximumConcurrency"] == RATES[name].concurrency
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"] + source["MaximumBatchingWindowInSeconds"]
        assert queue["VisibilityTimeout"] == RATES[name].out_of_sight
        assert "ReservedConcurrentExecutions" not in function
    assert drained == set(RATES)


def test_nothing_is_reached_without_tls(deployed):
    demanded = {
        (kind, statement["Effect"], json.dumps(statement["Condition"]))
        for kind in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy")
        for _, statement in deployed.statements(kind)
        if "aws:SecureTransport" in json.dumps(statement.get("Condition", {}))
    }
    assert {(kind, effect) for kind, effect, _ in demanded} == {
        ("AWS::S3::BucketPolicy", "Deny"),
        ("AWS::SQS::QueuePolicy", "Deny"),
        ("AWS::SNS::TopicPolicy", "Deny"),
    }
    for kind, policy, attribute in (
        ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "Bucket"),
        ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "Queues"),
        ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "Topics"),
    ):
        covered = json.dumps([body[attribute] for body in deployed.properties(policy).values()])
        assert all(name in covered for name in deployed.of(kind))


def test_mail_leaves_by_tls_only(every):
    (mail,) = every.properties("AWS::SES::ConfigurationSet").values()
    assert mail["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}


def test_buckets_are_closed_to_the_public(every):
    for bucket in every.properties("AWS::S3::Bucket").values():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}


def test_functions_are_told_places_and_never_secrets(every):
    places = {
        "EMDIA_STAGE",
        "EMDIA_LEDGER",
        "EMDIA_JOURNAL",
        "EMDIA_KEYS",
        "EMDIA_KEYS_CMK",
        "EMDIA_ERP_QUEUE",
        "EMDIA_STEPS_QUEUE",
        "EMDIA_EMAIL_QUEUE",
        "EMDIA_SMS_QUEUE",
        "EMDIA_WHATSAPP_QUEUE",
        "EMDIA_LETTER_QUEUE",
        "EMDIA_SMS_SET",
        "EMDIA_OPT_OUT_LIST",
        "EMDIA_ACCOUNT",
        "EMDIA_ERP_OUT_QUEUE",
        "EMDIA_CONFIGURATION_SET",
        "EMDIA_PUBLIC_URL",
        "EMDIA_PACE",
        "EMDIA_AUDIT",
        "EMDIA_LOCK_DAYS",
        "EMDIA_DOCUMENTS",
        "EMDIA_INTAKE",
        "EMDIA_IMPORTS_QUEUE",
        "EMDIA_NOTICES_QUEUE",
        "EMDIA_COPIES_QUEUE",
        "EMDIA_LOG_KEY_POLICY",
        "EMDIA_RECOVERY_DAYS",
    }
    for function in every.properties("AWS::Lambda::Function").values():
        told = function["Environment"]["Variables"]
        assert set(told) <= places
        assert "{{resolve:" not in json.dumps(told)


def test_no_role_of_ours_holds_a_wildcard_action(every):
    for name, statement in every.statements("AWS::IAM::Policy"):
        assert statement["Effect"] == "Allow"
        assert not [action for action in actions(statement) if "*" in action], name
        # Traces go to the account as a whole (Service Authorization Reference, AWS X-Ray).
        allowed = set(actions(statement)) == TRACES or ON_EVERY_KEY & set(actions(statement))
        assert statement["Resource"] != "*" or allowed, name


def test_functions_run_where_the_layers_are_built_for(every):
    for function in every.properties("AWS::Lambda::Function").values():
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        assert len(function["Layers"]) == 2
        assert function["LoggingConfig"]["LogFormat"] == "JSON"


def test_each_function_has_a_role_of_its_own(every):
    roles = [function["Role"]["Fn::GetAtt"][0] for function in every.properties("AWS::Lambda::Function").values()]
    assert len(set(roles)) == len(roles)


@pytest.mark.parametrize("stage", NAMES)
def test_logs_go_when_the_stage_says(stage):
    days = {group["RetentionInDays"] for group in template(stage).properties("AWS::Logs::LogGroup").values()}
    assert days == {STAGES[stage].log_days}


def test_each_api_hands_over_the_exact_bytes_and_logs_no_path(every):
    for api in every.properties("AWS::ApiGateway::RestApi").values():
        assert api["BinaryMediaTypes"] == ["*/*"]
    for stage in every.properties("AWS::ApiGateway::Stage").values():
        assert "$context.resourcePath" in stage["AccessLogSetting"]["Format"]
        for personal in ("$context.path", "$context.identity", "queryString"):
            assert personal not in stage["AccessLogSetting"]["Format"]
        (settings,) = stage["MethodSettings"]
        assert (settings["LoggingLevel"], settings["DataTraceEnabled"]) == ("ERROR", False)
        assert settings["ThrottlingRateLimit"] > 0


def test_banks_call_by_a_domain_of_their_own_with_a_certificate_and_by_no_other_way():
    found = template("prod")
    ((name, _),) = (
        (n, a) for n, a in found.properties("AWS::ApiGateway::RestApi").items() if a["Name"].endswith("-bank")
    )
    api = found.resources[name]["Properties"]
    assert api["DisableExecuteApiEndpoint"] is True
    (domain,) = found.properties("AWS::ApiGateway::DomainName").values()
    assert domain["DomainName"] == BANK.domain
    assert domain["SecurityPolicy"] == "TLS_1_2"
    store = json.dumps(domain["MutualTlsAuthentication"]["TruststoreUri"])
    assert "s3://" in store
    assert "/truststore.pem" in store
    (mapping,) = found.properties("AWS::ApiGateway::BasePathMapping").values()
    assert mapping["RestApiId"]["Ref"] == name
    doors = [one for one in found.properties("AWS::ApiGateway::Method").values() if one["RestApiId"]["Ref"] == name]
    assert [one["HttpMethod"] for one in doors] == ["POST"]
    # Without a domain of theirs there is no such API at all.
    assert not any(a["Name"].endswith("-bank") for a in template("dev").properties("AWS::ApiGateway::RestApi").values())


def test_the_clock_ticks_on_aws_and_sleeps_where_it_is_simulated():
    for stage in NAMES:
        schedules = template(stage).properties("AWS::Scheduler::Schedule").values()
        assert {schedule["State"] for schedule in schedules} == {"DISABLED" if stage == "local" else "ENABLED"}
        assert sorted(schedule["Target"]["Input"] for schedule in schedules) == [
            '{"sweep": "cases"}',
            '{"sweep": "clock"}',
            '{"sweep": "logs"}',
            '{"sweep": "unmarked"}',
            '{"sweep": "unsealed"}',
            *([] if stage == "local" else ['{"watch": "canary"}']),
            '{"watch": "facts"}',
            '{"watch": "state"}',
            '{"watch": "versions"}',
            *["{}"] * 4,  # the climb, the notices, the disposals, and what banks have received
        ]
        assert all("DeadLetterConfig" in schedule["Target"] for schedule in schedules)


def test_somebody_is_told_of_dead_letters_of_late_queues_and_of_every_failing_function(every):
    alarms = every.properties("AWS::CloudWatch::Alarm").values()
    (topic,) = (name for name, body in every.properties("AWS::SNS::Topic").items() if "alarms" in body["TopicName"])
    # Those of new versions tell CodeDeploy alone: `errors-*` ring for the same errors.
    releases = [alarm for alarm in alarms if "-release-" in alarm["AlarmName"]]
    alarms = [alarm for alarm in alarms if alarm not in releases]
    assert not any("AlarmActions" in alarm for alarm in releases)
    assert all(alarm["AlarmActions"] == [{"Ref": topic}] for alarm in alarms)
    watched = {
        (alarm["MetricName"], dimension["Value"])
        for alarm in alarms
        if alarm["Namespace"] != "EmDia"
        for dimension in alarm["Dimensions"]
    }
    queues = {body["QueueName"] for body in every.properties("AWS::SQS::Queue").values()}
    dead = {name for name in queues if name.endswith("-dead")}
    functions = {body["FunctionName"] for body in every.properties("AWS::Lambda::Function").values()}
    assert watched == (
        {("ApproximateNumberOfMessagesVisible", name) for name in dead}
        | {("ApproximateAgeOfOldestMessage", name) for name in queues - dead}
        | {("IteratorAge", f"emdia-{every.stage}-seal_audit")}
        | {("Errors", name) for name in functions}
    )


def test_every_alarm_on_what_functions_count_names_a_metric_they_count(every):
    alarms = [one for one in every.properties("AWS::CloudWatch::Alarm").values() if one["Namespace"] == "EmDia"]
    source = "".join(path.read_text() for path in (ROOT / "layers/domain/python/emdia").rglob("*.py"))
    counted = set(re.findall(r'meter\.count\(\s*"(\w+)"', source))
    assert {alarm["MetricName"] for alarm in alarms} <= counted
    assert {"Crashed", "CaseParked", "EventRefused", "OutcomeNotRecorded", "LogHalted"} <= {
        alarm["MetricName"] for alarm in alarms
    }
    assert all([one["Name"] for one in alarm["Dimensions"]] == ["stage"] for alarm in alarms)
    silent = [alarm for alarm in alarms if alarm["TreatMissingData"] == "breaching"]
    assert [alarm["MetricName"] for alarm in silent] == ["CasesDue", "CanarySealed"]
