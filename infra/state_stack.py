"""What must outlive every deployment: tables, buckets and the keys they are encrypted with."""

from typing import Any

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.grants import Target, Targets
from infra.nag import acknowledge
from infra.stages import INTAKE_DAYS, REGION, Stage

_NO_ACCESS_LOG = (
    "Object access is to be recorded by CloudTrail data events of the account; S3 server access logs are best effort "
    "and would be one more place that repeats object names."
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
        self.ledger = self._table("ledger", index=True)
        self.journal = self._table("journal", stream=dynamodb.StreamViewType.NEW_IMAGE, ttl="ttl")
        # No stream and no backups of our own: a row deleted here is how a person is forgotten. A week of recovery
        # is the price of not losing every operator's data to one mistaken deletion (docs/decisions.md).
        self.keys = self._table("keys", recovery_days=7)
        self.audit = self._locked_bucket("Audit", stage.audit_days)
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
        targets.add(
            "class-key",
            Target((self.class_key.key_arn,), environment={"EMDIA_KEYS_CMK": self.class_key.key_arn}),
        )

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
            enforce_ssl=True,
            minimum_tls_version=1.2,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=RemovalPolicy.RETAIN,
            **more,
        )
        acknowledge(bucket, "AwsSolutions-S1", _NO_ACCESS_LOG)
        CfnOutput(self, f"{construct_id}Bucket", value=bucket.bucket_name)
        return bucket


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
