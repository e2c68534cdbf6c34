"""People write back to the bot: a number first, what protects them at once, an answer, a person where it is unsure."""

from dataclasses import replace
from datetime import timedelta

import pytest

from emdia.compliance.notice import EvidenceKind, Means
from emdia.facts import Fact
from emdia.messages.line import Line
from emdia.messages.outreach import OutreachStatus
from emdia.messages.reply import kept
from emdia.messages.talk import ANSWERS_AN_HOUR, KEPT
from emdia.portfolio.case import Reach, StopKind
from emdia.portfolio.contract import Channel, Consent, Contract
from emdia.ports import Act, Put
from emdia.protocols.answers import Outcome
from emdia.protocols.deadlines import Demand
from emdia.protocols.protocol import Speaker, Status
from emdia.protocols.waiting import waited
from emdia.state import Subject, contract_ref, in_force_ref, person_ref
from emdia.workflows.attend_protocol import Deps as AttendDeps
from emdia.workflows.attend_protocol import attend_protocol
from emdia.workflows.receive_reply import receive_reply
from tests.fakes.approvals import everything
from tests.fakes.faults import read_timeout, throttling, unreachable
from tests.fakes.house import ANS
from tests.flows.road import phone
from tests.flows.talks import SMS, WHATSAPP, TalkRoad, noticed


@pytest.fixture
def road():
    return TalkRoad()


def stops(road, case):
    return {stop.kind: stop for stop in road.case(case).stops}


def only(road):
    (attendance,) = road.attendances()
    return attendance


@pytest.mark.parametrize("channel", [WHATSAPP, SMS])
def test_every_answer_begins_with_the_number_and_the_words_are_kept_sealed(road, channel):
    case = road.written(1, channel)
    answer = road.says(1, "quero parcelar a dívida", channel)
    held = only(road)
    assert answer.startswith(f"Protocolo {held.number}.")
    assert "02/12/2026" in answer  # seven calendar days of the consumer's term end before seven business days
    assert (held.contract, held.holder_key, held.medium) == (case.contract, case.holder_key, str(channel))
    assert (held.demand, held.human_asked_at, held.status) == (Demand.NON_ASSISTENTIAL, road.clock.now(), Status.OPEN)
    assert road.said(held.number) == ["quero parcelar a dívida"]
    assert road.said(held.number, Speaker.BOT) == [answer]
    assert road.queue() == [held.number]
    text = repr([road.rows(table) for table in road.dynamodb.tables])
    assert "parcelar" not in text
    assert "98000" not in text


def test_second_copy_gives_the_page_of_what_is_owed_and_settles_the_attendance(road):
    road.written(1)
    answer = road.says(1, "1")
    assert "https://avisos.example/p/123456" in answer
    held = only(road)
    assert (held.status, held.outcome) == (Status.CLOSED, Outcome.INFORMED)
    assert road.queue() == []


def test_i_paid_pauses_for_two_days_once_an_attendance(road):
    case = road.written(1)
    assert "dois dias" in road.says(1, "já paguei")
    stop = stops(road, case)[StopKind.SAYS_PAID]
    assert stop.until == road.clock.now() + timedelta(hours=48)
    assert road.facts()["stop.placed"] == 1
    assert only(road).status is Status.CLOSED


def test_a_dispute_stops_what_the_message_named_and_waits_for_a_person_in_its_class(road):
    case = road.written(1)
    assert "contestação" in road.says(1, "esse valor está errado")
    stop = stops(road, case)[StopKind.DISPUTE]
    assert stop.invoices == tuple(one.id for one in road.case(case).invoices)
    assert stop.until is None
    held = only(road)
    assert (held.demand, held.status) == (Demand.NON_ASSISTENTIAL, Status.OPEN)
    assert held.due is not None


