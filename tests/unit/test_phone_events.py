"""Events of SMS and WhatsApp: golden records in, little out, nothing personal; what does not fit is refused whole."""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from emdia.errors import Rejected
from emdia.messages.delivery import Delivery, DeliveryKind
from emdia.messages.outreach import Target
from emdia.messages.reply import KEPT_BYTES, Reply, TemplateTold
from emdia.portfolio.contract import Channel
from emdia.providers.events import parse_deliveries, parse_replies
from tests.fakes.house import ACCOUNT

EVENTS = Path(__file__).parents[1] / "events"
REF = Target("123456", "ab" * 16, "cd" * 16)
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
NUMBER = "phone-number-id-0f1e2d3c"


def golden(name: str) -> dict:
    return json.loads((EVENTS / f"{name}.json").read_text())


def told(event: dict) -> tuple:
    return parse_deliveries(json.dumps(event), ACCOUNT)


def whatsapp(name: str, change) -> dict:
    event = golden(f"whatsapp/{name}")
    entry = json.loads(event["whatsAppWebhookEntry"])
    change(entry["changes"][0]["value"])
    return event | {"whatsAppWebhookEntry": json.dumps(entry)}


@pytest.mark.parametrize(
    ("kind", "heard", "permanent"),
    [
        ("TEXT_DELIVERED", DeliveryKind.DELIVERED, False),
        ("TEXT_SUCCESSFUL", DeliveryKind.DELIVERED, False),
        ("TEXT_INVALID", DeliveryKind.FAILED, True),
        ("TEXT_UNREACHABLE", DeliveryKind.FAILED, False),
        ("TEXT_BLOCKED", DeliveryKind.FAILED, False),
        ("TEXT_TTL_EXPIRED", DeliveryKind.FAILED, False),
        ("TEXT_PROTECT_BLOCKED", DeliveryKind.REJECTED, False),
        ("TEXT_UNKNOWN", DeliveryKind.DELAYED, False),
    ],
)
def test_an_sms_event(kind, heard, permanent):
    (delivery,) = told(golden("sms/delivered") | {"eventType": kind})
    assert (delivery.ref, delivery.kind, delivery.permanent) == (REF, heard, permanent)
    assert delivery.at == datetime(2026, 11, 25, 12, 3, 5, 123000, tzinfo=UTC)
    assert "98000" not in repr(delivery)


@pytest.mark.parametrize(
    ("status", "heard"),
    [("sent", DeliveryKind.DELAYED), ("delivered", DeliveryKind.DELIVERED), ("read", DeliveryKind.READ)],
)
def test_a_whatsapp_status(status, heard):
    (delivery,) = told(whatsapp("status", lambda value: value["statuses"][0].update(status=status)))
    assert isinstance(delivery, Delivery)
    assert (delivery.ref, delivery.kind) == (REF, heard)
    assert "98000" not in json.dumps(dataclasses.asdict(delivery), default=str)


def test_a_number_that_cannot_be_reached_or_has_blocked_us_is_dead_and_another_failure_is_not():
    (dead,) = told(golden("whatsapp/failed"))
    assert (dead.kind, dead.permanent, dead.reason) == (DeliveryKind.FAILED, True, "131026")
    (other,) = told(whatsapp("failed", lambda value: value["statuses"][0]["errors"][0].update(code=131049)))
    assert (other.kind, other.permanent) == (DeliveryKind.FAILED, False)


def test_meta_s_word_on_a_template():
    at = datetime(2026, 11, 25, 13, 23, 5, tzinfo=UTC)
    assert told(golden("whatsapp/template")) == (TemplateTold((NUMBER,), "atraso_v1", "PAUSED", "", at),)


def test_replies_of_both_channels_and_nothing_of_them_in_the_queue_of_deliveries():
    at = datetime(2026, 11, 25, 12, 3, 5, tzinfo=UTC)
    (chat,) = parse_replies((EVENTS / "whatsapp/reply.json").read_text(), ACCOUNT, NOW)
    name = "wamid.HBgMNTUxMTk4MDAwMDAwMRUCABIYIEI"
    assert chat == Reply(Channel.WHATSAPP, NUMBER, "+5511980000001", "Quero parcelar", at, name)
    (text,) = parse_replies((EVENTS / "sms/reply.json").read_text(), ACCOUNT, NOW)
    assert (text.to, text.phone, text.text, text.at) == ("28123", "+5511980000001", "SAIR", NOW)
    assert "98000" not in repr(text)
    assert "SAIR" not in repr(text)
    assert told(golden("whatsapp/reply")) == ()
    assert parse_replies((EVENTS / "whatsapp/status.json").read_text(), ACCOUNT, NOW) == ()


