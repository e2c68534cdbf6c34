"""How every store is made: encrypted with a key of ours, closed to the public, and, where it is WORM, guarded."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.nag import acknowledge
from infra.stages import REGION, Stage

_NO_ACCESS_LOG = (
    "Object access is to be recorded by CloudTrail data events of the account; S3 server access logs are best effort "
    "and would be one more place that repeats object names."
)

Conditions = Mapping[str, Mapping[str, str | list[str]]]


def customer_key(scope: Construct, construct_id: str, stage: Stage, alias: str, purpose: str) -> kms.Key:
    """A key of ours that rotates and outlives its stack."""
    return kms.Key(
        scope,
        construct_id,
        alias=f"alias/emdia-{stage.name}-{alias}",
        description=f"Em Dia {stage.name}: {purpose}",
        enable_key_rotation=True,
        removal_policy=RemovalPolicy.RETAIN,
    )


def signing_key(scope: Construct, construct_id: str, stage: Stage, alias: str, purpose: str, by: list[str]) -> kms.Key:
    """Signs nothing but Ed25519 over the bytes themselves, and for the roles that match `by` alone."""
    key = kms.Key(
        scope,
        construct_id,
        alias=f"alias/emdia-{stage.name}-{alias}",
        description=f"Em Dia {stage.name}: {purpose}",
        key_spec=kms.KeySpec.ECC_NIST_EDWARDS25519,
        key_usage=kms.KeyUsage.SIGN_VERIFY,
        removal_policy=RemovalPolicy.RETAIN,
    )
    for statement in signing_rules(stage, by):
        key.add_to_resource_policy(statement)
    return key


def signing_rules(stage: Stage, by: list[str]) -> list[iam.PolicyStatement]:
    """What a key policy forbids of a signing key: everybody but `by`, and everything but Ed25519 over the bytes."""
    conditions: list[Conditions] = [{"ArnNotLike": {"aws:PrincipalArn": by}}]
    if stage.request_conditions:
        conditions += [
            {"StringNotEquals": {"kms:SigningAlgorithm": "ED25519_SHA_512"}},
            {"StringNotEquals": {"kms:MessageType": "RAW"}},
        ]
    return [denied(["kms:Sign"], ["*"], condition) for condition in conditions]


_PUBLISHERS = tuple(
    f"{service}.amazonaws.com" for service in ("cloudwatch", "events", "ses", "sms-voice", "social-messaging", "sns")
)


def admit_services(key: kms.Key, stage: Stage) -> None:
    """AWS services that encrypt or publish on their own behalf, for this account's resources only."""
    stack = Stack.of(key)
    logs = f"arn:{stack.partition}:logs:{REGION}:{stack.account}:log-group:/emdia/{stage.name}/*"
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{REGION}.amazonaws.com")],
            actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": logs}},
        )
    )
    # Alarms and the providers of messages publish to our topics, SNS and EventBridge deliver to our queues.
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(name) for name in _PUBLISHERS],
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],
            conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
        )
    )


def bucket(scope: Construct, construct_id: str, stage: Stage, key: kms.IKey, **more: Any) -> s3.Bucket:
    """Versioned, encrypted, closed; its name is the stack's output `<construct_id>Bucket`."""
    made = s3.Bucket(
        scope,
        construct_id,
        versioned=True,
        encryption=s3.BucketEncryption.KMS,
        encryption_key=key,
        bucket_key_enabled=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=stage.tls,
        minimum_tls_version=1.2 if stage.tls else None,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        removal_policy=RemovalPolicy.RETAIN,
        **more,
    )
    acknowledge(made, "AwsSolutions-S1", _NO_ACCESS_LOG)
    if not stage.tls:
        acknowledge(made, "AwsSolutions-S10", "The embedded AWS listens on loopback without TLS.")
    CfnOutput(scope, f"{construct_id}Bucket", value=made.bucket_name)
    return made


def tell_of_objects(made: s3.Bucket) -> None:
    """EventBridge hears of each object: rules of other stacks may listen, and the bucket's need not know of them."""
    resource = made.node.default_child
    if not isinstance(resource, s3.CfnBucket):
        raise TypeError("a bucket without its resource")
    resource.add_property_override("NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", True)


def locked_bucket(
    scope: Construct, construct_id: str, stage: Stage, key: kms.IKey, days: int, **more: Any
) -> s3.Bucket:
    """WORM: nobody, the account's root included, deletes or shortens before the retention has run."""
    return bucket(
        scope,
        construct_id,
        stage,
        key,
        object_lock_enabled=True,
        object_lock_default_retention=s3.ObjectLockRetention.compliance(Duration.days(days)),
        **more,
    )


def guard_log(locked: s3.Bucket, stage: Stage, writers: Sequence[str]) -> None:
    """What Object Lock does not forbid: second versions, delete markers and rules that set them, locks for a century.

    `writers`: patterns of the one role that may write.
    """
    everything, checkpoints = f"{locked.bucket_arn}/*", f"{locked.bucket_arn}/*/checkpoint"
    once = iam.PolicyStatement(
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=["s3:PutObject"],
        not_resources=[checkpoints],
        conditions={"Null": {"s3:if-none-match": "true"}},
    )
    seen = denied(["s3:PutObject"], [checkpoints], {"Null": {"s3:if-none-match": "true", "s3:if-match": "true"}})
    writes = ["s3:PutObject", "s3:PutObjectRetention"]
    days = {"NumericGreaterThan": {"s3:object-lock-remaining-retention-days": str(stage.max_lock_days)}}
    for statement in (
        *((once, seen) if stage.request_conditions else ()),
        denied(writes, [everything], {"ArnNotLike": {"aws:PrincipalArn": list(writers)}}),
        denied(writes, [everything], days),
        denied(["s3:DeleteObject", "s3:DeleteObjectVersion"], [everything]),
    ):
        locked.add_to_resource_policy(statement)
    forbid_rules(locked)


def forbid_rules(locked: s3.Bucket) -> None:
    """A lifecycle rule deletes whatever the policy says of deletions, and before the lock's end it hides."""
    locked.add_to_resource_policy(denied(["s3:PutLifecycleConfiguration"], [locked.bucket_arn]))


def denied(actions: list[str], resources: list[str], conditions: Conditions | None = None) -> iam.PolicyStatement:
    """Nobody may."""
    return iam.PolicyStatement(
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=actions,
        resources=resources,
        conditions=conditions,
    )
