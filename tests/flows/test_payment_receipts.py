"""Receipts: one for each payment, on the road of all messages, bound to hours and silence and to no cap."""

from dataclasses import replace
from datetime import timedelta

import pytest

from emdia.compliance.approval import InForce, Matter
from emdia.facts import Fact
from emdia.ladder.explain import RecordFile, explain
from emdia.messages.delivery import DeliveryKind
from emdia.messages.outreach import Outreach, OutreachStatus, receipt_id
from emdia.messages.person import log_of
from emdia.money import Centavos
from emdia.payments.ports import Received
from emdia.portfolio.case import InvoiceStatus, Stop, StopKind
from emdia.portfolio.contract import Channel, ContractKind
from emdia.ports import Act, Put
from emdia.state import FLAGGED_MONEY, contract_ref, in_force_ref, outreach_ref
from emdia.workflows.entering import Till, enter_payments
from emdia.workflows.payment_items import Place
from tests.fakes import erp
from tests.fakes.house import ANS
from tests.flows.road import Road
from tests.functions.intake import Intake

DUE = 51_117  # fee 500,00 late for seven days: multa 10,00, juros 1,17
PIX = "E1234567820261125120000000000{:03d}"


def pay(road, case, amount=DUE, n=1, returned=0, invoice=None):
    """The bank tells of one Pix for the case's invoice."""
    name = PIX.format(n)
    told = Received(name, "", Centavos(amount), road.clock.now(), returned=Centavos(returned))
    place = Place(case.contract, (invoice or case.invoices[0]).id)
    places = {road.pseudonyms.of(ANS, "payment", name): place}
    return enter_payments(ANS, [told], "", Till(road.ledgers, road.pseudonyms, road.clock, road.meter), places)


def tick(road, **by):
    """A quarter of an hour of everything, after the clock has moved."""
    road.clock.move(**by)
    road.sweep()
    road.send()


def receipts(road):
    return [one for one in road.sms.phones if ": recebemos R$" in one.text]


def receipt(road, case, n=1):
    ref = outreach_ref(case.contract, receipt_id(case.contract, road.pseudonyms.of(ANS, "payment", PIX.format(n))))
    found = road.ledger().get([ref]).get(ref)
    assert found is None or isinstance(found, Outreach)
    return found


@pytest.fixture
def road():
    return Road()


@pytest.fixture
def case(road):
    """Somebody who was written to by SMS this morning."""
    made = road.contract(1, channels=(Channel.SMS,))
    road.walk()
    return made


def test_a_payment_gets_its_receipt_once_however_often_it_is_told(road, case):
    for _ in range(3):
        pay(road, case)
        tick(road, minutes=15)
    (one,) = receipts(road)
    assert "recebemos R$\u00a0511,17 de 11/2026" in one.text.replace("R$ ", "R$\u00a0")
    sent = receipt(road, case)
    assert (sent.status, sent.rule) == (OutreachStatus.ACCEPTED, "receipt.payment")
    assert road.facts()["outreach.queued"] == road.facts()["outreach.claimed"] == 2
    assert road.hear([road.event(one.ref, DeliveryKind.DELIVERED)]) == frozenset()
    assert receipt(road, case).status is OutreachStatus.DELIVERED


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.WHATSAPP])
def test_each_channel_carries_it_in_its_own_shape(road, channel):
    case = road.contract(1, channels=(channel,))
    pay(road, case)
    tick(road, minutes=15)
    if channel is Channel.EMAIL:
        (mail,) = road.ses.mailbox
        assert mail.subject == "Recebemos o pagamento da mensalidade de novembro/2026"
        assert "Multa por atraso: R$\u00a010,00" in mail.text
        assert "List-Unsubscribe" in mail.headers
    else:
        (chat,) = road.social.phones
        assert chat.message["template"]["name"] == "recibo_v1"


def test_a_part_states_what_remains_and_each_part_has_its_own(road, case):
    pay(road, case, 11_117)
    tick(road, minutes=15)
    assert "restam R$ 400,00." in receipts(road)[0].text.replace("\u00a0", " ")
    pay(road, case, 40_000, n=2)
    tick(road, minutes=15)
    assert [("restam" in one.text) for one in receipts(road)] == [True, False]


