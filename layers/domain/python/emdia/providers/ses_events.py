"""What Amazon SES tells of a mail after taking it: SES event publishing, by SNS to SQS, raw or in its envelope.

Only five things are kept of an event: which outreach, what happened, when, the provider's own id of the mail and
a code of its enumerations. Addresses, diagnostics, subjects, IP addresses and user agents stay behind:
nobody here needs them.

Source: Amazon SES Developer Guide, “Contents of event data that Amazon SES publishes to Amazon SNS”.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from emdia.clock import parse_instant
from emdia.errors import Rejected
from emdia.messages.outreach import Target


class MailEventKind(StrEnum):
    """What happened to a mail. DELIVERED: the recipient's server took it; whether anybody read it is another event."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    OPENED = "opened"
    CLICKED = "clicked"
    REJECTED = "rejected"  # taken by SES, then not sent: a virus, or a template that does not render
    DELAYED = "delayed"  # SES goes on trying


@dataclass(frozen=True, slots=True)
class MailEvent:
    """One event about one mail. `at` is UTC; `permanent` is true of a bounce that will always bounce.

    `reason` is a value of SES's own enumerations (bounce subtype, delay type), "" where there is none.
    """

    ref: Target
    kind: MailEventKind
    at: datetime
    provider_id: str
    permanent: bool = False
    reason: str = ""


def parse_mail_event(body: str) -> MailEvent:
    """The event in `body`, an SQS message of a queue subscribed to the topic, with or without raw delivery.

    Raises Rejected: `sns-envelope-invalid` (an envelope of something else), `ses-event-invalid` (no event, or a
    member missing), `ses-event-foreign` (a mail without our `ref` tag), `ses-event-unknown` (a type or kind of feedback
    that says nothing of delivery). The error never quotes what was received.
    """
    event = _json_object(body)
    if "Type" in event:
        message = event.get("Message")
        if event["Type"] != "Notification" or not isinstance(message, str):
            raise Rejected("sns-envelope-invalid")
        event = _json_object(message)
    kind = event.get("eventType")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise Rejected("ses-event-unknown" if isinstance(kind, str) else "ses-event-invalid", "/eventType")
    try:
        mail = event["mail"]
        return read(event, _target(mail), str(mail["messageId"]))
    except (KeyError, TypeError, AttributeError, ValueError):
        # From None: the cause would carry pieces of the event, which holds personal data.
        raise Rejected("ses-event-invalid") from None


def _json_object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise Rejected("ses-event-invalid") from None
    if not isinstance(value, dict):
        raise Rejected("ses-event-invalid")
    return value


def _target(mail: Mapping[str, Any]) -> Target:
    """Tags hold lists of values; a mail of ours has exactly one `ref`."""
    refs = mail.get("tags", {}).get("ref", [])
    if not isinstance(refs, list) or len(refs) != 1 or not isinstance(refs[0], str):
        raise Rejected("ses-event-foreign", "/mail/tags/ref")
    try:
        return Target.decode(refs[0])
    except ValueError:
        raise Rejected("ses-event-foreign", "/mail/tags/ref") from None


def _bounce(event: Mapping[str, Any], ref: Target, provider_id: str) -> MailEvent:
    bounce = event["bounce"]
    return MailEvent(
        ref,
        MailEventKind.BOUNCED,
        parse_instant(bounce["timestamp"]),
        provider_id,
        permanent=bounce["bounceType"] == "Permanent",
        reason=str(bounce["bounceSubType"]),
    )


def _complaint(event: Mapping[str, Any], ref: Target, provider_id: str) -> MailEvent:
    complaint = event["complaint"]
    at = parse_instant(complaint["timestamp"])
    if complaint.get("complaintFeedbackType") == "not-spam":
        raise Rejected("ses-event-unknown", "/complaint/complaintFeedbackType")
    if complaint.get("complaintSubType") == "OnAccountSuppressionList":
        # The address had complained before, so SES never sent this one: proven non-delivery, not a new complaint.
        return MailEvent(ref, MailEventKind.BOUNCED, at, provider_id, permanent=True, reason="OnAccountSuppressionList")
    return MailEvent(ref, MailEventKind.COMPLAINED, at, provider_id)


def _delay(event: Mapping[str, Any], ref: Target, provider_id: str) -> MailEvent:
    delay = event["deliveryDelay"]
    at = parse_instant(delay["timestamp"])
    return MailEvent(ref, MailEventKind.DELAYED, at, provider_id, reason=str(delay["delayType"]))


def _timed(member: str, kind: MailEventKind) -> "_Reader":
    def read(event: Mapping[str, Any], ref: Target, provider_id: str) -> MailEvent:
        return MailEvent(ref, kind, parse_instant(event[member]["timestamp"]), provider_id)

    return read


def _never_sent(event: Mapping[str, Any], ref: Target, provider_id: str) -> MailEvent:
    # Neither `reject` nor `failure` carries a moment of its own.
    return MailEvent(ref, MailEventKind.REJECTED, parse_instant(event["mail"]["timestamp"]), provider_id)


_Reader = Callable[[Mapping[str, Any], Target, str], MailEvent]
# “Send” and “Subscription” are not subscribed: the answer to the call told us the first, and we use no SES lists.
_READERS: Mapping[str, _Reader] = {
    "Bounce": _bounce,
    "Complaint": _complaint,
    "Delivery": _timed("delivery", MailEventKind.DELIVERED),
    "DeliveryDelay": _delay,
    "Open": _timed("open", MailEventKind.OPENED),
    "Click": _timed("click", MailEventKind.CLICKED),
    "Reject": _never_sent,
    "Rendering Failure": _never_sent,
}
