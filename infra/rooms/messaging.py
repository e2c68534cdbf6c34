"""Messages out, and what providers and people say about them."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.function import Foundation
from infra.grants import Target
from infra.queues import Queues, drain
from infra.rooms.api import PublicApi
from infra.stages import REGION

# Not “send”: the answer to our call says as much, and an event that nobody understands ends as a dead letter.
EVENTS = ["reject", "bounce", "complaint", "delivery", "open", "renderingFailure", "deliveryDelay"]

_ANY_SENDER = (
    "Each operator sends from a domain of its own that it verifies in this account; which ones is not known when the "
    "template is made. The account holds nothing but Em Dia."
)


class Messaging(Construct):
    """`send_message`, `receive_delivery`, `receive_opt_out`."""

    def __init__(self, scope: Construct, base: Foundation, api: PublicApi, queues: Queues) -> None:
        super().__init__(scope, "Messaging")
        self._base = base
        email, deliveries = queues.work["email"], queues.work["deliveries"]
        configuration = self._configuration_set()
        self._sender(configuration)
        self._hear_events(configuration, queues.work["deliveries"].queue)
        links = {"EMDIA_PUBLIC_URL": api.url}
        send = base.function(self, "send_message", timeout=email.rate.timeout, memory=1024, environment=links)
        drain(base, email, send)
        drain(base, deliveries, base.function(self, "receive_delivery", timeout=deliveries.rate.timeout))
        opt_out = base.function(self, "receive_opt_out", timeout=15, memory=1024)
        for method in ("GET", "POST"):
            api.door(method, "/u/{token}", opt_out)

    def _configuration_set(self) -> ses.CfnConfigurationSet:
        return ses.CfnConfigurationSet(
            self,
            "Mail",
            name=f"emdia-{self._base.stage.name}",
            delivery_options=ses.CfnConfigurationSet.DeliveryOptionsProperty(tls_policy="REQUIRE"),
            reputation_options=ses.CfnConfigurationSet.ReputationOptionsProperty(reputation_metrics_enabled=True),
            sending_options=ses.CfnConfigurationSet.SendingOptionsProperty(sending_enabled=True),
            suppression_options=ses.CfnConfigurationSet.SuppressionOptionsProperty(
                suppressed_reasons=["BOUNCE", "COMPLAINT"]
            ),
        )

    def _sender(self, configuration: ses.CfnConfigurationSet) -> None:
        """Name what sending is granted on: the sender's identity, and the set."""
        stack = Stack.of(self)
        arns = tuple(
            f"arn:{stack.partition}:ses:{REGION}:{stack.account}:{resource}"
            for resource in ("identity/*", f"configuration-set/emdia-{self._base.stage.name}")
        )
        finding = f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ses:{REGION}:<AWS::AccountId>:identity/*]"
        told = {"EMDIA_CONFIGURATION_SET": configuration.ref}
        self._base.targets.add("email", Target(arns, environment=told, accepted={finding: _ANY_SENDER}))

    def _hear_events(self, configuration: ses.CfnConfigurationSet, queue: sqs.Queue) -> None:
        """SES events of the set go by topic to the queue of deliveries."""
        topic = sns.Topic(
            self,
            "SesEvents",
            topic_name=f"emdia-{self._base.stage.name}-ses-events",
            master_key=self._base.key,
            enforce_ssl=self._base.stage.tls,
        )
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("ses.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        destination = ses.CfnConfigurationSetEventDestination(
            self,
            "MailEvents",
            configuration_set_name=configuration.ref,
            event_destination=ses.CfnConfigurationSetEventDestination.EventDestinationProperty(
                name="ses-events",
                enabled=True,
                matching_event_types=EVENTS,
                sns_destination=ses.CfnConfigurationSetEventDestination.SnsDestinationProperty(
                    topic_arn=topic.topic_arn
                ),
            ),
        )
        # SES tries the topic when the destination is made; without the policy that is refused.
        destination.node.add_dependency(topic)
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("sns.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": topic.topic_arn}},
            )
        )
        sns.CfnSubscription(
            self,
            "Deliveries",
            topic_arn=topic.topic_arn,
            protocol="sqs",
            endpoint=queue.queue_arn,
            raw_message_delivery=True,
        )
