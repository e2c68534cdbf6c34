"""What tells people that something is wrong: alarms and the dashboard, in a stack of their own.

CloudFormation takes five hundred resources a stack, and a hundred alarms crowd out functions. What they watch is
named, not referred to: a function may go without its alarm having to go first.
"""

from aws_cdk import Stack
from constructs import Construct

from infra.names import Watched
from infra.rooms.dashboard import Dashboard
from infra.rooms.watch import Watch
from infra.stages import REGION, Stage
from infra.state_stack import StateStack


class AlarmStack(Stack):
    """Rooms: watch, dashboard. `watched`: what the service stack has made."""

    def __init__(self, scope: Construct, construct_id: str, stage: Stage, state: StateStack, watched: Watched) -> None:
        super().__init__(scope, construct_id, env={"region": REGION}, description="Em Dia: alarms and dashboard")
        Watch(self, stage, state.data_key, watched)
        Dashboard(self, stage, watched)
