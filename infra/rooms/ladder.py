"""The ladder's clock and its steps."""

import json
from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.function import Foundation
from infra.grants import VIA_KEY
from infra.queues import Queues, drain
from infra.stages import REGION

EVERY_QUARTER = "cron(0/15 * * * ? *)"
NIGHTLY = "cron(30 5 * * ? *)"  # 05:30 UTC, 02:30 in Brasília: no window is open anywhere in Brazil


class Ladder(Construct):
    """`climb_ladder` and `sweep_outreach` by schedule, `take_step` from its queue, `release_case` by a person."""

    def __init__(self, scope: Construct, base: Foundation, queues: Queues) -> None:
        super().__init__(scope, "Ladder")
        self._base = base
        self._queues = queues
        work = queues.work["steps"]
        climb = base.function(self, "climb_ladder", timeout=300, dead_letters=queues.clock_dead)
        sweep = base.function(self, "sweep_outreach", timeout=300, dead_letters=queues.clock_dead)
        take = base.function(self, "take_step", timeout=work.rate.timeout, memory=1024)
        drain(base, work, take)
        base.function(self, "release_case", timeout=60)
        self._role = self._schedule_role([climb, sweep])
        self._every("Climb", EVERY_QUARTER, climb, {})
        self._every("SweepClock", EVERY_QUARTER, sweep, {"sweep": "clock"})
        self._every("SweepCases", NIGHTLY, sweep, {"sweep": "cases"})

    def _schedule_role(self, functions: list[lambda_.Function]) -> iam.Role:
        role = iam.Role(
            self,
            "ScheduleRole",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
        )
        arns = [function.function_arn for function in functions]
        role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=arns))
        role.add_to_policy(
            iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self._queues.clock_dead.queue_arn])
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=list(VIA_KEY["sqs"]),
                resources=[self._base.key.key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"}},
            )
        )
        return role

    def _every(self, name: str, expression: str, function: lambda_.Function, payload: Mapping[str, str]) -> None:
        scheduler.CfnSchedule(
            self,
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
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=self._queues.clock_dead.queue_arn
                ),
                # The next tick does what this one missed; an hour-old tick is not worth delivering.
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=840, maximum_retry_attempts=2
                ),
            ),
        )
