"""What a function is told by its environment, and what follows from its stage."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from emdia.clock import SetClock
from emdia.errors import Halted

PACE = "EMDIA_PACE"
LOCAL = "local"  # the embedded AWS on one machine
CLOCK = "EMDIA_CLOCK"  # there alone: the file that holds the time (clock_file.py)


@dataclass(frozen=True)
class Settings:
    """What a function is told: its stage, its own name and where the things are that it may use."""

    stage: str
    function: str
    told: Mapping[str, str] = field(repr=False)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Raises Halted without a stage: nothing may guess it."""
        if not env.get("EMDIA_STAGE"):
            raise Halted("EMDIA_STAGE is not set")
        told = {name: value for name, value in env.items() if name.startswith("EMDIA_") and value}
        return cls(env["EMDIA_STAGE"], env.get("AWS_LAMBDA_FUNCTION_NAME", ""), told)

    def of(self, name: str) -> str:
        """The setting `name`. Raises Halted when this function was not told."""
        if name not in self.told:
            raise Halted(f"{name} is not set")
        return self.told[name]

    def pace(self) -> Mapping[str, float]:
        """EMDIA_PACE, `email=7 sms=5`: messages a second of one worker, by channel; none where it is not set.

        Raises Halted for anything else.
        """
        try:
            pairs = (one.split("=") for one in self.told.get(PACE, "").split())
            paces = {channel: float(number) for channel, number in pairs}
        except ValueError:
            raise Halted(f"{PACE} is not channel=number") from None
        if any(number <= 0 for number in paces.values()):
            raise Halted(f"{PACE} must be above zero")
        return paces


def set_clock(stage: str, read: Callable[[], datetime]) -> SetClock:
    """The clock that can be set. Raises Halted on every stage but `local`: nobody sets an operator's time."""
    if stage != LOCAL:
        raise Halted(f"the clock cannot be set on stage {stage}")
    return SetClock(read)
