"""The sealed log: facts from the journal's stream, and by a nightly sweep those the stream lost."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.function import Foundation
from infra.queues import Queues
from infra.schedules import EVERY_QUARTER, NIGHTLY, Clock

READING = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams")
BATCH, WINDOW = 10_000, 30  # records a delivery, seconds to wait for them


class Audit(Construct):
    """`seal_audit` from the stream, `prove_audit` by a person, `watch_log`."""

    def __init__(self, scope: Construct, base: Foundation, queues: Queues, journal: dynamodb.ITable) -> None:
        super().__init__(scope, "Audit")
        # A vCPU of its own: hashing and the SDK are what a delivery costs.
        seal = base.function(self, "seal_audit", timeout=300, memory=1769, dead_letters=queues.clock_dead)
        stream = str(journal.table_stream_arn)
        seal.add_to_role_policy(iam.PolicyStatement(actions=list(READING), resources=[stream]))
        lambda_.EventSourceMapping(
            seal,
            "Source",
            target=seal,
            event_source_arn=stream,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=BATCH,
            max_batching_window=Duration.seconds(WINDOW),
            parallelization_factor=1,
            # For ever: a record that is skipped waits for the sweep, one that is retried does not.
            retry_attempts=-1,
            report_batch_item_failures=True,
            filters=[
                _facts({"eventName": ["INSERT", "MODIFY"]}),
                # Expiry is the service's own; any other removal is tampering.
                _facts({"eventName": ["REMOVE"], "userIdentity": {"principalId": [{"exists": False}]}}),
            ],
        )
        # An event older than its seal mark is looked for in the log itself: minutes, in a large one.
        base.function(self, "prove_audit", timeout=900, memory=1024)
        watch = base.function(self, "watch_log", timeout=900, memory=1769, dead_letters=queues.clock_dead)
        clock = Clock(self, base, queues.clock_dead, [seal, watch])
        clock.every("SealUnsealed", NIGHTLY, seal, {"sweep": "unsealed"})
        clock.every("WatchState", NIGHTLY, watch, {"watch": "state"})
        clock.every("WatchVersions", NIGHTLY, watch, {"watch": "versions"})
        if not base.stage.simulated_clock:
            # Where the clock jumps from one moment to the next, sealing waits for it: a canary would always be late.
            clock.every("Canary", EVERY_QUARTER, watch, {"watch": "canary"})


def _facts(pattern: Mapping[str, object]) -> Mapping[str, object]:
    """A filter for rows of facts alone: heads, seal marks and cursors are no facts."""
    return lambda_.FilterCriteria.filter({**pattern, "dynamodb": {"Keys": {"sk": {"S": ["E"]}}}})
