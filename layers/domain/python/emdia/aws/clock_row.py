"""The clock that can be set: row `CLOCK` of the `journal`, on the local stage alone."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from emdia.aws.answers import AWS_ERRORS, trouble
from emdia.clock import UtcClock, instant, parse_instant

_KEY = {"pk": {"S": "CLOCK"}, "sk": {"S": "C"}}


@dataclass
class ClockRow:
    """Reads the row once per invocation; until somebody has set it, it is the machine's time."""

    dynamodb: Any
    journal: str
    _read: datetime | None = field(default=None, init=False)

    def read(self) -> datetime:
        """The time as set when this invocation began. Raises TryLater."""
        if self._read is None:
            try:
                answer = self.dynamodb.get_item(TableName=self.journal, Key=_KEY, ConsistentRead=True)
            except AWS_ERRORS as error:
                raise trouble(error, "clock GetItem") from error
            row = answer.get("Item")
            self._read = UtcClock().now() if row is None else parse_instant(row["now"]["S"])
        return self._read

    def begin(self) -> None:
        """A new invocation: the row is read again when somebody asks."""
        self._read = None

    @staticmethod
    def item(now: datetime) -> dict[str, Any]:
        """The row that sets the clock to `now`."""
        return {**_KEY, "now": {"S": instant(now)}}