@pytest.mark.parametrize(
    ("words", "kind"), [("o titular faleceu", StopKind.DEATH), ("fale com meu advogado", StopKind.LAWYER)]
)
def test_a_death_or_a_lawyer_stops_the_contract_and_goes_to_a_person(road, words, kind):
    case = road.written(1)
    assert road.says(1, words)
    assert stops(road, case)[kind].invoices == ()
    assert only(road).human_asked_at is not None


def test_a_wrong_person_stops_the_contract_and_the_number_is_never_used_again(road):
    case = road.contract(1, channels=(WHATSAPP, SMS, Channel.EMAIL))
    road.walk()
    assert "retirado do cadastro" in road.says(1, "não sou eu, número errado")
    assert StopKind.WRONG_PERSON in stops(road, case)
    contract = road.ledger().get([contract_ref(case.contract)])[contract_ref(case.contract)]
    assert isinstance(contract, Contract)
    assert not contract.living(WHATSAPP)
    assert not contract.living(SMS)
    assert road.case(case).reach_of(Channel.EMAIL) is Reach.OPEN


@pytest.mark.parametrize("channel", [WHATSAPP, SMS])
def test_sair_closes_the_channel_for_the_person_and_settles_the_attendance(road, channel):
    case = road.written(1, channel)
    answer = road.says(1, "SAIR", channel)
    assert answer.startswith("Protocolo") is (channel is WHATSAPP)
    assert road.case(case).reach_of(channel) is Reach.OPTED_OUT
    log = road.ledger().get([person_ref(case.holder_key)])[person_ref(case.holder_key)]
    assert log.opted_out(channel)
    assert road.facts()["channel.opted_out"] == 1
    assert (only(road).status, only(road).outcome) == (Status.CLOSED, Outcome.GRANTED)
    assert road.sms.opted_out == ({phone(1)} if channel is SMS else set())


def test_what_waits_on_the_channel_is_cancelled_by_a_stop(road):
    case = road.written(5, SMS)
    road.clock.move(days=8)
    for _ in range(3):
        road.climb()
        road.take()
        road.clock.move(minutes=31)
    assert road.outreach(case).status is OutreachStatus.QUEUED
    road.says(5, "já paguei", SMS)
    assert road.outreach(case).status is OutreachStatus.CANCELLED


def test_several_wishes_protect_and_go_to_a_person(road):
    case = road.written(1)
    road.says(1, "já paguei e não quero mais receber mensagem")
    assert StopKind.SAYS_PAID in stops(road, case)
    assert road.case(case).reach_of(WHATSAPP) is Reach.OPTED_OUT
    assert only(road).human_asked_at is not None


def test_nobody_is_trapped_in_the_menu_and_nobody_is_talked_over(road):
    road.written(1)
    assert "1 Segunda via" in road.says(1, "qwerty asdf")
    assert only(road).human_asked_at is None
    assert "Uma pessoa" in road.says(1, "zxcvb")
    held = only(road)
    assert held.human_asked_at is not None
    assert road.says(1, "alguém aí?") == ""
    assert road.said(held.number) == ["qwerty asdf", "zxcvb", "alguém aí?"]
    assert "/p/" in road.says(1, "segunda via")
    assert only(road).status is Status.OPEN


def test_health_is_classed_by_a_person_and_first_in_the_queue(road):
    road.written(1)
    road.says(1, "quero parcelar")
    road.written(2)
    answer = road.says(2, "estou internada, preciso de autorização")
    assert "urgência" in answer
    held = road.attendances()[-1]
    assert held.demand is None
    assert held.human_asked_at is not None


@pytest.mark.parametrize("channel", [WHATSAPP, SMS])
def test_strangers_and_shared_numbers_get_a_number_are_asked_who_they_are_and_learn_nothing(road, channel):
    case = road.contract(1, channels=(channel,))
    road.walk()
    secret = ("Pessoa", "CT-1", "500,00", "Plano", "/p/", "R$")
    answer = road.says(77, "quanto devo? segunda via", channel)
    assert answer.startswith("Protocolo")
    assert "contrato" in answer
    assert not any(one in answer for one in secret)
    held = road.attendances()[-1]
    assert (held.contract, held.holder_key) == ("", "")
    assert road.said(held.number) == ["quanto devo? segunda via"]
    assert not stops(road, case)


