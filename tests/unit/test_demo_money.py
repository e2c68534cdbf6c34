"""The demo's money: who pays by Pix, from when on nobody may remind them, what the books and the ERP must say."""

import json
import random
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from emdia.providers.signatures import sign
from infra.local.demo.books import Ledgers, balanced
from infra.local.demo.chronicle import Chronicle
from infra.local.demo.erp import Erp
from infra.local.demo.facts import Found
from infra.local.demo.judge import Books, Letter, judge
from infra.local.demo.listening import judge_told
from infra.local.demo.payers import DOUBLED, LATE, LOST, SHARE, STRAY, Payers, by_pix
from infra.local.demo.people import Temper
from infra.local.demo.phones import phone_of
from infra.local.demo.portfolio import HOUSES, make_world
from infra.local.demo.town import Town, _next_step
from infra.local.sandbox.erp_desk import ErpDesk
from infra.local.sandbox.teller import Pix, Teller

START = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
SEED = 7
LINK = "http://127.0.0.1:9/p/123456abc"


@pytest.fixture(scope="module")
def world():
    return make_world(600, START, 45, SEED)


class Street:
    """A sandbox whose page asks for every fee of an account, so far as nobody asked it to stop."""

    def __init__(self):
        self.now = NOW
        self.calls = []
        self.teller = Teller(lambda: self.now, self.called)
        self.asks = True
        for house in HOUSES:
            self.teller.open(house.ans)
        self.wallet = SimpleNamespace(pay=self.pay)

    def called(self, operator, body):
        self.calls.append((operator, body))
        return True

    def pay(self, link, headings):
        assert link == LINK
        return {heading: self.teller.send(HOUSES[0].ans, 10_000) for heading in headings} if self.asks else {}


def chronicle_of(world, payers):
    erps = {house.ans: Erp(house, "http://127.0.0.1:9", "whsec_" + "c2VjcmV0" * 4) for house in HOUSES}
    books = Books()
    return Chronicle(world, Town(world, SEED, books), erps, books, SEED, payers.would)


def test_a_share_of_who_got_a_link_pays_by_it(world):
    payers = Payers(world, SEED, Street())
    bills = list(world.fees.values())
    assert not any(map(payers.would, bills))
    payers.note(bills, "http://127.0.0.1:9/u/123456abc")
    assert not any(map(payers.would, bills))
    payers.note(bills, LINK)
    assert sum(map(payers.would, bills)) / len(bills) == pytest.approx(SHARE, abs=0.05)


def test_who_pays_by_pix_is_not_told_by_the_erp_and_binds_once_the_operator_knows(world):
    street = Street()
    payers = Payers(world, SEED, street)
    chronicle = chronicle_of(world, payers)
    payers.note(world.fees.values(), LINK)
    chronicle.until(NOW + timedelta(days=20))
    told = {fee.number for fee, _, _ in chronicle.through_erp}
    paying = [bill for bill in chronicle.paying if call_of(bill) >= LOST + DOUBLED + LATE]
    assert len(paying) > 50
    assert not told & {bill.number for bill in chronicle.paying}
    chronicle.take_effect(3)
    bill = paying[0]
    paid = payers.pay(bill, chronicle.paid_fees)
    assert bill in paid
    assert {one.account for one in paid} == {bill.account}
    for one in paid:
        chronicle.note_paid(one, NOW)
    assert bill.number not in chronicle.books.closed
    chronicle.known(payers.known())
    chronicle.take_effect(5)
    assert chronicle.books.closed[bill.number] == 5
    assert payers.known() == []
    assert chronicle.paid_fees > told


def call_of(bill):
    return random.Random(f"{SEED} call {bill.number}").random()


def test_a_lost_call_binds_from_the_nightly_question_on_and_a_late_one_when_it_came(world):
    street = Street()
    payers = Payers(world, SEED, street)
    payers.note(world.fees.values(), LINK)
    lost = next(one for one in world.fees.values() if call_of(one) < LOST and alone(world, one))
    late = next(
        one
        for one in world.fees.values()
        if LOST + DOUBLED < call_of(one) < LOST + DOUBLED + LATE and alone(world, one)
    )
    payers.pay(lost, ())
    payers.pay(late, ())
    assert (payers.known(), street.calls) == ([], [])
    street.now += timedelta(hours=3)
    street.teller.flush()
    assert payers.known() == [late.number]
    assert payers.known(asked_at=NOW - timedelta(seconds=1)) == []
    assert payers.known(asked_at=NOW) == [lost.number]


def alone(world, bill):
    return len(world.accounts[bill.account].fees) == 1


def test_who_is_shown_no_code_pays_as_the_erp_s_people_do(world):
    street = Street()
    street.asks = False
    payers = Payers(world, SEED, street)
    chronicle = chronicle_of(world, payers)
    payers.note(world.fees.values(), LINK)
    chronicle.until(NOW + timedelta(days=5))
    bill = chronicle.paying[0]
    assert payers.pay(bill, chronicle.paid_fees) == []
    assert payers.failed == 1
    chronicle.turned_away(bill, NOW + timedelta(days=5))
    news = chronicle.until(NOW + timedelta(days=6))
    told = [event["data"]["invoice"] for events in news.values() for event in events if event["type"] == "invoice.paid"]
    assert bill.number in told


