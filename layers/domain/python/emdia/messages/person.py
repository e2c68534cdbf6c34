"""What is remembered of one person over all their contracts: recent outreach, and what they asked for."""

from dataclasses import dataclass, replace
from datetime import datetime

from emdia.compliance.frequency import Contacted
from emdia.portfolio.contract import Channel
from emdia.state import Ref, State, person_ref


@dataclass(frozen=True, slots=True)
class Asked:
    """The newest thing a person said of a channel, at `at` (UTC)."""

    channel: Channel
    opted_in: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLog(State):
    """`contacted` is charged at claim and refunded at release; entries older than the caps look back are dropped.

    `asked` makes an opt-out count for the person: whoever stopped the mails about one contract is not written to
    about another. The evidence stays with the contract where they asked (`Contract.consents`).
    """

    key: str
    contacted: tuple[Contacted, ...] = ()
    asked: tuple[Asked, ...] = ()

    @property
    def ref(self) -> Ref:
        """See State."""
        return person_ref(self.key)

    def opted_out(self, channel: Channel) -> bool:
        """Whether the newest thing said of `channel` is a no."""
        return any(one.channel is channel and not one.opted_in for one in self.asked)

    def hears(self, channel: Channel, opted_in: bool, at: datetime) -> "PersonLog":
        """The log after the person said so at `at`; older news changes nothing, in one moment the no stands."""
        held = next((one for one in self.asked if one.channel is channel), None)
        if held is not None and (held.at, not held.opted_in) > (at, not opted_in):
            return self
        others = [one for one in self.asked if one.channel is not channel]
        asked = sorted([*others, Asked(channel, opted_in, at)], key=lambda one: one.channel)
        return replace(self, asked=tuple(asked))


def log_of(person: str, state: State | None) -> PersonLog:
    """The stored log of `person`, or an empty one."""
    return state if isinstance(state, PersonLog) else PersonLog(key=person)
