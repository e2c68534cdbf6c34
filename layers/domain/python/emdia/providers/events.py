"""One queue hears all providers: which of them wrote a message, and what it tells."""

from datetime import datetime

from emdia.errors import Rejected
from emdia.messages.delivery import Delivery
from emdia.messages.reply import Reply, TemplateTold
from emdia.providers.envelope import opened
from emdia.providers.ses_events import ses_event
from emdia.providers.sms_events import sms_delivery, sms_reply
from emdia.providers.whatsapp_events import whatsapp_events


def parse_deliveries(body: str, account: str) -> tuple[Delivery | TemplateTold, ...]:
    """What a message of the queue of deliveries tells of outreach and templates; people's replies are another queue's.

    `account` is ours: what another account's provider tells is refused. Raises Rejected as the providers' modules do.
    """
    event = opened(body)
    if "whatsAppWebhookEntry" in event:
        return tuple(told for told in whatsapp_events(event, account) if not isinstance(told, Reply))
    if str(event.get("eventType", "")).startswith("TEXT_"):
        return (sms_delivery(event),)
    return (ses_event(event, account),)


def parse_replies(body: str, account: str, heard_at: datetime) -> tuple[Reply, ...]:
    """What people write, in a message of the queue of replies; statuses that come with it are the other queue's.

    `heard_at` (UTC) stands for the moment where the provider tells none. Raises Rejected as the providers' modules do.
    """
    event = opened(body)
    if "whatsAppWebhookEntry" in event:
        return tuple(told for told in whatsapp_events(event, account) if isinstance(told, Reply))
    if "inboundMessageId" in event:
        return (sms_reply(event, heard_at),)
    raise Rejected("provider-event-invalid")
