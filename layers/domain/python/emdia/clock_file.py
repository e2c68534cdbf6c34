"""The clock that can be set: a file beside the embedded AWS, on the local stage alone."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from emdia.clock import UtcClock, instant, parse_instant


@dataclass
class ClockFile:
    """Reads the file once per invocation; until somebody has set it, it is the machine's time."""

    path: Path
    _read: datetime | None = field(default=None, init=False)

    def read(self) -> datetime:
        """The time as set when this invocation began."""
        if self._read is None:
            try:
                self._read = parse_instant(self.path.read_text(encoding="ascii"))
            except FileNotFoundError:
                self._read = UtcClock().now()
        return self._read

    def begin(self) -> None:
        """A new invocation: the file is read again when somebody asks."""
        self._read = None

    def set(self, now: datetime) -> None:
        """Set everybody's clock to `now`; whoever reads sees this instant or the one before, never half of it."""
        half = self.path.with_suffix(".half")
        half.write_text(instant(now), encoding="ascii")
        half.replace(self.path)