def test_a_number_of_several_people_reveals_nothing_and_a_stop_counts_for_all_of_them(road):
    one, two = road.written(1), road.contract(2, channels=(WHATSAPP,))
    key = road.pseudonyms.of(ANS, "phone", phone(1))
    line = Line(key=key, holder_key=two.holder_key, contract=two.contract)
    assert road.ledger().commit([Act("line", (Put(line),), (Fact("contact_points.recorded", line.ref),))]).landed
    answer = road.says(1, "segunda via")
    assert "/p/" not in answer
    assert "contrato" in answer
    road.says(1, "SAIR")
    assert road.case(one).reach_of(WHATSAPP) is Reach.OPTED_OUT
    assert road.case(two).reach_of(WHATSAPP) is Reach.OPTED_OUT


@pytest.mark.parametrize(
    "text", ["", "👍", "😡😡😡", "مرحبا كيف حالك", "\u202eSAIR", "a" * 5000, "'; DROP TABLE", "{link}"]
)
@pytest.mark.parametrize("channel", [WHATSAPP, SMS])
def test_whatever_is_written_gets_a_number_and_is_kept(road, text, channel):
    road.written(1, channel)
    answer = road.says(1, text, channel)
    assert answer.startswith("Protocolo") or text.endswith("SAIR")
    assert road.said(only(road).number) == [text]


def test_a_picture_is_heard_by_what_stands_beside_it_and_seen_by_a_person(road):
    case = road.written(1)
    reply = replace(road.reply(1, "já paguei, segue o comprovante"), media=True)
    assert receive_reply([reply], road.talking()) == frozenset()
    held = only(road)
    assert StopKind.SAYS_PAID in stops(road, case)
    assert held.human_asked_at is not None
    (said,) = [
        one for one in road.ledger().listed(f"PR#{held.number}", 0) if getattr(one, "speaker", "") == "beneficiario"
    ]
    assert (said.words, said.recording) == ("já paguei, segue o comprovante", reply.provider_id)


