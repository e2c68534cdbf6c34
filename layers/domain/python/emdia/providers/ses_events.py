"""What Amazon SES tells of a mail after taking it: SES event publishing, by SNS to SQS.

Only five things are kept of an event: which outreach, what happened, when, the provider's own id of the mail and
a code of its enumerations. Addresses, diagnostics, subjects, IP addresses and user agents stay behind:
nobody here needs them.

Source: Amazon SES Developer Guide, “Contents of event data that Amazon SES publishes to Amazon SNS”.
"""

from collections.abc import Callable, Mapping
from typing import Any

from emdia.clock import parse_instant
from emdia.errors import Rejected
from emdia.messages.delivery import Delivery, DeliveryKind
from emdia.messages.outreach import Target


def ses_event(event: Mapping[str, Any], account: str) -> Delivery:
    """The report in `event`.

    Raises Rejected: `ses-event-invalid` (no event, or a member missing), `account-foreign` (a mail of another AWS
    account), `ses-event-foreign` (a mail without our `ref` tag), `ses-event-unknown` (a type or kind of feedback
    that says nothing of delivery). The error never quotes what was received.
    """
    kind = event.get("eventType")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise Rejected("ses-event-unknown" if isinstance(kind, str) else "ses-event-invalid", "/eventType")
    try:
        mail = event["mail"]
        if mail["sendingAccountId"] != account:
            raise Rejected("account-foreign", "/mail/sendingAccountId")
        return read(event, _target(mail), str(mail["messageId"]))
    except (KeyError, TypeError, AttributeError, ValueError):
        # From None: the cause would carry pieces of the event, which holds personal data.
        raise Rejected("ses-event-invalid") from None


def _target(mail: Mapping[str, Any]) -> Target:
    """Tags hold lists of values; a mail of ours has exactly one `ref`."""
    refs = mail.get("tags", {}).get("ref", [])
    if not isinstance(refs, list) or len(refs) != 1 or not isinstance(refs[0], str):
        raise Rejected("ses-event-foreign", "/mail/tags/ref")
    try:
        return Target.decode(refs[0])
    except ValueError:
        raise Rejected("ses-event-foreign", "/mail/tags/ref") from None


def _bounce(event: Mapping[str, Any], ref: Target, provider_id: str) -> Delivery:
    bounce = event["bounce"]
    return Delivery(
        ref,
        DeliveryKind.FAILED,
        parse_instant(bounce["timestamp"]),
        provider_id,
        permanent=bounce["bounceType"] == "Permanent",
        reason=str(bounce["bounceSubType"]),
    )


def _complaint(event: Mapping[str, Any], ref: Target, provider_id: str) -> Delivery:
    complaint = event["complaint"]
    at = parse_instant(complaint["timestamp"])
    if complaint.get("complaintFeedbackType") == "not-spam":
        raise Rejected("ses-event-unknown", "/complaint/complaintFeedbackType")
    if complaint.get("complaintSubType") == "OnAccountSuppressionList":
        # The address had complained before, so SES never sent this one: proven non-delivery, not a new complaint.
        return Delivery(ref, DeliveryKind.FAILED, at, provider_id, permanent=True, reason="OnAccountSuppressionList")
    return Delivery(ref, DeliveryKind.COMPLAINED, at, provider_id)


def _delay(event: Mapping[str, Any], ref: Target, provider_id: str) -> Delivery:
    delay = event["deliveryDelay"]
    at = parse_instant(delay["timestamp"])
    return Delivery(ref, DeliveryKind.DELAYED, at, provider_id, reason=str(delay["delayType"]))


def _timed(member: str, kind: DeliveryKind) -> "_Reader":
    def read(event: Mapping[str, Any], ref: Target, provider_id: str) -> Delivery:
        return Delivery(ref, kind, parse_instant(event[member]["timestamp"]), provider_id)

    return read


def _never_sent(event: Mapping[str, Any], ref: Target, provider_id: str) -> Delivery:
    # Neither `reject` nor `failure` carries a moment of its own.
    return Delivery(ref, DeliveryKind.REJECTED, parse_instant(event["mail"]["timestamp"]), provider_id)


_Reader = Callable[[Mapping[str, Any], Target, str], Delivery]
# “Send” and “Subscription” are not subscribed: the answer to the call told us the first, and we use no SES lists.
_READERS: Mapping[str, _Reader] = {
    "Bounce": _bounce,
    "Complaint": _complaint,
    "Delivery": _timed("delivery", DeliveryKind.DELIVERED),
    "DeliveryDelay": _delay,
    "Open": _timed("open", DeliveryKind.READ),
    "Click": _timed("click", DeliveryKind.READ),
    "Reject": _never_sent,
    "Rendering Failure": _never_sent,
}
