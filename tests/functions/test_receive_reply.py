"""People write back while no bot is in force: a number, words kept sealed, one acknowledgement, "SAIR" obeyed."""

import json
from pathlib import Path

import pytest

from emdia.messages.outreach import OutreachStatus
from emdia.portfolio.case import Reach
from emdia.portfolio.contract import Channel
from emdia.protocols.protocol import ContractProtocol, Interaction, Speaker
from functions.receive_reply.handler import handle
from tests.fakes.faults import read_timeout
from tests.flows.road import OPERATOR, phone
from tests.functions.sqs import again, batch

EVENTS = Path(__file__).parents[1] / "events"


def sms(n, text, name="in-1", to=OPERATOR.sms_from):
    event = json.loads((EVENTS / "sms/reply.json").read_text())
    changed = {"originationNumber": phone(n), "messageBody": text, "inboundMessageId": name, "destinationNumber": to}
    return json.dumps(event | changed)


def whatsapp(road, n, text, name="wamid-1"):
    event = json.loads((EVENTS / "whatsapp/reply.json").read_text())
    entry = json.loads(event["whatsAppWebhookEntry"])
    (message,) = entry["changes"][0]["value"]["messages"]
    moment = str(int(road.clock.now().timestamp()))
    message |= {"from": phone(n)[1:], "id": name, "timestamp": moment, "text": {"body": text}}
    return json.dumps(event | {"whatsAppWebhookEntry": json.dumps(entry)})


@pytest.fixture
def written(road):
    """Somebody written to by SMS, somebody by WhatsApp."""
    cases = {
        channel: road.contract(n, channels=(channel, Channel.EMAIL))
        for n, channel in ((1, Channel.SMS), (2, Channel.WHATSAPP))
    }
    road.walk()
    road.show_clock()
    return cases


def kept(road, case):
    """What the person said, in the attendances of their contract."""
    held = [one for one in road.ledger().record(case.contract, "ATTENDANCE#") if isinstance(one, ContractProtocol)]
    said = [one for attendance in held for one in road.ledger().listed(f"PR#{attendance.number}", 0)]
    return [one for one in said if isinstance(one, Interaction) and one.speaker is Speaker.PERSON]


def test_a_reply_is_kept_on_the_contract_sealed_and_acknowledged_once(road, written):
    bodies = [whatsapp(road, 2, "Quero parcelar"), sms(1, "quanto devo?")]
    for _ in range(2):
        assert again(handle(batch(bodies), None)) == []
    assert [one.words for one in kept(road, written[Channel.WHATSAPP])] == ["Quero parcelar"]
    assert [one.words for one in kept(road, written[Channel.SMS])] == ["quanto devo?"]
    assert road.facts()["reply.received"] == 2
    assert len(road.social.phones) == len(road.sms.phones) == 2
    assert "SAIR" in road.social.phones[1].text
    assert "SAIR" in road.sms.phones[1].text
    text = repr([road.rows(table) for table in road.dynamodb.tables])
    assert "parcelar" not in text
    assert "98000" not in text


@pytest.mark.parametrize("word", ["SAIR", "sair", "Pare!", "stop", "não quero mais receber mensagens"])
def test_stop_closes_that_channel_at_once_for_the_person(road, written, word):
    other = road.contract(3, person=2, channels=(Channel.WHATSAPP,))
    case = written[Channel.WHATSAPP]
    assert again(handle(batch([whatsapp(road, 2, word)]), None)) == []
    assert road.case(case).reach_of(Channel.WHATSAPP) is Reach.OPTED_OUT
    assert road.case(case).reach_of(Channel.EMAIL) is Reach.OPEN
    assert road.facts()["channel.opted_out"] == 1
    road.clock.move(days=7)
    for _ in range(8):
        road.walk()
        road.clock.move(minutes=15)
    assert len([one for one in road.social.phones if one.ref and one.message["type"] == "template"]) == 1
    assert other.contract


def test_stop_by_sms_is_told_to_the_provider_s_own_list_and_no_sms_answers_it(road, written):
    assert again(handle(batch([sms(1, "SAIR")]), None)) == []
    assert road.sms.opted_out == {phone(1)}
    assert len(road.sms.phones) == 1
    assert road.case(written[Channel.SMS]).reach_of(Channel.SMS) is Reach.OPTED_OUT


def test_what_waits_on_the_channel_is_cancelled(road):
    case = road.contract(5, channels=(Channel.SMS,))
    road.walk()
    road.clock.move(days=8)
    for _ in range(3):
        road.climb()
        road.take()
        road.clock.move(minutes=31)
    road.show_clock()
    assert road.outreach(case).status is OutreachStatus.QUEUED
    assert again(handle(batch([sms(5, "PARE")]), None)) == []
    assert road.outreach(case).status is OutreachStatus.CANCELLED


@pytest.mark.usefixtures("written")
def test_a_stranger_gets_a_number_and_learns_nothing(road):
    assert again(handle(batch([sms(77, "quem são vocês?"), whatsapp(road, 78, "SAIR")]), None)) == []
    text, chat = road.sms.phones[-1], road.social.phones[-1]
    assert (text.to, chat.to) == (phone(77), phone(78))
    assert text.text.startswith("Protocolo 12345620261125")
    assert "Pessoa" not in text.text + chat.text
    assert road.facts()["channel.opted_out"] == 0


@pytest.mark.usefixtures("written")
def test_a_reply_to_nobody_s_number_or_of_another_account_waits_for_a_person(road):
    foreign = json.loads(whatsapp(road, 2, "oi")) | {"aws_account_id": "999999999999"}
    bodies = [sms(1, "oi", to="29999"), json.dumps(foreign), "{}", "not json", sms(1, "oi")]
    assert again(handle(batch(bodies), None)) == ["m0", "m1", "m2", "m3"]


@pytest.mark.usefixtures("written")
def test_an_acknowledgement_that_may_have_landed_is_not_sent_again(road):
    road.faults.fail("SendWhatsAppMessage", landed=True, error=read_timeout)
    for _ in range(3):
        assert again(handle(batch([whatsapp(road, 2, "oi")]), None)) == []
    assert len(road.social.phones) == 2


def test_a_day_late_whatsapp_carries_no_words_of_ours_and_the_number_goes_by_sms(road, written):
    body = whatsapp(road, 2, "oi")
    road.clock.move(hours=25)
    road.show_clock()
    before = len(road.sms.phones)
    assert again(handle(batch([body]), None)) == []
    assert len(road.social.phones) == 1
    assert [(one.to, one.sender) for one in road.sms.phones[before:]] == [(phone(2), OPERATOR.sms_from)]
    assert len(kept(road, written[Channel.WHATSAPP])) == 1
