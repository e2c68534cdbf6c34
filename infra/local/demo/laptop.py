"""The house as it runs on this machine: its clock, its scheduled functions, its queues, its mailboxes."""

import json
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from emdia.clock import instant
from emdia.messages.line import ANSWER
from emdia.portfolio.outbound import TYPES
from emdia.settings import LOCAL
from infra.local.cloud import Cloud
from infra.local.demo.judge import Letter
from infra.local.demo.progress import Progress
from infra.local.sandbox.mailbox import Mail
from infra.local.sandbox.phones import Text
from infra.local.sandbox.server import Sandbox
from infra.stages import RATES

DEAD: Final = ("clock-dead", *(f"{name}-dead" for name in RATES))
CLIMB: Final = "climb_ladder"
# Longer than any batch of the demo takes; what is not done by then is stuck, and said so.
PATIENCE_SECONDS: Final = 180.0
_FIRST_LOOK, _LONGEST_LOOK = 0.02, 0.05


# Workers of one function at a time: as few as a mapping may have, for each of them costs seconds to start and
# there are two cores. The template's own numbers pace a provider that this machine does not have.
WORKERS: Final = 2


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A function that the template has the clock call, and with what. `nightly`: once a day, else every quarter."""

    function: str
    event: object
    nightly: bool


class StuckError(Exception):
    """Queues did not empty in time; the message names the first and how many messages are left."""


@dataclass(slots=True)
class Laptop:
    """A deployed stage and the world around it, at one simulated moment."""

    cloud: Cloud
    sandbox: Sandbox
    progress: Progress
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    letters: list[Letter] = field(default_factory=list)
    mails: list[Mail | Text] = field(default_factory=list)
    answers: list[Mail | Text] = field(default_factory=list)
    _seen: int = 0
    sealing: bool = True

    def set_now(self, now: datetime) -> None:
        """Put everybody's clock at `now` (UTC): the functions' and the sandbox's."""
        self.now = now
        self.cloud.clock.set(now)
        self.sandbox.office.set_now(now)

    def run(self, function: str, event: object) -> None:
        """Run a scheduled function as its schedule would. Raises FunctionFailedError."""
        self.progress.doing(f"{self.now:%Y-%m-%d %H:%M} UTC, {function} {event or ''}")
        with self.progress.time(function):
            self.cloud.invoke(function, event)

    def run_scheduled(self, *, nightly: bool, only: str = "") -> None:
        """Run all that is scheduled nightly, or every quarter of an hour, but the ladder's climb; or `only` one."""
        for one in schedules(self.cloud):
            if one.nightly is nightly and one.function != CLIMB and only in ("", one.function):
                self.run(one.function, one.event)

    def seal(self, *, now: bool) -> None:
        """Let the journal's stream be sealed, or wait: one batch window of a day instead of half a minute.

        The embedded AWS knows no batch windows and serves streams and queues from one thread: sealing every write
        by itself would double the requests and hold up the mails.
        """
        if now is self.sealing:
            return
        self.sealing = now
        functions = self.cloud.client("lambda")
        for one in functions.list_event_source_mappings()["EventSourceMappings"]:
            if ":dynamodb:" in one["EventSourceArn"]:
                functions.update_event_source_mapping(UUID=one["UUID"], Enabled=now)

    def drain(self, doing: str) -> None:
        """Wait until no queue holds or works on anything. Raises StuckError."""
        with self.progress.time(f"wait: {doing}"):
            look, deadline = _FIRST_LOOK, time.monotonic() + PATIENCE_SECONDS
            while left := self._busy():
                if time.monotonic() > deadline:
                    raise StuckError(f"{left[0]}: {left[1]}")
                self.progress.doing(f"{self.now:%Y-%m-%d %H:%M} UTC, {doing}: {left[1]} in {left[0]}")
                time.sleep(look)
                look = min(look * 1.5, _LONGEST_LOOK)

    def wait(self, doing: str, ended: Callable[[], bool]) -> None:
        """Look again and again whether something has ended. Raises StuckError."""
        with self.progress.time(f"wait: {doing}"):
            until = time.monotonic() + PATIENCE_SECONDS
            while not ended():
                if time.monotonic() > until:
                    raise StuckError(doing)
                self.progress.doing(doing)
                time.sleep(_LONGEST_LOOK)

    def _busy(self) -> tuple[str, int] | None:
        """A queue that holds or works on something, and how many messages; None when all is done."""
        waiting = self.waiting()
        return next(((name, waiting[name]) for name in RATES if waiting[name]), None)

    def waiting(self) -> Mapping[str, int]:
        """Messages that wait, are worked on or are delayed, by queue, at one moment: one after the other tells nothing.

        Work that has just left a queue already read for one not yet read would be seen, but not the other way round;
        and a message claimed before the clock moved and sent after it would look unlawful.
        """
        with urllib.request.urlopen(f"{self.cloud.endpoint}/_emdia/queues", timeout=10) as answer:  # noqa: S310  loopback
            found: Mapping[str, int] = json.load(answer)
        prefix = f"emdia-{LOCAL}-"
        return {name.removeprefix(prefix): count for name, count in found.items()}

    def dead(self) -> dict[str, int]:
        """Dead-letter queues that are not empty."""
        waiting = self.waiting()
        return {name: waiting[name] for name in DEAD if waiting[name]}

    def collect(self) -> Sequence[Letter]:
        """Letters that came since the last call, in order of arrival; answers to what people wrote are none."""
        known, new = len(self.letters), self.sandbox.office.arrivals[self._seen :]
        self._seen += len(new)
        for mail in new:
            if mail.ref.split("-")[2].startswith(ANSWER):
                self.answers.append(mail)
                continue
            channel = mail.channel if isinstance(mail, Text) else "email"
            self.letters.append(Letter(len(self.letters), mail.id, mail.to, mail.text, mail.at, channel))
            self.mails.append(mail)
        return self.letters[known:]

    def for_erp(self, ans: str) -> int:
        """How many facts the journal holds that an operator's ERP must be told."""
        names = {f":k{n}": {"S": kind} for n, kind in enumerate(TYPES)}
        request: dict[str, Any] = {
            "TableName": self.cloud.table("journal"),
            "FilterExpression": f"begins_with(pk, :ans) AND sk = :e AND kind IN ({', '.join(names)})",
            "ExpressionAttributeValues": {":ans": {"S": f"{ans}#"}, ":e": {"S": "E"}, **names},
            "Select": "COUNT",
        }
        found = 0
        while True:
            answer = self.cloud.client("dynamodb").scan(**request)
            found += int(answer["Count"])
            if "LastEvaluatedKey" not in answer:
                return found
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def agenda_until(self, end: datetime) -> list[datetime]:
        """Moments up to `end` (UTC) at which something is entered in the agenda, earliest first."""
        request: dict[str, Any] = {
            "TableName": self.cloud.table("ledger"),
            "IndexName": "agenda",
            "FilterExpression": "agenda_at <= :end",
            "ExpressionAttributeValues": {":end": {"S": f"{instant(end)}~"}},
            "ProjectionExpression": "agenda_at",
        }
        found: set[str] = set()
        while True:
            answer = self.cloud.client("dynamodb").scan(**request)
            found.update(item["agenda_at"]["S"].partition("#")[0] for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return sorted(datetime.fromisoformat(text) for text in found)
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def schedules(cloud: Cloud) -> list[Scheduled]:
    """Everything that is scheduled; on this stage the schedules sleep, and whoever moves the clock calls."""
    stack = cloud.stacks["service"]
    found = []
    for schedule in stack.resources("AWS::Scheduler::Schedule").values():
        target = schedule["Target"]
        name = stack.ids[target["Arn"]["Fn::GetAtt"][0]].removeprefix(cloud.function(""))
        nightly = not schedule["ScheduleExpression"].startswith("cron(0/15 ")
        found.append(Scheduled(name, json.loads(target["Input"]), nightly))
    return sorted(found, key=lambda one: (one.function, str(one.event)))


def pace(cloud: Cloud) -> None:
    """Let every queue be worked off by few workers."""
    functions = cloud.client("lambda")
    mappings = functions.list_event_source_mappings()["EventSourceMappings"]
    for mapping in (one for one in mappings if ":sqs:" in one["EventSourceArn"]):
        functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": WORKERS})
