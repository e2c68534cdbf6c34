"""Storm: any call fails, before or after it landed, and any worker dies in the middle of one; all of it by one seed."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.faults import Faults, closed, read_timeout, throttling, unavailable, unreachable


class KilledError(BaseException):
    """The worker is gone: no handler of ours may catch this."""


def killed(_operation: str) -> BaseException:
    """The process ends while a call is on its way."""
    return KilledError()


# How a call ends, and whether it had landed. What a service refuses for load it has not done; silence may be either.
WAYS: tuple[tuple[Callable[[str], BaseException], bool], ...] = (
    (closed, False),
    (closed, True),
    (read_timeout, False),
    (read_timeout, True),
    (unavailable, False),
    (unavailable, True),
    (throttling, False),
    (unreachable, False),
    (killed, False),
    (killed, True),
)
PROVIDERS = ("ses", "sms", "social")


@dataclass
class Storm(Faults):
    """Faults at `rate` (of one call), at `silence` those that write to people; `blown` counts them.

    Drawn from `chance`; planned ones strike besides.
    """

    chance: random.Random = field(default_factory=lambda: random.Random(0))
    rate: float = 0.0
    silence: float = 0.0
    blown: Counter[str] = field(default_factory=Counter)

    def around(self, service: str, operation: str, do: Callable[[], object]) -> object:
        rate = max(self.rate, self.silence) if service in PROVIDERS else self.rate
        if rate and self.chance.random() < rate:
            self.requests[service, operation] += 1
            error, landed = self.chance.choice(WAYS)
            self.blown[f"{error.__name__}{' after it landed' if landed else ''}"] += 1
            if landed:
                do()
            raise error(operation)
        return super().around(service, operation, do)
