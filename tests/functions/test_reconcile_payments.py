"""Every night the banks are asked: what their calls lost is found, and what went back."""

import pytest

from emdia.portfolio.contract import Channel
from emdia.state import FLAGGED_MONEY
from functions.reconcile_payments.handler import handle
from tests.fakes.faults import closed
from tests.functions.test_receive_payment import call, invoice, page


@pytest.fixture
def asked(road):
    road.add_bank(stage="local")
    case = road.contract(1, channels=(Channel.SMS,))
    road.walk()
    return case, page(road)[1]


def night(road):
    road.clock.move(hours=17)
    road.show_clock()
    handle({}, None)


def test_what_no_call_told_is_found_once(road, asked):
    road.bank.pay(asked[1])
    night(road)
    assert invoice(road, asked[0]).status == "paid"
    night(road)
    assert road.facts()["payment.entered"] == 1


def test_what_went_back_weeks_later_is_found(road, asked):
    pix = road.bank.pay(asked[1])
    call(pix)
    road.clock.move(days=30)
    road.bank.give_back(pix["endToEndId"], pix["valor"])
    night(road)
    assert [str(one.reason) for one in road.ledger().record(FLAGGED_MONEY)] == ["returned"]


def test_all_pages_are_read(road, asked):
    for _ in range(230):
        road.bank.receive("", "1.00")
    night(road)
    assert len(road.ledger().record(FLAGGED_MONEY)) == 230
    assert invoice(road, asked[0]).status == "open"


def test_a_bank_that_is_away_is_asked_again_the_next_night(road, asked):
    road.bank.pay(asked[1])
    road.faults.fail("GET pix", error=closed)
    night(road)
    assert invoice(road, asked[0]).status == "open"
    night(road)
    assert invoice(road, asked[0]).status == "paid"


@pytest.mark.usefixtures("road")
def test_without_a_bank_there_is_nothing_to_ask():
    assert handle({}, None) is None
