"""What SNS hands over: the provider's JSON, raw or in the topic's envelope."""

import json
from collections.abc import Mapping
from typing import Any

from emdia.errors import Rejected


def opened(body: str) -> Mapping[str, Any]:
    """The provider's own object in `body`, an SQS message of a queue subscribed to a topic, raw or not.

    Raises Rejected: `sns-envelope-invalid` (an envelope of something else), `provider-event-invalid` (no JSON object).
    The error never quotes what was received.
    """
    event = json_object(body)
    if "Type" in event and "TopicArn" in event:
        message = event.get("Message")
        if event["Type"] != "Notification" or not isinstance(message, str):
            raise Rejected("sns-envelope-invalid")
        event = json_object(message)
    return event


def json_object(text: str) -> Mapping[str, Any]:
    """`text` as a JSON object. Raises Rejected `provider-event-invalid`."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise Rejected("provider-event-invalid") from None
    if not isinstance(value, dict):
        raise Rejected("provider-event-invalid")
    return value
