"""One alarm topic, and an alarm for everything that must not stay unseen."""

from collections.abc import Mapping

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.function import Foundation
from infra.queues import Queues

# What functions count (emdia.ports.Meter) and somebody must hear of: metric -> what it means.
COUNTED: Mapping[str, str] = {
    "Crashed": "An API door crashed: somebody outside was answered 500.",
    "CaseParked": "A case could not be decided and waits for a person.",
    "EventRefused": "An ERP's event was refused and parked: see `emdia parked list`.",
    "EventParked": "An accepted event could not be applied and is parked: see `emdia parked list`.",
    "Unapproved": "Words, a ladder or norms are not approved: nobody is written to. See `emdia words list`.",
    "CaseRepaired": "An open case had lost its place in the agenda: a defect of ours, mended by the sweep.",
    "OutcomeNotRecorded": "Mails left and their outcome could not be written down: their outreach may end as unknown.",
    "SenderBroken": "Amazon SES takes nothing from us: sender, configuration, account or rights. Nobody is written to.",
    "ClockStuck": "An item that is due can be neither read nor closed; the others go on.",
    "OutreachUnknown": "No provider told what became of an outreach: delivery events may have stopped coming.",
    "LogHalted": "A sealed log contradicts itself and stands still: somebody tampered with it, or a defect of ours.",
    "FactTampered": "A fact's row in the journal was changed or deleted: nothing of ours does that.",
    "CanaryLate": "The last quarter's canary is not sealed: facts wait, or the log's functions fail.",
    "StateTampered": "An item of the ledger is not as its newest fact left it: somebody wrote past the facts.",
    "ObjectRewritten": "An object of a sealed log was written again or deleted: nothing of ours does that.",
    "FactMalformed": "A row in the journal looks like a fact and is none: nothing of ours writes that.",
}
SILENCE = Duration.hours(1)  # four ticks

OLDEST_FACT = Duration.minutes(5)  # of the stream's day: past that, facts are sealed late
OLDEST_MESSAGE = Duration.minutes(30)  # two ticks of the ladder: past that, people are written to late


class Watch(Construct):
    """Alarms on dead letters, failing functions, queues that stand still, and what functions count."""

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
        self._alarm(
            "late-facts",
            "Facts wait too long to be sealed: after a day the stream forgets them, and only the sweep is left.",
            base.functions["seal_audit"].metric("IteratorAge", period=Duration.minutes(5), statistic="Maximum"),
            OLDEST_FACT.to_milliseconds(),
        )
        for name, text in COUNTED.items():
            self._alarm(f"counted-{name}", text, self._counted(name, Duration.minutes(5)), 0)
        self._alarm(
            "ladder-silent",
            "The ladder was not climbed for an hour: nobody is written to.",
            self._counted("CasesDue", SILENCE, "SampleCount"),
            0,
            silent=True,
        )
        self._alarm(
            "canary-silent",
            "No canary was sealed for an hour: facts are not sealed, or nobody asks.",
            self._counted("CanarySealed", SILENCE, "SampleCount"),
            0,
            silent=True,
        )
        CfnOutput(self, "AlarmTopic", value=self._topic.topic_arn)

    def _counted(self, name: str, period: Duration, statistic: str = "Sum") -> cloudwatch.Metric:
        dimensions = {"stage": self._stage}
        return cloudwatch.Metric(
            namespace="EmDia", metric_name=name, dimensions_map=dimensions, period=period, statistic=statistic
        )

    def _alarm(self, name: str, text: str, metric: cloudwatch.IMetric, above: float, *, silent: bool = False) -> None:
        """Ring above `above`; with `silent`, ring when there is not even that."""
        comparison = cloudwatch.ComparisonOperator
        missing = cloudwatch.TreatMissingData
        alarm = cloudwatch.Alarm(
            self,
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
