"""AWS End User Messaging SMS v2 on the wire: JSON 1.0 by `X-Amz-Target`, refused as the service refuses.

Source: AWS End User Messaging SMS API v2 Reference, SendTextMessage and PutOptedOutNumber. In Brazil a text is one SMS.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from emdia.messages import gsm7
from infra.local.ministack import ACCOUNT
from infra.local.sandbox.carrier import Carrier
from infra.local.sandbox.faults import carried
from infra.local.sandbox.phones import SMS, Text
from infra.local.sandbox.wire import WireError, check_signed
from infra.stages import REGION

TARGET = "PinpointSMSVoiceV2."
_MOBILE = re.compile(r"\+55[1-9][0-9]9[0-9]{8}")
_MAX_REF, _SHORTEST, _LONGEST = 800, 5, 259_200


def answer(carrier: Carrier, target: str, authorization: str, body: bytes) -> object | None:
    """The answer to one call; None for a connection that is dropped without a word. Raises WireError."""
    check_signed(authorization, "sms-voice")
    act = _ACTS.get(target.removeprefix(TARGET))
    if act is None:
        raise WireError(400, "UnknownOperationException", "The sandbox knows no such operation.")
    try:
        request = json.loads(body)
    except ValueError:
        raise WireError(400, "SerializationException", "The request body is not JSON.") from None
    throttled = WireError(400, "ThrottlingException", "Rate exceeded")
    broken = WireError(500, "InternalServerException", "Service failure.")
    try:
        return carried(carrier.faults[SMS], lambda: act(carrier, request), throttled, broken)
    except WireError as error:
        carrier.throttled += error is throttled
        raise


def _send(carrier: Carrier, request: Mapping[str, Any]) -> object:
    to, words = str(request.get("DestinationPhoneNumber", "")), str(request.get("MessageBody", ""))
    sender, context = str(request.get("OriginationIdentity", "")), request.get("Context") or {}
    seconds = request.get("TimeToLive", _LONGEST)
    if not _MOBILE.fullmatch(to):
        raise _invalid("INVALID_PARAMETER", "DestinationPhoneNumber")
    if not sender or not request.get("ConfigurationSetName"):
        raise _invalid("INVALID_PARAMETER", "OriginationIdentity and ConfigurationSetName are what events depend on")
    if not words or not gsm7.fits(words):
        raise _invalid("INVALID_PARAMETER", "MessageBody: one SMS of 160 characters of the basic alphabet")
    if not isinstance(seconds, int) or not _SHORTEST <= seconds <= _LONGEST:
        raise _invalid("FIELD_VALIDATION_FAILED", "TimeToLive")
    if len(str(context.get("ref", ""))) > _MAX_REF:
        raise _invalid("FIELD_VALIDATION_FAILED", "Context")
    refused = carrier.faults[SMS].take("refuse", to)
    if refused or carrier.opted_out(to):
        reason = refused.status if refused else "DESTINATION_PHONE_NUMBER_OPTED_OUT"
        more = {"Reason": reason, "ResourceType": "opt-out-list"}
        raise WireError(400, "ConflictException", "as told by the lists and controls of the sandbox", more)
    now = carrier.now()
    text = Text("", now, SMS, to, sender, words, ref=str(context.get("ref", "")), link=_link(words))
    text.expires_at = now + timedelta(seconds=seconds)
    return {"MessageId": carrier.accept(text)}


def _opt_out(carrier: Carrier, request: Mapping[str, Any]) -> object:
    name, phone = str(request.get("OptOutListName", "")), str(request.get("OptedOutNumber", ""))
    if not name or not _MOBILE.fullmatch(phone):
        raise _invalid("INVALID_PARAMETER", "OptOutListName and OptedOutNumber")
    carrier.opt_out(phone)
    return {
        "OptOutListArn": f"arn:aws:sms-voice:{REGION}:{ACCOUNT}:opt-out-list/{name}",
        "OptOutListName": name,
        "OptedOutNumber": phone,
        "OptedOutTimestamp": int(carrier.now().timestamp()),
        "EndUserOptedOut": False,
    }


_ACTS: Mapping[str, Callable[[Carrier, Mapping[str, Any]], object]] = {
    "SendTextMessage": _send,
    "PutOptedOutNumber": _opt_out,
}


def _link(words: str) -> str:
    found = re.search(r"https?://\S+", words)
    return found[0] if found else ""


def _invalid(reason: str, message: str) -> WireError:
    return WireError(400, "ValidationException", message, {"Reason": reason})
