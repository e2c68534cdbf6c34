"""Every function's alias `live`, and how a new version takes it over: a tenth of the calls first, back on an error."""

from collections.abc import Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.function import Foundation
from infra.nag import acknowledge, managed
from infra.stages import Release

_POLICY = "AWSCodeDeployRoleForLambdaLimited"
_OWN = "The policy that CodeDeploy documents for moving aliases; the role is its own, no function can take it."
_PACE: Mapping[Release, codedeploy.ILambdaDeploymentConfig] = {
    Release.GRADUAL: codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
    Release.AT_ONCE: codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE,
}


class Releases(Construct):
    """One CodeDeploy application, one group and one alarm a function."""

    def __init__(self, scope: Construct, base: Foundation) -> None:
        super().__init__(scope, "Releases")
        self._stage = base.stage
        application = codedeploy.LambdaApplication(self, "Application", application_name=f"emdia-{base.stage.name}")
        role = self._role()
        for name, alias in base.aliases.items():
            codedeploy.LambdaDeploymentGroup(
                self,
                name,
                application=application,
                deployment_group_name=name,
                role=role,
                alias=alias,
                deployment_config=_PACE[base.stage.release],
                alarms=[self._alarm(name, base.functions[name], alias)],
                auto_rollback=codedeploy.AutoRollbackConfig(failed_deployment=True, deployment_in_alarm=True),
            )

    def _alarm(self, name: str, function: lambda_.Function, alias: lambda_.Alias) -> cloudwatch.Alarm:
        """Watches the new version alone: while the old one fails, its repair must still go out."""
        return cloudwatch.Alarm(
            self,
            f"{name}-alarm",
            alarm_name=f"emdia-{self._stage.name}-release-{name}",
            alarm_description=f"The new version of {name} raised while it took over; it was turned back.",
            metric=cloudwatch.Metric(
                namespace="AWS/Lambda",
                metric_name="Errors",
                dimensions_map={
                    "FunctionName": function.function_name,
                    "Resource": f"{function.function_name}:{alias.alias_name}",
                    "ExecutedVersion": alias.version.version,
                },
                period=Duration.minutes(1),
                statistic="Sum",
            ),
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )

    def _role(self) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "codedeploy.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(f"service-role/{_POLICY}")],
            description=f"Em Dia {self._stage.name}: moves aliases to new versions",
        )
        acknowledge(role, managed(_POLICY), _OWN)
        return role
