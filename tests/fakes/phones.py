# ruff: noqa: N803  parameters are spelled as the SDK spells them
"""MemorySms and MemorySocial: SMS v2 and End User Messaging Social, into phones; strict about what they are asked."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emdia.messages import gsm7
from tests.fakes.faults import Faults

_PHONE = re.compile(r"\+55[1-9][0-9]9[0-9]{8}")


@dataclass(frozen=True)
class Arrived:
    """A message as it lies on the phone."""

    message_id: str
    ref: str
    sender: str
    to: str
    text: str
    seconds: int = 0
    message: dict[str, Any] | None = None


class MemorySms:
    """`refuse` may raise for a number; `opted_out` is the provider's own list."""

    def __init__(self, faults: Faults, configuration_set: str) -> None:
        self.faults = faults
        self.configuration_set = configuration_set
        self.phones: list[Arrived] = []
        self.opted_out: set[str] = set()
        self.refuse: Callable[[str], None] = lambda _: None

    def send_text_message(
        self,
        *,
        DestinationPhoneNumber: str,
        OriginationIdentity: str,
        MessageBody: str,
        MessageType: str,
        ConfigurationSetName: str,
        TimeToLive: int,
        Context: dict[str, str],
    ) -> dict[str, Any]:
        assert _PHONE.fullmatch(DestinationPhoneNumber), "not a Brazilian mobile"
        assert OriginationIdentity
        assert gsm7.fits(MessageBody), "more than one SMS"
        assert (MessageType, ConfigurationSetName) == ("TRANSACTIONAL", self.configuration_set)
        assert 5 <= TimeToLive <= 259_200
        assert set(Context) == {"ref"}
        assert 1 <= len(Context["ref"]) <= 800

        def do() -> dict[str, Any]:
            self.refuse(DestinationPhoneNumber)
            message = f"sms-{len(self.phones) + 1:06d}"
            told = (Context["ref"], OriginationIdentity, DestinationPhoneNumber, MessageBody, TimeToLive)
            self.phones.append(Arrived(message, *told))
            return {"MessageId": message}

        return self.faults.around("sms", "SendTextMessage", do)  # type: ignore[return-value]

    def put_opted_out_number(self, *, OptOutListName: str, OptedOutNumber: str) -> dict[str, Any]:
        assert OptOutListName

        def do() -> dict[str, Any]:
            self.opted_out.add(OptedOutNumber)
            return {"OptedOutNumber": OptedOutNumber}

        return self.faults.around("sms", "PutOptedOutNumber", do)  # type: ignore[return-value]


class MemorySocial:
    """Takes template messages, and free text as an answer. `refuse` may raise for a number."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.phones: list[Arrived] = []
        self.refuse: Callable[[str], None] = lambda _: None

    def send_whatsapp_message(
        self, *, originationPhoneNumberId: str, message: bytes, metaApiVersion: str
    ) -> dict[str, Any]:
        assert originationPhoneNumberId.startswith("phone-number-id-")
        assert re.fullmatch(r"v[0-9]+\.0", metaApiVersion)
        told = json.loads(message)
        assert told["messaging_product"] == "whatsapp"
        assert _PHONE.fullmatch(told["to"])
        assert told["type"] in ("template", "text")
        if told["type"] == "template":
            assert told["template"]["language"] == {"code": "pt_BR"}
            for component in told["template"]["components"]:
                for parameter in component["parameters"]:
                    assert parameter["text"].strip(), "an empty parameter"
                    assert not re.search(r"[\n\t]| {5}", parameter["text"]), "a parameter Meta refuses"
        text = told["text"]["body"] if told["type"] == "text" else ""
        ref = told.get("biz_opaque_callback_data", "")
        assert len(ref) <= 512

        def do() -> dict[str, Any]:
            self.refuse(told["to"])
            name = f"wamid-{len(self.phones) + 1:06d}"
            self.phones.append(Arrived(name, ref, originationPhoneNumberId, told["to"], text, message=told))
            return {"messageId": name}

        return self.faults.around("social", "SendWhatsAppMessage", do)  # type: ignore[return-value]
