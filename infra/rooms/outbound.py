"""The ERP is told: facts numbered from the journal's stream, delivered from their queue."""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.function import Foundation
from infra.queues import Queues, drain
from infra.schedules import NIGHTLY, Clock
from infra.streams import WRITTEN, follow

WINDOW = 5  # seconds to wait for a batch


class Outbound(Construct):
    """`relay_facts` from the stream, `deliver_facts` from the queue `erp-out`."""

    def __init__(self, scope: Construct, base: Foundation, queues: Queues, journal: dynamodb.ITable) -> None:
        super().__init__(scope, "Outbound")
        work = queues.work["erp-out"]
        relay = base.function(self, "relay_facts", timeout=300, memory=1024, dead_letters=queues.clock_dead)
        follow(relay, journal, [WRITTEN], WINDOW)
        drain(base, work, base.function(self, "deliver_facts", timeout=work.rate.timeout))
        Clock(self, base, queues.clock_dead, [relay]).every("RelayUnmarked", NIGHTLY, relay, {"sweep": "unmarked"})
