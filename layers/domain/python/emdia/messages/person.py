"""The last days of outreach to one person, over all their contracts: what the caps are charged against."""

from dataclasses import dataclass

from emdia.compliance.frequency import Contacted
from emdia.state import Ref, State, person_ref


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLog(State):
    """Charged at claim, refunded at release. Entries older than 7 days are dropped on writing."""

    key: str
    contacted: tuple[Contacted, ...] = ()

    @property
    def ref(self) -> Ref:
        """See State."""
        return person_ref(self.key)