def test_too_much_and_twice_are_confirmed_as_what_they_are(road, case):
    pay(road, case, 60_000)
    pay(road, case, DUE, n=2)
    tick(road, minutes=15)
    assert len(receipts(road)) == 2


def test_money_that_went_back_before_the_hour_came_is_not_confirmed(road, case):
    road.clock.move(hours=12)  # nine in the evening
    pay(road, case)
    pay(road, case, returned=DUE)
    tick(road, hours=12)
    assert receipts(road) == []
    assert (receipt(road, case).status, receipt(road, case).rule) == (OutreachStatus.CANCELLED, "receipt.undone")


def test_at_night_it_waits_for_the_morning(road, case):
    road.clock.move(hours=12)
    pay(road, case)
    tick(road, minutes=15)
    assert receipts(road) == []
    assert receipt(road, case).due == road.clock.now().replace(day=26, hour=12, minute=0)  # nine in São Paulo
    tick(road, hours=12)
    assert len(receipts(road)) == 1


def test_no_cap_binds_it(road, case):
    """Written to at nine, paid at ten: the receipt leaves the same day."""
    pay(road, case)
    tick(road, minutes=60)
    assert len(receipts(road)) == 1
    assert len(road.sms.phones) == 2


def test_it_counts_for_the_next_claim(road):
    """Confirmed at half past five, nobody is written to at nine: that is less than sixteen hours later."""
    road.clock.move(hours=8, minutes=30)
    paying = road.contract(1, channels=(Channel.SMS,))
    pay(road, paying)
    tick(road)
    assert len(receipts(road)) == 1
    owing = road.contract(2, person=1, channels=(Channel.SMS,))
    road.clock.move(hours=15, minutes=30)
    road.walk()
    assert road.case(owing).last_outreach == ""
    road.clock.move(minutes=31)
    road.walk()
    assert road.outreach(owing).status is OutreachStatus.ACCEPTED


@pytest.mark.parametrize("kind", list(StopKind))
def test_what_protects_the_person_silences_it_and_what_ends_claims_does_not(road, case, kind):
    ends_claims = kind in (StopKind.DISPUTE, StopKind.PROMISE, StopKind.DEAL, StopKind.SAYS_PAID)
    pay(road, case)
    road.commit_case(replace(road.case(case), stops=(Stop(kind, "s1"),)), "stop.placed")
    tick(road, minutes=15)
    assert len(receipts(road)) == ends_claims
    if not ends_claims:
        assert receipt(road, case).status is OutreachStatus.CANCELLED
        pay(road, case, 1_000, n=2)
        assert receipt(road, case, n=2) is None, "nor is one made"


def test_a_stop_of_the_channel_is_obeyed(road, case):
    contract = road.ledger().get([contract_ref(case.contract)])[contract_ref(case.contract)]
    pay(road, case)
    closed = replace(road.case(case), reach=tuple((one, "opted-out") for one, _ in case.reach))
    road.commit_case(closed, "channel.opted_out")
    tick(road, minutes=15)
    assert receipts(road) == []
    assert (receipt(road, case).status, receipt(road, case).rule) == (OutreachStatus.REFUSED, "consent.opted-out")
    assert contract.point(Channel.SMS) is not None


def test_another_holder_hears_nothing_of_the_former_one_s_money(road, case):
    pay(road, case)
    road.commit_case(replace(road.case(case), holder_key="f" * 32), "contract.recorded")
    tick(road, minutes=15)
    assert receipts(road) == []
    assert receipt(road, case).rule == "stop.holder-changed"


def test_after_a_week_nobody_is_told_any_more(road, case):
    road.sweep()
    pay(road, case)
    tick(road, days=8)
    assert receipts(road) == []
    assert receipt(road, case).rule == "receipt.too-late"


def test_an_employee_s_company_pays_and_the_employee_gets_none(road):
    case = road.contract(1, channels=(Channel.SMS,), kind=ContractKind.EMPRESARIAL)
    pay(road, case)
    assert receipt(road, case) is None


def test_without_words_in_force_none_is_made_and_nobody_is_called(road, case):
    held = road.ledger().get([in_force_ref()])[in_force_ref()]
    assert isinstance(held, InForce)
    without = tuple(one for one in held.pinned if (one.matter, one.id.split("/")[0]) != (Matter.WORDS, "recibo"))
    act = Act("retire", (Put(replace(held, pinned=without)),), (Fact("approval.retired", held.ref),))
    assert road.ledger().commit([act]).landed
    pay(road, case)
    tick(road, minutes=15)
    assert receipt(road, case) is None
    assert road.meter.total("Unapproved") == 0


