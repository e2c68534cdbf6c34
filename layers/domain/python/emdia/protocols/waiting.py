"""How long somebody waited for a human being, and whether that kept its target. Pure."""

from datetime import timedelta

from emdia.calendar import local_day
from emdia.compliance.norms import norm
from emdia.protocols.number import BRASILIA
from emdia.protocols.protocol import Protocol


def waited(protocol: Protocol) -> tuple[timedelta, bool] | None:
    """From asking for a person to the first who claimed it, and whether that kept the target; None before that."""
    if protocol.human_asked_at is None or protocol.human_at is None:
        return None
    target = timedelta(seconds=norm("protocol.human.seconds", local_day(protocol.human_asked_at, BRASILIA)).value)
    wait = max(timedelta(), protocol.human_at - protocol.human_asked_at)
    return wait, wait <= target
