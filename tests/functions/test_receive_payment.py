"""A bank's call: every Pix of it entered once or parked, in one transaction with all it changes."""

import base64
import json
from dataclasses import replace
from datetime import date

import pytest

from emdia.facts import Fact
from emdia.messages.outreach import OutreachStatus
from emdia.portfolio.case import Invoice, InvoiceStatus, OpenInvoice
from emdia.portfolio.contract import Channel
from emdia.ports import Act, Put
from emdia.state import FLAGGED_MONEY, contract_ref, invoice_ref
from emdia.workflows.receive_payment import BankCall, receive_payment
from functions.attend_payment.handler import handle as attend
from functions.receive_payment.handler import handle
from functions.show_debt.handler import handle as show_debt
from tests.fakes.bank import CALLER
from tests.fakes.faults import closed, read_timeout
from tests.fakes.house import ANS, JOURNAL, PUBLIC_URL

FEE_LATE = 51_117  # fee 500,00 late for seven days on the morning of the story: multa 10,00, juros 1,17


def call(*pix, operator=ANS, caller=CALLER, body=None):
    raw = json.dumps({"pix": list(pix)}).encode() if body is None else body
    event = {
        "httpMethod": "POST",
        "pathParameters": {"operator": operator},
        "headers": {},
        "requestContext": {"identity": {"clientCert": {"subjectDN": caller}} if caller else {}},
        "body": base64.b64encode(raw).decode(),
        "isBase64Encoded": True,
    }
    answer = handle(event, None)
    return answer["statusCode"], json.loads(answer["body"])


def desk(action, **more):
    return attend({"action": action, "operator": ANS, "actor": "ana", "language": "pt-BR", **more}, None)


def page(road, wants=1):
    """The debt's page as opened now; the txid its code was made for."""
    road.show_clock()
    text = road.sms.phones[-1].text
    token = text.split(f"{PUBLIC_URL}/p/")[1].split()[0]
    answer = show_debt({"httpMethod": "GET", "pathParameters": {"token": token}, "headers": {}, "body": None}, None)
    assert answer["statusCode"] == 200
    active = [txid for txid, one in road.bank.charges.items() if one["status"] == "ATIVA"]
    assert len(active) == wants
    return answer["body"], active[0] if active else ""


@pytest.fixture
def asked(road):
    """A person who was sent an SMS and has opened its page; their case and the charge's txid."""
    road.add_bank(stage="local")
    case = road.contract(1, channels=(Channel.SMS,))
    road.walk()
    body, txid = page(road)
    assert "br.gov.bcb.pix" in body
    return case, txid


def invoice(road, case):
    ref = invoice_ref(case.contract, case.invoices[0].id)
    found = road.ledger().get([ref])[ref]
    assert isinstance(found, Invoice)
    return found


def known_to_the_erp(road, case):
    """The same debt under a contract whose keys come of the ERP's numbers, as the intake makes them."""
    key, number = (road.pseudonyms.of(ANS, kind, name) for kind, name in (("contract", "CT-7"), ("invoice", "FAT-7")))
    held = road.ledger().get([contract_ref(case.contract)])[contract_ref(case.contract)]
    open_ = replace(case.invoices[0], id=number)
    states = (
        replace(held, v=0, last="", key=key, number="CT-7"),
        replace(invoice(road, case), v=0, last="", contract=key, id=number, number="FAT-7"),
        replace(case, v=0, last="", contract=key, invoices=(open_,)),
    )
    act = Act("seed:7", tuple(map(Put, states)), (Fact("contract.recorded", states[0].ref),))
    assert road.ledger().commit([act]).landed


def flagged(road):
    return [(str(one.reason), int(one.amount)) for one in road.ledger().record(FLAGGED_MONEY)]


def test_a_late_debt_is_asked_as_today_s_total_without_clauses(road, asked):
    charge = road.bank.charges[asked[1]]
    assert charge["valor"] == {"original": "511.17"}
    assert charge["calendario"]["dataDeVencimento"] == "2026-11-26"
    assert charge["devedor"] == {"cpf": "52998224725", "nome": "Pessoa Número 1"}


