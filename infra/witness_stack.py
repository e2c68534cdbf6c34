"""The witness: a stack for an account of its own, run by people who do not run the operator's (security, legal).

It reads the operator's sealed logs, cosigns what goes on, keeps evidence of what does not, and has both stamped by an
authority that neither account runs. Beside it lies the locked replica of the logs.
"""

from collections.abc import Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import stores
from infra.accounts import (
    audit_bucket,
    cosign_role,
    replica_bucket,
    replication_role,
    role_of,
    root_of,
    session_of,
    stamp_role,
    witness_bucket,
)
from infra.alarms import Alarms
from infra.function import Foundation
from infra.grants import Target, Targets
from infra.layers import Layers
from infra.nag import acknowledge
from infra.schedules import Clock
from infra.stages import REGION, Accounts, Stage
from infra.witnessed import SHOWN

EVERY_FIVE_MINUTES = "cron(0/5 * * * ? *)"
HOURLY = "cron(20 * * * ? *)"
BEHIND = Duration.minutes(15)  # three runs
UNSTAMPED = Duration.days(1)

# What the witness counts and somebody must hear of: metric -> what it means.
COUNTED: Mapping[str, str] = {
    "CheckpointRefused": "A log contradicts what it said before: the evidence is locked in this account.",
    "LogKeyUnknown": "A log was opened and nobody told the witness its key: nothing it says is cosigned.",
    "WitnessHalted": "What the witness itself keeps does not hold: somebody tampered here, or a defect of ours.",
    "StampRefused": "The time-stamping authority's answer is no stamp, or its chain is not trusted.",
    "StampUnconfigured": "No time-stamping authority is configured: nothing anchors the logs outside both accounts.",
}
_ANY_LOG = "Logs are opened by their first fact, so their names are not known at deployment; what is read of each is."
_ANY_KEY = (
    "The operator's key is known by what it encrypts only: the encryption context binds the right to one bucket, and "
    "that key's own policy names this role."
)
_RANDOM_END = "Secrets Manager ends each name with six random characters."
_VIA = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}


