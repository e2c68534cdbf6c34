"""AWS End User Messaging Social on the wire (REST, JSON), refused as the service refuses.

Sources: AWS End User Messaging Social API Reference, SendWhatsAppMessage and ListWhatsAppMessageTemplates; WhatsApp
Business Platform, Cloud API, “Messages”. What Meta finds wrong later, and what AWS takes, fails by an event.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from infra.local.sandbox.carrier import Carrier
from infra.local.sandbox.faults import carried
from infra.local.sandbox.phones import WHATSAPP, Account, Text
from infra.local.sandbox.wire import WireError, check_signed

SEND, LIST = "/v1/whatsapp/send", "/v1/whatsapp/template/list"
_MOBILE = re.compile(r"\+?55[1-9][0-9]9[0-9]{8}")
_HOLE = re.compile(r"\{\{([0-9]+)\}\}")
_BREAKS = re.compile(r"[\n\t]| {5}")
_PAGE = 25
_MAX_REF = 512


def answer(carrier: Carrier, path: str, query: Mapping[str, str], authorization: str, body: bytes) -> object | None:
    """The answer to one call; None for a connection that is dropped without a word. Raises WireError."""
    check_signed(authorization, "social-messaging")
    if path == LIST:
        return _templates(carrier, query)
    throttled = WireError(429, "ThrottledRequestException", "Too many requests.")
    broken = WireError(500, "InternalServiceException", "Service failure.")
    try:
        return carried(carrier.faults[WHATSAPP], lambda: _send(carrier, body), throttled, broken)
    except WireError as error:
        carrier.throttled += error is throttled
        raise


def _templates(carrier: Carrier, query: Mapping[str, str]) -> object:
    account = carrier.account(query.get("id", ""))
    if account is None:
        raise WireError(404, "ResourceNotFoundException", "No such WhatsApp Business account is linked.")
    start, size = int(query.get("nextToken", "0")), min(int(query.get("maxResults", _PAGE)), 100)
    names = list(account.templates)
    listed = [
        {
            "templateName": name,
            "metaTemplateId": str(1 + place),
            "templateStatus": account.standing[name],
            "templateQualityScore": "UNKNOWN",
            "templateLanguage": "pt_BR",
            "templateCategory": str(account.templates[name]["category"]),
        }
        for place, name in enumerate(names)
    ][start : start + size]
    more = {"nextToken": str(start + size)} if start + size < len(names) else {}
    return {"templates": listed} | more


def _send(carrier: Carrier, body: bytes) -> object:
    try:
        request = json.loads(body)
        message = json.loads(base64.b64decode(request["message"], validate=True))
        sender, to, kind = request["originationPhoneNumberId"], str(message["to"]), message["type"]
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise _invalid("message is Meta's JSON, base64-encoded") from None
    account = carrier.account(sender)
    if account is None or sender not in account.numbers:
        raise WireError(404, "ResourceNotFoundException", "No such phone number is linked.")
    if not re.fullmatch(r"v\d+\.0", str(request.get("metaApiVersion"))) or not _MOBILE.fullmatch(to):
        raise _invalid("metaApiVersion or to")
    ref = str(message.get("biz_opaque_callback_data", ""))
    if len(ref) > _MAX_REF:
        raise _invalid("biz_opaque_callback_data has at most 512 characters")
    if (refused := carrier.faults[WHATSAPP].take("refuse", to)) is not None:
        raise WireError(400, refused.status, "as told by the sandbox's controls")
    text = Text("", carrier.now(), WHATSAPP, "+" + to.removeprefix("+"), sender, "", ref=ref)
    if kind == "template":
        _fill(text, message["template"], account)
    elif kind == "text":
        text.text = str(message["text"]["body"])
    else:
        raise _invalid("the sandbox knows templates and texts")
    return {"messageId": carrier.accept(text)}


def _fill(text: Text, template: Mapping[str, Any], account: Account) -> None:
    """The words of a registered template with the holes filled, as the person reads them."""
    text.template = str(template["name"])
    registered = account.templates.get(text.template)
    values = [_values(part) for kind in ("body", "button") for part in template["components"] if part["type"] == kind]
    if template.get("language") != {"code": "pt_BR"} or any(
        _BREAKS.search(v) or not v for some in values for v in some
    ):
        raise _invalid("language, or a parameter that Meta refuses")
    if registered is None:
        return  # Meta says so by an event
    body, link = _part(registered, "BODY"), _part(registered, "BUTTONS")["buttons"][0]
    holes = {int(hole) for hole in _HOLE.findall(body["text"])}
    if len(values) != 2 or holes != set(range(1, len(values[0]) + 1)) or len(values[1]) != 1:
        raise _invalid("parameters do not fit the template's holes")
    text.text = _HOLE.sub(lambda hole: values[0][int(hole[1]) - 1], body["text"])
    text.button, text.link = link["text"], link["url"].replace("{{1}}", values[1][0])


def _values(component: Mapping[str, Any]) -> Sequence[str]:
    return [str(parameter["text"]) for parameter in component["parameters"]]


def _part(registered: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    return next(part for part in registered["components"] if part["type"] == kind)


def _invalid(message: str) -> WireError:
    return WireError(400, "InvalidParametersException", message)