def test_paying_settles_and_the_next_page_has_nothing_to_pay(road, asked):
    case, txid = asked
    assert call(road.bank.pay(txid)) == (200, {"new": 1})
    assert invoice(road, case).status is InvoiceStatus.PAID
    assert road.case(case).invoices == ()
    assert flagged(road) == []
    assert "Nada a pagar" in page(road, wants=0)[0]


def receipt_link(road):
    """The receipt's SMS a tick later, and its page as opened then."""
    road.clock.move(minutes=15)
    road.sweep()
    road.send()
    road.show_clock()
    (text,) = [one.text for one in road.sms.phones if ": recebemos R$" in one.text]
    token = text.split(f"{PUBLIC_URL}/p/")[1].split()[0]
    return show_debt({"httpMethod": "GET", "pathParameters": {"token": token}, "headers": {}, "body": None}, None)


def test_who_paid_opens_their_receipt(road, asked):
    call(road.bank.pay(asked[1]))
    page_ = receipt_link(road)
    assert page_["statusCode"] == 200
    for told in ("Recibo de pagamento", "R$\u00a0511,17", "Multa por atraso", "Esta mensalidade está paga.", "Pessoa"):
        assert told in page_["body"]
    assert "Número 1" not in page_["body"]
    assert "br.gov.bcb.pix" not in page_["body"]


def test_the_receipt_of_a_part_leads_to_the_rest(road, asked):
    call(road.bank.receive(asked[1], "111.17"))
    body = receipt_link(road)["body"]
    assert "Restam R$\u00a0400,00 desta mensalidade em 25/11/2026." in body
    assert "O que resta" in body
    assert "br.gov.bcb.pix" in body


def test_the_receipt_of_money_that_went_back_is_none(road, asked):
    pix = road.bank.pay(asked[1])
    call(pix)
    receipt_link(road)
    call(road.bank.give_back(pix["endToEndId"], "511.17"))
    answer = receipt_link(road)
    assert answer["statusCode"] == 410
    assert "R$" not in answer["body"]


def test_the_same_call_again_and_in_other_hands_changes_nothing(road, asked):
    pix = road.bank.pay(asked[1])
    assert call(pix)[1] == {"new": 1}
    before = len(road.rows(JOURNAL))
    assert call(pix, pix) == (200, {"new": 0})
    assert len(road.rows(JOURNAL)) == before


def test_what_waits_in_a_queue_dies_with_the_payment(road):
    road.add_bank(stage="local")
    case = road.contract(1, channels=(Channel.SMS,))
    road.walk()
    _, txid = page(road)
    road.clock.move(days=8)
    road.climb()
    road.take()
    assert road.outreach(case).status is OutreachStatus.QUEUED
    _, txid = page(road)  # eight days dearer: the old charge was taken back first
    road.show_clock()
    assert call(road.bank.pay(txid))[1] == {"new": 1}
    cancelled = road.outreach(case)
    assert (cancelled.status, cancelled.rule) == (OutreachStatus.CANCELLED, "stop.settled")
    sent = len(road.sms.phones)
    road.send()
    assert len(road.sms.phones) == sent


def test_a_replaced_charge_that_is_paid_all_the_same_counts(road, asked):
    case, old = asked
    road.clock.move(days=1)
    _, new = page(road)
    assert new != old
    assert road.bank.charges[old]["status"] == "REMOVIDA_PELO_USUARIO_RECEBEDOR"
    pix = road.bank.receive(old, "511.17")  # the payer's bank had read it the day before
    assert call(pix)[1] == {"new": 1}
    assert invoice(road, case).status is InvoiceStatus.PAID


def test_several_pix_of_one_call_partial_and_double(road, asked):
    _, txid = asked
    first, second = road.bank.receive(txid, "511.17"), road.bank.receive(txid, "511.17")
    assert call(first, second) == (200, {"new": 2})
    assert flagged(road) == [("double", FEE_LATE)]
    assert desk("unallocated")["result"]["total"] == FEE_LATE


