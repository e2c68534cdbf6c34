"""WhatsApp over AWS End User Messaging Social (ports.Sender): one request a message, one attempt.

The message is Meta's own JSON; `biz_opaque_callback_data` comes back with every status. Sources: AWS End User Messaging
Social API Reference, SendWhatsAppMessage; WhatsApp Business Platform, Cloud API, “Messages”.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emdia.aws.attempt import SEND_ERRORS, outcome_of
from emdia.aws.plain import dumps
from emdia.messages.ports import Answer, Chat, Outcome, Sent

META_API = "v20.0"
_OURS = frozenset({"AccessDeniedException", "ResourceNotFoundException"})


@dataclass(frozen=True)
class WhatsAppChatter:
    """`social` must come from `clients.send_client`."""

    social: Any
    at_once: int = 1

    def send(self, messages: Sequence[Chat | Answer]) -> Sequence[Sent]:
        """See ports.Sender."""
        return [self._one(message) for message in messages]

    def _one(self, chat: Chat | Answer) -> Sent:
        told = template_message(chat) if isinstance(chat, Chat) else text_message(chat)
        body = dumps(told).encode()
        try:
            answer = self.social.send_whatsapp_message(
                originationPhoneNumberId=chat.sender, message=body, metaApiVersion=META_API
            )
        except SEND_ERRORS as error:
            return outcome_of(error, _OURS)
        return Sent(Outcome.ACCEPTED, provider_id=answer["messageId"])


def template_message(chat: Chat) -> dict[str, object]:
    """Meta's JSON of a template message."""
    components: list[dict[str, object]] = [
        {"type": "body", "parameters": [{"type": "text", "text": value} for value in chat.values]}
    ]
    if chat.link:
        link = [{"type": "text", "text": chat.link}]
        components.append({"type": "button", "sub_type": "url", "index": "0", "parameters": link})
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": chat.to,
        "type": "template",
        "template": {"name": chat.template, "language": {"code": chat.language}, "components": components},
        "biz_opaque_callback_data": chat.ref,
    }


def text_message(answer: Answer) -> dict[str, object]:
    """Meta's JSON of free text."""
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": answer.to,
        "type": "text",
        "text": {"preview_url": False, "body": answer.body},
        "biz_opaque_callback_data": answer.ref,
    }
