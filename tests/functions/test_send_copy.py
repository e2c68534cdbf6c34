from dataclasses import replace
from datetime import timedelta

import pytest

from emdia.facts import Fact
from emdia.portfolio.contract import Channel, Contract
from emdia.ports import Act, Put
from emdia.state import contract_ref, protocol_ref
from functions.attend_protocol.handler import handle as attend
from functions.send_copy.handler import handle
from tests.fakes.faults import read_timeout, throttling
from tests.fakes.house import ANS, COPIES_QUEUE, PUBLIC_URL
from tests.flows.road import phone
from tests.functions.sqs import batch

ANSWER = "A segunda via foi emitida hoje com vencimento em 10/12/2026, sem multa nem juros."


def staff(action, **more):
    answer = attend({"action": action, "operator": ANS, "actor": "ana", **more}, None)
    assert "result" in answer, answer
    return answer["result"]


def contract_of(road, n, *channels):
    """A contract with those contact points, under the number `CT-<n>`."""
    case = road.contract(n, channels=channels)
    key = road.pseudonyms.of(ANS, "contract", f"CT-{n}")
    held = road.ledger().get([contract_ref(case.contract)])[contract_ref(case.contract)]
    assert isinstance(held, Contract)
    act = Act(
        f"known {n}", (Put(replace(held, key=key, v=0, last="")),), (Fact("contract.recorded", contract_ref(key)),)
    )
    assert road.ledger().commit([act]).landed
    return f"CT-{n}"


def answered(contract="", key="1"):
    number = staff("open", key=key, medium="telefone", originator="beneficiario")["number"]
    if contract:
        staff("identify", number=number, contract=contract)
    staff("class", number=number, demand="nao_assistencial")
    staff("answer", number=number, outcome="atendido", text=ANSWER)
    return number


def tick(road, **by):
    """A quarter of an hour later the sweep finds what is due; who the queue calls sends it."""
    road.clock.move(**(by or {"minutes": 15}))
    road.show_clock()
    road.sweep()
    bodies = road.sqs.take(COPIES_QUEUE, 100)
    return handle(batch(bodies), None)["batchItemFailures"] if bodies else None


def held(road, number):
    return road.ledger().get([protocol_ref(number)])[protocol_ref(number)]


def test_whoever_is_answered_gets_the_copy_by_mail_within_minutes(seated):
    road = seated
    number = answered(contract_of(road, 71, Channel.EMAIL))
    assert road.ses.mailbox == []
    assert tick(road) == []
    (mail,) = road.ses.mailbox
    assert mail.subject == f"Cópia do protocolo {number[:6]} {number[6:14]} {number[14:]}"
    assert ANSWER in mail.text
    assert "EMDIA1/" in mail.text
    copying = held(road, number).copying
    assert (copying.due, copying.channel) == (None, "email")
    assert copying.sent_at - held(road, number).answered_at < timedelta(hours=1)
    assert tick(road, hours=3) is None


def test_without_an_address_an_sms_says_where_it_is_and_nothing_of_what_was_said(seated):
    road = seated
    number = answered(contract_of(road, 72, Channel.SMS))
    assert tick(road) == []
    (message,) = road.sms.phones
    assert message.to == phone(72)
    assert number in message.text
    assert f"{PUBLIC_URL}/protocolo" in message.text
    assert "segunda via" not in message.text
    assert road.ses.mailbox == []


def test_nobody_to_write_to_is_looked_for_until_the_limit_and_then_told(seated):
    road = seated
    number = answered(contract_of(road, 73))
    for _ in range(7):
        tick(road, hours=12)
    assert held(road, number).copying.due is None
    assert held(road, number).copying.sent_at is None
    assert road.facts()["protocol.copy_missed"] == 1
    assert tick(road, hours=12) is None


def test_an_attendance_of_nobody_owes_no_copy_until_it_is_known_whose_it_is(seated):
    road = seated
    number = answered()
    assert tick(road) is None
    staff("identify", number=number, contract=contract_of(road, 74, Channel.EMAIL))
    assert tick(road) == []
    assert len(road.ses.mailbox) == 1


@pytest.mark.parametrize("error", [throttling, read_timeout])
def test_what_the_provider_did_not_take_is_tried_again(seated, error):
    road = seated
    number = answered(contract_of(road, 75, Channel.EMAIL))
    road.faults.fail("SendBulkEmail", error=error, landed=error is read_timeout)
    road.faults.fail("SendEmail", error=error, landed=error is read_timeout)
    tick(road)
    road.faults.planned.clear()
    tick(road, hours=2)
    assert len(road.ses.mailbox) == 1
    assert held(road, number).copying.sent_at is not None


def test_a_copy_that_another_worker_sends_is_not_sent_twice(seated):
    road = seated
    answered(contract_of(road, 76, Channel.EMAIL))
    road.clock.move(minutes=15)
    road.show_clock()
    road.sweep()
    (body,) = road.sqs.take(COPIES_QUEUE, 100)
    assert handle(batch([body, body]), None)["batchItemFailures"] == []
    assert len(road.ses.mailbox) == 1


def test_an_attendance_that_is_asked_for_again_owes_no_copy_of_its_first_answer(seated):
    road = seated
    number = answered(contract_of(road, 77, Channel.EMAIL))
    staff("reanalyse", number=number)
    assert tick(road) is None
    assert road.ses.mailbox == []
    staff("answer", number=number, outcome="atendido", text="A ouvidoria confirma que a segunda via foi enviada.")
    assert tick(road) == []
    assert "ouvidoria confirma" in road.ses.mailbox[0].text
