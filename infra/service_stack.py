"""What every deployment may replace: functions, queues, the API, schedules and alarms. Composed of rooms."""

from aws_cdk import Stack
from constructs import Construct

from infra.function import Foundation
from infra.grants import Targets
from infra.layers import Layers
from infra.names import Watched
from infra.queues import Queues
from infra.rooms.api import PublicApi
from infra.rooms.audit import Audit
from infra.rooms.intake import Intake
from infra.rooms.ladder import Ladder
from infra.rooms.messaging import Messaging
from infra.rooms.notices import Notices
from infra.rooms.outbound import Outbound
from infra.rooms.payments import Payments, name_banks
from infra.rooms.people import People
from infra.rooms.protocols import Protocols
from infra.rooms.releases import Releases
from infra.stages import REGION, Stage
from infra.state_stack import StateStack


class ServiceStack(Stack):
    """Rooms: intake, ladder, messaging, notices, audit, people; the API `public` they share."""

    def __init__(self, scope: Construct, construct_id: str, stage: Stage, state: StateStack) -> None:
        super().__init__(scope, construct_id, env={"region": REGION}, description="Em Dia: service")
        targets = Targets()
        state.add_targets(targets)
        queues = Queues(self, stage, state.data_key, targets)
        base = Foundation(stage, state.data_key, Layers(self, stage), targets)
        name_banks(self, base)
        api = PublicApi(self, stage, state.data_key)
        Intake(self, base, api, queues, state.intake)
        Messaging(self, base, api, queues)
        Ladder(self, base, queues)
        Notices(self, base, api, queues)
        Audit(self, base, queues, state.journal)
        Payments(self, base, queues, state.trust)
        People(self, base, queues)
        Protocols(self, base, api, state.clients, queues)
        Outbound(self, base, queues, state.journal)
        if not stage.embedded:
            Releases(self, base)
        api.close()
        self.watched = Watched(stage.name, tuple(base.functions), tuple(queues.work), tuple(queues.dead))