@pytest.mark.parametrize(
    ("kind", "told_with", "text", "media"),
    [
        ("image", {"id": "1", "mime_type": "image/jpeg", "caption": "já paguei, segue"}, "já paguei, segue", True),
        ("document", {"id": "1", "filename": "comprovante.pdf", "file_size": 2 * 1024**3}, "", True),
        ("video", {"id": "1"}, "", True),
        ("audio", {"id": "1", "voice": True}, "", True),
        ("sticker", {"id": "1"}, "", True),
        ("location", {"latitude": -23.5, "longitude": -46.6}, "", True),
        ("contacts", [{"name": {}}], "", True),
        ("unsupported", {}, "", True),  # too large for Meta, or of a kind of next year
        ("reaction", {"message_id": "1", "emoji": "👍"}, "👍", False),
    ],
)
def test_media_are_heard_by_what_is_written_beside_them_and_never_fetched(kind, told_with, text, media):
    def change(value):
        message = value["messages"][0]
        message.pop("text")
        message |= {"type": kind, kind: told_with}

    (reply,) = parse_replies(json.dumps(whatsapp("reply", change)), ACCOUNT, NOW)
    assert (reply.text, reply.media) == (text, media)


@pytest.mark.parametrize("letter", ["a", "😡", "\x00", "\\"])
def test_what_no_fact_could_hold_is_cut_and_says_how_long_it_was(letter):
    text = letter * 60_000
    (chat,) = parse_replies(
        json.dumps(whatsapp("reply", lambda value: value["messages"][0]["text"].update(body=text))), ACCOUNT, NOW
    )
    (sms,) = parse_replies(json.dumps(golden("sms/reply") | {"messageBody": text}), ACCOUNT, NOW)
    for reply in (chat, sms):
        words, _, note = reply.text.rpartition("\n")
        assert text.startswith(words)
        assert len(json.dumps(words, ensure_ascii=False).encode()) <= KEPT_BYTES
        assert note == "[...] A mensagem tinha 60000 caracteres."


def test_half_a_character_breaks_nothing():
    body = json.dumps(golden("sms/reply") | {"messageBody": "oi \ud83d"})
    (reply,) = parse_replies(body, ACCOUNT, NOW)
    assert reply.text == "oi ?"


def test_a_reaction_that_is_taken_back_says_nothing():
    def change(value):
        value["messages"][0] |= {"type": "reaction", "reaction": {"message_id": "1"}}

    assert parse_replies(json.dumps(whatsapp("reply", change)), ACCOUNT, NOW) == ()


def test_of_several_numbers_of_one_account_the_one_that_was_written_to_hears_it():
    event = golden("whatsapp/reply")
    mine = event["context"]["MetaPhoneNumberIds"][0]
    other = {"metaPhoneNumberId": "999", "arn": mine["arn"].replace("0f1e2d3c", "another")}
    event["context"]["MetaPhoneNumberIds"] = [other, mine]
    (reply,) = parse_replies(json.dumps(event), ACCOUNT, NOW)
    assert reply.to == NUMBER
    event["context"]["MetaPhoneNumberIds"] = [other]
    with pytest.raises(Rejected, match="whatsapp-event-invalid"):
        parse_replies(json.dumps(event), ACCOUNT, NOW)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (golden("sms/delivered") | {"context": {}}, "sms-event-foreign"),
        (golden("sms/delivered") | {"context": {"ref": "x"}}, "sms-event-foreign"),
        (golden("sms/delivered") | {"context": None}, "sms-event-foreign"),
        (golden("sms/delivered") | {"eventTimestamp": "yesterday"}, "sms-event-invalid"),
        (golden("sms/delivered") | {"eventTimestamp": 1e300}, "sms-event-invalid"),
        (golden("sms/delivered") | {"eventType": "TEXT_OF_NEXT_YEAR"}, "sms-event-unknown"),
        (golden("whatsapp/status") | {"aws_account_id": "999999999999"}, "account-foreign"),
        (golden("whatsapp/status") | {"whatsAppWebhookEntry": "[]"}, "provider-event-invalid"),
        (golden("whatsapp/status") | {"whatsAppWebhookEntry": "{}"}, "whatsapp-event-invalid"),
        (golden("whatsapp/status") | {"message_timestamp": "soon"}, "whatsapp-event-invalid"),
        (
            whatsapp("status", lambda value: value["statuses"][0].pop("biz_opaque_callback_data")),
            "whatsapp-event-foreign",
        ),
        (whatsapp("status", lambda value: value["statuses"][0].update(status="lost")), "whatsapp-event-invalid"),
        (whatsapp("status", lambda value: value["statuses"][0].update(timestamp="x")), "whatsapp-event-invalid"),
    ],
)
def test_what_does_not_fit_is_refused_without_a_word_of_it(event, code):
    with pytest.raises(Rejected, match=code) as refused:
        told(event)
    assert refused.value.__cause__ is None
    assert "98000" not in str(refused.value)


@pytest.mark.parametrize("number", ["5511", "12025550123", "551133334444x", ""])
def test_a_reply_from_no_phone_of_ours_is_refused(number):
    with pytest.raises(Rejected, match="invalid"):
        parse_replies(json.dumps(golden("sms/reply") | {"originationNumber": number}), ACCOUNT, NOW)
