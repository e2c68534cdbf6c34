"""Senders of SMS and WhatsApp, and how WhatsApp templates stand at Meta."""

import argparse
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from emdia.aws.senders import DynamoSenders
from emdia.errors import LostRace
from emdia.identity import parse_ans
from emdia.messages.registry import TemplateStanding
from emdia.portfolio.contract import Channel, Operator
from emdia.ports import Ledgers
from emdia.workflows.hear_templates import record

SENDERS: Mapping[str, str] = {
    "sms_from": "remetente de SMS: número curto ou outra identidade (sem: a operadora não envia SMS)",
    "letters": "yes: alguém imprime e posta as cartas (emdia letters); sem: a operadora não envia cartas",
    "whatsapp_from": "id do número no WhatsApp, phone-number-id-... (sem: a operadora não usa WhatsApp)",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options by which an operator's senders are told."""
    for name, text in SENDERS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", default="", help=text)


def register(operator: Operator, senders: DynamoSenders) -> None:
    """Make what comes in to the operator's numbers the operator's. Raises Rejected `sender-taken`."""
    for channel, identity in ((Channel.SMS, operator.sms_from), (Channel.WHATSAPP, operator.whatsapp_from)):
        if identity:
            senders.register(channel, identity, operator.ans)


def sync_templates(social: Any, account: str, ans: str, ledgers: Ledgers, now: datetime) -> int:
    """Ask Meta how the templates of a WhatsApp Business account stand, and record it; how many are usable.

    Their changes are heard by themselves afterwards. Raises LostRace when somebody else recorded some meanwhile.
    """
    standings: list[TemplateStanding] = []
    request: dict[str, Any] = {"id": account}
    while True:
        answer = social.list_whatsapp_message_templates(**request)
        for one in answer.get("templates", ()):
            told = one["templateName"], one["templateStatus"].upper(), one.get("templateCategory", "").upper()
            standings.append(TemplateStanding(*told, now))
        if "nextToken" not in answer:
            break
        request["nextToken"] = answer["nextToken"]
    registry = record(standings, ledgers.of(parse_ans(ans, "/operator")))
    if registry is None:
        raise LostRace("somebody else recorded templates")
    return sum(registry.usable(one.name) for one in registry.templates)
