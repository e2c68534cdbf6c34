"""ERP events in: the signed door, the queue behind it, the parked ones."""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.function import Foundation
from infra.grants import Target
from infra.queues import Queues, WorkQueue, drain
from infra.rooms.api import PublicApi
from infra.stages import REGION

_ANY_CLIENT = (
    "One secret per ERP client, made by the operator's staff after deployment under this prefix; Secrets Manager ends "
    "each name with random characters of its own."
)


class Intake(Construct):
    """`receive_erp_event`, `import_file`, `apply_erp_event`, `replay_parked`; `explain_case`, which an ERP asks too."""

    def __init__(self, scope: Construct, base: Foundation, api: PublicApi, queues: Queues, dropped: s3.IBucket) -> None:
        super().__init__(scope, "Intake")
        stack = Stack.of(self)
        name = f"secret:emdia/{base.stage.name}/erp/*"
        secrets = f"arn:{stack.partition}:secretsmanager:{REGION}:{stack.account}:{name}"
        finding = f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:{REGION}:<AWS::AccountId>:{name}]"
        base.targets.add("erp-secrets", Target((secrets,), accepted={finding: _ANY_CLIENT}))
        work = queues.work["erp-events"]
        receive = base.function(self, "receive_erp_event", timeout=15, memory=1024)
        api.door("POST", "/v1/erp/{client}/events", receive)
        drain(base, work, base.function(self, "apply_erp_event", timeout=work.rate.timeout))
        base.function(self, "replay_parked", timeout=60)
        files = queues.work["imports"]
        drain(base, files, base.function(self, "import_file", timeout=files.rate.timeout, memory=1024))
        self._hear(dropped, files, queues.clock_dead, asleep=base.stage.embedded)
        explain = base.function(self, "explain_case", timeout=28)  # the gateway waits 29 seconds
        api.door("POST", "/v1/erp/{client}/explanations", explain)

    def _hear(self, dropped: s3.IBucket, files: WorkQueue, dead: sqs.Queue, *, asleep: bool) -> None:
        """Each file in the folder `entrada` is a message; what EventBridge cannot deliver is kept and rings."""
        rule = events.CfnRule(
            self,
            "Dropped",
            description="Em Dia: a portfolio file was dropped in",
            # The embedded AWS names no version in this event: whoever drops a file there tells the queue.
            state="DISABLED" if asleep else "ENABLED",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {"bucket": {"name": [dropped.bucket_name]}, "object": {"key": [{"prefix": "entrada/"}]}},
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="Imports",
                    arn=files.queue.queue_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=dead.queue_arn),
                )
            ],
        )
        for queue in (files.queue, dead):
            queue.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal("events.amazonaws.com")],
                    actions=["sqs:SendMessage"],
                    resources=[queue.queue_arn],
                    conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
                )
            )
