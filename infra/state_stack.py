"""What must outlive every deployment: tables, buckets and the keys they are encrypted with."""

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra import stores
from infra.accounts import audit_bucket
from infra.grants import Target, Targets
from infra.log_keys import add_log_keys
from infra.rooms.backup import Backup
from infra.rooms.clients import Clients
from infra.stages import INTAKE_DAYS, RECOVERY_DAYS, REGION, SEALER, Stage
from infra.witnessed import replicate, show_to_witness

_ANY_DOCUMENT = (
    "A document is named by a keyed hash of its content, which no deployment can know; what is read is of use to "
    "nobody without its subject's key."
)
_ANY_FILE = "People name the files they drop in; folder by folder a function reads or writes, never both."
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
        self.data_key = stores.customer_key(self, "DataKey", stage, "data", "tables, buckets, queues, topics and logs")
        # Apart from the data key, so that reading a table never opens what the subject keys protect.
        self.class_key = stores.customer_key(
            self, "ClassKey", stage, "class-keys", "wraps the class keys of the keys table"
        )
        stores.admit_services(self.data_key, stage)
        self.ledger = self._in_use(self._table("ledger", index=True, ttl="ttl"))
        self.journal = self._table("journal", stream=dynamodb.StreamViewType.NEW_IMAGE, ttl="ttl")
        # No stream and no backups of our own: a row deleted here is how a person is forgotten. A week of recovery
        # is the price of not losing every operator's data to one mistaken deletion (docs/decisions.md).
        self.keys = self._table("keys", recovery_days=RECOVERY_DAYS)
        # The name is told by the account alone: the witness in another account knows it before it exists.
        self.audit = stores.locked_bucket(
            self, "Audit", stage, self.data_key, stage.audit_days, bucket_name=audit_bucket(stage.name, self.account)
        )
        stores.guard_log(self.audit, stage, self._sealer)
        if stage.accounts is not None:
            show_to_witness(self.audit, self.data_key, stage, stage.accounts)
            replicate(self, self.audit, self.data_key, stage, stage.accounts)
        self.documents = stores.locked_bucket(self, "Documents", stage, self.data_key, stage.documents_days)
        expiry = s3.LifecycleRule(id="expire", expiration=Duration.days(INTAKE_DAYS))
        self.intake = stores.bucket(self, "Intake", stage, self.data_key, lifecycle_rules=[expiry])
        # Before the API that reads it: who may call as a bank is put there by hand (docs/deploy.md).
        self.trust = stores.bucket(self, "Trust", stage, self.data_key) if stage.bank is not None else None
        stores.tell_of_objects(self.intake)
        self.clients = Clients(self, stage)
        if not stage.embedded:
            Backup(self, stage, self.data_key, [self.ledger, self.journal])

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
        place = {"EMDIA_AUDIT": self.audit.bucket_name}
        targets.add("audit-bucket", Target((self.audit.bucket_arn,), environment=place))
        kept = {"EMDIA_DOCUMENTS": self.documents.bucket_name, "EMDIA_LOCK_DAYS": self._stage.lock_days}
        files = f"{self.stack_name}:ExportsOutputFnGetAttDocuments7E5B2978Arn159F38C5/*"
        allowed = {f"AwsSolutions-IAM5[Resource::{files}]": _ANY_DOCUMENT}
        targets.add("documents", Target((f"{self.documents.bucket_arn}/*",), self.data_key, "s3", kept, allowed))
        targets.add("documents-bucket", Target((self.documents.bucket_arn,)))
        self._add_intake(targets)
        add_log_keys(self, self._stage, self._sealer, targets)
        targets.add(
            "class-key",
            Target((self.class_key.key_arn,), environment={"EMDIA_KEYS_CMK": self.class_key.key_arn}),
        )

    def _add_intake(self, targets: Targets) -> None:
        """Files dropped in, apart from what is written beside them."""
        told = {"EMDIA_INTAKE": self.intake.bucket_name}
        for name, folders in (("intake-dropped", ("entrada",)), ("intake-results", ("resultado", "andamento"))):
            arns = tuple(f"{self.intake.bucket_arn}/{folder}/*" for folder in folders)
            export = f"{self.stack_name}:ExportsOutputFnGetAttIntakeA0CA28E8Arn52054E15"
            accepted = {f"AwsSolutions-IAM5[Resource::{export}/{folder}/*]": _ANY_FILE for folder in folders}
            targets.add(name, Target(arns, self.data_key, "s3", told, accepted))
        targets.add("intake-bucket", Target((self.intake.bucket_arn,)))

    @property
    def _sealer(self) -> list[str]:
        """Patterns of the one role that may write and sign the logs; the embedded AWS names it by its session."""
        name = f"EmDia-{self._stage.name}-Service-{SEALER}*"
        return [
            f"arn:{self.partition}:iam::{self.account}:role/{name}",
            f"arn:{self.partition}:sts::{self.account}:assumed-role/{name}/*",
        ]

    def _in_use(self, own: dynamodb.ITable) -> dynamodb.ITable:
        """The table the functions work on: the stack's own, or the restored one that stands in for it."""
        used = own
        if self._stage.ledger is not None:
            arn = f"arn:{self.partition}:dynamodb:{REGION}:{self.account}:table/{self._stage.ledger}"
            used = dynamodb.Table.from_table_arn(self, "RestoredLedger", arn)
        CfnOutput(self, "LedgerTable", value=used.table_name)
        return used

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
        if not index:
            CfnOutput(self, f"{name.title()}Table", value=table.table_name)
        return table


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
