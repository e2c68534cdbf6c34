"""What the two phone providers publish to SNS.

Sources: AWS End User Messaging SMS User Guide, “Example event data” and “Two-way SMS messaging”; AWS End User Messaging
Social User Guide, “Message and event format”; WhatsApp Business Platform, Cloud API webhooks.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from infra.local.ministack import ACCOUNT
from infra.local.sandbox.phones import Account, Text
from infra.stages import REGION

_SAID = {
    "TEXT_DELIVERED": "Message has been accepted by phone",
    "TEXT_INVALID": "Invalid number",
    "TEXT_TTL_EXPIRED": "The message expired before it could be delivered",
    "TEXT_UNREACHABLE": "The phone is unreachable",
}
_ERRORS = {
    "131026": "Message undeliverable",
    "131047": "Re-engagement message",
    "132001": "Template does not exist",
    "132015": "Template is paused",
}


def sms_record(text: Text, kind: str, at: datetime) -> str:
    """An event of an SMS; `kind` is its event type."""
    return json.dumps(
        {
            "eventType": kind,
            "eventVersion": "1.0",
            "eventTimestamp": _millis(at),
            "isFinal": True,
            "originationPhoneNumber": text.sender,
            "destinationPhoneNumber": text.to,
            "isoCountryCode": "BR",
            "messageId": text.id,
            "messageRequestTimestamp": _millis(text.at),
            "messageEncoding": "GSM",
            "messageType": "TRANSACTIONAL",
            "messageStatus": kind.removeprefix("TEXT_"),
            "messageStatusDescription": _SAID.get(kind, "as told by the sandbox's controls"),
            "context": {"ref": text.ref},
            "totalMessageParts": 1,
            "totalMessagePrice": 0.0245,
            "totalCarrierFee": 0.0,
        }
    )


def sms_inbound(text: Text, answers: str) -> str:
    """What a person wrote to a short code. `answers`: the id of the message it follows."""
    return json.dumps(
        {
            "originationNumber": text.to,
            "destinationNumber": text.sender,
            "messageKeyword": f"KEYWORD_{ACCOUNT}",
            "messageBody": text.text,
            "inboundMessageId": text.id,
            "previousPublishedMessageId": answers,
        },
        ensure_ascii=False,
    )


def status_record(text: Text, kind: str, at: datetime, account: Account) -> str:
    """A status of a WhatsApp message: sent, delivered, read or failed."""
    status: dict[str, object] = {
        "id": text.id,
        "status": kind,
        "timestamp": str(int(at.timestamp())),
        "recipient_id": text.to.removeprefix("+"),
        "biz_opaque_callback_data": text.ref,
    }
    if kind == "failed":
        title = _ERRORS.get(text.why, "as told by the sandbox's controls")
        status["errors"] = [{"code": int(text.why), "title": title, "message": title}]
    return _envelope(account, at, text.id, "messages", _value(text.sender) | {"statuses": [status]})


def whatsapp_inbound(text: Text, account: Account) -> str:
    """What a person wrote on WhatsApp."""
    phone = text.to.removeprefix("+")
    message = {
        "from": phone,
        "id": text.id,
        "timestamp": str(int(text.at.timestamp())),
        "type": "text",
        "text": {"body": text.text},
    }
    contacts = [{"profile": {"name": "WhatsApp"}, "wa_id": phone}]
    value = _value(text.sender) | {"contacts": contacts, "messages": [message]}
    return _envelope(account, text.at, text.id, "messages", value)


def template_record(account: Account, name: str, status: str, at: datetime) -> str:
    """Meta says how a template stands from now on."""
    value = {
        "event": status,
        "message_template_id": 1 + list(account.templates).index(name),
        "message_template_name": name,
        "message_template_language": "pt_BR",
        "reason": "INVALID_FORMAT" if status == "REJECTED" else "NONE",
    }
    return _envelope(account, at, f"{name}-{_millis(at)}", "message_template_status_update", value)


def _value(sender: str) -> dict[str, object]:
    metadata = {"display_phone_number": "551130030000", "phone_number_id": sender.removeprefix("phone-number-id-")}
    return {"messaging_product": "whatsapp", "metadata": metadata}


def _envelope(account: Account, at: datetime, name: str, field: str, value: Mapping[str, object]) -> str:
    arn = f"arn:aws:social-messaging:{REGION}:{ACCOUNT}"
    business = account.id.removeprefix("waba-")
    numbers = [number.removeprefix("phone-number-id-") for number in account.numbers]
    entry = {"id": business, "changes": [{"value": value, "field": field}]}
    return json.dumps(
        {
            "context": {
                "MetaWabaIds": [{"wabaId": business, "arn": f"{arn}:waba/{business}"}],
                "MetaPhoneNumberIds": [
                    {"metaPhoneNumberId": number, "arn": f"{arn}:phone-number-id/{number}"} for number in numbers
                ],
            },
            "whatsAppWebhookEntry": json.dumps(entry, ensure_ascii=False),
            "aws_account_id": ACCOUNT,
            "message_timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "messageId": name,
        },
        ensure_ascii=False,
    )


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)
