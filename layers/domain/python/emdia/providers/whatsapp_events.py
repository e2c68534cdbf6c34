"""What AWS End User Messaging Social tells: Meta's webhook entries, in the service's envelope.

Sources: AWS End User Messaging Social User Guide, “Message and event format”; WhatsApp Business Platform, Cloud API,
webhook fields `messages` and `message_template_status_update`.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from emdia.clock import parse_instant
from emdia.errors import Rejected
from emdia.identity import parse_phone
from emdia.messages.delivery import Delivery, DeliveryKind
from emdia.messages.outreach import Target
from emdia.messages.reply import Reply, TemplateTold, kept
from emdia.portfolio.contract import Channel
from emdia.providers.envelope import json_object

_KINDS: Mapping[str, DeliveryKind] = {
    "sent": DeliveryKind.DELAYED,  # it left Meta; whether it arrives is told next
    "delivered": DeliveryKind.DELIVERED,
    "read": DeliveryKind.READ,
    "failed": DeliveryKind.FAILED,
}
# “Message undeliverable”: no WhatsApp behind the number, or its owner has blocked us.
_UNDELIVERABLE = "131026"

Told = Delivery | Reply | TemplateTold


def whatsapp_events(event: Mapping[str, Any], account: str) -> tuple[Told, ...]:
    """All that one entry tells.

    Raises Rejected: `whatsapp-event-invalid` (a member missing), `account-foreign` (of another AWS account),
    `whatsapp-event-foreign` (the status of a message without our `biz_opaque_callback_data`).
    """
    if event.get("aws_account_id") != account:
        raise Rejected("account-foreign", "/aws_account_id")
    try:
        entry = json_object(event["whatsAppWebhookEntry"])
        numbers = {
            str(one["metaPhoneNumberId"]): "phone-number-id-" + str(one["arn"]).rpartition("/")[2]
            for one in event["context"]["MetaPhoneNumberIds"]
        }
        heard_at = parse_instant(str(event["message_timestamp"])[:19] + "Z")
        return tuple(_entry(entry, numbers, heard_at))
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, OSError):
        # From None: the cause would carry pieces of the event, which holds personal data.
        raise Rejected("whatsapp-event-invalid") from None


def _entry(entry: Mapping[str, Any], numbers: Mapping[str, str], heard_at: datetime) -> Iterator[Told]:
    every = tuple(numbers.values())
    for change in entry["changes"]:
        value, field = change["value"], change["field"]
        if field == "messages":
            for status in value.get("statuses", ()):
                yield _status(status)
            for message in value.get("messages", ()):
                # Of several numbers of one account only this one was written to: another may be another operator's.
                reply = _reply(message, numbers[str(value["metadata"]["phone_number_id"])])
                if reply is not None:
                    yield reply
        elif field == "message_template_status_update":
            yield TemplateTold(every, str(value["message_template_name"]), str(value["event"]), "", heard_at)
        elif field == "template_category_update":
            told = str(value["message_template_name"]), "", str(value["new_category"])
            yield TemplateTold(every, *told, heard_at)


def _status(status: Mapping[str, Any]) -> Delivery:
    try:
        ref = Target.decode(status["biz_opaque_callback_data"])
    except (KeyError, ValueError, AttributeError):
        raise Rejected("whatsapp-event-foreign", "/biz_opaque_callback_data") from None
    kind = _KINDS[status["status"]]
    codes = [str(error["code"]) for error in status.get("errors", ())]
    reason = codes[0] if kind is DeliveryKind.FAILED and codes else ""
    return Delivery(ref, kind, _moment(status), str(status["id"]), _UNDELIVERABLE in codes, reason)


def _reply(message: Mapping[str, Any], to: str) -> Reply | None:
    """A text, the button somebody pressed, a reaction's sign; of media what was written beside them.

    Of anything else only that it came. None for a reaction that was taken back: nothing was said.
    """
    kind = str(message["type"])
    said = _WORDS.get(kind)
    text = "" if said is None else str(said(message))
    if kind == "reaction" and not text:
        return None
    try:
        phone = parse_phone(f"+{message['from']}")
    except Rejected:
        raise Rejected("whatsapp-event-invalid", "/from") from None
    media = kind not in _SPOKEN
    return Reply(Channel.WHATSAPP, to, phone, kept(text), _moment(message), str(message["id"]), media=media)


def _pressed(message: Mapping[str, Any]) -> object:
    pressed = message["interactive"]
    return next(iter(pressed[pressed["type"]].values()))


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
    "text": lambda message: message["text"]["body"],
    "button": lambda message: message["button"]["text"],
    "interactive": _pressed,
    "reaction": lambda message: message["reaction"].get("emoji", ""),
    "image": lambda message: message["image"].get("caption", ""),
    "video": lambda message: message["video"].get("caption", ""),
    "document": lambda message: message["document"].get("caption", ""),
}
_SPOKEN = frozenset({"text", "button", "interactive", "reaction"})


def _moment(told: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(told["timestamp"]), UTC)