def test_an_amount_of_another_charge_is_a_part_and_the_page_asks_the_rest(road, asked):
    case, txid = asked
    call(road.bank.receive(txid, "111.17"))
    assert invoice(road, case).status is InvoiceStatus.OPEN
    assert "R$\u00a0400,00" in page(road)[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"txid": "a" * 32}, "unknown-charge"),
        ({"txid": ""}, "unknown-charge"),
        ({"chave": "outra@chave.example"}, "other-key"),
        ({"horario": "2026-11-25T13:00:00.000Z"}, "future-time"),
    ],
)
def test_what_cannot_be_entered_is_parked_where_a_person_sees_it(road, asked, change, reason):
    pix = road.bank.receive(asked[1], "511.17") | change
    assert call(pix) == (200, {"new": 1})
    assert call(pix) == (200, {"new": 0})
    assert flagged(road) == [(reason, FEE_LATE)]
    assert invoice(road, asked[0]).status is InvoiceStatus.OPEN
    (listed,) = desk("unallocated")["result"]["unallocated"]
    shown = desk("show", payment=listed["payment"])["result"]
    assert shown["end_to_end_id"] == pix["endToEndId"]
    assert road.facts()["payment.viewed"] == 1


def test_a_person_says_what_it_was_paid_for(road, asked):
    call(road.bank.receive("", "511.17"))
    (listed,) = desk("unallocated")["result"]["unallocated"]
    wrong = desk("assign", payment=listed["payment"], contract="CT-1", invoice="FAT-9")
    assert wrong["problem"]["code"] == "invoice-unknown"
    known_to_the_erp(road, asked[0])
    done = desk("assign", payment=listed["payment"], contract="CT-7", invoice="FAT-7")
    assert done["result"]["status"] == "entered"
    assert flagged(road) == []
    assert road.facts()["payment.assigned"] == 1
    assert desk("assign", payment=listed["payment"], contract="CT-7", invoice="FAT-7")["problem"]["status"] == 404


def test_a_future_pix_is_entered_once_its_time_has_come(road, asked):
    pix = road.bank.receive(asked[1], "511.17") | {"horario": "2026-11-25T13:00:00.000Z"}
    call(pix)
    (listed,) = desk("unallocated")["result"]["unallocated"]
    assert desk("replay", payment=listed["payment"])["result"]["status"] == "parked"
    road.clock.move(hours=2)
    road.show_clock()
    assert desk("replay", payment=listed["payment"])["result"]["status"] == "entered"
    assert invoice(road, asked[0]).status is InvoiceStatus.PAID
    assert flagged(road) == []


@pytest.mark.usefixtures("asked")
def test_parked_money_that_went_back_whole_waits_for_nobody(road):
    pix = road.bank.receive("", "80.00")
    call(pix)
    call(road.bank.give_back(pix["endToEndId"], "80.00"))
    assert flagged(road) == []


def test_money_that_goes_back_after_it_settled_is_flagged(road, asked):
    pix = road.bank.pay(asked[1])
    call(pix)
    call(road.bank.give_back(pix["endToEndId"], "511.17"))
    assert flagged(road) == [("returned", FEE_LATE)]


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ({"operator": "654321"}, 404, "bank-unknown"),
        ({"operator": "x"}, 404, "bank-unknown"),
        ({"caller": "CN=somebody else"}, 403, "caller-unknown"),
        ({"body": b"\xff"}, 400, "pix-malformed"),
        ({"body": b"[]"}, 400, "pix-malformed"),
        ({"body": b'{"pix": [{}]}'}, 400, "pix-malformed"),
        ({"body": b'{"pix": {}}'}, 400, "pix-malformed"),
    ],
)
def test_a_call_that_is_no_bank_s_or_no_call_is_refused_whole(road, asked, how, status, code):
    answered, told = call(road.bank.pay(asked[1]), **how)
    assert (answered, told["code"]) == (status, code)
    assert invoice(road, asked[0]).entries == ()


