"""What the functions wrote to their logs, read as whoever is on call would read it."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any, Final

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from emdia.aws.actions import FUNCTION_ACTIONS, WITNESS_FUNCTIONS
from infra.local.cloud import Cloud
from infra.stages import LAPTOP

# What Lambda's own platform writes around an invocation.
_PLATFORM: Final = ("START ", "END ", "REPORT ", "INIT_START ")
_SHOWN = 25
_PAGE = 10_000  # events an answer, at most


@dataclass(slots=True)
class Logs:
    """What was found, sorted.

    `errors`: lines at level ERROR or worse, and lines that are neither ours nor the platform's. `warnings`: by text.
    `metrics`: sums by name; with a rule or code, `name rule`.
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
    with closing(HTTPConnection(cloud.endpoint.removeprefix("http://"))) as line:
        for name in FUNCTION_ACTIONS:
            logs = cloud.client("logs", LAPTOP.witness if name in WITNESS_FUNCTIONS else LAPTOP.operator)
            group = f"/emdia/local/{name}"
            for page in logs.get_paginator("describe_log_streams").paginate(logGroupName=group):
                for stream in page["logStreams"]:
                    for message in _messages(logs, line, group, stream["logStreamName"]):
                        yield from ((name, text) for text in message.splitlines())


def _messages(logs: Any, line: HTTPConnection, group: str, stream: str) -> Iterator[str]:
    # Stream by stream: the embedded AWS gives no token for what a search across streams leaves out.
    request: dict[str, Any] = {"logGroupName": group, "logStreamName": stream, "startFromHead": True, "limit": _PAGE}
    while True:
        answer = _asked(logs, line, request)
        yield from (event["message"] for event in answer["events"])
        if len(answer["events"]) < _PAGE:
            return
        request["nextToken"] = answer["nextForwardToken"]


def _asked(logs: Any, line: HTTPConnection, request: Mapping[str, Any]) -> Any:
    """GetLogEvents by a signed request of our own: there are thousands of streams, and the SDK takes its time."""
    kind = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Logs_20140328.GetLogEvents"}
    signed = AWSRequest("POST", logs.meta.endpoint_url, headers=kind, data=json.dumps(request))
    SigV4Auth(logs._get_credentials(), "logs", logs.meta.region_name).add_auth(signed)  # noqa: SLF001  no public way
    line.request("POST", "/", signed.data.encode(), dict(signed.headers.items()))
    return json.load(line.getresponse())


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
