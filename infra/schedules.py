"""Functions called by the clock: one role a room, dead letters kept, asleep where the clock is simulated."""

import json
from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.function import Foundation
from infra.grants import VIA_KEY
from infra.stages import REGION

EVERY_QUARTER = "cron(0/15 * * * ? *)"
NIGHTLY = "cron(30 5 * * ? *)"  # 05:30 UTC, 02:30 in Brasília: no window is open anywhere in Brazil

BEFORE_SEALING = "cron(10 5 * * ? *)"  # what waits for a key is sealed by the sweep of the same night


class Clock:
    """Schedules of one room. Their role may call `functions` and nothing else."""

    def __init__(
        self, scope: Construct, base: Foundation, dead: sqs.IQueue, functions: Sequence[lambda_.FunctionBase]
    ) -> None:
        self._scope, self._base, self._dead = scope, base, dead
        self._role = iam.Role(
            scope,
            "ScheduleRole",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
            ),
        )
        for statement in (
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[function.function_arn for function in functions]
            ),
            iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[dead.queue_arn]),
            iam.PolicyStatement(
                actions=list(VIA_KEY["sqs"]),
                resources=[base.key.key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"}},
            ),
        ):
            self._role.add_to_policy(statement)

    def every(self, name: str, expression: str, function: lambda_.FunctionBase, payload: Mapping[str, str]) -> None:
        """Call `function` with `payload` whenever `expression` (UTC) says."""
        scheduler.CfnSchedule(
            self._scope,
            name,
            name=f"emdia-{self._base.stage.name}-{name}",
            schedule_expression=expression,
            schedule_expression_timezone="UTC",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            # Where the clock is simulated, whoever moves it also invokes what is due.
            state="DISABLED" if self._base.stage.simulated_clock else "ENABLED",
            target=scheduler.CfnSchedule.TargetProperty(
                arn=function.function_arn,
                role_arn=self._role.role_arn,
                input=json.dumps(payload),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=self._dead.queue_arn),
                # The next tick does what this one missed; an hour-old tick is not worth delivering.
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=840, maximum_retry_attempts=2
                ),
            ),
        )
