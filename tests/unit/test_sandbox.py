"""The sandbox speaks SES's wire protocol: tried with the SDK and with our own mailer, over a real socket."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from emdia.aws.mailer import SesMailer
from emdia.messages.delivery import DeliveryKind
from emdia.messages.outreach import Target
from emdia.messages.ports import Mail, Outcome
from emdia.providers.events import parse_deliveries
from infra.local.sandbox.behaviour import Reaction, SeededBehaviour
from infra.local.sandbox.control import control
from infra.local.sandbox.events import ACCOUNT
from infra.local.sandbox.faults import Fault
from infra.local.sandbox.server import Sandbox
from infra.local.sandbox.ses import MAX_INLINE_REQUEST, SesError, check_signed, parse_bulk
from infra.local.sandbox.topic import NoTopic
from tests.browser.samples import two_years, view

START = datetime(2026, 11, 23, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class World:
    """A sandbox on a port of its own, standing at START, and whoever talks to it."""

    def __init__(self, behaviour=None):
        self.topic = NoTopic()
        self.sandbox = Sandbox(self.topic, behaviour or (lambda _address, _number: Reaction()), ticking=False)
        self.office = self.sandbox.office
        self.office.set_now(START)
        self.ses = boto3.client(
            "sesv2",
            endpoint_url=self.sandbox.url,
            region_name="sa-east-1",
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=5),
        )
        self.mailer = SesMailer(self.ses, "emdia-local")

    def mail(self, to="ana@correio.example", number=1, html="<p>Olá, {{não}} é modelo & fica</p>"):
        ref = Target("123456", f"{number:032x}", "cd" * 16).encode()
        url = "http://127.0.0.1:9/u/token"
        return Mail(ref, "Vida Serena <avisos@vidaserena.example>", to, "Mensalidade de março", "Olá, ção", html, url)

    def mails(self, to=""):
        return self.office.reading(
            lambda boxes: [one for one in boxes.all_mails() if to in ("", one.to)],
        )

    def after(self, **span):
        self.office.set_now(self.office.now() + timedelta(**span))
        before = len(self.topic.records)
        self.office.flush()
        return [one for record in self.topic.records[before:] for one in parse_deliveries(record, ACCOUNT)]


@pytest.fixture
def world():
    world = World()
    with world.sandbox:
        yield world


def test_a_group_lands_word_for_word_with_its_tag_and_its_one_click(world):
    mails = [world.mail(f"p{n}@correio.example", n) for n in range(25)]
    sent = world.mailer.send(mails)
    assert [one.outcome for one in sent] == [Outcome.ACCEPTED] * 25
    assert len({one.provider_id for one in sent}) == 25
    for asked, kept, answer in zip(mails, world.mails(), sent, strict=True):
        assert (kept.to, kept.subject, kept.text, kept.html) == (asked.to, asked.subject, asked.text, asked.html)
        assert kept.tags == {"ref": asked.ref}
        assert kept.id == answer.provider_id
        assert kept.unsubscribe_url == asked.unsubscribe_url


def test_a_mail_too_large_for_template_data_goes_alone(world):
    large = world.mail(html="x" * 300_000)
    assert world.mailer.send([large])[0].outcome is Outcome.ACCEPTED
    assert world.mails()[0].html == large.html


def test_a_group_of_heavy_mails_goes_in_requests_that_ses_takes(world):
    from emdia.messages.render import render
    from emdia.portfolio.contract import Channel

    html = render("atraso", Channel.EMAIL, view(*two_years(), on=START.date())).html
    sent = world.mailer.send([world.mail(f"p{n}@correio.example", n, html) for n in range(25)])
    assert {one.outcome for one in sent} == {Outcome.ACCEPTED}


def test_taken_and_never_answered_is_one_mail_and_maybe(world):
    world.office.faults.add(Fault("silence"))
    assert world.mailer.send([world.mail()])[0].outcome is Outcome.MAYBE
    assert len(world.mails()) == 1


@pytest.mark.parametrize(
    ("fault", "outcome", "landed"),
    [
        (Fault("throttle"), Outcome.THROTTLED, 0),
        (Fault("error"), Outcome.MAYBE, 0),
        (Fault("error", landed=True), Outcome.MAYBE, 1),
        (Fault("status", status="MESSAGE_REJECTED"), Outcome.REJECTED, 0),
        (Fault("status", status="TRANSIENT_FAILURE"), Outcome.MAYBE, 0),
        (Fault("status", status="ACCOUNT_THROTTLED"), Outcome.THROTTLED, 0),
    ],
    ids=lambda value: f"{value.kind}-{value.status}" if isinstance(value, Fault) else "",
)
def test_faults_happen_once_and_are_over(world, fault, outcome, landed):
    world.office.faults.add(fault)
    assert world.mailer.send([world.mail()])[0].outcome is outcome
    assert len(world.mails()) == landed
    assert world.mailer.send([world.mail(number=2)])[0].outcome is Outcome.ACCEPTED


def test_one_entry_may_fail_among_many(world):
    world.office.faults.add(Fault("status", address="b@correio.example"))
    sent = world.mailer.send([world.mail(f"{who}@correio.example") for who in "abc"])
    assert [one.outcome for one in sent] == [Outcome.ACCEPTED, Outcome.MAYBE, Outcome.ACCEPTED]
    assert [one.to[0] for one in world.mails()] == ["a", "c"]


def test_events_come_when_their_time_has_come():
    world = World(lambda _address, _number: Reaction(arrives_after=MINUTE, opened_after=60 * MINUTE))
    with world.sandbox:
        world.mailer.send([world.mail()])
        assert world.after(seconds=59) == []
        (delivered,) = world.after(seconds=1)
        assert (delivered.kind, delivered.at) == (DeliveryKind.DELIVERED, START + MINUTE)
        assert delivered.ref.encode() == world.mail().ref
        assert delivered.provider_id == world.mails()[0].id
        assert world.office.flush().next_at == START + 60 * MINUTE
        (opened,) = world.after(hours=5)
        assert (opened.kind, opened.at) == (DeliveryKind.READ, START + 60 * MINUTE)
        assert world.office.flush().next_at is None


def test_a_dead_address_bounces_for_ever_and_ses_remembers():
    world = World(SeededBehaviour(dead={"ana@correio.example"}))
    with world.sandbox:
        world.mailer.send([world.mail()])
        (first,) = world.after(minutes=1)
        world.mailer.send([world.mail()])
        (second,) = world.after(minutes=1)
    assert (first.kind, first.permanent, first.reason) == (DeliveryKind.FAILED, True, "General")
    assert (second.kind, second.permanent, second.reason) == (DeliveryKind.FAILED, True, "OnAccountSuppressionList")


def test_who_complained_is_not_written_to_again_by_ses():
    world = World(lambda _address, _number: Reaction(complained_after=MINUTE))
    with world.sandbox:
        world.mailer.send([world.mail()])
        kinds = [event.kind for event in world.after(minutes=2)]
        assert kinds == [DeliveryKind.DELIVERED, DeliveryKind.COMPLAINED]
        world.mailer.send([world.mail()])
        (event,) = world.after(minutes=2)
        assert (event.kind, event.reason) == (DeliveryKind.FAILED, "OnAccountSuppressionList")
        assert not world.mails()[1].met("Delivery")


def test_late_events_come_out_of_order_and_doubled_ones_twice(world):
    world.office.react("ana@correio.example", Reaction(arrives_after=MINUTE, opened_after=2 * MINUTE))
    world.office.faults.add(Fault("late", seconds=3600))
    world.office.faults.add(Fault("double", count=-1))
    world.mailer.send([world.mail()])
    assert [event.kind for event in world.after(minutes=5)] == [DeliveryKind.READ] * 2
    late = world.after(hours=2)
    assert [event.kind for event in late] == [DeliveryKind.DELIVERED] * 2
    assert late[0].at == START + MINUTE


def test_a_template_without_its_data_is_taken_and_then_fails(world):
    world.ses.send_bulk_email(
        FromEmailAddress="a@b.example",
        DefaultContent={
            "Template": {"TemplateContent": {"Subject": "{{subject}}", "Text": "{{text}}"}, "TemplateData": "{}"}
        },
        BulkEmailEntries=[
            {
                "Destination": {"ToAddresses": ["ana@correio.example"]},
                "ReplacementTags": [{"Name": "ref", "Value": world.mail().ref}],
                "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": '{"subject": "x"}'}},
            },
        ],
    )
    (event,) = world.after(minutes=1)
    assert event.kind is DeliveryKind.REJECTED
    assert world.mails() == []


def test_events_that_the_topic_does_not_take_are_told_again(world):
    class Away:
        def publish(self, records):
            raise ConnectionError(len(records))

    world.mailer.send([world.mail()])
    world.office.set_now(START + MINUTE)
    world.office._topic = Away()
    with pytest.raises(ConnectionError):
        world.office.flush()
    world.office._topic = world.topic
    assert world.office.flush().published == 1
    assert world.office.flush().published == 0


def test_the_same_seed_makes_the_same_world():
    people = [f"p{n}@correio.example" for n in range(2000)]
    behaviour = SeededBehaviour(seed=7, opens=0.5, unsubscribes=0.1)
    reactions = [behaviour(person, 1) for person in people]
    assert reactions == [SeededBehaviour(seed=7, opens=0.5, unsubscribes=0.1)(person, 1) for person in people]
    assert reactions != [SeededBehaviour(seed=8, opens=0.5, unsubscribes=0.1)(person, 1) for person in people]
    opened = [reaction for reaction in reactions if reaction.opened_after]
    assert 900 < len(opened) < 1100
    assert 60 < sum(1 for reaction in opened if reaction.unsubscribed_after) < 140
    assert all(reaction.unsubscribed_after is None for reaction in reactions if not reaction.opened_after)


# What SES refuses whole.


def with_data(text):
    return {"ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": text}}}


ENTRY = {"Destination": {"ToAddresses": ["ana@correio.example"]}}
REQUEST = {
    "FromEmailAddress": "Vida <a@b.example>",
    "DefaultContent": {"Template": {"TemplateContent": {"Subject": "s", "Text": "t"}}},
    "BulkEmailEntries": [ENTRY],
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"FromEmailAddress": "nobody"},
        {"FromEmailAddress": None},
        {"DefaultContent": {}},
        {"DefaultContent": {"Template": {"TemplateName": "stored"}}},
        {"DefaultContent": {"Template": {"TemplateContent": {"Subject": "s"}}}},
        {"DefaultContent": {"Template": {"TemplateContent": {"Subject": "{{#if x}}", "Text": "t"}}}},
        {"BulkEmailEntries": []},
        {"BulkEmailEntries": [ENTRY] * 51},
        {"BulkEmailEntries": [{"Destination": {"ToAddresses": []}}]},
        {"BulkEmailEntries": [{"Destination": {"ToAddresses": ["josé@correio.example"]}}]},
        {"BulkEmailEntries": [ENTRY | {"ReplacementTags": [{"Name": "ref", "Value": "com espaço"}]}]},
        {"BulkEmailEntries": [ENTRY | {"ReplacementTags": [{"Name": "ref", "Value": "x" * 257}]}]},
        {"BulkEmailEntries": [ENTRY | {"ReplacementHeaders": [{"Name": "X-Á", "Value": "x"}]}]},
        {"BulkEmailEntries": [ENTRY | {"ReplacementHeaders": [{"Name": "X", "Value": "ção"}]}]},
        {"BulkEmailEntries": [ENTRY | {"ReplacementHeaders": [{"Name": "X", "Value": "x"}] * 16}]},
        {"BulkEmailEntries": [ENTRY | with_data("[")]},
        {"BulkEmailEntries": [ENTRY | with_data(json.dumps({"x": "x" * 262_144}))]},
        {"DefaultEmailTags": [{"Name": "a", "Value": "x" * MAX_INLINE_REQUEST}]},
    ],
)
def test_what_ses_refuses(wrong):
    assert parse_bulk(json.dumps(REQUEST).encode())
    with pytest.raises(SesError) as refused:
        parse_bulk(json.dumps(REQUEST | wrong).encode())
    assert (refused.value.status, refused.value.kind) == (400, "BadRequestException")


@pytest.mark.parametrize(
    "header", ["", "Bearer x", "AWS4-HMAC-SHA256 Credential=A/20261123/x/sqs/aws4_request, SignedHeaders="]
)
def test_a_request_that_is_not_signed_for_ses_is_refused(header):
    with pytest.raises(SesError) as refused:
        check_signed(header)
    assert refused.value.status == 403


def test_the_sdk_understands_a_refusal(world):
    with pytest.raises(ClientError) as refused:
        world.ses.send_email(FromEmailAddress="x", Content={"Simple": {"Subject": {"Data": "s"}, "Body": {}}})
    assert refused.value.response["Error"]["Code"] == "BadRequestException"


# The controls.


def test_controls_drive_the_world(world):
    def ask(method, path, body=None, **query):
        return control(world.office, method, f"/_sandbox/{path}", query, body)

    assert ask("POST", "people", [{"address": "bia@correio.example", "name": "Bia"}]) == (200, {"people": 1})
    assert (
        ask("POST", "reactions", {"address": "bia@correio.example", "bounce": "Transient", "arrives_after": 60})[0]
        == 200
    )
    world.mailer.send([world.mail("bia@correio.example")])
    status, stats = ask("POST", "now", {"now": "2026-11-24T12:00:00-03:00"})
    assert (status, stats["now"], stats["mails"]) == (200, "2026-11-24T15:00:00+00:00", 1)
    assert ask("POST", "flush") == (200, {"published": 1, "unsubscribed": 0, "next_at": None})
    (told,) = ask("GET", "mails", to="bia@correio.example")[1]
    assert told["history"] == [["2026-11-23T15:01:00.000Z", "Bounce"]]
    assert ask("GET", "mails", to="ana@correio.example") == (200, [])
    assert ask("POST", "faults", {"kind": "throttle", "count": 2})[1][0]["count"] == 2
    assert ask("DELETE", "faults") == (200, [])
    assert ask("GET", "faults") == (200, [])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("now", {"now": "2026-11-24T12:00:00"}),
        ("now", {}),
        ("faults", {"kind": "flood"}),
        ("people", [{}]),
        ("people", None),
    ],
)
def test_a_control_that_does_not_fit_says_so(world, path, body):
    status, said = control(world.office, "POST", f"/_sandbox/{path}", {}, body)
    assert status == 400
    assert said["message"]
    assert control(world.office, "POST", "/_sandbox/nothing", {}, None)[0] == 404
