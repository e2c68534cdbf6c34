"""Messages out, and what providers and people say about them."""

from aws_cdk import Stack
from constructs import Construct

from infra.function import Foundation
from infra.queues import Queues, drain
from infra.rooms.api import PublicApi
from infra.rooms.providers import Providers

CHANNELS = ("email", "sms", "whatsapp", "letter")


class Messaging(Construct):
    """`send_message`, `receive_delivery`, `receive_reply`, `show_debt`, `receive_opt_out`, `print_letters`."""

    def __init__(self, scope: Construct, base: Foundation, api: PublicApi, queues: Queues) -> None:
        super().__init__(scope, "Messaging")
        providers = Providers(self, base)
        deliveries = queues.work["deliveries"]
        providers.hear(deliveries.queue, "ses", "sms", "whatsapp")
        links = {"EMDIA_PUBLIC_URL": api.url}
        timeout = max(queues.work[channel].rate.timeout for channel in CHANNELS)
        # One function for all channels: a claim is a claim. The pace is its queues', one a channel.
        pace = {"EMDIA_PACE": base.stage.worker_pace} if base.stage.worker_pace else {}
        send = base.function(self, "send_message", timeout=timeout, memory=1024, environment=links | pace)
        for channel in CHANNELS:
            drain(base, queues.work[channel], send, channel)
        account = {"EMDIA_ACCOUNT": Stack.of(self).account}
        hear = base.function(self, "receive_delivery", timeout=deliveries.rate.timeout, environment=account)
        drain(base, deliveries, hear)
        replies = queues.work["replies"]
        providers.hear(replies.queue, "texts", "whatsapp")
        answer = base.function(
            self, "receive_reply", timeout=replies.rate.timeout, memory=1024, environment=account | links
        )
        drain(base, replies, answer)
        # Three answers of a bank that takes all its eight seconds, and the gateway waits no longer.
        debt = base.function(self, "show_debt", timeout=28, memory=1024)
        for method in ("GET", "POST"):  # to read and pay, and to say how paying was
            api.door(method, "/p/{token}", debt)
        letters = base.function(self, "print_letters", timeout=60, memory=1024)
        api.door("POST", "/v1/erp/{client}/letters", letters)
        opt_out = base.function(self, "receive_opt_out", timeout=15, memory=1024)
        for method in ("GET", "POST"):
            api.door(method, "/u/{token}", opt_out)
