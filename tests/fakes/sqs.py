# ruff: noqa: N803  parameters are spelled as the SDK spells them
"""MemorySqs: queues as lists, strict about batches."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from tests.fakes.faults import Faults

_BATCH_BYTES = 256 * 1024


class MemorySqs:
    """`fail_entries` entries of the next request are refused by the service, not by the sender."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.queues: dict[str, list[str]] = defaultdict(list)
        self.fail_entries = 0
        self.sender_fault = False

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        assert 1 <= len(Entries) <= 10, f"{len(Entries)} entries"
        assert len({entry["Id"] for entry in Entries}) == len(Entries), "ids repeat"
        assert sum(len(entry["MessageBody"].encode()) for entry in Entries) <= _BATCH_BYTES
        for entry in Entries:
            assert set(entry) == {"Id", "MessageBody", "DelaySeconds"}
            assert 0 <= entry["DelaySeconds"] <= 900

        def do() -> dict[str, Any]:
            taken = Entries[: len(Entries) - self.fail_entries]
            refused = Entries[len(taken) :]
            self.fail_entries = 0
            self.queues[QueueUrl] += [entry["MessageBody"] for entry in taken]
            failed = [{"Id": e["Id"], "Code": "InternalError", "SenderFault": self.sender_fault} for e in refused]
            return {"Successful": [{"Id": e["Id"]} for e in taken]} | ({"Failed": failed} if failed else {})

        return self.faults.around("sqs", "SendMessageBatch", do)  # type: ignore[return-value]

    def take(self, url: str, most: int = 10) -> list[Any]:
        """Receive and delete up to `most` messages, as their parsed bodies; oldest first, uncounted."""
        taken, self.queues[url] = self.queues[url][:most], self.queues[url][most:]
        return [json.loads(body) for body in taken]

    def waiting(self, url: str) -> int:
        """Messages in a queue."""
        return len(self.queues[url])