@pytest.mark.parametrize("letter", ["a", "\u202e", "😡", "م", "\x01", '"'])
def test_the_longest_message_is_heard_by_a_person_and_stops_no_queue(road, letter):
    """On WhatsApp people can write sixty thousand characters; SNS carries 256 KB, and a fact 64."""
    case = road.written(1)
    long = "já paguei " + letter * (190_000 // len(letter.encode()))
    for text in (long, long[:30_000], long[:5_000]):
        reply = replace(road.reply(1, kept(text)))
        assert receive_reply([reply], road.talking()) == frozenset()
    held = road.attendances()[0]
    assert held.human_asked_at is not None
    first = road.said(held.number)[0]
    assert first.startswith(long[:1_000])
    assert f"A mensagem tinha {len(long)} caracteres" in first
    assert not stops(road, case)


def test_a_message_delivered_twice_or_in_two_workers_is_heard_once(road):
    case = road.written(1)
    reply = road.reply(1, "já paguei")
    assert receive_reply([reply, reply], road.talking()) == frozenset()
    road.restart()
    assert receive_reply([reply], road.talking()) == frozenset()
    assert len(road.social.phones) == 2
    assert only(road).said == 2
    assert road.facts()["stop.placed"] == 1
    assert len(stops(road, case)) == 1


def test_messages_out_of_order_are_kept_each_at_its_moment(road):
    road.written(1)
    first = road.reply(1, "atendente")
    road.clock.move(minutes=5)
    second = road.reply(1, "é urgente")
    assert receive_reply([second], road.talking()) == frozenset()
    assert receive_reply([first], road.talking()) == frozenset()
    assert sorted(road.said(only(road).number)) == ["atendente", "é urgente"]


def test_ten_thousand_messages_of_one_number_are_no_storm(road):
    road.written(1, SMS)
    before = len(road.sms.phones)
    flood = [road.reply(1, "oi", SMS) for _ in range(10_000)]
    assert receive_reply(flood, road.talking()) == frozenset()
    assert len(road.sms.phones) - before <= ANSWERS_AN_HOUR
    held = road.attendances()
    assert len(held) == 1
    assert held[0].human_asked_at is not None
    assert len(road.said(held[0].number)) == KEPT
    assert road.meter.total("ReplyFlood") == 10_000 - KEPT
    # Whoever drowns in their own messages can stop ours all the same.
    assert receive_reply([road.reply(1, "SAIR", SMS)], road.talking()) == frozenset()
    assert road.sms.opted_out == {phone(1)}


def test_a_conversation_ends_after_a_day(road):
    road.written(1)
    assert "Não entendi" in road.says(1, "asdfgh")
    road.clock.move(hours=25)
    assert "Não entendi" in road.says(1, "asdfgh")
    assert len(road.attendances()) == 2


def without_bot(road):
    held = road.ledger().get([in_force_ref()])[in_force_ref()]
    fewer = replace(held, pinned=tuple(one for one in everything().pinned if one.id != "robo"))
    assert road.ledger().commit([Act("no bot", (Put(fewer),), (Fact("approval.retired", fewer.ref),))]).landed


def test_an_unapproved_script_means_no_bot(road):
    without_bot(road)
    case = road.written(1)
    assert "Recebemos sua mensagem" in road.says(1, "já paguei")
    assert not stops(road, case)
    assert only(road).human_asked_at is not None
    assert road.says(1, "SAIR")
    assert road.case(case).reach_of(WHATSAPP) is Reach.OPTED_OUT


def evidence(road, record):
    (tried,) = road.ledger().get([record.ref])[record.ref].tries
    return tried.shown


def test_ciente_proves_the_open_notice_with_the_person_s_own_words(road):
    record = noticed(road, road.written(1))
    assert "ciente" in road.says(1, "ciente")
    (shown,) = evidence(road, record)
    assert (shown.kind, shown.at) == (EvidenceKind.REPLY, road.clock.now())
    body = road.documents.open(ANS, Subject(record.holder_key), shown.file).decode()
    assert '"palavras": "ciente"' in body
    assert only(road).number in body
    assert road.says(1, "ciente")
    assert len(evidence(road, record)) == 1


def test_who_says_more_than_that_is_asked_to_confirm_and_yes_proves_it(road):
    record = noticed(road, road.written(1))
    assert "Responda SIM" in road.says(1, "oi, recebi a notificação")
    assert evidence(road, record) == ()
    assert "ciente dela" in road.says(1, "sim")
    assert len(evidence(road, record)) == 1


@pytest.mark.parametrize("means", [Means.SMS, Means.EMAIL])
def test_a_word_by_another_channel_proves_no_notice(road, means):
    record = noticed(road, road.written(1), means)
    road.says(1, "ciente")
    assert evidence(road, record) == ()


def test_a_day_late_the_number_goes_by_sms_unless_they_stopped_those(road):
    road.written(1)
    road.written(2)
    late, stopped = road.reply(1, "segunda via"), road.reply(2, "segunda via")
    ref = contract_ref(f"{1_000_002:032x}")
    held = road.ledger().get([ref], [])[ref]
    no = Consent(SMS, False, road.clock.now(), "portal", "", held.as_of)
    act = Act("no sms", (Put(replace(held, consents=(*held.consents, no))),), (Fact("channel.opted_out", ref),))
    assert road.ledger().commit([act]).landed
    road.clock.move(hours=25)
    before = len(road.social.phones)
    road.hears([late, stopped])
    assert len(road.social.phones) == before
    assert [one.to for one in road.sms.phones] == [phone(1)]
    told, untold = road.attendances()
    assert road.sms.phones[0].text.startswith(f"Protocolo {told.number}")
    assert (told.status, untold.status) == (Status.CLOSED, Status.OPEN)
    assert untold.human_asked_at is not None


@pytest.mark.parametrize("error", [throttling, unreachable])
def test_an_answer_that_was_proved_not_taken_is_said_when_the_message_comes_again(road, error):
    road.written(1)
    reply = road.reply(1, "atendente")
    for call in range(1, 4 if error is throttling else 2):
        road.faults.fail("SendWhatsAppMessage", call=call, error=error)
    assert receive_reply([reply], road.talking()) == {reply}
    road.hears([reply])
    road.hears([reply])
    assert len(road.social.phones) == 2
    assert road.social.phones[-1].text == road.said(only(road).number, Speaker.BOT)[0]


def test_an_answer_that_the_provider_throttles_is_said_a_moment_later(road):
    road.written(1)
    road.faults.fail("SendWhatsAppMessage", error=throttling)
    road.faults.fail("SendWhatsAppMessage", call=2, error=throttling)
    assert receive_reply([road.reply(1, "atendente")], road.talking()) == frozenset()
    assert len(road.social.phones) == 2
    assert road.naps == [0.5, 0.5]


def test_an_answer_that_may_have_landed_is_not_said_again(road):
    road.written(1)
    reply = road.reply(1, "atendente")
    road.faults.fail("SendWhatsAppMessage", landed=True, error=read_timeout)
    for _ in range(3):
        assert receive_reply([reply], road.talking()) == frozenset()
    assert len(road.social.phones) == 2


def test_a_conversation_that_ends_with_the_bot_s_question_is_closed_as_nothing_asked(road):
    road.written(1)
    road.says(1, "oi")
    road.clock.move(hours=23)
    road.sweep()
    assert only(road).status is Status.OPEN
    road.clock.move(hours=2)
    road.sweep()
    held = only(road)
    assert (held.status, held.outcome, held.late) == (Status.CLOSED, Outcome.WITHDRAWN, False)
    assert road.queue() == []
    assert "24 horas" in road.said(held.number, Speaker.BOT)[-1]
    facts = road.facts()["talk.ended"]
    road.sweep()
    assert road.facts()["talk.ended"] == facts == 1


def test_what_people_were_asked_for_stays_with_them_when_the_conversation_ends(road):
    road.written(1)
    road.says(1, "atendente")
    road.says(1, "qwerty")
    road.clock.move(hours=25)
    road.sweep()
    assert only(road).status is Status.OPEN


@pytest.mark.parametrize(("seconds", "kept"), [(60, "true"), (61, "false")])
def test_the_wait_for_a_person_is_recorded_with_its_target(road, seconds, kept):
    road.written(1)
    road.says(1, "atendente")
    road.clock.move(seconds=seconds)
    asked = {"operator": ANS, "actor": "ana", "action": "claim", "number": only(road).number}
    deps = AttendDeps(road.ledgers, road.pseudonyms, road.clock, road.randomness, road.meter, road.desk)
    for _ in range(2):
        attend_protocol(asked, deps)
    assert waited(only(road)) == (timedelta(seconds=seconds), kept == "true")
    assert road.meter.counted["HumanReached", (("in_target", kept),)] == 1


def test_without_a_bot_the_answer_that_a_notice_asks_for_counts_all_the_same(road):
    without_bot(road)
    record = noticed(road, road.written(1))
    assert "Recebemos sua mensagem" in road.says(1, "CIENTE")
    assert len(evidence(road, record)) == 1
    assert only(road).status is Status.CLOSED


@pytest.mark.parametrize(
    "text", ["ciente de quê?", "recebi o quê?", "ontem eu recebi uma mensagem de vocês no meu celular"]
)
def test_without_a_bot_a_question_and_a_long_story_prove_no_notice(road, text):
    without_bot(road)
    record = noticed(road, road.written(1))
    road.says(1, text)
    assert not evidence(road, record)
    assert only(road).human_asked_at is not None
