"""The page of a short message: what is owed today, for whoever holds the link, until it is paid or too old."""

from dataclasses import replace
from datetime import timedelta

import pytest

from emdia.facts import Fact
from emdia.messages.page import PagesRevoked
from emdia.portfolio.case import Stop, StopKind
from emdia.portfolio.contract import Channel
from emdia.ports import Act, Forget, KeyClass, Put
from emdia.state import Subject
from functions.attend_payment.handler import handle as attend
from functions.show_debt.handler import handle
from infra.local.sandbox import wallet
from infra.local.sandbox.pages import Reply
from infra.local.sandbox.teller import Teller
from tests.fakes.faults import closed
from tests.fakes.house import ANS, JOURNAL, PUBLIC_URL
from tests.flows.road import OPERATOR


def get(token):
    event = {"httpMethod": "GET", "pathParameters": {"token": token}, "headers": {}, "body": None}
    answer = handle(event, None)
    return answer["statusCode"], answer["body"]


@pytest.fixture
def link(road):
    """A sent SMS's token, and its case."""
    case = road.contract(1, channels=(Channel.SMS,))
    road.walk()
    road.show_clock()
    (text,) = road.sms.phones
    return text.text.split(f"{PUBLIC_URL}/p/")[1].split()[0], case


def viewed(road):
    return sum(row.get("kind", {}).get("S") == "debt.viewed" for row in road.rows(JOURNAL))


def test_it_tells_who_asks_for_what_and_why_and_nothing_of_the_person_but_a_first_name(road, link):
    status, body = get(link[0])
    assert status == 200
    for told in (OPERATOR.name, "11.222.333/0001-81", OPERATOR.address, OPERATOR.ans, "Multa por atraso", "Juros por"):
        assert told in body
    assert "Olá, Pessoa." in body
    assert "Número 1" not in body
    assert "529982" not in body
    assert "98000" not in body
    assert viewed(road) == 1


def test_amounts_are_those_of_the_day_it_is_read(road, link):
    _, before = get(link[0])
    road.clock.move(days=5)
    road.show_clock()
    _, after = get(link[0])
    assert "25/11/2026" in before
    assert "30/11/2026" in after
    assert before.split("<strong>")[1][:10] != after.split("<strong>")[1][:10]


def test_what_is_paid_or_held_is_not_claimed(road, link):
    token, case = link
    stored = road.case(case)
    held = replace(stored, stops=(Stop(StopKind.DISPUTE, "d1"),))
    assert road.ledger().commit([Act("stop", (Put(held),), (Fact("stop.placed", case.ref),))]).landed
    assert "R$" not in get(token)[1]
    road.settle(case)
    status, body = get(token)
    assert status == 200
    assert "R$" not in body
    assert "Nada a pagar" in body


def test_a_link_expires_and_is_nobody_else_s(road, link):
    token, case = link
    other = replace(road.case(case), holder_key="f" * 32)
    assert road.ledger().commit([Act("holder", (Put(other),), (Fact("contract.recorded", case.ref),))]).landed
    refused = get(token)
    assert refused[0] == 404
    assert refused == get(token[:-1] + ("A" if token[-1] != "A" else "B"))
    assert refused == get("123456short")
    assert refused == get("999999" + token[6:])
    assert viewed(road) == 0


def test_after_thirty_days_it_is_like_a_link_that_never_was(road, link):
    road.clock.move(days=30)
    road.show_clock()
    assert get(link[0]) == get("x")


def test_who_cannot_be_seen_looking_sees_nothing(road, link):
    for call in (1, 2, 3):
        road.faults.fail("PutItem", call=call, error=closed)
    status, body = get(link[0])
    assert status == 503
    assert "R$" not in body


def revoke(road, case):
    """As `emdia payments revoke` does, for a contract whose key no ERP's number makes."""
    revoked = PagesRevoked(contract=case.contract, at=road.clock.now())
    assert road.ledger().commit([Act("revoke", (Put(revoked),), (Fact("pages.revoked", revoked.ref),))]).landed


def test_a_person_closes_every_link_sent_so_far_and_the_next_one_opens(road, link):
    token, case = link
    revoke(road, case)
    assert get(token) == get("x")
    assert viewed(road) == 0
    road.clock.move(days=8)
    road.walk()
    road.show_clock()
    newest = road.sms.phones[-1].text.split(f"{PUBLIC_URL}/p/")[1].split()[0]
    assert newest != token
    assert get(newest)[0] == 200
    assert get(token)[0] == 404


def test_closing_is_a_fact_and_may_be_repeated(road):
    key = road.pseudonyms.of(ANS, "contract", "CT-7")
    road.commit_case(replace(road.case(road.contract(1)), v=0, last="", contract=key), "contract.recorded")
    asked = {"action": "revoke", "operator": ANS, "actor": "ana", "language": "pt-BR", "contract": "CT-7"}
    for _ in range(2):
        assert attend(asked, None)["result"] == {"status": "revoked"}
        road.clock.move(hours=1)
        road.show_clock()
    assert road.facts()["pages.revoked"] == 2
    revoked = PagesRevoked(contract=key, at=road.clock.now())
    (held,) = [one for one in road.ledger().record(key) if isinstance(one, PagesRevoked)]
    assert held.at == revoked.at - timedelta(hours=1)


def test_the_link_of_who_was_forgotten_is_no_link(road, link):
    token, case = link
    road.settle(case)  # nobody who owes is forgotten
    forget = [Forget(Subject(case.holder_key), one) for one in (KeyClass.CADASTRO, "contato")]
    done = Act("forget", tuple(forget), (Fact("person.forgotten", case.ref),))
    assert road.ledger().commit([done]).landed
    road.restart()
    assert get(token) == get("x")


def test_the_table_cannot_open_the_page(road, link):
    assert link[0][6:] not in repr([road.rows(table) for table in road.dynamodb.tables])


def test_a_person_pays_by_the_codes_that_the_page_shows_and_by_no_other(road, monkeypatch):
    teller = Teller(road.clock.now)
    road.bank = teller.open(ANS)
    road.add_bank(stage="local")
    road.contract(1, channels=(Channel.SMS,))
    road.walk()
    road.show_clock()
    (text,) = road.sms.phones
    link = PUBLIC_URL + "/p/" + text.text.split(f"{PUBLIC_URL}/p/")[1].split()[0]
    monkeypatch.setattr(wallet, "forward", lambda _1, _2, path, *_: Reply(*_encoded(get(path.removeprefix("/p/")))))
    person = wallet.Wallet(teller, "")
    (offer,) = person.open(link)
    assert offer.heading.startswith("Mensalidade de ")
    assert person.pay(link, {"Mensalidade de outro mês"}) == {}
    paid = person.pay(link)
    assert {heading: pix.amount for heading, pix in paid.items()} == {offer.heading: 51_117}
    assert person.pay(link) == {}  # the code is used up before the operator has heard


def _encoded(answer):
    return answer[0], answer[1].encode()
