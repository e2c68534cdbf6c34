"""What AWS End User Messaging SMS tells: events of texts we sent, and what people write to our short code.

Sources: AWS End User Messaging SMS User Guide, “Event types for SMS, MMS, and voice”, “Example event data” and “Two-way
SMS messaging”.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from emdia.errors import Rejected
from emdia.identity import parse_phone
from emdia.messages.delivery import Delivery, DeliveryKind
from emdia.messages.outreach import Target
from emdia.messages.reply import Reply, kept
from emdia.portfolio.contract import Channel

_KINDS: Mapping[str, DeliveryKind] = {
    "TEXT_DELIVERED": DeliveryKind.DELIVERED,
    # The carrier took it: in Brazil often the last that is told, and as much as a mail server's yes.
    "TEXT_SUCCESSFUL": DeliveryKind.DELIVERED,
    "TEXT_INVALID": DeliveryKind.FAILED,
    "TEXT_INVALID_MESSAGE": DeliveryKind.FAILED,
    "TEXT_UNREACHABLE": DeliveryKind.FAILED,
    "TEXT_CARRIER_UNREACHABLE": DeliveryKind.FAILED,
    "TEXT_BLOCKED": DeliveryKind.FAILED,
    "TEXT_CARRIER_BLOCKED": DeliveryKind.FAILED,
    "TEXT_SPAM": DeliveryKind.FAILED,
    "TEXT_TTL_EXPIRED": DeliveryKind.FAILED,
    "TEXT_PROTECT_BLOCKED": DeliveryKind.REJECTED,
    "TEXT_QUEUED": DeliveryKind.DELAYED,
    "TEXT_PENDING": DeliveryKind.DELAYED,
    "TEXT_UNKNOWN": DeliveryKind.DELAYED,  # nobody knows: the horizon decides
}
_NO_SUCH_NUMBER = "TEXT_INVALID"


def sms_delivery(event: Mapping[str, Any]) -> Delivery:
    """The report in `event`.

    Raises Rejected: `sms-event-invalid` (a member missing), `sms-event-foreign` (a text without our `ref`),
    `sms-event-unknown` (a type that says nothing of a text).
    """
    told = event.get("eventType")
    kind = _KINDS.get(told) if isinstance(told, str) else None
    if kind is None or not isinstance(told, str):
        raise Rejected("sms-event-unknown", "/eventType")
    context = event.get("context")
    ref = context.get("ref") if isinstance(context, dict) else None
    if not isinstance(ref, str):
        raise Rejected("sms-event-foreign", "/context/ref")
    try:
        target = Target.decode(ref)
    except ValueError:
        raise Rejected("sms-event-foreign", "/context/ref") from None
    try:
        at = datetime.fromtimestamp(event["eventTimestamp"] / 1000, UTC)
        permanent = told == _NO_SUCH_NUMBER
        reason = told.removeprefix("TEXT_").lower().replace("_", "-")
        return Delivery(target, kind, at, str(event["messageId"]), permanent=permanent, reason=reason)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        raise Rejected("sms-event-invalid") from None


def sms_reply(event: Mapping[str, Any], at: datetime) -> Reply:
    """What a person wrote. The event carries no moment: `at` is when we heard (UTC).

    Raises Rejected `sms-event-invalid`, also for a number that is nobody's own phone.
    """
    try:
        values = [event[name] for name in ("destinationNumber", "originationNumber", "messageBody", "inboundMessageId")]
    except KeyError:
        raise Rejected("sms-event-invalid") from None
    if not all(isinstance(value, str) for value in values):
        raise Rejected("sms-event-invalid")
    to, phone, text, name = values
    try:
        return Reply(Channel.SMS, to, parse_phone(phone), kept(text), at, name)
    except Rejected:
        raise Rejected("sms-event-invalid", "/originationNumber") from None