def test_a_reminder_after_the_operator_knew_of_the_pix_is_found(world):
    account = next(one for one in world.accounts.values() if one.collected and one.fees[-1].due_on > START)
    bill = account.fees[-1]
    at = _next_step(bill, NOW, account.holder.place)
    letters = [Letter(n, f"m{n}", account.holder.email, f"Total: {bill.pix}", at) for n in (0, 9)]
    after = [judge([letter], world, Books(closed={bill.number: 5})).counts for letter in letters]
    what = "a message about a fee already paid or cancelled"
    assert [one[what] for one in after] == [0, 1]


def test_they_pay_in_the_morning_of_the_next_step_in_lawful_hours(world):
    for account in world.accounts.values():
        zone = ZoneInfo(account.holder.place.zone)
        for bill in account.fees:
            at = _next_step(bill, NOW, account.holder.place)
            local = at.astimezone(zone)
            assert at > NOW
            assert local.hour == 9
            assert local.weekday() < 6


def test_whom_a_whatsapp_message_moves_to_pay_by_pix_does_so_when_the_next_step_is_due(world):
    town = Town(world, SEED)
    town.phone = lambda *_: SimpleNamespace(fails="")
    town._read_after = lambda *_: timedelta(minutes=5)
    for account in world.accounts.values():
        bill = account.fees[-1] if account.fees else None
        if account.holder.temper is Temper.REMINDED and account.collected and bill and by_pix(world, SEED, bill.number):
            break
    town._matcher = SimpleNamespace(fees=lambda _: [bill])
    at = datetime.combine(bill.due_on + timedelta(days=4), datetime.min.time(), UTC) + timedelta(hours=15)
    town.receive(Letter(0, "m", phone_of(account.holder), "", at, "whatsapp"), 1)
    due = _next_step(bill, at, account.holder.place)
    planned = {one.number: moment for moment, one in town.pay_until(due)}
    assert planned[bill.number] == due


def ledgers(*, entries, parked=0, clause=True):
    """A fee of 500,00 due on 10 November for which `entries` (id, day, centavos) came; `parked` for nothing."""
    told = [{"id": name, "on": day, "amount": amount} for name, day, amount in entries]
    case = {"uf": "SP"} | ({"multa_bp": 200, "juros_bp_month": 100} if clause else {})
    invoice = {"due_on": "2026-11-10", "amount": 50_000, "status": "paid", "entries": told}
    payments = [
        ("111111#PAY#p", {"id": name, "txid": f"t-{name}", "amount": amount, "status": "entered"})
        for name, _, amount in entries
        if not name.startswith("erp-")
    ]
    if parked:
        payments.append(("111111#PAY#q", {"id": "q", "txid": "", "amount": parked, "status": "parked"}))
    return Ledgers(1, {"111111#C#c": case}, [("111111#C#c", invoice)], payments)


def book(*told):
    return [Pix("111111", txid, "E", amount, NOW, NOW) for txid, amount in told]


def test_books_balance_with_charges_and_money_for_nothing_we_know():
    held = ledgers(entries=[("a", "2026-11-20", 51_167)], parked=STRAY)
    found = balanced(held, book(("t-a", 51_167), ("", STRAY)))
    assert (found.fees, found.charges, found.unallocated) == (50_000, 1_167, STRAY)
    assert (found.difference, found.astray) == (0, 0)


def test_books_do_not_balance_when_money_is_missing_twice_or_of_another_amount():
    held = ledgers(entries=[("a", "2026-11-10", 50_000)])
    for told in ((), (("t-a", 50_000), ("t-b", 100)), (("t-a", 50_001),)):
        found = balanced(held, book(*told))
        assert found.difference
        assert found.astray
    twice = ledgers(entries=[("a", "2026-11-10", 50_000)])
    twice.invoices *= 2
    assert balanced(twice, book(("t-a", 50_000))).difference


def test_what_only_the_erp_told_is_none_of_the_banks_business():
    held = ledgers(entries=[("erp-x", "2026-11-10", 20_000), ("a", "2026-11-12", 31_000)], clause=False)
    found = balanced(held, book(("t-a", 31_000)))
    assert (found.fees, found.unallocated, found.difference, found.astray) == (30_000, 1_000, 0, 0)


def heard(*told):
    desk, secret = ErpDesk(lambda: NOW), "whsec_" + "c2VjcmV0" * 4
    desk.trust("111111", secret)
    for contract, number in told:
        event = {"id": f"{contract}{number}", "sequence": number, "data": {"contract": contract}}
        body = json.dumps(event)
        assert desk.hear("111111", sign(event["id"], NOW, body, [secret]), body.encode()) == 200
    return desk


@pytest.mark.parametrize(
    ("told", "disorder"),
    [
        ((("a", 1), ("b", 1), ("a", 2)), 0),
        ((("a", 1), ("a", 2), ("a", 1), ("a", 2), ("a", 3)), 0),  # repeats are expected
        ((("a", 2), ("a", 1)), 1),
        ((("a", 1), ("a", 3)), 1),
        ((("a", 2), ("b", 2)), 2),
    ],
)
def test_what_the_erp_heard_is_judged_contract_by_contract(told, disorder):
    found = judge_told(heard(*told), 7)
    assert len(found.disorder) == disorder
    assert (found.events, found.heard, found.calls) == (7, len(set(told)), len(told))


def test_latency_is_counted_from_the_settlement_that_came_before():
    found = Found()
    found.settled["c"] += [NOW, NOW + timedelta(hours=2)]
    found.died["c"] += [NOW + timedelta(hours=2), NOW + timedelta(minutes=5)]
    assert found.latencies == [timedelta(0), timedelta(minutes=5)]
