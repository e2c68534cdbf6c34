"""A simulated ERP: numbers its events, signs its batches as Standard Webhooks asks, and posts them.

It knows of the product what its vendor would know: the address, the secret and the OpenAPI file.
"""

import http.client
import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook

from infra.local.demo.portfolio import House
from infra.local.demo.told import Said

BATCH = 100  # events a call may carry
TIMEOUT_SECONDS = 60

Event = dict[str, Any]


class PostFailedError(Exception):
    """The product did not take a batch it had to take; the message holds status and problem code."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the door said."""

    status: int
    document: dict[str, Any]


@dataclass(slots=True)
class Erp:
    """The ERP of one operator. `sent` counts events the door took, `refused` those it named as refused."""

    house: House
    base_url: str
    secret: str = field(repr=False)
    sent: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)
    _sequence: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _calls: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def event(self, said: Said, at: datetime) -> Event:
        """`said` as an event that happened at `at`, with the next number of this ERP."""
        kind, data = said
        sequence = next(self._sequence)
        return {
            "id": f"{self.house.client}:{sequence}",
            "type": kind,
            "operator": self.house.ans,
            "occurred_at": at.isoformat(),
            "sequence": sequence,
            "data": data,
        }

    def tell(self, events: Sequence[Event], now: datetime) -> None:
        """Post `events` in calls of a hundred. Raises PostFailedError for an answer that does not speak of each."""
        for start in range(0, len(events), BATCH):
            body = body_of(events[start : start + BATCH])
            answer = self.post(self.call_id(), body, now)
            if "accepted" not in answer.document:
                raise PostFailedError(f"{answer.status} {answer.document.get('code', '')}")
            self._note(answer.document)

    def call_id(self) -> str:
        """A new `webhook-id`."""
        return f"msg-{self.house.client}-{next(self._calls)}"

    def post(self, call: str, body: str, now: datetime, secret: str = "", to: str = "events") -> Answer:
        """One signed call. `secret`: another than this ERP's own, for the demonstration of a bad signature.

        `to`: which of its doors.
        """
        signature = Webhook(secret or self.secret).sign(call, now, body)
        address = urlsplit(self.base_url)
        connection = http.client.HTTPConnection(address.netloc, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(
                "POST",
                f"{address.path.rstrip('/')}/v1/erp/{self.house.client}/{to}",
                body.encode(),
                {
                    "Content-Type": "application/json",
                    "webhook-id": call,
                    "webhook-timestamp": str(int(now.timestamp())),
                    "webhook-signature": signature,
                },
            )
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        try:
            return Answer(answer.status, json.loads(text))
        except ValueError:
            return Answer(answer.status, {})

    def _note(self, document: dict[str, Any]) -> None:
        self.sent += len(document["accepted"])
        self.refused += document["refused"]


def body_of(events: Iterable[Event]) -> str:
    """A call's body: these bytes are what is signed."""
    return json.dumps({"events": list(events)}, ensure_ascii=False, separators=(",", ":"))
