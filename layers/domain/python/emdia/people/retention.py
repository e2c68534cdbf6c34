"""Until when what is sealed under a person's key must be kept, by the key's class.

Years are the log's (audit/retention.py; a proposal for counsel, docs/law.md#retention): a person's values in a log
may go when the log that holds them may. One date counts for all of a person's data of a class, from the newest
thing known of them: the reading that keeps longer.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from emdia.audit.retention import RETENTION_YEARS
from emdia.errors import Halted
from emdia.facts import LogClass

# Names, addresses and hospital stays are what the facts about a contract rest on: as long as those.
_YEARS: Mapping[str, int] = {
    **{str(log): years for log, years in RETENTION_YEARS.items()},
    "cadastro": RETENTION_YEARS[LogClass.OPERACAO],
    "saude": RETENTION_YEARS[LogClass.OPERACAO],
}


def kept_until(key_class: str, newest: datetime) -> datetime:
    """End of 31 December (UTC) of the newest thing's year plus the class's years. Raises Halted for an unknown class.

    >>> kept_until("contato", datetime(2026, 5, 1, tzinfo=UTC)).isoformat()
    '2031-12-31T23:59:59+00:00'
    """
    if key_class not in _YEARS:
        raise Halted("a key of an unknown class")
    return datetime(newest.astimezone(UTC).year + _YEARS[key_class], 12, 31, 23, 59, 59, tzinfo=UTC)