class WitnessStack(Stack):
    """`cosign_audit`, `stamp_audit`; buckets `witness` and `replica`; the key that cosigns."""

    def __init__(self, scope: Construct, construct_id: str, stage: Stage, accounts: Accounts) -> None:
        super().__init__(
            scope,
            construct_id,
            env={"account": accounts.witness, "region": REGION},
            termination_protection=True,
            description="Em Dia: witness",
        )
        self._stage, self._accounts = stage, accounts
        self.key = stores.customer_key(self, "WitnessDataKey", stage, "witness-data", "what the witness keeps")
        stores.admit_services(self.key, stage)
        self.signing = stores.signing_key(
            self, "WitnessKey", stage, "witness", "cosigns checkpoints", self._roles(cosign_role(stage.name))
        )
        self.witness = self._book()
        self.replica = self._replica()
        dead = self._dead_letters()
        base = Foundation(stage, self.key, Layers(self, stage), self._targets())
        cosign = base.function(self, "cosign_audit", timeout=240, dead_letters=dead, role_name=cosign_role(stage.name))
        stamp = base.function(self, "stamp_audit", timeout=240, dead_letters=dead, role_name=stamp_role(stage.name))
        self._open_operator_s_key(cosign)
        clock = Clock(self, base, dead, [cosign, stamp])
        clock.every("Cosign", EVERY_FIVE_MINUTES, cosign, {})
        clock.every("Stamp", HOURLY, stamp, {})
        self._watch(base, dead)

    def _roles(self, *names: str) -> list[str]:
        """Patterns of roles of this account; the embedded AWS names them by their session."""
        account = self._accounts.witness
        return [pattern for name in names for pattern in (role_of(account, name), session_of(account, name))]

    def _book(self) -> s3.Bucket:
        """What was cosigned, stamped and refused. The operator's people read it: their proofs carry it."""
        stage, accounts = self._stage, self._accounts
        name = witness_bucket(stage.name, accounts.witness)
        bucket = stores.locked_bucket(self, "Witness", stage, self.key, stage.audit_days, bucket_name=name)
        stores.guard_log(bucket, stage, self._roles(cosign_role(stage.name), stamp_role(stage.name)))
        operator = [iam.ArnPrincipal(root_of(accounts.operator))]
        for action, resource in (("s3:GetObject", f"{bucket.bucket_arn}/*"), ("s3:ListBucket", bucket.bucket_arn)):
            bucket.add_to_resource_policy(
                iam.PolicyStatement(principals=operator, actions=[action], resources=[resource])
            )
        self._open_key(operator, "kms:Decrypt", name, {})
        return bucket

    def _replica(self) -> s3.Bucket:
        """Written by S3's replication alone."""
        stage, accounts = self._stage, self._accounts
        name = replica_bucket(stage.name, accounts.witness)
        bucket = stores.locked_bucket(self, "Replica", stage, self.key, stage.audit_days, bucket_name=name)
        by = replication_role(stage.name)
        role = {"ArnLike": {"aws:PrincipalArn": [role_of(accounts.operator, by), session_of(accounts.operator, by)]}}
        operator = [iam.ArnPrincipal(root_of(accounts.operator))]
        everything = [f"{bucket.bucket_arn}/*"]
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=operator,
                actions=["s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateObject", "s3:ReplicateTags"],
                resources=everything,
                conditions=role,
            )
        )
        bucket.add_to_resource_policy(
            stores.denied(["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"], everything)
        )
        stores.forbid_rules(bucket)
        self._open_key(operator, "kms:Encrypt", name, role)
        return bucket

    def _open_key(
        self, to: list[iam.ArnPrincipal], action: str, bucket: str, conditions: Mapping[str, Mapping[str, list[str]]]
    ) -> None:
        # By name: the key would wait for the bucket, and the bucket waits for the key.
        context = {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}"}
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=to,
                actions=[action],
                resources=["*"],
                conditions={**conditions, "StringEquals": {**_VIA, **context}},
            )
        )

    def _targets(self) -> Targets:
        stage, accounts = self._stage, self._accounts
        targets = Targets()
        name = audit_bucket(stage.name, accounts.operator)
        audit = f"arn:aws:s3:::{name}"
        shown = tuple(f"{audit}/{pattern}" for pattern in SHOWN)
        accepted = {f"AwsSolutions-IAM5[Resource::{one}]": _ANY_LOG for one in shown}
        targets.add("audit", Target(shown, environment={"EMDIA_AUDIT": name}, accepted=accepted))
        targets.add("audit-bucket", Target((audit,)))
        own = f"{self.witness.bucket_arn}/*"
        lock = {"EMDIA_WITNESS": self.witness.bucket_name, "EMDIA_LOCK_DAYS": stage.lock_days}
        logical = self.resolve(self.witness.bucket_arn)["Fn::GetAtt"][0]
        accepted = {f"AwsSolutions-IAM5[Resource::<{logical}.Arn>/*]": _ANY_LOG}
        targets.add("witness", Target((own,), self.key, "s3", lock, accepted))
        targets.add("witness-bucket", Target((self.witness.bucket_arn,)))
        signs = {"EMDIA_WITNESS_KEY": self.signing.key_arn}
        targets.add("witness-key", Target((self.signing.key_arn,), environment=signs))
        secret = f"arn:aws:secretsmanager:{REGION}:{accounts.witness}:secret:emdia/{stage.name}/witness-*"
        accepted = {f"AwsSolutions-IAM5[Resource::{secret}]": _RANDOM_END}
        targets.add("witness-trust", Target((secret,), accepted=accepted))
        return targets

    def _open_operator_s_key(self, cosign: lambda_.IFunction) -> None:
        keys = f"arn:aws:kms:{REGION}:{self._accounts.operator}:key/*"
        audit = f"arn:aws:s3:::{audit_bucket(self._stage.name, self._accounts.operator)}"
        context = {"kms:EncryptionContext:aws:s3:arn": audit}
        cosign.add_to_role_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt"], resources=[keys], conditions={"StringEquals": {**_VIA, **context}}
            )
        )
        acknowledge(cosign.role or cosign, f"AwsSolutions-IAM5[Resource::{keys}]", _ANY_KEY)

    def _dead_letters(self) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            "Dead",
            queue_name=f"emdia-{self._stage.name}-witness-dead",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=self.key,
            enforce_ssl=self._stage.tls,
            retention_period=Duration.days(14),
        )
        if not self._stage.tls:
            acknowledge(queue, "AwsSolutions-SQS4", "The embedded AWS listens on loopback without TLS.")
        return queue

    def _watch(self, base: Foundation, dead: sqs.Queue) -> None:
        alarms, five = Alarms(self, self._stage, self.key), Duration.minutes(5)
        waiting = dead.metric_approximate_number_of_messages_visible(period=Duration.minutes(1), statistic="Maximum")
        alarms.ring("dead-witness", "A schedule of the witness failed for good.", waiting, 0)
        for name, function in base.functions.items():
            text = f"The function {name} raised: a broken invariant, a missing secret or a bug."
            alarms.ring(f"errors-{name}", text, function.metric_errors(period=five, statistic="Sum"), 0)
        for name, text in COUNTED.items():
            alarms.ring(f"counted-{name}", text, alarms.counted(name, five), 0)
        for name, text, metric, period in (
            (
                "witness-silent",
                "The witness has not looked at all logs for a quarter of an hour.",
                "LogsWitnessed",
                BEHIND,
            ),
            ("stamps-silent", "Not all logs have had their time stamp for a day.", "StampsCurrent", UNSTAMPED),
        ):
            alarms.ring(name, text, alarms.counted(metric, period, "SampleCount"), 0, silent=True)
