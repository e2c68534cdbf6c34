from functions.serve_notice.handler import handle
from tests.fakes.faults import closed
from tests.fakes.house import ANS, NOTICES_QUEUE
from tests.functions.sqs import again, batch


def test_a_message_of_the_queue_serves_its_contracts(road):
    road.at("2026-10-15")
    cases = [road.owing(n, "2026-09-10") for n in (1, 2)]
    road.find()
    assert again(handle(batch(road.sqs.take(NOTICES_QUEUE, 10)), None)) == []
    assert {mail.to for mail in road.ses.mailbox} == {"pessoa1@caixa.example", "pessoa2@caixa.example"}
    assert all(road.notice(case).tries for case in cases)


def test_what_cannot_be_read_now_comes_again(road):
    road.at("2026-10-15")
    case = road.owing(1, "2026-09-10")
    road.faults.fail("Query", error=closed)
    body = {"ans": ANS, "contracts": [[case.contract, case.holder_key]]}
    assert again(handle(batch([body]), None)) == ["m0"]


def test_a_malformed_message_is_counted_and_dropped(road):
    assert again(handle(batch([{"ans": ANS, "contracts": "all"}]), None)) == []
    assert not road.ses.mailbox
