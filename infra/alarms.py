"""An account's alarm topic, and what rings there."""

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.stages import Stage


class Alarms:
    """Alarms of `stage`, all on one topic that people subscribe to; it is the stack's output `AlarmTopic`."""

    def __init__(self, scope: Construct, stage: Stage, key: kms.IKey) -> None:
        self._scope, self._stage = scope, stage.name
        self._topic = sns.Topic(
            scope, "Alarms", topic_name=f"emdia-{stage.name}-alarms", master_key=key, enforce_ssl=stage.tls
        )
        self._topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self._topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
            )
        )
        CfnOutput(scope, "AlarmTopic", value=self._topic.topic_arn)

    def counted(self, name: str, period: Duration, statistic: str = "Sum") -> cloudwatch.Metric:
        """What functions count (emdia.ports.Meter), over all of them."""
        dimensions = {"stage": self._stage}
        return cloudwatch.Metric(
            namespace="EmDia", metric_name=name, dimensions_map=dimensions, period=period, statistic=statistic
        )

    def ring(self, name: str, text: str, metric: cloudwatch.IMetric, above: float, *, silent: bool = False) -> None:
        """Ring above `above`; with `silent`, ring when there is not even that."""
        comparison = cloudwatch.ComparisonOperator
        missing = cloudwatch.TreatMissingData
        alarm = cloudwatch.Alarm(
            self._scope,
            name,
            alarm_name=f"emdia-{self._stage}-{name}",
            alarm_description=text,
            metric=metric,
            threshold=above,
            comparison_operator=comparison.LESS_THAN_OR_EQUAL_TO_THRESHOLD
            if silent
            else comparison.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=missing.BREACHING if silent else missing.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self._topic))
