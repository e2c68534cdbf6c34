"""Copies of attendances that began by a message: by the person's own channel while that is free, else by another."""

from dataclasses import replace

import pytest

from emdia.aws.seals import KeyedSeals
from emdia.errors import LostRace
from emdia.facts import Fact
from emdia.messages.ports import Outcome, Sent
from emdia.portfolio.contract import Channel, Contract
from emdia.ports import Act, KeyClass, Put
from emdia.protocols.answers import Answer
from emdia.protocols.answers import Outcome as Result
from emdia.protocols.copying import owed
from emdia.protocols.protocol import close
from emdia.state import Subject, contract_ref
from emdia.workflows.attendance import move, read
from emdia.workflows.send_copy import CHAT_MAX, Deps, _one, send_copy
from tests.fakes.house import ANS, PUBLIC_URL
from tests.flows.road import phone
from tests.flows.talks import SMS, WHATSAPP, TalkRoad

ANSWER = "Seu contrato não prevê desconto por antecipação; o valor de novembro é o do boleto enviado."


class Copies(TalkRoad):
    """TalkRoad whose people are answered by hand."""

    def answered(self, number, text=ANSWER):
        held, now = read(number, self.ledger()), self.clock.now()
        closed = replace(close(held.protocol, Answer(Result.INFORMED, text), now), copying=owed(now))
        return move(held, closed, "protocol.answered", {}, "ana", self.ledger())

    def deps(self, **senders):
        made = {Channel.EMAIL: self.mailer, SMS: self.texter, WHATSAPP: self.chatter}
        made |= {Channel(name): sender for name, sender in senders.items()}
        seals = KeyedSeals(self.keyring)
        return Deps(self.ledgers, self.clock, self.randomness, self.meter, seals, made, PUBLIC_URL)

    def copy(self, number, **senders):
        """What left for people: on telephones, by mail."""
        before = len(self.sms.phones) + len(self.social.phones), len(self.ses.mailbox)
        send_copy({"ans": ANS, "numbers": [number]}, self.deps(**senders))
        phones = [*self.sms.phones, *self.social.phones]
        return len(phones) - before[0], len(self.ses.mailbox) - before[1]


@pytest.fixture
def road():
    return Copies()


def asked_by(road, channel=WHATSAPP):
    road.written(1, channel)
    road.says(1, "quero falar com um atendente", channel)
    (attendance,) = road.attendances()
    road.answered(attendance.number)
    return attendance.number


def test_whoever_wrote_on_whatsapp_gets_the_whole_copy_there(road):
    number = asked_by(road)
    assert road.copy(number) == (1, 0)
    copy = road.social.phones[-1]
    assert (copy.to, copy.message["type"]) == (phone(1), "text")
    assert "quero falar com um atendente" in copy.text
    assert "EMDIA1/" in copy.text
    assert road.attendance(number).copying.channel == "whatsapp"


def test_a_day_after_the_person_s_words_whatsapp_carries_none_and_the_mail_does(road):
    road.written(1)
    road.says(1, "quero falar com um atendente")
    (attendance,) = road.attendances()
    road.clock.move(hours=24)
    road.answered(attendance.number)
    assert road.copy(attendance.number) == (0, 1)


def test_whatsapp_that_a_person_has_stopped_carries_no_copy(road):
    number = asked_by(road)
    road.says(1, "SAIR")
    assert road.copy(number) == (0, 1)


def test_a_copy_too_long_for_a_chat_says_where_the_rest_is(road):
    road.written(1)
    road.says(1, "quero falar com um atendente")
    (attendance,) = road.attendances()
    for _ in range(9):
        road.clock.move(minutes=15)
        road.says(1, "texto " * 150)
    road.answered(attendance.number)
    assert road.copy(attendance.number) == (1, 0)
    text = road.social.phones[-1].text
    assert f"{PUBLIC_URL}/protocolo" in text
    assert len(text) < CHAT_MAX + 120


class Never:
    """A provider that refuses for good."""

    at_once = 1

    def send(self, messages):
        return [Sent(Outcome.REJECTED) for _ in messages]


def test_what_a_provider_will_never_take_goes_another_way_at_once(road):
    number = asked_by(road)
    assert road.copy(number, whatsapp=Never()) == (0, 0)
    assert road.attendance(number).copying.refused == ("whatsapp",)
    assert road.copy(number) == (0, 1)
    assert road.attendance(number).copying.channel == "email"


@pytest.mark.parametrize("outcome", [Outcome.THROTTLED, Outcome.NOT_SENT])
def test_what_a_provider_does_not_take_for_the_moment_is_tried_with_the_next(road, outcome):
    number = asked_by(road)

    class Busy(Never):
        def send(self, messages):
            return [Sent(outcome) for _ in messages]

    assert road.copy(number, whatsapp=Busy()) == (0, 0)
    assert road.attendance(number).copying.due == road.clock.now()
    assert road.facts()["protocol.copy_put_off"] == 1
    assert road.copy(number) == (1, 0)


def test_whom_the_register_has_no_other_way_to_is_told_by_sms_on_the_number_they_wrote_from(road):
    number = asked_by(road)
    contract = road.attendance(number).contract
    ledger = road.ledger()
    held = ledger.get([contract_ref(contract)])[contract_ref(contract)]
    bare = replace(held, contact_points=tuple(one for one in held.contact_points if one.channel is WHATSAPP))
    assert ledger.commit([Act("bare", (Put(bare),), (Fact("contract.recorded", held.ref),))]).landed
    road.clock.move(hours=24)
    assert road.copy(number) == (1, 0)
    assert road.sms.phones[-1].to == phone(1)
    assert road.attendance(number).copying.channel == "sms"


def test_another_holder_gets_no_copy_of_what_was_not_said_to_them(road):
    number = asked_by(road)
    contract = road.attendance(number).contract
    held = road.ledger().get([contract_ref(contract)])[contract_ref(contract)]
    assert isinstance(held, Contract)
    ledger = road.ledger()
    ledger.ensure_keys([(Subject("f" * 32), KeyClass.CADASTRO)])
    act = Act("another holder", (Put(replace(held, holder_key="f" * 32)),), (Fact("contract.recorded", held.ref),))
    assert ledger.commit([act]).landed
    assert road.copy(number) == (0, 0)
    assert road.attendance(number).copying.due is None
    assert road.facts()["protocol.copy_missed"] == 1


def test_of_two_workers_one_sends(road):
    number = asked_by(road)
    first = road.attendance(number)
    assert road.copy(number) == (1, 0)
    with pytest.raises(LostRace):
        _one(first, first.copying, road.ledger(), road.deps())
    assert len(road.social.phones) == len({one.ref for one in road.social.phones})
