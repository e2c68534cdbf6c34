"""The link in every message: reading changes nothing, asking stops the e-mails, asking again changes nothing."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from emdia.errors import LostRace, TryLater
from emdia.facts import Fact
from emdia.messages.outreach import Outreach, OutreachKind, OutreachStatus, outreach_id
from emdia.portfolio.case import Reach
from emdia.portfolio.contract import Channel, Consent
from emdia.ports import Act, Put
from emdia.state import OPERATOR_SUBJECT, case_ref, contract_ref, outreach_ref
from emdia.workflows.receive_opt_out import Deps, Evidence, receive_opt_out
from functions.receive_opt_out import handler
from tests.browser.samples import OPERATOR
from tests.fakes import people
from tests.fakes.house import ANS, JOURNAL, House

KEY = people.case().contract
ONE_CLICK = base64.b64encode(b"List-Unsubscribe=One-Click").decode()
BUTTON = base64.b64encode(b"origem=pagina").decode()


@pytest.fixture
def house(monkeypatch):
    house = House()
    house.pseudonyms.of(ANS, "contract", "CT-778-2")  # as intake did when it first met the operator
    store(house, people.contract(), people.case(), OPERATOR)
    deps = Deps(house.ledgers, house.pseudonyms, house.clock, house.meter)
    monkeypatch.setattr(handler.wiring, "receive_opt_out", lambda: deps, raising=False)
    return house


def store(house, *states):
    acts = [
        Act(f"given:{n}:{state.ref.sort}:{state.v}", (Put(state),), (Fact("operator.recorded", state.ref),))
        for n, state in enumerate(states)
    ]
    subjects = [(people.holder(), klass) for klass in ("cadastro", "contato", "operacao")]
    house.ledger().ensure_keys([*subjects, (OPERATOR_SUBJECT, "cadastro"), (OPERATOR_SUBJECT, "operacao")])
    assert not house.ledger().commit(acts).lost


HOLDER = people.contract().holder_key


def link(house, text=f"{KEY}|email|{HOLDER}"):
    return house.pseudonyms.seal_token(ANS, text)


def ask(method, token, body=None):
    event = {"httpMethod": method, "pathParameters": {"token": token}, "headers": {}, "body": body}
    return handler.handle(event | {"isBase64Encoded": body is not None}, None)


def state(house, ref):
    return house.ledger().get([ref])[ref]


def fail_for_ever(house, operation):
    for call in range(1, 30):
        house.faults.fail(operation, call=call)


def facts(house):
    return [row["kind"]["S"] for row in house.dynamodb.stored(JOURNAL) if "kind" in row]


def outreach(house, status=OutreachStatus.QUEUED, channel=Channel.EMAIL):
    one = Outreach(
        contract=KEY,
        id=outreach_id(ANS, KEY, OutreachKind.LADDER, house.clock.now().date()),
        holder_key=people.holder().id,
        channel=channel,
        step="D+3",
        template="atraso",
        ladder="padrao-2026-1",
        invoices=(people.case().invoices[0].id,),
        advanced=(people.case().invoices[0].id,),
        status=status,
        created_at=house.clock.now(),
        rule="ladder.step-due",
        due=house.clock.now() + timedelta(hours=2),
    )
    case = state(house, case_ref(KEY))
    store(house, one, replace(case, last_outreach=one.id))
    return one


def test_reading_the_page_stops_nothing(house):
    answer = ask("GET", link(house))
    assert answer["statusCode"] == 200
    assert '<form method="post">' in answer["body"]
    assert state(house, case_ref(KEY)).reach_of(Channel.EMAIL) is Reach.OPEN
    assert not state(house, contract_ref(KEY)).opted_out(Channel.EMAIL)


@pytest.mark.parametrize(("body", "how"), [(ONE_CLICK, "one-click"), (BUTTON, "pagina"), ("", "pagina")])
def test_asking_records_the_wish_with_its_evidence(house, body, how):
    house.clock.move(hours=1)
    answer = ask("POST", link(house), body)
    assert answer["statusCode"] == 200
    assert "Seu pedido foi registrado" in answer["body"]
    contract = state(house, contract_ref(KEY))
    assert contract.opted_out(Channel.EMAIL)
    consent = contract.consents[-1]
    assert (consent.opted_in, consent.how, consent.at) == (False, how, house.clock.now())
    assert consent.text
    assert state(house, case_ref(KEY)).reach_of(Channel.EMAIL) is Reach.OPTED_OUT
    assert facts(house).count("channel.opted_out") == 1
    assert house.meter.total("OptedOut") == 1


def test_asking_again_changes_nothing(house):
    for body in (ONE_CLICK, BUTTON, ONE_CLICK):
        house.clock.move(minutes=1)
        assert ask("POST", link(house), body)["statusCode"] == 200
    assert len(state(house, contract_ref(KEY)).consents) == len(people.contract().consents) + 1
    assert facts(house).count("channel.opted_out") == 1


def test_what_is_queued_is_cancelled_in_the_same_breath(house):
    one = outreach(house)
    ask("POST", link(house), ONE_CLICK)
    cancelled = state(house, outreach_ref(KEY, one.id))
    assert (cancelled.status, cancelled.rule, cancelled.due) == (OutreachStatus.CANCELLED, "consent.opted-out", None)
    assert facts(house).count("outreach.cancelled") == 1


@pytest.mark.parametrize(
    ("status", "channel"),
    [(s, Channel.EMAIL) for s in OutreachStatus if s is not OutreachStatus.QUEUED]
    + [(OutreachStatus.QUEUED, Channel.SMS)],
)
def test_what_is_not_a_queued_mail_is_left_alone(house, status, channel):
    one = outreach(house, status, channel)
    ask("POST", link(house), ONE_CLICK)
    assert state(house, outreach_ref(KEY, one.id)).status is status
    assert "outreach.cancelled" not in facts(house)


def test_all_of_it_lands_or_nothing(house):
    one = outreach(house)
    fail_for_ever(house, "TransactWriteItems")
    assert ask("POST", link(house), ONE_CLICK)["statusCode"] == 503
    assert not state(house, contract_ref(KEY)).opted_out(Channel.EMAIL)
    assert state(house, outreach_ref(KEY, one.id)).status is OutreachStatus.QUEUED


def test_an_answer_that_never_came_is_no_second_opt_out(house):
    house.faults.fail("TransactWriteItems", landed=True)
    assert ask("POST", link(house), ONE_CLICK)["statusCode"] == 200
    assert ask("POST", link(house), ONE_CLICK)["statusCode"] == 200
    assert facts(house).count("channel.opted_out") == 1


def test_an_erp_whose_clock_runs_ahead_does_not_outvote_the_person(house):
    contract = state(house, contract_ref(KEY))
    early = Consent(Channel.EMAIL, True, house.clock.now() + timedelta(hours=3), "app", "sim", contract.as_of)
    store(house, replace(contract, consents=(*contract.consents, early)))
    ask("POST", link(house), ONE_CLICK)
    assert state(house, contract_ref(KEY)).opted_out(Channel.EMAIL)
    assert state(house, case_ref(KEY)).reach_of(Channel.EMAIL) is Reach.OPTED_OUT


def test_who_opts_in_again_can_opt_out_again(house):
    ask("POST", link(house), ONE_CLICK)
    house.clock.move(days=1)
    contract, case = state(house, contract_ref(KEY)), state(house, case_ref(KEY))
    again = Consent(Channel.EMAIL, True, house.clock.now(), "app", "sim", contract.said_now(house.clock.now()))
    opened = replace(contract, consents=(*contract.consents, again))
    store(house, opened, replace(case, reach=((Channel.EMAIL, Reach.OPEN),)))
    house.clock.move(days=1)
    ask("POST", link(house), ONE_CLICK)
    assert state(house, contract_ref(KEY)).opted_out(Channel.EMAIL)
    assert facts(house).count("channel.opted_out") == 2


def test_losing_every_race_asks_for_another_minute(house):
    class Unlucky:
        def __init__(self, ledger):
            self._ledger, self.tries = ledger, 0

        def get(self, *args):
            return self._ledger.get(*args)

        def commit(self, acts):
            self.tries += 1
            return replace(self._ledger.commit([]), lost=frozenset(act.command for act in acts))

    unlucky = Unlucky(house.ledger())

    class Unluckies:
        def of(self, _ans):
            return unlucky

    deps = Deps(Unluckies(), house.pseudonyms, house.clock, house.meter)
    with pytest.raises(LostRace):
        receive_opt_out(link(house), Evidence("one-click", "x"), deps)
    assert unlucky.tries == 3
    assert issubclass(LostRace, TryLater)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_wrong_link_gets_the_same_page(house, method):
    good = link(house)
    wrong = [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good.replace(ANS, "654321"),
        "x",
        "",
        link(house, f"{KEY}|pigeon"),
        link(house, KEY),
    ]
    answers = [ask(method, token, BUTTON if method == "POST" else None) for token in wrong]
    assert {answer["statusCode"] for answer in answers} == {404}
    assert len({answer["body"] for answer in answers}) == 1


def test_a_contract_that_is_no_more_looks_like_a_wrong_link(house):
    gone = ask("POST", link(house, f"{'f' * 32}|email|{'e' * 32}"), ONE_CLICK)
    assert gone == ask("POST", "x", ONE_CLICK)
    assert gone["statusCode"] == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_of_the_person_is_on_the_page_or_in_its_address(house, method):
    token = link(house)
    answer = ask(method, token, BUTTON if method == "POST" else None)
    for personal in (*people.PERSONAL, KEY, token):
        assert personal not in answer["body"]
    assert "Josefa" not in token


def test_the_pages_say_that_it_counts_for_the_person(house):
    asked, done = ask("GET", link(house))["body"], ask("POST", link(house), BUTTON)["body"]
    assert f"dos seus contratos com a operadora {OPERATOR.name}" in asked
    assert "para você, em todos os seus contratos" in asked
    assert f"A operadora {OPERATOR.name} não enviará mais" in done
    assert "por e-mail para você. O pedido vale para todos os seus contratos com ela." in done
    assert '<a href="tel:08005550199">0800 555 0199</a>' in done
    assert "este contrato" not in asked + done


def test_the_operator_signs_the_page(house):
    body = ask("GET", link(house))["body"]
    for said in (OPERATOR.name, "12.ABC.345/01DE-35", "Registro ANS nº 123456", OPERATOR.address):
        assert said in body


def test_the_address_is_kept_from_others(house):
    headers = ask("GET", link(house))["headers"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "script" not in policy


def test_a_store_that_is_away_answers_in_portuguese(house):
    token = link(house)
    fail_for_ever(house, "BatchGetItem")
    answer = ask("GET", token)
    assert answer["statusCode"] == 503
    assert answer["headers"]["Retry-After"]
    assert "Tente de novo" in answer["body"]
