"""The journal's stream: facts alone, for ever retried, and who may read it."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

READING = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams")
BATCH = 10_000  # records a delivery at most
WRITTEN: Mapping[str, object] = {"eventName": ["INSERT"]}
CHANGED: Mapping[str, object] = {"eventName": ["INSERT", "MODIFY"]}
# Expiry is the service's own; any other removal is tampering.
REMOVED: Mapping[str, object] = {"eventName": ["REMOVE"], "userIdentity": {"principalId": [{"exists": False}]}}


def follow(
    function: lambda_.FunctionBase, journal: dynamodb.ITable, events: Sequence[Mapping[str, object]], window: int
) -> None:
    """Give `function` the facts of `journal` that `events` names, after waiting `window` seconds for a batch."""
    stream = str(journal.table_stream_arn)
    function.add_to_role_policy(iam.PolicyStatement(actions=list(READING), resources=[stream]))
    lambda_.EventSourceMapping(
        function,
        "Source",
        target=function,
        event_source_arn=stream,
        starting_position=lambda_.StartingPosition.TRIM_HORIZON,
        batch_size=BATCH,
        max_batching_window=Duration.seconds(window),
        parallelization_factor=1,
        # For ever: a record that is skipped waits for the sweep, one that is retried does not.
        retry_attempts=-1,
        report_batch_item_failures=True,
        filters=[_facts(event) for event in events],
    )


def _facts(pattern: Mapping[str, object]) -> Mapping[str, object]:
    """A filter for rows of facts alone: heads, seal marks and cursors are no facts."""
    return lambda_.FilterCriteria.filter({**pattern, "dynamodb": {"Keys": {"sk": {"S": ["E"]}}}})
