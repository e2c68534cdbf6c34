"""The sandbox speaks the wire protocols of SMS v2 and Social: tried with the SDK and our own senders, over a socket."""

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from emdia.aws.chatter import WhatsAppChatter
from emdia.aws.texter import SmsOptOuts, SmsTexter
from emdia.cli.channels import sync_templates
from emdia.messages import texts
from emdia.messages.delivery import DeliveryKind
from emdia.messages.outreach import Target
from emdia.messages.ports import OPTED_OUT, Answer, Chat, Outcome, Sms
from emdia.messages.registry import LANGUAGE
from emdia.messages.render import registered_name, registration, render
from emdia.messages.reply import TemplateTold
from emdia.messages.samples import samples
from emdia.portfolio.contract import Channel
from emdia.providers.events import parse_deliveries, parse_replies
from infra.local.ministack import ACCOUNT
from infra.local.sandbox.faults import Fault
from infra.local.sandbox.owners import PhoneReaction, SeededOwners
from infra.local.sandbox.phones import SMS, WHATSAPP, Account
from infra.local.sandbox.server import Sandbox
from infra.local.sandbox.topic import NoTopic, Topics
from tests.fakes.house import House

START = datetime(2026, 11, 23, 15, tzinfo=UTC)
ANS, NUMBER, CODE = "123456", "phone-number-id-" + "a" * 32, "27001"
ANA = "+5511981000001"
PAGE = "https://avisos.example"


class World:
    """A sandbox on a port of its own, standing at START, and whoever talks to it."""

    def __init__(self):
        self.reaction = PhoneReaction()
        self.topics = Topics(NoTopic(), NoTopic(), NoTopic())
        self.sandbox = Sandbox(NoTopic(), phone_topics=self.topics, owners=lambda *_: self.reaction, ticking=False)
        self.carrier = self.sandbox.carrier
        self.sandbox.office.set_now(START)
        (text,) = [one for one in texts.texts() if (one.name, one.channel) == ("atraso", Channel.WHATSAPP)]
        self.words = render("atraso", Channel.WHATSAPP, samples()["atraso"])
        document = registration(text, self.words, PAGE)
        self.template = registered_name(text)
        self.account = Account("waba-1", (NUMBER,), {self.template: document}, {self.template: "APPROVED"})
        self.carrier.open_account(self.account)
        self.texter = SmsTexter(self.client("pinpoint-sms-voice-v2"), "emdia-local")
        self.chatter = WhatsAppChatter(self.client("socialmessaging"))

    def client(self, service, **more):
        return boto3.client(
            service,
            endpoint_url=self.sandbox.url,
            region_name="sa-east-1",
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=5, **more),
        )

    def sms(self, number=1, seconds=3600, to=ANA):
        return Sms(ref(number), CODE, to, "Vida Plena: mensalidade 10/2026 em aberto: R$ 10,00. Parar: SAIR", seconds)

    def chat(self, number=1, to=ANA):
        words = self.words
        return Chat(ref(number), NUMBER, to, self.template, LANGUAGE, words.parameters, words.button, words.text)

    def send(self, message):
        sender = self.texter if isinstance(message, Sms) else self.chatter
        (sent,) = sender.send([message])
        return sent

    def phone(self, number=ANA):
        return self.carrier.reading(lambda phones: phones.of(number))

    def told(self, **span):
        self.sandbox.office.set_now(self.sandbox.office.now() + timedelta(**span))
        known = [len(topic.records) for topic in (self.topics.sms, self.topics.whatsapp)]
        self.carrier.flush()
        new = [*self.topics.sms.records[known[0] :], *self.topics.whatsapp.records[known[1] :]]
        return [one for record in new for one in parse_deliveries(record, ACCOUNT)]

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.sandbox.url}/_sandbox/phones{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)


def ref(number):
    return Target(ANS, f"{number:032x}", "cd" * 16).encode()


@pytest.fixture
def world():
    world = World()
    with world.sandbox:
        yield world


def kinds(told):
    return [one.kind for one in told]


@pytest.mark.parametrize("make", [World.sms, World.chat])
def test_a_message_lands_word_for_word_and_its_events_name_our_reference(world, make):
    message = make(world)
    sent = world.send(message)
    assert sent.outcome is Outcome.ACCEPTED
    (text,) = world.phone().texts
    assert (text.id, text.ref, text.to, text.sender) == (sent.provider_id, message.ref, ANA, message.sender)
    assert text.text == message.body.strip()
    told = world.told(minutes=1)
    assert {one.ref for one in told} == {Target.decode(message.ref)}
    assert {one.provider_id for one in told} == {sent.provider_id}
    assert kinds(told)[-1] is DeliveryKind.DELIVERED


def test_the_link_of_a_template_is_meta_s_own_with_our_ending(world):
    world.send(world.chat())
    (text,) = world.phone().texts
    assert (text.button, text.link) == ("Ver e pagar", f"{PAGE}/p/{world.words.button}")


