"""Metrics as one JSON line each, in CloudWatch's embedded metric format (ports.Meter)."""

import json
import sys
from dataclasses import dataclass
from typing import TextIO

from emdia.ports import Clock


@dataclass(frozen=True)
class LineMeter:
    """Writes to standard output, where Lambda's log is read; no call to any service."""

    stage: str
    function: str
    clock: Clock
    out: TextIO | None = None

    def count(self, name: str, value: int = 1, **dimensions: str) -> None:
        """See ports.Meter."""
        named = {"stage": self.stage, "function": self.function, **{key: str(v) for key, v in dimensions.items()}}
        line = {
            "_aws": {
                "Timestamp": int(self.clock.now().timestamp() * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": "EmDia",
                        # By stage alone for the alarms, by everything for whoever looks closer.
                        "Dimensions": [["stage"], sorted(named)],
                        "Metrics": [{"Name": name, "Unit": "Count"}],
                    }
                ],
            },
            **named,
            name: value,
        }
        (self.out or sys.stdout).write(json.dumps(line, separators=(",", ":")) + "\n")
