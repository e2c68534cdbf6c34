"""The work queues: each with its dead-letter queue, its pace and nothing but keys in its bodies."""

from dataclasses import dataclass
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.function import Foundation
from infra.grants import POLLING, Target, Targets, allow_keys
from infra.nag import acknowledge
from infra.stages import MAX_RECEIVES, Rate, Stage

ENVIRONMENT = {
    "erp-events": "EMDIA_ERP_QUEUE",
    "erp-out": "EMDIA_ERP_OUT_QUEUE",
    "steps": "EMDIA_STEPS_QUEUE",
    "email": "EMDIA_EMAIL_QUEUE",
    "sms": "EMDIA_SMS_QUEUE",
    "whatsapp": "EMDIA_WHATSAPP_QUEUE",
    "letter": "EMDIA_LETTER_QUEUE",
    "imports": "EMDIA_IMPORTS_QUEUE",
    "notices": "EMDIA_NOTICES_QUEUE",
    "copies": "EMDIA_COPIES_QUEUE",
}


@dataclass(frozen=True)
class WorkQueue:
    """One queue, what it could not get through, and how fast it is drained."""

    rate: Rate
    queue: sqs.Queue
    dead: sqs.Queue


class Queues(Construct):
    """All queues of the stage, by name."""

    def __init__(self, scope: Construct, stage: Stage, key: kms.IKey, targets: Targets) -> None:
        super().__init__(scope, "Queues")
        self._key = key
        self._stage = stage
        self.clock_dead = self._queue("clock-dead", Duration.days(14))
        self.work = {name: self._work(name, rate, targets) for name, rate in stage.rates.items()}

    @property
    def dead(self) -> dict[str, sqs.Queue]:
        """Every dead-letter queue, by the name of what died there."""
        return {"clock": self.clock_dead, **{name: work.dead for name, work in self.work.items()}}

    def _queue(self, name: str, retention: Duration, **more: Any) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            name,
            queue_name=f"emdia-{self._stage.name}-{name}",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=self._key,
            enforce_ssl=self._stage.tls,
            retention_period=retention,
            **more,
        )
        if not self._stage.tls:
            acknowledge(queue, "AwsSolutions-SQS4", "The embedded AWS listens on loopback without TLS.")
        return queue

    def _work(self, name: str, rate: Rate, targets: Targets) -> WorkQueue:
        dead = self._queue(f"{name}-dead", Duration.days(14))
        queue = self._queue(
            name,
            Duration.days(4),
            visibility_timeout=Duration.seconds(rate.out_of_sight),
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=MAX_RECEIVES, queue=dead),
        )
        environment = {ENVIRONMENT[name]: queue.queue_url} if name in ENVIRONMENT else {}
        targets.add(f"{name}-queue", Target((queue.queue_arn,), self._key, "sqs", environment))
        return WorkQueue(rate, queue, dead)


def drain(base: Foundation, work: WorkQueue, function: lambda_.FunctionBase, source: str = "") -> None:
    """Let `function` work off the queue at the queue's pace, reporting failed messages one by one.

    `source` names the queue of a function that has several.
    """
    function.add_to_role_policy(iam.PolicyStatement(actions=list(POLLING), resources=[work.queue.queue_arn]))
    allow_keys(function, [Target((), base.key, "sqs")])
    lambda_.EventSourceMapping(
        function,
        f"{source.capitalize()}Source" if source else "Source",
        target=function,
        event_source_arn=work.queue.queue_arn,
        batch_size=work.rate.batch,
        max_batching_window=Duration.seconds(work.rate.window),
        max_concurrency=work.rate.concurrency,
        report_batch_item_failures=True,
    )
