"""What must outlive every deployment: tables, buckets and the keys they are encrypted with."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.grants import Target, Targets
from infra.nag import acknowledge
from infra.stages import INTAKE_DAYS, REGION, SEALER, Stage

_NO_ACCESS_LOG = (
    "Object access is to be recorded by CloudTrail data events of the account; S3 server access logs are best effort "
    "and would be one more place that repeats object names."
)

Conditions = Mapping[str, Mapping[str, str | list[str]]]
_ANY_LOG = (
    "Logs are opened by their first fact, one per operator, class and year, so their prefixes are not known at "
    "deployment; the bucket's own policy demands conditional writes and forbids deletion."
)


class StateStack(Stack):
    """Tables `ledger`, `journal`, `keys`; buckets `audit`, `documents`, `intake`; their keys."""

    def __init__(self, scope: Construct, construct_id: str, stage: Stage) -> None:
        super().__init__(
            scope,
            construct_id,
            env={"region": REGION},
            termination_protection=True,
            description="Em Dia: state",
        )
        self._stage = stage
        self.data_key = self._key("DataKey", "data", "tables, buckets, queues, topics and logs")
        # Apart from the data key, so that reading a table never opens what the subject keys protect.
        self.class_key = self._key("ClassKey", "class-keys", "wraps the class keys of the keys table")
        self._admit_services(self.data_key)
        self.log_key = self._log_key()
        self.ledger = self._table("ledger", index=True)
        self.journal = self._table("journal", stream=dynamodb.StreamViewType.NEW_IMAGE, ttl="ttl")
        # No stream and no backups of our own: a row deleted here is how a person is forgotten. A week of recovery
        # is the price of not losing every operator's data to one mistaken deletion (docs/decisions.md).
        self.keys = self._table("keys", recovery_days=7)
        self.audit = self._locked_bucket("Audit", stage.audit_days)
        self._guard_log(self.audit)
        self.documents = self._locked_bucket("Documents", stage.documents_days)
        self.intake = self._bucket(
            "Intake", lifecycle_rules=[s3.LifecycleRule(id="expire", expiration=Duration.days(INTAKE_DAYS))]
        )

    def add_targets(self, targets: Targets) -> None:
        """Name what functions may be granted here."""
        for name, table in (("ledger", self.ledger), ("journal", self.journal), ("keys", self.keys)):
            environment = {f"EMDIA_{name.upper()}": table.table_name}
            targets.add(name, Target((table.table_arn,), self.data_key, "dynamodb", environment))
        agenda = f"{self.ledger.table_arn}/index/agenda"
        targets.add("agenda", Target((agenda,), self.data_key, "dynamodb", {"EMDIA_LEDGER": self.ledger.table_name}))
        lock = {"EMDIA_AUDIT": self.audit.bucket_name, "EMDIA_LOCK_DAYS": self._stage.lock_days}
        # How cdk-nag spells this bucket's objects in the other stack.
        objects = f"{self.stack_name}:ExportsOutputFnGetAttAudit3D8ADE0AArn5960E565/*"
        accepted = {f"AwsSolutions-IAM5[Resource::{objects}]": _ANY_LOG}
        targets.add("audit", Target((f"{self.audit.bucket_arn}/*",), self.data_key, "s3", lock, accepted))
        targets.add("audit-bucket", Target((self.audit.bucket_arn,)))
        targets.add("log-key", Target((self.log_key.key_arn,), environment={"EMDIA_LOG_KEY": self.log_key.key_arn}))
        targets.add(
            "class-key",
            Target((self.class_key.key_arn,), environment={"EMDIA_KEYS_CMK": self.class_key.key_arn}),
        )

    @property
    def _sealer(self) -> list[str]:
        """Patterns of the one role that may write and sign the logs; the embedded AWS names it by its session."""
        name = f"EmDia-{self._stage.name}-Service-{SEALER}*"
        return [
            f"arn:{self.partition}:iam::{self.account}:role/{name}",
            f"arn:{self.partition}:sts::{self.account}:assumed-role/{name}/*",
        ]

    def _log_key(self) -> kms.Key:
        """Signs checkpoints: nothing but Ed25519 over the bytes themselves, and for the sealer alone."""
        key = kms.Key(
            self,
            "LogKey",
            alias=f"alias/emdia-{self._stage.name}-log",
            description=f"Em Dia {self._stage.name}: signs the sealed logs",
            key_spec=kms.KeySpec.ECC_NIST_EDWARDS25519,
            key_usage=kms.KeyUsage.SIGN_VERIFY,
            removal_policy=RemovalPolicy.RETAIN,
        )
        conditions: list[Conditions] = [{"ArnNotLike": {"aws:PrincipalArn": self._sealer}}]
        if self._stage.request_conditions:
            conditions += [
                {"StringNotEquals": {"kms:SigningAlgorithm": "ED25519_SHA_512"}},
                {"StringNotEquals": {"kms:MessageType": "RAW"}},
            ]
        for condition in conditions:
            key.add_to_resource_policy(_denied(["kms:Sign"], ["*"], condition))
        return key

    def _guard_log(self, bucket: s3.Bucket) -> None:
        """What Object Lock does not forbid: second versions, delete markers, other writers, locks for a century."""
        everything, checkpoints = f"{bucket.bucket_arn}/*", f"{bucket.bucket_arn}/*/checkpoint"
        days = self._stage.max_lock_days
        once = iam.PolicyStatement(
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["s3:PutObject"],
            not_resources=[checkpoints],
            conditions={"Null": {"s3:if-none-match": "true"}},
        )
        seen = _denied(["s3:PutObject"], [checkpoints], {"Null": {"s3:if-none-match": "true", "s3:if-match": "true"}})
        for statement in (
            *((once, seen) if self._stage.request_conditions else ()),
            _denied(
                ["s3:PutObject", "s3:PutObjectRetention"],
                [everything],
                {"ArnNotLike": {"aws:PrincipalArn": self._sealer}},
            ),
            _denied(
                ["s3:PutObject", "s3:PutObjectRetention"],
                [everything],
                {"NumericGreaterThan": {"s3:object-lock-remaining-retention-days": str(days)}},
            ),
            _denied(["s3:DeleteObject", "s3:DeleteObjectVersion"], [everything]),
        ):
            bucket.add_to_resource_policy(statement)

    def _key(self, construct_id: str, alias: str, purpose: str) -> kms.Key:
        return kms.Key(
            self,
            construct_id,
            alias=f"alias/emdia-{self._stage.name}-{alias}",
            description=f"Em Dia {self._stage.name}: {purpose}",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _admit_services(self, key: kms.Key) -> None:
        """AWS services that encrypt or publish on their own behalf, for this account's resources only."""
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(f"logs.{REGION}.amazonaws.com")],
                actions=[
                    "kms:Encrypt",
                    "kms:Decrypt",
                    "kms:ReEncrypt*",
                    "kms:GenerateDataKey*",
                    "kms:Describe*",
                ],
                resources=["*"],
                conditions={
                    "ArnLike": {
                        "kms:EncryptionContext:aws:logs:arn": f"arn:{self.partition}:logs:{REGION}:{self.account}:"
                        f"log-group:/emdia/{self._stage.name}/*"
                    }
                },
            )
        )
        # CloudWatch alarms and SES publish to our topics, SNS delivers to our queue.
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[
                    iam.ServicePrincipal(name)
                    for name in ("cloudwatch.amazonaws.com", "ses.amazonaws.com", "sns.amazonaws.com")
                ],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )

    def _table(
        self,
        name: str,
        *,
        index: bool = False,
        stream: dynamodb.StreamViewType | None = None,
        ttl: str | None = None,
        recovery_days: int = 35,
    ) -> dynamodb.Table:
        table = dynamodb.Table(
            self,
            name.title(),
            table_name=f"emdia-{self._stage.name}-{name}",
            partition_key=_text("pk"),
            sort_key=_text("sk"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self.data_key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True, recovery_period_in_days=recovery_days
            ),
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
            stream=stream,
            time_to_live_attribute=ttl,
        )
        if index:
            table.add_global_secondary_index(
                index_name="agenda",
                partition_key=_text("agenda_pk"),
                sort_key=_text("agenda_at"),
                projection_type=dynamodb.ProjectionType.INCLUDE,
                non_key_attributes=["person"],
            )
        CfnOutput(self, f"{name.title()}Table", value=table.table_name)
        return table

    def _locked_bucket(self, construct_id: str, days: int) -> s3.Bucket:
        """WORM: nobody, the account's root included, deletes or shortens before the retention has run."""
        return self._bucket(
            construct_id,
            object_lock_enabled=True,
            object_lock_default_retention=s3.ObjectLockRetention.compliance(Duration.days(days)),
        )

    def _bucket(self, construct_id: str, **more: Any) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            construct_id,
            versioned=True,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.data_key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=self._stage.tls,
            minimum_tls_version=1.2 if self._stage.tls else None,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=RemovalPolicy.RETAIN,
            **more,
        )
        acknowledge(bucket, "AwsSolutions-S1", _NO_ACCESS_LOG)
        if not self._stage.tls:
            acknowledge(bucket, "AwsSolutions-S10", "The embedded AWS listens on loopback without TLS.")
        CfnOutput(self, f"{construct_id}Bucket", value=bucket.bucket_name)
        return bucket


def _denied(actions: list[str], resources: list[str], conditions: Conditions | None = None) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=actions,
        resources=resources,
        conditions=conditions,
    )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
