"""What people and their mail servers do with a mail. Decided when it arrives, from a seed: same run, same world."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Protocol

_SECONDS = timedelta(seconds=1)


@dataclass(frozen=True)
class Reaction:
    """Delays count from acceptance; None: never. `bounce` is SES's bounceType, "" when the server takes the mail."""

    bounce: str = ""
    arrives_after: timedelta = 2 * _SECONDS
    opened_after: timedelta | None = None
    unsubscribed_after: timedelta | None = None
    complained_after: timedelta | None = None


class Behaviour(Protocol):
    """Decides the reaction to the `number`th mail (from 1) at `address`. Must depend on nothing else."""

    def __call__(self, address: str, number: int) -> Reaction:
        """The reaction."""


@dataclass(frozen=True)
class SeededBehaviour:
    """Shares of mails that are opened and of people who unsubscribe or complain, drawn from a hash of the seed.

    `dead` addresses bounce for ever. Nobody opens sooner than a minute or later than a day.
    """

    seed: int = 0
    dead: Collection[str] = field(default_factory=frozenset)
    opens: float = 0.55
    unsubscribes: float = 0.01
    complains: float = 0.002

    def __call__(self, address: str, number: int) -> Reaction:
        """As `Behaviour`."""
        if address in self.dead:
            return Reaction(bounce="Permanent")
        opened = None
        if self._draw(address, f"opens {number}") < self.opens:
            opened = 60 * _SECONDS + (86_340 * self._draw(address, f"when {number}")) * _SECONDS
        after = None if opened is None else opened + 30 * _SECONDS
        # Whoever leaves does so on the first mail they open, for the wish is the person's, not the mail's.
        leaves = opened is not None and self._draw(address, "leaves") < self.unsubscribes
        complains = opened is not None and not leaves and self._draw(address, "complains") < self.complains
        return Reaction(
            arrives_after=(1 + 9 * self._draw(address, f"arrives {number}")) * _SECONDS,
            opened_after=opened,
            unsubscribed_after=after if leaves else None,
            complained_after=after if complains else None,
        )

    def _draw(self, address: str, what: str) -> float:
        """In [0, 1), the same for the same seed, address and question."""
        digest = sha256(f"{self.seed}|{address.lower()}|{what}".encode()).digest()
        return int.from_bytes(digest[:7]) / 2**56
