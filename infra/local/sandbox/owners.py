"""What people do with an SMS or a WhatsApp message. Decided when it is sent, from a seed: same run, same world."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Protocol

_SECONDS = timedelta(seconds=1)


@dataclass(frozen=True)
class PhoneReaction:
    """Delays count from acceptance; None: never.

    `fails` is the event type of an SMS that does not arrive (`TEXT_INVALID`) or Meta's error code (`131026`), "" when
    it does. `replies`: what its owner writes back, and when.
    """

    fails: str = ""
    arrives_after: timedelta = 2 * _SECONDS
    read_after: timedelta | None = None
    replies: tuple[tuple[timedelta, str], ...] = ()


class OwnersBehaviour(Protocol):
    """Decides the reaction to the `number`th message (from 1) of `channel` on a phone. Must depend on nothing else."""

    def __call__(self, phone: str, channel: str, number: int) -> PhoneReaction:
        """The reaction."""


@dataclass(frozen=True)
class SeededOwners:
    """Most messages are read within a day, drawn from a hash of the seed; nobody writes back."""

    seed: int = 0
    reads: float = 0.7

    def __call__(self, phone: str, channel: str, number: int) -> PhoneReaction:
        """As `OwnersBehaviour`. An SMS tells nobody whether it was read."""
        draw = int.from_bytes(sha256(f"{self.seed}|{phone}|{channel}|{number}".encode()).digest()[:7]) / 2**56
        reads = channel == "whatsapp" and draw < self.reads
        return PhoneReaction(read_after=(60 + 86_340 * draw) * _SECONDS if reads else None)
