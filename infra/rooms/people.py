"""Persons who are to be forgotten, or must not be."""

from constructs import Construct

from infra.function import Foundation
from infra.queues import Queues
from infra.schedules import NIGHTLY, Clock
from infra.stages import RECOVERY_DAYS


class People(Construct):
    """`erase_person` and `approve_version`, invoked by staff; `dispose_records` by schedule."""

    def __init__(self, scope: Construct, base: Foundation, queues: Queues) -> None:
        super().__init__(scope, "People")
        # It reads the whole ledger for each request: minutes, not seconds, in a large portfolio.
        environment = {"EMDIA_RECOVERY_DAYS": str(RECOVERY_DAYS)}
        # A ladder is verified through some ten thousand worlds before it may be submitted.
        base.function(self, "approve_version", timeout=300, memory=1769)
        base.function(self, "erase_person", timeout=900, memory=1024, environment=environment)
        dispose = base.function(self, "dispose_records", timeout=900, memory=1024, dead_letters=queues.clock_dead)
        Clock(self, base, queues.clock_dead, [dispose]).every("Dispose", NIGHTLY, dispose, {})
