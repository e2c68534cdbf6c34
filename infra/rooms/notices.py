"""The notice of RN 593: found, drafted, served, confirmed, judged. Nothing here ends a contract."""

from constructs import Construct

from infra.function import Foundation
from infra.queues import Queues, drain
from infra.rooms.api import PublicApi
from infra.schedules import NIGHTLY, Clock


class Notices(Construct):
    """`find_arrears` nightly, `serve_notice` from its queue, `confirm_notice` by link, the others by a person."""

    def __init__(self, scope: Construct, base: Foundation, api: PublicApi, queues: Queues) -> None:
        super().__init__(scope, "Notices")
        work = queues.work["notices"]
        find = base.function(self, "find_arrears", timeout=300, dead_letters=queues.clock_dead)
        links = {"EMDIA_PUBLIC_URL": api.url}
        drain(
            base, work, base.function(self, "serve_notice", timeout=work.rate.timeout, memory=1024, environment=links)
        )
        confirm = base.function(self, "confirm_notice", timeout=15, memory=1024)
        for method in ("GET", "POST"):
            api.door(method, "/n/{token}", confirm)
        base.function(self, "judge_contract", timeout=60, memory=1024)
        base.function(self, "prove_notice", timeout=60, memory=1024)
        Clock(self, base, queues.clock_dead, [find]).every("Arrears", NIGHTLY, find, {})
