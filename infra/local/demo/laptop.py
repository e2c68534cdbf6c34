"""The house as it runs on this machine: its clock, its scheduled functions, its queues, its mailboxes."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from emdia.aws.clock_row import ClockRow
from emdia.clock import instant
from emdia.messages.line import ANSWER
from infra.local.cloud import Cloud
from infra.local.demo.judge import Letter
from infra.local.demo.progress import Progress
from infra.local.sandbox.mailbox import Mail
from infra.local.sandbox.phones import Text
from infra.local.sandbox.server import Sandbox

# In the order in which work flows: when an earlier one is empty and nothing of it is under way, it feeds no later one.
QUEUES: Final = ("erp-events", "deliveries", "replies", "steps", "email", "sms", "whatsapp", "letter")
DEAD: Final = ("clock-dead", *(f"{name}-dead" for name in QUEUES))
CLIMB: Final = "climb_ladder"
_WAITING: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
# Longer than any batch of the demo takes; what is not done by then is stuck, and said so.
PATIENCE_SECONDS: Final = 180.0
_FIRST_LOOK, _LONGEST_LOOK = 0.02, 0.1


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
        """Put everybody's clock at `now` (UTC): the functions' row and the sandbox."""
        self.now = now
        self.cloud.client("dynamodb").put_item(TableName=self.cloud.table("journal"), Item=ClockRow.item(now))
        self.sandbox.office.set_now(now)

    def run(self, function: str, event: object) -> None:
        """Run a scheduled function as its schedule would. Raises FunctionFailedError."""
        self.progress.doing(f"{self.now:%Y-%m-%d %H:%M} UTC, {function} {event or ''}")
        with self.progress.time(function):
            self.cloud.invoke(function, event)

    def run_scheduled(self, *, nightly: bool) -> None:
        """Run all that is scheduled nightly, or every quarter of an hour, but the ladder's climb."""
        for one in schedules(self.cloud):
            if one.nightly is nightly and one.function != CLIMB:
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

    def _busy(self) -> tuple[str, int] | None:
        """The first queue that holds or works on something, and how many messages; None when all is done."""
        return next(((name, count) for name in QUEUES if (count := self.waiting(name))), None)

    def waiting(self, queue: str) -> int:
        """Messages that wait, are worked on or are delayed in a queue."""
        found = self.cloud.client("sqs").get_queue_attributes(
            QueueUrl=self.cloud.queue_url(queue), AttributeNames=list(_WAITING)
        )["Attributes"]
        return sum(int(found[name]) for name in _WAITING)

    def dead(self) -> dict[str, int]:
        """Dead-letter queues that are not empty."""
        return {name: count for name in DEAD if (count := self.waiting(name))}

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
