"""Who carries our messages: what sending is granted on, and the topics by which each provider tells what follows.

The queue behind the topics takes nothing but what these topics bring, and each topic nothing but what its service
publishes for this account: that is why an event needs no signature of its own (docs/decisions.md).
"""

from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ses as ses
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.function import Foundation
from infra.grants import Target
from infra.stages import REGION

# Not “send”: the answer to our call says as much, and an event that nobody understands ends as a dead letter.
MAIL_EVENTS = ["reject", "bounce", "complaint", "delivery", "open", "renderingFailure", "deliveryDelay"]
# Not “queued” and “pending”, which say nothing new.
TEXT_EVENTS = [
    "TEXT_DELIVERED",
    "TEXT_SUCCESSFUL",
    "TEXT_INVALID",
    "TEXT_INVALID_MESSAGE",
    "TEXT_UNREACHABLE",
    "TEXT_CARRIER_UNREACHABLE",
    "TEXT_BLOCKED",
    "TEXT_CARRIER_BLOCKED",
    "TEXT_SPAM",
    "TEXT_UNKNOWN",
    "TEXT_TTL_EXPIRED",
    "TEXT_PROTECT_BLOCKED",
]
_ANY_SENDER = (
    "Each operator sends from {what} of its own in this account; which ones is not known when the template is made. "
    "The account holds nothing but Em Dia."
)
_SENDERS: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    # target: service, what senders are, and how they are called
    "email": ("ses", ("identity/*",), "a domain that it verifies"),
    "sms": ("sms-voice", ("phone-number/*", "pool/*", "sender-id/*"), "a short code or another origination identity"),
    "whatsapp": ("social-messaging", ("phone-number-id/*",), "a number of its WhatsApp Business account"),
}


class Providers(Construct):
    """E-mail by SES, SMS and WhatsApp by AWS End User Messaging."""

    def __init__(self, scope: Construct, base: Foundation) -> None:
        super().__init__(scope, "Providers")
        self._base = base
        name = f"emdia-{base.stage.name}"
        mail = self._mail(name)
        self.topics = {
            "ses": self._topic("SesEvents", "ses-events", "ses.amazonaws.com"),
            "sms": self._topic("SmsEvents", "sms-events", "sms-voice.amazonaws.com"),
            # What people write to a short code: each number's two-way channel is pointed at it by hand.
            "texts": self._topic("SmsReplies", "sms-replies", "sms-voice.amazonaws.com"),
            # The operator's WhatsApp Business account is pointed at it by hand: it exists before and beside the stack.
            "whatsapp": self._topic("WhatsAppEvents", "whatsapp-events", "social-messaging.amazonaws.com"),
        }
        self._mail_events(mail)
        if not base.stage.embedded:
            self._text_set(name)
            smsvoice.CfnOptOutList(self, "OptOuts", opt_out_list_name=name)
        opt_outs = f"arn:{Stack.of(self).partition}:sms-voice:{REGION}:{Stack.of(self).account}:opt-out-list/{name}"
        base.targets.add("opt-out-list", Target((opt_outs,), environment={"EMDIA_OPT_OUT_LIST": name}))
        self._sender("email", (f"configuration-set/{name}",), {"EMDIA_CONFIGURATION_SET": mail.ref})
        self._sender("sms", (f"configuration-set/{name}",), {"EMDIA_SMS_SET": name})
        self._sender("whatsapp", (), {})

    def _sender(self, target: str, more: tuple[str, ...], told: Mapping[str, str]) -> None:
        """Name what sending is granted on: any sender of the service, and the configuration set."""
        stack = Stack.of(self)
        service, senders, what = _SENDERS[target]
        arn = f"arn:{stack.partition}:{service}:{REGION}:{stack.account}:"
        findings = {
            f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:{service}:{REGION}:<AWS::AccountId>:{sender}]": (
                _ANY_SENDER.format(what=what)
            )
            for sender in senders
        }
        arns = tuple(arn + resource for resource in (*senders, *more))
        self._base.targets.add(target, Target(arns, environment=told, accepted=findings))

    def _mail(self, name: str) -> ses.CfnConfigurationSet:
        return ses.CfnConfigurationSet(
            self,
            "Mail",
            name=name,
            delivery_options=ses.CfnConfigurationSet.DeliveryOptionsProperty(tls_policy="REQUIRE"),
            reputation_options=ses.CfnConfigurationSet.ReputationOptionsProperty(reputation_metrics_enabled=True),
            sending_options=ses.CfnConfigurationSet.SendingOptionsProperty(sending_enabled=True),
            suppression_options=ses.CfnConfigurationSet.SuppressionOptionsProperty(
                suppressed_reasons=["BOUNCE", "COMPLAINT"]
            ),
        )

    def _topic(self, construct_id: str, name: str, service: str) -> sns.Topic:
        """A topic that `service` publishes to, for this account only."""
        topic = sns.Topic(
            self,
            construct_id,
            topic_name=f"emdia-{self._base.stage.name}-{name}",
            master_key=self._base.key,
            enforce_ssl=self._base.stage.tls,
        )
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(service)],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        return topic

    def _mail_events(self, configuration: ses.CfnConfigurationSet) -> None:
        destination = ses.CfnConfigurationSetEventDestination(
            self,
            "MailEvents",
            configuration_set_name=configuration.ref,
            event_destination=ses.CfnConfigurationSetEventDestination.EventDestinationProperty(
                name="ses-events",
                enabled=True,
                matching_event_types=MAIL_EVENTS,
                sns_destination=ses.CfnConfigurationSetEventDestination.SnsDestinationProperty(
                    topic_arn=self.topics["ses"].topic_arn
                ),
            ),
        )
        # SES tries the topic when the destination is made; without the policy that is refused.
        destination.node.add_dependency(self.topics["ses"])

    def _text_set(self, name: str) -> None:
        """The SMS configuration set and where its events go."""
        made = smsvoice.CfnConfigurationSet(
            self,
            "Texts",
            configuration_set_name=name,
            event_destinations=[
                smsvoice.CfnConfigurationSet.EventDestinationProperty(
                    enabled=True,
                    event_destination_name="sms-events",
                    matching_event_types=TEXT_EVENTS,
                    sns_destination=smsvoice.CfnConfigurationSet.SnsDestinationProperty(
                        topic_arn=self.topics["sms"].topic_arn
                    ),
                )
            ],
        )
        made.node.add_dependency(self.topics["sms"])

    def hear(self, queue: sqs.Queue, *names: str) -> None:
        """Let the topics called `names` deliver to `queue`, raw, and nobody else."""
        arns = [self.topics[name].topic_arn for name in names]
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("sns.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": arns if len(arns) > 1 else arns[0]}},
            )
        )
        for name, arn in zip(names, arns, strict=True):
            sns.CfnSubscription(
                self,
                f"{queue.node.id.capitalize()}Hear{name.capitalize()}",
                topic_arn=arn,
                protocol="sqs",
                endpoint=queue.queue_arn,
                raw_message_delivery=True,
            )
