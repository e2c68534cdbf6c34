"""What providers do to the demo: throttles at nine, silence, events late and twice, a template paused."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from infra.local.sandbox.carrier import Carrier
from infra.local.sandbox.faults import Fault
from infra.local.sandbox.phones import CHANNELS

_BRASILIA = ZoneInfo("America/Sao_Paulo")
_RUSH = time(9, 0)
_LATE = 600.0  # seconds
PAUSED = "vencimento_v1"


@dataclass(slots=True)
class Trouble:
    """Everything once: all of it at the first nine o'clock of a working day, the template's pause ends at the next."""

    throttled: int  # calls of each channel that the provider refuses for load
    rushes: int = 0

    def stir(self, now: datetime, carrier: Carrier) -> None:
        """Make trouble from `now` (UTC) on, if it is time."""
        local = now.astimezone(_BRASILIA)
        if local.weekday() >= 5 or (local.hour, local.minute) != (_RUSH.hour, _RUSH.minute):
            return
        self.rushes += 1
        if self.rushes == 1:
            for channel in CHANNELS:
                for fault in (
                    Fault("throttle", self.throttled),
                    Fault("silence", 3),
                    Fault("late", 5, seconds=_LATE),
                    Fault("double", 20),
                ):
                    carrier.faults[channel].add(fault)
        if self.rushes <= 2:
            carrier.judge_template(PAUSED, "PAUSED" if self.rushes == 1 else "APPROVED")