def test_the_same_pix_twice_in_one_call_is_one(road, asked):
    pix = road.bank.pay(asked[1])
    assert call(pix, pix) == (200, {"new": 1})
    assert len(invoice(road, asked[0]).entries) == 1


def test_two_words_of_one_payment_in_a_call_are_refused(road, asked):
    pix = road.bank.pay(asked[1])
    answered, told = call(pix, pix | {"valor": "1.00"})
    assert (answered, told["code"], told["pointer"]) == (422, "pix-contradiction", "/pix/1/endToEndId")
    assert invoice(road, asked[0]).entries == ()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"valor": "1,00"}, "/pix/0/valor"),
        ({"valor": "0.00"}, "/pix/0/valor"),
        ({"valor": 1}, "/pix/0/valor"),
        ({"endToEndId": "E1"}, "/pix/0/endToEndId"),
        ({"txid": "não"}, "/pix/0/txid"),
        ({"horario": "ontem"}, "/pix/0/horario"),
        ({"horario": "2026-11-25T09:00:00"}, "/pix/0/horario"),
        ({"devolucoes": [{"status": "DEVOLVIDO", "valor": "999.00"}]}, "/pix/0/valor"),
        ({"devolucoes": [1]}, "/pix/0/devolucoes/0"),
    ],
)
def test_a_malformed_field_is_named(road, asked, change, pointer):
    answered, told = call(road.bank.pay(asked[1]) | change)
    assert (answered, told["pointer"]) == (400, pointer)


def test_deployed_nobody_is_heard_without_a_certificate(road, asked):
    assert call(road.bank.pay(asked[1]), caller="")[0] == 200  # the laptop's gateway knows no certificates
    from emdia import wiring

    deps = replace(wiring.receive_payment(), certified=True)
    with pytest.raises(Exception, match="caller-unknown"):
        receive_payment(BankCall(ANS, "", b'{"pix": []}'), deps)


def test_the_debt_is_shown_though_the_bank_is_away(road):
    road.add_bank(stage="local")
    road.contract(1, channels=(Channel.SMS,))
    road.walk()
    road.faults.fail("POST oauth", error=closed)
    assert "R$\u00a0511,17" in page(road, wants=0)[0]
    assert "br.gov.bcb.pix" in page(road)[0]


def test_a_bank_that_hangs_is_asked_once_a_page_however_many_fees_it_shows(road):
    road.add_bank(stage="local")
    case = road.contract(1, channels=(Channel.SMS,))
    first = invoice(road, case)
    second = replace(first, v=0, last="", id="e" * 32, number="FAT-2", reference="2026-10", due_on=date(2026, 10, 19))
    brief = OpenInvoice(second.id, second.reference, second.due_on, second.amount)
    moved = replace(road.case(case), invoices=(brief, *road.case(case).invoices))
    act = Act("second", (Put(second), Put(moved)), (Fact("invoice.recorded", second.ref),))
    assert road.ledger().commit([act]).landed
    road.walk()
    assert len(road.outreach(case).invoices) == 2
    for _ in range(3):
        road.faults.fail("PUT cobv", error=read_timeout)
    before = road.faults.requests["bank", "PUT cobv"]
    body = page(road, wants=0)[0]
    assert road.faults.requests["bank", "PUT cobv"] - before == 1
    assert body.count("R$") > 2
    assert "br.gov.bcb.pix" not in body


def test_a_charge_that_was_made_without_an_answer_is_found_again(road):
    road.add_bank(stage="local")
    road.contract(1, channels=(Channel.SMS,))
    road.walk()
    road.faults.fail("PUT cobv", landed=True, error=closed)
    page(road)
    body, _ = page(road)
    assert "br.gov.bcb.pix" in body
    assert len(road.bank.charges) == 1


def test_the_door_waits_for_the_store(road, asked):
    pix = road.bank.pay(asked[1])
    for _ in range(6):
        road.faults.fail("BatchGetItem", call=1)
    assert call(pix)[0] == 503
    road.faults.planned.clear()
    assert call(pix) == (200, {"new": 1})
