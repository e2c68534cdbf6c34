"""The ladder's clock and its steps."""

from constructs import Construct

from infra.function import Foundation
from infra.queues import Queues, drain
from infra.schedules import EVERY_QUARTER, NIGHTLY, Clock


class Ladder(Construct):
    """`climb_ladder` and `sweep_outreach` by schedule, `take_step` from its queue, `release_case` by a person."""

    def __init__(self, scope: Construct, base: Foundation, queues: Queues) -> None:
        super().__init__(scope, "Ladder")
        work = queues.work["steps"]
        climb = base.function(self, "climb_ladder", timeout=300, dead_letters=queues.clock_dead)
        sweep = base.function(self, "sweep_outreach", timeout=300, dead_letters=queues.clock_dead)
        take = base.function(self, "take_step", timeout=work.rate.timeout, memory=1024)
        drain(base, work, take)
        base.function(self, "release_case", timeout=60)
        clock = Clock(self, base, queues.clock_dead, [climb, sweep])
        clock.every("Climb", EVERY_QUARTER, climb, {})
        clock.every("SweepClock", EVERY_QUARTER, sweep, {"sweep": "clock"})
        clock.every("SweepCases", NIGHTLY, sweep, {"sweep": "cases"})
