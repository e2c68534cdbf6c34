"""What the operator's account opens to the witness's: checkpoints and hash tiles to read, a replica to keep.

What is sealed (`seq/`) and the entries' own bundles are not shown to the witness: it needs neither.
"""

from typing import Any

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.accounts import (
    audit_bucket,
    cosign_role,
    replica_bucket,
    replication_role,
    role_of,
    root_of,
    witness_bucket,
)
from infra.nag import acknowledge
from infra.stages import REGION, Accounts, Stage

SHOWN = ("*/checkpoint", "*/tile/?/*")  # of the audit bucket: `?` is a level's digit, so that `entries` is none
_VIA = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
_EVERY_OBJECT = (
    "Everything in the audit bucket is replicated: whatever is left out is what an insider would hide there."
)
_ANY_KEY = (
    "The other account's key is known by its alias only; the encryption context binds the right to one bucket, and "
    "that key's own policy names this role."
)


def show_to_witness(bucket: s3.Bucket, key: kms.Key, stage: Stage, accounts: Accounts) -> None:
    """Let the witness's one role list the logs and read what it checks."""
    name = cosign_role(stage.name)
    told = [role_of(accounts.witness, name)]
    if not stage.request_conditions:
        told.append(root_of(accounts.witness))  # all that the embedded AWS tells of another account's caller
    witness = {"aws:PrincipalArn": told}
    principals = [iam.ArnPrincipal(root_of(accounts.witness))]
    for actions, resources in (
        ("s3:GetObject", [bucket.arn_for_objects(pattern) for pattern in SHOWN]),
        # Without it S3 answers "denied" for what is not there. Names tell sizes, which the tiles tell as well.
        ("s3:ListBucket", [bucket.bucket_arn]),
    ):
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=principals, actions=[actions], resources=resources, conditions={"ArnLike": witness}
            )
        )
    # By name: the key would wait for the bucket, and the bucket waits for the key.
    objects = f"arn:aws:s3:::{audit_bucket(stage.name, bucket.stack.account)}"
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=principals,
            actions=["kms:Decrypt"],
            resources=["*"],
            conditions={"ArnLike": witness, "StringEquals": {**_VIA, "kms:EncryptionContext:aws:s3:arn": objects}},
        )
    )
    CfnOutput(bucket.stack, "WitnessBucket", value=witness_bucket(stage.name, accounts.witness))


def replicate(scope: Construct, bucket: s3.Bucket, key: kms.Key, stage: Stage, accounts: Accounts) -> None:
    """Copy every object, its lock included, into the witness's account; deletions are not copied."""
    replica = f"arn:aws:s3:::{replica_bucket(stage.name, accounts.witness)}"
    role = iam.Role(
        scope,
        "Replication",
        role_name=replication_role(stage.name),
        assumed_by=iam.ServicePrincipal("s3.amazonaws.com"),
        description=f"Em Dia {stage.name}: copies the sealed logs into the witness's account",
    )
    keys = f"arn:aws:kms:{REGION}:{accounts.witness}:key/*"
    for actions, resource, conditions in _rights(bucket, key, replica, keys):
        role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource], conditions=conditions))
    for finding, reason in (
        ("<Audit3D8ADE0A.Arn>/*", _EVERY_OBJECT),
        (f"{replica}/*", _EVERY_OBJECT),
        (keys, _ANY_KEY),
    ):
        acknowledge(role, f"AwsSolutions-IAM5[Resource::{finding}]", reason)
    made = bucket.node.default_child
    assert isinstance(made, s3.CfnBucket)  # noqa: S101  what the CDK makes of a bucket
    made.replication_configuration = _rule(role, replica, accounts)


def _rights(bucket: s3.Bucket, key: kms.Key, replica: str, keys: str) -> list[tuple[list[str], str, Any]]:
    """What replication of locked, encrypted objects asks of its role (Amazon S3 User Guide)."""
    read = ["ForReplication", "Acl", "Tagging"]
    context = "kms:EncryptionContext:aws:s3:arn"
    return [
        (["s3:GetReplicationConfiguration", "s3:ListBucket"], bucket.bucket_arn, None),
        (
            [*(f"s3:GetObjectVersion{what}" for what in read), "s3:GetObjectLegalHold", "s3:GetObjectRetention"],
            f"{bucket.bucket_arn}/*",
            None,
        ),
        (["s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateObject", "s3:ReplicateTags"], f"{replica}/*", None),
        (["kms:Decrypt"], key.key_arn, {"StringEquals": {**_VIA, context: bucket.bucket_arn}}),
        (["kms:Encrypt"], keys, {"StringEquals": {**_VIA, context: replica}}),
    ]


def _rule(role: iam.Role, replica: str, accounts: Accounts) -> s3.CfnBucket.ReplicationConfigurationProperty:
    of = s3.CfnBucket
    alias = replica.rsplit(":", 1)[1].removesuffix(f"-replica-{accounts.witness}")
    return of.ReplicationConfigurationProperty(
        role=role.role_arn,
        rules=[
            of.ReplicationRuleProperty(
                id="witness",
                priority=1,
                status="Enabled",
                filter=of.ReplicationRuleFilterProperty(prefix=""),
                delete_marker_replication=of.DeleteMarkerReplicationProperty(status="Disabled"),
                source_selection_criteria=of.SourceSelectionCriteriaProperty(
                    sse_kms_encrypted_objects=of.SseKmsEncryptedObjectsProperty(status="Enabled")
                ),
                destination=of.ReplicationDestinationProperty(
                    bucket=replica,
                    account=accounts.witness,
                    access_control_translation=of.AccessControlTranslationProperty(owner="Destination"),
                    encryption_configuration=of.EncryptionConfigurationProperty(
                        replica_kms_key_id=f"arn:aws:kms:{REGION}:{accounts.witness}:alias/{alias}-witness-data"
                    ),
                ),
            )
        ],
    )
