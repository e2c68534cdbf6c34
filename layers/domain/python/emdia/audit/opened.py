"""A log that was opened: which key signs it, and until when that key may be needed.

A key signs for one log and no other, so that a closed year's key can be disabled and then nobody signs for that year.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from emdia.audit.ports import LogName
from emdia.facts import LogClass
from emdia.state import Ref, State

CANARY = "000000"  # no operator's register: its log tells of nobody, and is there to be sealed
LOGS = "logs.opened"  # the drawer of an operator's logs; no contract's pseudonym can be equal to it
# After its year's end a log may still get facts that the stream dropped: as long as their rows live, and a day.
LATE = timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedLog(State):
    """The log of a class and UTC year, or its shard. `key`: id in the key service; `public`: 64 hex digits."""

    log: LogClass
    year: int
    key: str
    public: str
    closed_at: datetime | None = None
    shard: int = 1

    @property
    def ref(self) -> Ref:
        """See State."""
        return opened_ref(LogName("", self.log, self.year, self.shard))


def opened_ref(name: LogName) -> Ref:
    """One log, in its operator's drawer."""
    return Ref(f"C#{LOGS}", f"LOG#{name.log.value}#{name.label}")


def may_close(name: LogName, now: datetime) -> bool:
    """Whether no fact of the log's year can come any more.

    >>> name = LogName("123456", LogClass.CONTATO, 2026)
    >>> may_close(name, datetime(2027, 1, 31, tzinfo=UTC)), may_close(name, datetime(2027, 2, 1, 1, tzinfo=UTC))
    (False, True)
    """
    return now > datetime(name.year + 1, 1, 1, tzinfo=UTC) + LATE
