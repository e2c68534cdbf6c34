"""What the functions wrote to their logs, read as whoever is on call would read it."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from infra.local.cloud import Cloud

# What Lambda's own platform writes around an invocation.
_PLATFORM: Final = ("START ", "END ", "REPORT ", "INIT_START ")
_SHOWN = 25


@dataclass(slots=True)
class Logs:
    """`errors`: lines at level ERROR or worse, and lines that are neither ours nor the platform's. `warnings`:
    by text. `metrics`: sums by name; with a rule, `name rule`.
    """

    lines: int = 0
    errors: list[str] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    metrics: Counter[str] = field(default_factory=Counter)

    def shown(self) -> list[str]:
        """The first errors."""
        return self.errors[:_SHOWN]


def lines_of(cloud: Cloud) -> Iterator[tuple[str, str]]:
    """Every line of every function's log: (function, line)."""
    for group in cloud.stacks["service"].resources("AWS::Logs::LogGroup"):
        request: dict[str, Any] = {"logGroupName": group, "limit": 10_000}
        while True:
            answer = cloud.client("logs").filter_log_events(**request)
            for event in answer["events"]:
                for line in event["message"].splitlines():
                    yield group.rsplit("/", 1)[-1], line
            if not answer.get("nextToken"):
                break
            request["nextToken"] = answer["nextToken"]


def read_logs(cloud: Cloud) -> Logs:
    """All logs, sorted into what must not be there and what may."""
    logs = Logs()
    for function, line in lines_of(cloud):
        logs.lines += 1
        _sort(function, line, logs)
    return logs


def _sort(function: str, line: str, logs: Logs) -> None:
    if not line.strip() or line.startswith(_PLATFORM):
        return
    try:
        entry = json.loads(line)
    except ValueError:
        logs.errors.append(f"{function}: {line}")
        return
    if not isinstance(entry, dict):
        logs.errors.append(f"{function}: {line}")
    elif "_aws" in entry:
        for metric in entry["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
            name = metric["Name"]
            logs.metrics[f"{name} {entry.get('rule') or entry.get('code') or ''}".strip()] += entry[name]
    elif entry.get("level") in ("ERROR", "CRITICAL"):
        logs.errors.append(f"{function}: {entry.get('message', line)}")
    elif entry.get("level") == "WARNING":
        logs.warnings[f"{function}: {entry.get('message', line)}"] += 1