def test_a_missing_sender_refuses_it_and_parks_nobody(road, case):
    pay(road, case)
    contract = road.ledger().get([contract_ref(case.contract)])[contract_ref(case.contract)]
    bare = replace(contract, contact_points=())
    act = Act("bare", (Put(bare),), (Fact("contact_points.recorded", bare.ref),))
    assert road.ledger().commit([act]).landed
    tick(road, minutes=15)
    assert receipt(road, case).status is OutreachStatus.REFUSED
    assert not road.case(case).parked


def test_a_dead_number_opens_no_other_channel_and_is_learnt(road):
    case = road.contract(1, channels=(Channel.SMS, Channel.EMAIL))
    pay(road, case)
    tick(road, minutes=15)
    (one,) = receipts(road)
    road.hear([road.event(one.ref, DeliveryKind.FAILED, permanent=True)])
    for _ in range(4):
        road.walk()
        tick(road, minutes=15)
    assert len(road.arrived()) == 1
    assert road.facts()["contact_point.dead"] == 1


def test_it_is_explained_as_a_receipt(road, case):
    pay(road, case)
    tick(road, minutes=15)
    told = [one for one in road.ledger().record(case.contract, "OUTREACH#") if isinstance(one, Outreach)]
    lines = explain(RecordFile(road.case(case), log_of(case.holder_key, None), told), road.clock.now()).done
    assert "Recibo de pagamento por SMS: enviado, entrega ainda não confirmada." in [one.text for one in lines]


# What the ERP tells.


@pytest.fixture
def told(road):
    """An ERP's contract, written to by SMS."""
    intake = Intake(road)
    now = road.clock.now()
    points = [{"id": "s1", "channel": "sms", "value": "+5511980000001"}]
    events = [
        erp.contract(now, contact_points=points),
        erp.invoice(now, due_on="2026-11-18", reference="2026-11"),
    ]
    assert intake.post(*events)["json"]["refused"] == []
    assert intake.apply() == []
    return intake


def hear_paid(road, intake, **data):
    now = road.clock.now()
    event = erp.paid(now)
    event["data"] |= data
    assert intake.post(event)["json"]["refused"] == []
    assert intake.apply() == []


def test_of_the_erp_s_word_only_who_was_written_to_gets_one(road, told):
    road.walk()
    assert len(road.sms.phones) == 1
    hear_paid(road, told)
    tick(road, minutes=15)
    assert len(receipts(road)) == 1


def test_who_was_never_written_to_has_it_from_elsewhere(road, told):
    hear_paid(road, told)
    tick(road, minutes=15)
    assert road.arrived() == []


def test_the_bank_s_word_of_what_the_erp_told_is_no_second_payment(road, told):
    road.walk()
    hear_paid(road, told)
    (open_,) = told.record(prefix="INVOICE#")
    assert open_.status is InvoiceStatus.PAID
    (entry,) = open_.entries
    case = told.one("CASE")
    pay(road, case, int(entry.amount), invoice=open_)
    assert len(told.one("INVOICE#").entries) == 1
    counted = {name: value for name, value in road.meter.counted.items() if name[0].startswith("Centavos")}
    assert counted == {("CentavosReceived", (("means", "erp"), ("operator", ANS))): entry.amount}, "moved once"
    tick(road, minutes=15)
    assert len(receipts(road)) == 1


def test_old_payments_told_late_are_not_confirmed(road, told):
    road.walk()
    road.clock.move(days=9)
    hear_paid(road, told, paid_at=(road.clock.now() - timedelta(days=8)).isoformat())
    tick(road, minutes=15)
    assert receipts(road) == []


def test_a_word_that_pays_what_was_paid_is_looked_at_by_people_first(road, told):
    road.walk()
    (held,) = told.record(prefix="INVOICE#")
    pay(road, told.one("CASE"), int(held.amount) * 2, invoice=held)
    road.clock.move(days=1)
    hear_paid(road, told)
    tick(road, minutes=15)
    assert len(receipts(road)) == 1
    reasons = sorted(str(one.reason) for one in road.ledger().record(FLAGGED_MONEY, "MONEYFLAG#"))
    assert reasons == ["double", "over"]
