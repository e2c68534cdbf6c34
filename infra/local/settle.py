"""Sets by API what the embedded CloudFormation drops from the template, and reads every setting back."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.deploy import Client, Stack

_Properties = Mapping[str, Any]


class NotSettledError(Exception):
    """A setting of the template did not take; the message names it with what was wanted and what was found."""


@dataclass(frozen=True)
class Setting:
    """One setting of one resource: what the template wants, how to set it, how to read it back."""

    name: str
    wanted: Any
    put: Callable[[], object]
    read: Callable[[], Any]


def settle(state: Stack, client: Client) -> list[str]:
    """Apply every dropped setting of a stack's stores; names of what was set and found again.

    Raises NotSettledError.
    """
    done = []
    for setting in (*_bucket_settings(state, client), *_table_settings(state, client)):
        setting.put()
        found = setting.read()
        if found != setting.wanted:
            raise NotSettledError(f"{setting.name}: wanted {setting.wanted!r}, found {found!r}")
        done.append(setting.name)
    return done


def _bucket_settings(state: Stack, client: Client) -> Iterator[Setting]:
    s3 = client("s3")
    for bucket, properties in state.resources("AWS::S3::Bucket").items():
        yield _encryption(s3, bucket, properties, state, client)
        if "ObjectLockConfiguration" in properties:
            yield _object_lock(s3, bucket, properties)
        if "LifecycleConfiguration" in properties:
            yield _lifecycle(s3, bucket, properties)
        if "ReplicationConfiguration" in properties:
            yield _replication(s3, bucket, properties, state, client)


def _encryption(s3: Any, bucket: str, properties: _Properties, state: Stack, client: Client) -> Setting:
    rule = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
    default = rule["ServerSideEncryptionByDefault"]
    key = _key_arn(default["KMSMasterKeyID"], state, client)
    wanted = [
        {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": default["SSEAlgorithm"], "KMSMasterKeyID": key},
            "BucketKeyEnabled": rule["BucketKeyEnabled"],
        }
    ]
    return Setting(
        f"{bucket}: encryption",
        wanted,
        lambda: s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": wanted}),
        lambda: s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"],
    )


def _object_lock(s3: Any, bucket: str, properties: _Properties) -> Setting:
    wanted = properties["ObjectLockConfiguration"]
    return Setting(
        f"{bucket}: object lock",
        wanted,
        lambda: s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=wanted),
        lambda: s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"],
    )


def _lifecycle(s3: Any, bucket: str, properties: _Properties) -> Setting:
    wanted = [
        {
            "ID": rule["Id"],
            "Status": rule["Status"],
            "Filter": {"Prefix": ""},
            "Expiration": {"Days": rule["ExpirationInDays"]},
        }
        for rule in properties["LifecycleConfiguration"]["Rules"]
    ]
    return Setting(
        f"{bucket}: lifecycle",
        wanted,
        lambda: s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": wanted}),
        lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"],
    )


def _replication(s3: Any, bucket: str, properties: _Properties, state: Stack, client: Client) -> Setting:
    told = properties["ReplicationConfiguration"]
    role = client("iam").get_role(RoleName=state.ids[told["Role"]["Fn::GetAtt"][0]])["Role"]["Arn"]
    rules = [{("ID" if name == "Id" else name): value for name, value in rule.items()} for rule in told["Rules"]]
    wanted = {"Role": role, "Rules": rules}
    return Setting(
        f"{bucket}: replication",
        wanted,
        lambda: s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=wanted),
        lambda: s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"],
    )


def _table_settings(state: Stack, client: Client) -> Iterator[Setting]:
    dynamodb = client("dynamodb")
    for table, properties in state.resources("AWS::DynamoDB::Table").items():
        yield _recovery(dynamodb, table, properties)
        yield _customer_key(dynamodb, table, properties, state, client)
        if "TimeToLiveSpecification" in properties:
            yield _time_to_live(dynamodb, table, properties)


def _recovery(dynamodb: Any, table: str, properties: _Properties) -> Setting:
    wanted = properties["PointInTimeRecoverySpecification"]

    def read() -> bool:
        # The embedded AWS takes the period and forgets it, so on or off is all there is to read back.
        found = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
        return bool(found["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED")

    return Setting(
        f"{table}: point-in-time recovery",
        wanted["PointInTimeRecoveryEnabled"],
        lambda: dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=wanted),
        read,
    )


def _customer_key(dynamodb: Any, table: str, properties: _Properties, state: Stack, client: Client) -> Setting:
    key = _key_arn(properties["SSESpecification"]["KMSMasterKeyId"], state, client)

    def read() -> tuple[str, str]:
        found = dynamodb.describe_table(TableName=table)["Table"].get("SSEDescription", {})
        return found.get("Status", ""), found.get("KMSMasterKeyArn", "")

    return Setting(
        f"{table}: customer key",
        ("ENABLED", key),
        lambda: dynamodb.update_table(
            TableName=table, SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
        ),
        read,
    )


def _time_to_live(dynamodb: Any, table: str, properties: _Properties) -> Setting:
    wanted = properties["TimeToLiveSpecification"]

    def read() -> dict[str, Any]:
        found = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        return {
            "AttributeName": found.get("AttributeName"),
            "Enabled": found["TimeToLiveStatus"] in {"ENABLED", "ENABLING"},
        }

    return Setting(
        f"{table}: time to live",
        wanted,
        lambda: dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=wanted),
        read,
    )


def _key_arn(reference: Mapping[str, list[str]], state: Stack, client: Client) -> str:
    logical, attribute = reference["Fn::GetAtt"]
    if attribute != "Arn":
        raise NotSettledError(f"a key is referred to by {attribute!r}; only its Arn is understood")
    key = client("kms").describe_key(KeyId=state.ids[logical])["KeyMetadata"]
    return str(key["Arn"])
