"""Where `now` comes from. Nothing else in the package may ask the machine for the time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def instant(when: datetime) -> str:
    """`when` (aware) as stored everywhere: UTC, milliseconds, `Z`; sorts as text.

    >>> instant(datetime(2026, 11, 23, 17, 26, 42, 907000, tzinfo=UTC))
    '2026-11-23T17:26:42.907Z'
    """
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    """The aware UTC datetime that `instant` wrote. Raises ValueError for anything without an offset."""
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError("instant without offset")
    return when.astimezone(UTC)


class UtcClock:
    """The machine's clock: the only one on deployed stages."""

    def now(self) -> datetime:
        """Aware UTC instant."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class SetClock:
    """A clock that reads its time from elsewhere: a file on the local stage, a list in tests.

    wiring.py builds it on stage `local` only; any other stage refuses it (tests/unit/test_wiring.py).
    """

    read: Callable[[], datetime]

    def now(self) -> datetime:
        """Aware UTC instant, as last set."""
        return self.read()
