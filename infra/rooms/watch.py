"""One alarm topic, and an alarm for everything that must not stay unseen."""

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.function import Foundation
from infra.queues import Queues

OLDEST_MESSAGE = Duration.minutes(30)  # two ticks of the ladder: past that, people are written to late


class Watch(Construct):
    """Alarms on dead letters, failing functions and queues that stand still."""

    def __init__(self, scope: Construct, base: Foundation, queues: Queues) -> None:
        super().__init__(scope, "Watch")
        self._stage = base.stage.name
        self._topic = sns.Topic(
            self, "Alarms", topic_name=f"emdia-{self._stage}-alarms", master_key=base.key, enforce_ssl=base.stage.tls
        )
        self._topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self._topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        for name, dead in queues.dead.items():
            self._alarm(
                f"dead-{name}",
                f"Somebody has to look: a message of {name} failed for good.",
                dead.metric_approximate_number_of_messages_visible(period=Duration.minutes(1), statistic="Maximum"),
                0,
            )
        for name, work in queues.work.items():
            self._alarm(
                f"late-{name}",
                f"The queue {name} stands still: its oldest message waits too long.",
                work.queue.metric_approximate_age_of_oldest_message(period=Duration.minutes(5), statistic="Maximum"),
                OLDEST_MESSAGE.to_seconds(),
            )
        for name, function in base.functions.items():
            self._alarm(
                f"errors-{name}",
                f"The function {name} raised: a broken invariant or a bug, never a bad record.",
                function.metric_errors(period=Duration.minutes(5), statistic="Sum"),
                0,
            )
        CfnOutput(self, "AlarmTopic", value=self._topic.topic_arn)

    def _alarm(self, name: str, text: str, metric: cloudwatch.IMetric, above: float) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"emdia-{self._stage}-{name}",
            alarm_description=text,
            metric=metric,
            threshold=above,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self._topic))
