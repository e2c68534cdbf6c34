"""The sealed log: facts from the journal's stream, and by a nightly sweep those the stream lost."""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.function import Foundation
from infra.queues import Queues
from infra.schedules import BEFORE_SEALING, EVERY_QUARTER, NIGHTLY, Clock
from infra.streams import CHANGED, REMOVED, follow

WINDOW = 30  # seconds to wait for a batch


class Audit(Construct):
    """`seal_audit` from the stream, `prove_audit` by a person, `watch_log`."""

    def __init__(self, scope: Construct, base: Foundation, queues: Queues, journal: dynamodb.ITable) -> None:
        super().__init__(scope, "Audit")
        # A vCPU of its own: hashing and the SDK are what a delivery costs.
        seal = base.function(self, "seal_audit", timeout=300, memory=1769, dead_letters=queues.clock_dead)
        follow(seal, journal, [CHANGED, REMOVED], WINDOW)
        opens = base.function(self, "open_log", timeout=300, dead_letters=queues.clock_dead)
        # An event older than its seal mark is looked for in the log itself: minutes, in a large one.
        base.function(
            # It reads no item of the ledger, but whoever writes facts is told where the ledger is.
            self,
            "prove_audit",
            timeout=900,
            memory=1024,
            environment=dict(base.targets["ledger"].environment),
        )
        watch = base.function(self, "watch_log", timeout=900, memory=1769, dead_letters=queues.clock_dead)
        clock = Clock(self, base, queues.clock_dead, [opens, seal, watch])
        clock.every("OpenLogs", BEFORE_SEALING, opens, {"sweep": "logs"})
        clock.every("SealUnsealed", NIGHTLY, seal, {"sweep": "unsealed"})
        clock.every("WatchState", NIGHTLY, watch, {"watch": "state"})
        clock.every("WatchFacts", NIGHTLY, watch, {"watch": "facts"})
        clock.every("WatchVersions", NIGHTLY, watch, {"watch": "versions"})
        if not base.stage.simulated_clock:
            # Where the clock jumps from one moment to the next, sealing waits for it: a canary would always be late.
            clock.every("Canary", EVERY_QUARTER, watch, {"watch": "canary"})
