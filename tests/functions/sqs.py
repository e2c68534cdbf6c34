"""Golden SQS batches: the event Lambda hands to a queue function."""

import json
from collections.abc import Mapping, Sequence
from typing import Any


def batch(bodies: Sequence[Mapping[str, Any] | str], attempt: int = 1) -> dict[str, Any]:
    """As the event source mapping delivers it; string bodies are taken as they are."""
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": "handle",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {
                    "ApproximateReceiveCount": str(attempt),
                    "SentTimestamp": "1764158400000",
                    "SenderId": "AROA",
                    "ApproximateFirstReceiveTimestamp": "1764158400001",
                },
                "messageAttributes": {},
                "md5OfBody": "0",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:sa-east-1:000000000000:queue",
                "awsRegion": "sa-east-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


def again(answer: Mapping[str, Any]) -> list[str]:
    """Message ids the function wants to see again."""
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
