"""What waiting is worth: warnings of a term that runs, and whether the wait for a human being kept its target. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from emdia.calendar import local_day
from emdia.compliance.norms import norm
from emdia.protocols.number import BRASILIA
from emdia.protocols.protocol import Protocol
from emdia.protocols.turns import Reminder


def waited(protocol: Protocol) -> tuple[timedelta, bool] | None:
    """From asking for a person to the first who claimed it, and whether that kept the target; None before that."""
    if protocol.human_asked_at is None or protocol.human_at is None:
        return None
    target = timedelta(seconds=norm("protocol.human.seconds", local_day(protocol.human_asked_at, BRASILIA)).value)
    wait = max(timedelta(), protocol.human_at - protocol.human_asked_at)
    return wait, wait <= target


def warn(protocol: Protocol, now: datetime) -> tuple[Protocol, tuple[Reminder, ...]]:
    """The warnings due at `now`, and `protocol` without them.

    The hours for classing are ours, not a norm's: who exceeds them is warned, and told late to nobody.
    """
    due = tuple(one for one in protocol.warnings if one.at <= now)
    terms = {clock.rule for clock in protocol.clocks}
    late = protocol.late or any(one.percent == 100 and one.rule in terms for one in due)
    told = (*protocol.warned, *due)
    return replace(protocol, warnings=protocol.warnings[len(due) :], warned=told, late=late), due
