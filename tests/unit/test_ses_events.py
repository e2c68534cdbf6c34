"""SES events: golden records in, little out, nothing personal."""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from emdia.errors import Rejected
from emdia.messages.delivery import Delivery, DeliveryKind
from emdia.messages.outreach import Target
from emdia.providers.events import parse_deliveries
from tests.fakes.house import ACCOUNT

EVENTS = Path(__file__).parents[1] / "events/ses"
REF = Target("123456", "ab" * 16, "cd" * 16)
PROVIDER_ID = "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000"


def parse(body):
    (one,) = parse_deliveries(body, ACCOUNT)
    return one


def golden(name: str) -> dict:
    return json.loads((EVENTS / f"{name}.json").read_text())


def parsed(event: object) -> Delivery:
    return parse(json.dumps(event))


@pytest.mark.parametrize(
    ("name", "kind", "at", "permanent", "reason"),
    [
        ("delivery", DeliveryKind.DELIVERED, (15, 0, 11, 200_000), False, ""),
        ("bounce", DeliveryKind.FAILED, (15, 0, 1, 669_000), True, "General"),
        ("bounce-transient", DeliveryKind.FAILED, (15, 0, 1, 669_000), False, "MailboxFull"),
        ("complaint", DeliveryKind.COMPLAINED, (16, 0, 0, 0), False, ""),
        ("complaint-suppressed", DeliveryKind.FAILED, (15, 0, 1, 0), True, "OnAccountSuppressionList"),
        ("open", DeliveryKind.READ, (18, 0, 19, 652_000), False, ""),
        ("click", DeliveryKind.READ, (18, 1, 25, 570_000), False, ""),
        ("delivery-delay", DeliveryKind.DELAYED, (15, 25, 0, 95_000), False, "TransientCommunicationFailure"),
        ("reject", DeliveryKind.REJECTED, (15, 0, 0, 0), False, ""),
        ("rendering-failure", DeliveryKind.REJECTED, (15, 0, 0, 0), False, ""),
    ],
)
def test_each_record_of_the_guide_is_understood(name, kind, at, permanent, reason):
    moment = datetime(2026, 11, 23, *at, tzinfo=UTC)
    assert parsed(golden(name)) == Delivery(REF, kind, moment, PROVIDER_ID, permanent, reason)


def test_the_envelope_of_sns_is_opened():
    assert parsed(golden("envelope")) == parsed(golden("delivery"))


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda p: p.stem)
def test_nothing_personal_is_kept_or_quoted(path):
    try:
        kept = json.dumps(dataclasses.asdict(parse(path.read_text())), default=str)
    except Rejected as refused:
        kept = f"{refused} {refused.params}"
    for personal in ("josefa", "exemplo.com.br", "192.0.2.", "Mozilla", "novembro", "user unknown"):
        assert personal not in kept


@pytest.mark.parametrize("name", ["send", "complaint-not-spam"])
def test_what_says_nothing_of_delivery_is_unknown(name):
    with pytest.raises(Rejected, match="ses-event-unknown"):
        parsed(golden(name))


@pytest.mark.parametrize(
    "tags",
    [None, {}, {"ref": []}, {"ref": "text"}, {"ref": ["one", "two"]}, {"ref": ["not ours"]}, {"ref": ["x-y-z"]}],
)
def test_a_mail_that_is_not_ours_is_foreign(tags):
    event = golden("delivery")
    event["mail"]["tags"] = tags or {}
    with pytest.raises(Rejected, match="ses-event-foreign"):
        parsed(event)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Successfully validated SNS topic for Amazon SES event publishing.",
        "[]",
        "{}",
        '{"eventType": 7}',
        '{"eventType": "Delivery"}',
        '{"eventType": "Delivery", "mail": []}',
        '{"Type": "Notification", "Message": "not json"}',
    ],
)
def test_what_is_no_event_is_invalid(body):
    with pytest.raises(Rejected, match=r"(ses|provider)-event-invalid"):
        parse(body)


@pytest.mark.parametrize("member", ["bounceType", "bounceSubType", "timestamp"])
def test_a_missing_member_is_invalid_and_the_cause_stays_behind(member):
    event = golden("bounce")
    del event["bounce"][member]
    with pytest.raises(Rejected, match="ses-event-invalid") as refused:
        parsed(event)
    assert refused.value.__cause__ is None


def test_a_moment_without_offset_is_invalid():
    event = golden("open")
    event["open"]["timestamp"] = "2026-11-23T18:00:19"
    with pytest.raises(Rejected, match="ses-event-invalid"):
        parsed(event)


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_an_envelope_of_something_else_is_refused(kind):
    with pytest.raises(Rejected, match="sns-envelope-invalid"):
        parsed(golden("envelope") | {"Type": kind})
