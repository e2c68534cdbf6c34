"""After a payment: the page of the receipt asks how it went, once, and refuses nothing to who does not say."""

from urllib.parse import urlencode

import pytest

from emdia.aws.day_book import DynamoDayBook
from emdia.portfolio.contract import Channel
from emdia.protocols.ratings import RatingsOfDay, ratings_ref
from emdia.workflows import report_protocols
from functions.show_debt.handler import handle
from tests.fakes.house import ANS, JOURNAL, LEDGER, PUBLIC_URL
from tests.flows.test_payment_receipts import pay, receipts, tick


def token_of(text):
    return text.split(f"{PUBLIC_URL}/p/")[1].split()[0]


@pytest.fixture
def link(road):
    """The link of a receipt that came by SMS."""
    case = road.contract(1, channels=(Channel.SMS,))
    road.walk()
    pay(road, case)
    tick(road, minutes=15)
    road.show_clock()
    return token_of(receipts(road)[0].text)


def call(token, form=None):
    method = "GET" if form is None else "POST"
    body = "" if form is None else urlencode(form)
    event = {"httpMethod": method, "pathParameters": {"token": token}, "headers": {}, "body": body}
    answer = handle(event, None)
    return answer["statusCode"], answer["body"]


def day(road):
    ref = ratings_ref(road.clock.now().date())
    return road.ledger().get([ref]).get(ref)


def measures(road):
    today = road.clock.now().date().isoformat()
    asked = {"action": "measure", "operator": ANS, "actor": "ana", "by": "day", "from": today, "to": today}
    deps = report_protocols.Deps(road.ledgers, road.clock, DynamoDayBook(road.dynamodb, LEDGER, road.naps.append))
    told = report_protocols.report_protocols(asked, deps)["cells"]
    return {name: value for period, name, cut, value in told if period == "Total" and not cut}


def test_a_receipt_asks_and_what_is_said_is_counted_once(road, link):
    status, body = call(link)
    assert (status, "Como foi pagar?" in body, "opcional" in body) == (200, True, True)
    status, body = call(link, {"nota": "5", "recomenda": "9"})
    assert (status, "Obrigado pela avaliação." in body, 'name="nota"' in body) == (200, True, False)
    call(link, {"nota": "1", "recomenda": "0"})
    assert "Como foi pagar?" not in call(link)[1]
    found = day(road)
    assert isinstance(found, RatingsOfDay)
    assert (found.scores, found.score_sum, found.pleased, found.nps, found.nps_net) == (1, 5, 1, 1, 1)
    assert measures(road) | {"paid_csat": 100.0, "paid_csat_mean": 5.0, "paid_nps": 100.0} == measures(road)


def test_recommending_may_be_left_alone(road, link):
    assert call(link, {"nota": "2"})[0] == 200
    assert (day(road).scores, day(road).nps) == (1, 0)
    assert "paid_nps" not in measures(road)


@pytest.mark.parametrize("form", [{}, {"nota": "6"}, {"nota": "5", "recomenda": "11"}, {"nota": "cinco"}])
def test_what_is_no_score_is_said_beside_the_question_and_the_receipt_stays(road, link, form):
    status, body = call(link, form)
    assert (status, 'role="alert"' in body, 'name="nota"' in body) == (422, True, True)
    assert "Valor recebido" in body
    assert day(road) is None


def test_a_link_that_asks_for_money_asks_for_no_score(road):
    road.contract(1, channels=(Channel.SMS,))
    road.walk()
    road.show_clock()
    token = token_of(road.sms.phones[0].text)
    assert "Como foi pagar?" not in call(token)[1]
    assert call(token, {"nota": "5"}) == call("x")
    assert call("x", {"nota": "5"}) == call("x")
    assert day(road) is None


def test_a_body_that_no_page_of_ours_sends_crashes_nothing(link):
    event = {"httpMethod": "POST", "pathParameters": {"token": link}, "headers": {}, "body": "x" * 5_000}
    assert handle(event, None)["statusCode"] == 404
    event |= {"body": "%%%", "isBase64Encoded": True}
    assert handle(event, None)["statusCode"] in (400, 404)


def test_two_people_in_one_moment_are_both_counted(road, link, monkeypatch):
    other = road.contract(2, channels=(Channel.SMS,))
    pay(road, other, n=2)
    tick(road, minutes=15)
    road.show_clock()
    second = token_of(receipts(road)[1].text)
    commit, raced = type(road.ledger()).commit, []

    def racing(ledger, acts):
        if not raced and acts[0].command.startswith("rated:"):
            raced.append(1)
            call(second, {"nota": "3"})
        return commit(ledger, acts)

    monkeypatch.setattr(type(road.ledger()), "commit", racing)
    assert call(link, {"nota": "5"})[0] == 200
    assert (day(road).scores, day(road).score_sum) == (2, 8)


def test_nothing_that_is_said_stands_in_the_journal_in_clear(road, link):
    call(link, {"nota": "5", "recomenda": "9"})
    rows = [row for row in road.rows(JOURNAL) if row.get("kind", {}).get("S") == "payment.rated"]
    assert len(rows) == 2
    assert "recomenda" not in repr(rows)
