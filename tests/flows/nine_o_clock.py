"""What is due at nine, second by second: workers as the stage sets them, providers that count, calls that take time.

The clock moves with each call as AWS answers it on an ordinary day, and with each pause. An invocation is played to its
end before the next one begins, so that workers overlap in time though they take turns here.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from emdia.errors import TryLater
from emdia.portfolio.contract import Channel
from emdia.settings import Settings
from emdia.workflows import send_message
from infra.stages import Rate, Stage
from tests.fakes.faults import client_error
from tests.fakes.house import EMAIL_QUEUE, SMS_QUEUE, WHATSAPP_QUEUE
from tests.flows.road import Road

SECONDS: Mapping[str, float] = {
    "TransactWriteItems": 0.06,
    "BatchGetItem": 0.02,
    "SendBulkEmail": 0.4,
    "SendTextMessage": 0.1,
    "SendWhatsAppMessage": 0.1,
}
OTHER_CALL = 0.015
QUARTER = timedelta(minutes=15)
QUEUES = {Channel.EMAIL: EMAIL_QUEUE, Channel.SMS: SMS_QUEUE, Channel.WHATSAPP: WHATSAPP_QUEUE}
BURST = (
    5  # seconds over which a provider counts: "short bursts" pass (SES Developer Guide, “Managing your sending limits”)
)


@dataclass
class Provider:
    """Takes `per_second` messages a second on the average of some seconds, and throttles the rest."""

    per_second: int
    taken: Counter[int] = field(default_factory=Counter)
    throttled: int = 0

    def takes(self, at: datetime) -> bool:
        second = int(at.timestamp())
        if sum(self.taken[second - n] for n in range(BURST)) >= self.per_second * BURST:
            self.throttled += 1
            return False
        self.taken[second] += 1
        return True

    def seconds_of(self, share: float) -> int:
        """From the first message taken until that share of all was."""
        took, wanted = 0, share * self.taken.total()
        for second in sorted(self.taken):
            took += self.taken[second]
            if took >= wanted:
                break
        return second - min(self.taken) + 1


class NineOClock:
    """A road whose due cases flow from now on. `granted`: what providers take a second, by channel."""

    def __init__(self, road: Road, stage: Stage, granted: Mapping[Channel, int]) -> None:
        self.road, self.rates = road, stage.rates
        self.providers = {channel: Provider(granted[channel]) for channel in QUEUES}
        self.sent_back: list[str] = []
        told = {"EMDIA_PACE": stage.worker_pace} if stage.worker_pace else {}
        self.pace = Settings(stage.name, "send_message", told).pace()
        road.faults.around = partial(self._around, road.faults.around)  # type: ignore[method-assign]
        road.ses.status_of = lambda _to: "SUCCESS" if self._takes(Channel.EMAIL) else "ACCOUNT_THROTTLED"
        road.sms.refuse = partial(self._refuse, Channel.SMS)
        road.social.refuse = partial(self._refuse, Channel.WHATSAPP)

    def _pass(self, seconds: float) -> None:
        self.road.clock.at += timedelta(seconds=seconds)
        self.road.ticks += seconds

    def _around(
        self,
        around: Callable[[str, str, Callable[[], object]], object],
        service: str,
        operation: str,
        do: Callable[[], object],
    ) -> object:
        self._pass(SECONDS.get(operation, OTHER_CALL))
        return around(service, operation, do)

    def _takes(self, channel: Channel) -> bool:
        return self.providers[channel].takes(self.road.clock.at)

    def _refuse(self, channel: Channel, _phone: str) -> None:
        if not self._takes(channel):
            raise client_error("ThrottlingException", "Send")

    def run(self, until: datetime) -> None:
        """Every quarter of an hour the schedules, and all the while the workers, until nothing is left to send."""
        road, start = self.road, self.road.clock.at
        tick = start
        workers = [(start, n, channel) for channel in QUEUES for n in range(self.rates[channel].concurrency)]
        heapq.heapify(workers)
        while workers[0][0] < until:
            if workers[0][0] >= tick:
                road.clock.at = tick
                road.climb()
                road.sweep()
                road.take()
                tick += QUARTER
                if not any(road.sqs.waiting(url) for url in QUEUES.values()) and tick > start + QUARTER:
                    return
            at, n, channel = heapq.heappop(workers)
            road.clock.at = at
            free = self._invoke(channel, self.rates[channel]) or tick
            heapq.heappush(workers, (free, n, channel))

    def _invoke(self, channel: Channel, rate: Rate) -> datetime | None:
        """One invocation; when its worker is free again, None when there was nothing to do."""
        road, began = self.road, self.road.clock.at
        messages = road.sqs.take(QUEUES[channel], rate.batch)
        if not messages:
            return None
        deps = replace(road.sending(), pace=self.pace, pause=self._pass)

        def left() -> float:
            return rate.timeout - (road.clock.at - began).total_seconds()

        for message in messages:
            try:
                send_message.send_message(message, deps, left)
            except TryLater as later:
                self.sent_back.append(str(later))
        assert left() > 0, "the worker would have been killed"
        return road.clock.at
