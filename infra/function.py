"""How every function is made: one folder, one role, exact rights, encrypted JSON logs, errors watched."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from emdia.aws.actions import FUNCTION_ACTIONS
from infra.bundle import ROOT
from infra.grants import Targets, allow
from infra.layers import Layers
from infra.nag import acknowledge
from infra.stages import LIVE, Stage

RETENTION = {
    1: logs.RetentionDays.ONE_DAY,
    14: logs.RetentionDays.TWO_WEEKS,
    365: logs.RetentionDays.ONE_YEAR,
}
_PYTHON_3_13 = (
    "Python 3.13 is what the layers are resolved, byte-compiled and tested for; "
    "a runtime moves when the lock file does."
)
_TRACES = "X-Ray takes segments of the account as a whole; there is no resource to name. It is all the wildcard allows."


@dataclass(frozen=True)
class Foundation:
    """What every room builds upon.

    `functions` collects what the rooms made, for the watch, and `aliases` how they are called, for their releases.
    """

    stage: Stage
    key: kms.IKey
    layers: Layers
    targets: Targets
    functions: dict[str, lambda_.Function] = field(default_factory=dict)
    aliases: dict[str, lambda_.Alias] = field(default_factory=dict)

    def function(
        self,
        scope: Construct,
        name: str,
        *,
        timeout: int,
        memory: int = 512,
        environment: Mapping[str, str] | None = None,
        dead_letters: sqs.IQueue | None = None,
        role_name: str | None = None,
    ) -> lambda_.FunctionBase:
        """The function of `functions/<name>`, with the rights that `FUNCTION_ACTIONS` gives it.

        Answers what its callers call: its alias `live`, so that a new version can take over by and by.
        `timeout` in seconds, `memory` in MB. `dead_letters` takes what an asynchronous caller could not get through.
        `role_name` where another account must know the role.
        """
        title = name.title().replace("_", "")
        log_group = self._log(scope, f"{title}Log", name)
        role = iam.Role(
            scope,
            f"{title}Role",
            role_name=role_name,
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"Em Dia {self.stage.name}: {name} and nothing else",
        )
        grants = FUNCTION_ACTIONS[name]
        function = lambda_.Function(
            scope,
            title,
            function_name=f"emdia-{self.stage.name}-{name}",
            description=f"Em Dia: {name.replace('_', ' ')}",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(str(ROOT / "functions" / name), exclude=["**/__pycache__", "**/*.pyc"]),
            handler="handler.handle",
            layers=self.layers.all,
            role=role,
            timeout=Duration.seconds(timeout),
            memory_size=memory,
            environment={
                "EMDIA_STAGE": self.stage.name,
                **self.targets.environment(grants),
                **(environment or {}),
            },
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            dead_letter_queue=dead_letters,
            tracing=lambda_.Tracing.DISABLED if self.stage.embedded else lambda_.Tracing.ACTIVE,
            # A version stays while the alias may be turned back to it.
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_group.log_group_arn]
            )
        )
        allow(function, grants, self.targets)
        acknowledge(function, "AwsSolutions-L1", _PYTHON_3_13)
        self.functions[name] = function
        if self.stage.embedded:
            return function
        acknowledge(role, "AwsSolutions-IAM5[Resource::*]", _TRACES)
        self.aliases[name] = function.add_alias(LIVE)
        return self.aliases[name]

    def _log(self, scope: Construct, construct_id: str, name: str) -> logs.LogGroup:
        return logs.LogGroup(
            scope,
            construct_id,
            log_group_name=f"/emdia/{self.stage.name}/{name}",
            retention=RETENTION[self.stage.log_days],
            encryption_key=self.key,
            removal_policy=RemovalPolicy.DESTROY,
        )
