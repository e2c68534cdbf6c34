"""Why nobody was written to although a step had come due: kept in the record file, beside the outreach made."""

from dataclasses import dataclass
from datetime import datetime

from emdia.state import Ref, State, step_ref


@dataclass(frozen=True, slots=True, kw_only=True)
class StepNote(State):
    """What the ladder decided at `at` (UTC) instead of writing, by `rule` of the norms `edition`.

    `steps` are those that close unserved; none when the step waits, until `until` (UTC) or for an event.
    """

    contract: str
    holder_key: str
    at: datetime
    rule: str
    edition: str
    steps: tuple[str, ...] = ()
    until: datetime | None = None

    @property
    def ref(self) -> Ref:
        """See State."""
        return step_ref(self.contract, self.at)
