"""Queues of keys over SQS (ports.Queue)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emdia.aws.answers import AWS_ERRORS, trouble
from emdia.aws.plain import dumps
from emdia.errors import Halted, TryLater

_ENTRIES = 10  # SendMessageBatch
_BYTES = 240_000  # of 256 KiB a request


@dataclass(frozen=True)
class SqsQueue:
    """One queue, by URL."""

    sqs: Any
    url: str

    def send(self, bodies: Sequence[Mapping[str, object]], delay_seconds: int = 0) -> None:
        """See ports.Queue. Raises Halted for a body no queue can take."""
        for batch in _batches([dumps(dict(body)) for body in bodies]):
            entries = [
                {"Id": str(i), "MessageBody": body, "DelaySeconds": delay_seconds} for i, body in enumerate(batch)
            ]
            left = self._send(entries)
            if left and self._send(left):
                raise TryLater("sqs SendMessageBatch: some entries failed twice")

    def _send(self, entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The entries that the queue did not take."""
        try:
            answer = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)
        except AWS_ERRORS as error:
            raise trouble(error, "sqs SendMessageBatch") from error
        failed = {one["Id"]: one for one in answer.get("Failed", ())}
        for one in failed.values():
            if one.get("SenderFault"):
                raise Halted(f"sqs SendMessageBatch: {one.get('Code', '')}")
        return [entry for entry in entries if entry["Id"] in failed]


def _batches(bodies: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for body in bodies:
        length = len(body.encode())
        if length > _BYTES:
            raise Halted(f"a queue body of {length} bytes: bodies carry keys only")
        if batch and (len(batch) == _ENTRIES or size + length > _BYTES):
            yield batch
            batch, size = [], 0
        batch.append(body)
        size += length
    if batch:
        yield batch
