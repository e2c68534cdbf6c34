"""A fact that is written on the quarter of an hour and must be sealed by the next one (audit.ports.Canary)."""

from dataclasses import dataclass
from datetime import datetime

from emdia.audit.opened import CANARY
from emdia.audit.ports import LogName, Logs
from emdia.aws.journal import fact_id
from emdia.clock import instant
from emdia.facts import Fact, LogClass
from emdia.ports import Ledgers
from emdia.state import operator_ref

KIND = "log.probed"


@dataclass(frozen=True)
class JournalCanary:
    """Its facts go the way of all facts, into a log of their own."""

    ledgers: Ledgers
    logs: Logs

    def sing(self, at: datetime) -> None:
        """See audit.ports.Canary."""
        self.ledgers.of(CANARY).witness([Fact(KIND, operator_ref())], _command(at))

    def heard(self, at: datetime) -> bool | None:
        """See audit.ports.Canary."""
        head = self.logs.head(LogName(CANARY, LogClass.OPERACAO, at.year))
        fact = fact_id(CANARY, _command(at), KIND, 0)
        if fact in head.sealed([fact]):
            return True
        return False if head.leaves([fact]) else None


def _command(at: datetime) -> str:
    return f"canary:{instant(at)}"
