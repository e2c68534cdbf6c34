"""Backups of `ledger` and `journal` that outlive their tables: copies in a vault that nobody can empty.

Not of `keys`: a copy of a deleted key would bring back a person who was forgotten (docs/decisions.md). What the copies
hold of a person is sealed under keys that are not among them.
"""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_backup as backup
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.nag import acknowledge, managed
from infra.stages import Stage

DAILY = Duration.days(35)
MONTHLY = Duration.days(366)
GRACE = Duration.days(3)  # AWS asks for three days at least in which a lock may still be taken back
_POLICY = "AWSBackupServiceRolePolicyForBackup"
_OWN = "The policy that AWS Backup documents for making copies; only the service can take the role."


class Backup(Construct):
    """Vault `emdia-<stage>`, daily copies kept 35 days, monthly ones a year."""

    def __init__(self, scope: Construct, stage: Stage, key: kms.IKey, tables: list[dynamodb.ITable]) -> None:
        super().__init__(scope, "Backup")
        vault = backup.BackupVault(
            self,
            "Vault",
            backup_vault_name=f"emdia-{stage.name}",
            encryption_key=key,
            # Where people are real the lock is for good after three days, for the account's root too.
            lock_configuration=backup.LockConfiguration(
                min_retention=Duration.days(7), max_retention=MONTHLY, changeable_for=GRACE if stage.real else None
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )
        plan = backup.BackupPlan(self, "Plan", backup_plan_name=f"emdia-{stage.name}", backup_vault=vault)
        for name, schedule, kept in (
            ("daily", events.Schedule.cron(minute="0", hour="6"), DAILY),
            ("monthly", events.Schedule.cron(minute="0", hour="7", day="1"), MONTHLY),
        ):
            plan.add_rule(backup.BackupPlanRule(rule_name=name, schedule_expression=schedule, delete_after=kept))
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(f"service-role/{_POLICY}")],
            description=f"Em Dia {stage.name}: copies ledger and journal into the vault",
        )
        acknowledge(role, managed(_POLICY), _OWN)
        plan.add_selection(
            "Tables",
            resources=[backup.BackupResource.from_dynamo_db_table(table) for table in tables],
            role=role,
            disable_default_backup_policy=True,
        )
