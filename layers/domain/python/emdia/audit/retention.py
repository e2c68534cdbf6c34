"""Until when a log's objects are locked: one date per log, since nobody can ever shorten it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from emdia.audit.ports import LogName
from emdia.compliance.norms import NORMS
from emdia.facts import LogClass

# Calendar years from the end of the fact's UTC year: the rows `retention.*` of the norms that have no end.
RETENTION_YEARS: Mapping[LogClass, int] = {
    log: next(row.value for row in NORMS if row.id == f"retention.{log}" and row.until is None) for log in LogClass
}


def locked_until(name: LogName, now: datetime, days: int | None) -> datetime:
    """End of 31 December (UTC) of the log's year plus its class's years; `days` from now where data is made up.

    >>> from emdia.facts import LogClass
    >>> locked_until(LogName("123456", LogClass.CONTATO, 2026), datetime(2026, 5, 1, tzinfo=UTC), None).isoformat()
    '2031-12-31T23:59:59+00:00'
    """
    if days is not None:
        return now + timedelta(days=days)
    return datetime(name.year + RETENTION_YEARS[name.log], 12, 31, 23, 59, 59, tzinfo=UTC)