@pytest.mark.parametrize("make", [World.sms, World.chat])
@pytest.mark.parametrize(
    ("fault", "outcome", "landed"),
    [
        (Fault("silence"), Outcome.MAYBE, 1),
        (Fault("throttle"), Outcome.THROTTLED, 0),
        (Fault("error"), Outcome.MAYBE, 0),
        (Fault("error", landed=True), Outcome.MAYBE, 1),
        (Fault("refuse", status="AccessDeniedException"), Outcome.BROKEN, 0),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_faults_happen_once_and_are_over(world, make, fault, outcome, landed):
    channel = SMS if isinstance(make(world), Sms) else WHATSAPP
    values = {name: getattr(fault, name) for name in ("kind", "landed", "status")}
    world.control("POST", "/faults", {"channel": channel, **values})
    assert world.send(make(world)).outcome is outcome
    assert len(world.phone().texts) == landed
    assert world.send(make(world, 2)).outcome is Outcome.ACCEPTED
    assert world.carrier.throttled == (fault.kind == "throttle")


def test_events_come_late_and_twice(world):
    for kind in ("late", "double"):
        world.carrier.faults[SMS].add(Fault(kind, seconds=600))
    world.send(world.sms())
    assert world.told(minutes=1) == []
    first, second = world.told(minutes=10)
    assert first == second


@pytest.mark.parametrize(
    ("make", "code", "permanent"),
    [(World.sms, "TEXT_INVALID", True), (World.sms, "TEXT_UNREACHABLE", False), (World.chat, "131026", True)],
)
def test_what_does_not_arrive_fails_with_the_provider_s_word(world, make, code, permanent):
    world.reaction = PhoneReaction(fails=code)
    world.send(make(world))
    told = world.told(minutes=1)[-1]
    assert (told.kind, told.permanent) == (DeliveryKind.FAILED, permanent)
    assert world.phone().seen == []


def test_a_blocked_whatsapp_number_fails_and_its_sms_still_arrives(world):
    world.control("POST", "/state", {"phone": ANA, "blocked": True})
    world.send(world.chat())
    world.send(world.sms())
    assert sorted(kinds(world.told(minutes=1))) == [DeliveryKind.DELAYED, DeliveryKind.DELIVERED, DeliveryKind.FAILED]


def test_without_signal_whatsapp_waits_and_an_sms_dies_at_its_time(world):
    world.control("POST", "/state", {"phone": ANA, "signal": False})
    world.send(world.chat())
    world.send(world.sms(seconds=600))
    assert kinds(world.told(minutes=5)) == [DeliveryKind.DELAYED]  # WhatsApp's "sent"
    failed = world.told(minutes=6)
    assert [(one.kind, one.reason, one.permanent) for one in failed] == [(DeliveryKind.FAILED, "ttl-expired", False)]
    world.control("POST", "/state", {"phone": ANA, "signal": True})
    assert kinds(world.told(minutes=1)) == [DeliveryKind.DELIVERED]
    assert [one.channel for one in world.phone().seen] == [WHATSAPP]


def test_an_sms_that_waited_arrives_when_the_signal_is_back_in_time(world):
    world.carrier.change(world.phone(), signal=False)
    world.send(world.sms(seconds=3600))
    world.told(minutes=5)
    world.carrier.change(world.phone(), signal=True)
    assert kinds(world.told(minutes=90)) == [DeliveryKind.DELIVERED]


@pytest.mark.parametrize(("make", "channel"), [(World.sms, SMS), (World.chat, WHATSAPP)])
def test_a_person_writes_back_and_only_to_whom_wrote(world, make, channel):
    assert not world.carrier.write(world.phone(), channel, "oi")
    world.reaction = PhoneReaction(replies=((timedelta(hours=1), "Quero pagar amanhã"),))
    message = make(world)
    world.send(message)
    world.told(hours=2)
    records = [*world.topics.texts.records, *world.topics.whatsapp.records]
    (reply,) = [one for record in records for one in parse_replies(record, ACCOUNT, START)]
    assert (reply.channel, reply.to, reply.phone, reply.text) == (channel, message.sender, ANA, "Quero pagar amanhã")
    assert [one.id for one in world.carrier.replies()] == [reply.provider_id]


def test_free_text_arrives_within_a_day_of_the_person_s_own_message_only(world):
    answer = Answer(ref(9), NUMBER, ANA, "Recebemos sua mensagem.")
    world.send(answer)
    assert [(one.kind, one.reason) for one in world.told(minutes=1)][-1] == (DeliveryKind.FAILED, "131047")
    world.send(world.chat())
    world.told(minutes=1)
    world.carrier.write(world.phone(), WHATSAPP, "oi")
    world.send(answer)
    assert kinds(world.told(minutes=1))[-1] is DeliveryKind.DELIVERED


def test_the_provider_s_own_opt_out_list_refuses(world):
    SmsOptOuts(world.client("pinpoint-sms-voice-v2"), "emdia-local").add(ANA)
    sent = world.send(world.sms())
    assert (sent.outcome, sent.reason) == (Outcome.REJECTED, OPTED_OUT)
    assert world.phone().texts == []


def test_a_template_that_meta_rejects_meanwhile_carries_nothing_and_is_told(world):
    world.control("POST", "/templates", {"template": world.template, "status": "PAUSED"})
    (told,) = world.told(minutes=1)
    assert told == TemplateTold((NUMBER,), world.template, "PAUSED", "", told.at)
    world.send(world.chat())
    assert world.told(minutes=1)[-1].reason == "132015"


def test_templates_are_listed_page_by_page_for_the_command_that_records_them(world):
    document = world.account.templates[world.template]
    for number in range(30):
        world.account.templates[f"outro_{number}"] = document
        world.account.standing[f"outro_{number}"] = "REJECTED"
    house = House()
    usable = sync_templates(world.client("socialmessaging"), "waba-1", ANS, house.ledgers, START)
    assert usable == 1
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        world.client("socialmessaging").list_whatsapp_message_templates(id="waba-2")


@pytest.mark.parametrize(
    "change",
    [
        {"DestinationPhoneNumber": "+551130030000"},
        {"MessageBody": "ção"},
        {"MessageBody": "x" * 161},
        {"TimeToLive": 4},
        {"OriginationIdentity": ""},
        {"Context": {"ref": "x" * 801}},
    ],
)
def test_an_sms_that_the_service_would_refuse_is_refused(world, change):
    asked = {
        "DestinationPhoneNumber": ANA,
        "OriginationIdentity": CODE,
        "MessageBody": "Oi",
        "ConfigurationSetName": "emdia-local",
        "TimeToLive": 60,
        "Context": {"ref": "x"},
    }
    sms = world.client("pinpoint-sms-voice-v2", parameter_validation=False)
    with pytest.raises(ClientError, match="ValidationException"):
        sms.send_text_message(**{**asked, **change})
    assert world.phone().texts == []


def test_a_template_with_too_few_values_or_an_unknown_sender_is_refused(world):
    few = Chat(ref(1), NUMBER, ANA, world.template, LANGUAGE, ("Ana",), "x", "")
    assert world.send(few).outcome is Outcome.REJECTED
    foreign = Chat(ref(1), "phone-number-id-x", ANA, world.template, LANGUAGE, (), "x", "")
    assert world.send(foreign).outcome is Outcome.BROKEN


def test_an_unsigned_call_is_refused(world):
    for path, headers in (("/", {"X-Amz-Target": "PinpointSMSVoiceV2.SendTextMessage"}), ("/v1/whatsapp/send", {})):
        request = urllib.request.Request(world.sandbox.url + path, b"{}", headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=5)
        assert refused.value.code == 403
        refused.value.close()


def test_controls_tell_what_they_know_and_refuse_what_does_not_fit(world):
    world.control("POST", "", [{"phone": ANA, "name": "Ana Lima"}])
    world.send(world.sms())
    (told,) = world.control("GET", f"/texts?to={ANA.replace('+', '%2B')}")
    assert told["ref"] == ref(1)
    assert world.control("GET", "/stats")["sms"] == 1
    for path, body in (("/faults", {"channel": "sms", "kind": "no"}), ("/faults", {"kind": "late"}), ("/no", {})):
        with pytest.raises(urllib.error.HTTPError) as refused:
            world.control("POST", path, body)
        assert refused.value.code in (400, 404)
        refused.value.close()


def test_owners_of_a_seed_do_the_same_again():
    reactions = [SeededOwners(7)(ANA, WHATSAPP, number) for number in range(50)]
    assert reactions == [SeededOwners(7)(ANA, WHATSAPP, number) for number in range(50)]
    assert {one.read_after is None for one in reactions} == {True, False}
    assert SeededOwners(7)(ANA, SMS, 1).read_after is None


def test_short_links_lead_to_the_product_s_own_pages(world):
    """As an operator's domain does: method, body, status and the page's own policy go through."""
    with Sandbox(NoTopic(), domain=f"{world.sandbox.url}/telefone", ticking=False) as front:
        with pytest.raises(urllib.error.HTTPError) as answered:
            urllib.request.urlopen(f"{front.url}/p/token", timeout=5)
        assert answered.value.code == 404
        assert "default-src 'none'" in answered.value.headers["Content-Security-Policy"]
        assert "Página não encontrada" in answered.value.read().decode()
        answered.value.close()
    with pytest.raises(urllib.error.HTTPError) as nowhere:
        urllib.request.urlopen(f"{world.sandbox.url}/p/token", timeout=5)
    assert nowhere.value.code == 404
    nowhere.value.close()
