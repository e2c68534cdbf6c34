"""The sandbox's banks over a socket: tried with the product's own client, by people who pay, and by who is called."""

import json
import threading
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from emdia.errors import Rejected
from emdia.money import Centavos
from emdia.payments.brcode import dynamic_code
from emdia.payments.charge import Terms, txid_of
from emdia.payments.ports import BankAccess, Debtor
from emdia.providers.pix import PixBank, line_of
from infra.local.sandbox.bank import SandboxBank
from infra.local.sandbox.faults import Fault
from infra.local.sandbox.server import Sandbox
from infra.local.sandbox.teller import ATTEMPTS, NotPaidError, Teller
from infra.local.sandbox.topic import NoTopic
from infra.local.sandbox.wallet import payable
from tests.fakes.house import HandClock

START = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
ANS, OTHER = "123456", "654321"
DEBTOR = Debtor("52998224725", "Pessoa Número Um")
FEE = Terms(Centavos(50_000), date(2026, 11, 28), 90, multa_bp=200, juros_bp_month=100)  # due on a Saturday


class Operator:
    """The API `bank` of an operator: what it was called with, and what it answers."""

    def __init__(self):
        self.calls, self.statuses = [], []
        heard = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.calls.append((self.path, json.loads(body)))
                self.send_response(heard.statuses.pop(0) if heard.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/bank"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class World:
    """Two operators with an account each, and the product's client of the first one's bank."""

    def __init__(self, operator):
        self.operator = operator
        self.sandbox = Sandbox(NoTopic(), bank_api=operator.url, ticking=False)
        self.sandbox.office.set_now(START)
        self.teller = self.sandbox.teller
        self.teller.open(ANS)
        self.teller.open(OTHER, key="pix@outra.example")

    def access(self, ans):
        told = self.teller.accesses(self.sandbox.url)[ans]
        return BankAccess(**{**told, "callers": tuple(told["callers"])})

    def client(self, ans=ANS):
        access = self.access(ans)
        return PixBank(access, HandClock(START), line_of(access))

    def code(self, number=1, terms=FEE, ans=ANS):
        opened = self.client(ans).open(txid_of(ans, "a" * 32, number), terms, DEBTOR)
        return dynamic_code(opened.location, opened.name, opened.city)

    def move(self, **span):
        self.sandbox.office.set_now(self.teller.now() + timedelta(**span))


@pytest.fixture
def world():
    operator = Operator()
    made = World(operator)
    with made.sandbox:
        yield made
    operator.stop()


def test_the_product_s_client_makes_changes_and_takes_back_a_charge(world):
    bank, name = world.client(), txid_of(ANS, "a" * 32, 1)
    assert bank.open(name, FEE, DEBTOR).active
    assert bank.change(name, Terms(Centavos(60_000), date(2026, 12, 1), 90)).original == 60_000
    bank.remove(name)
    with pytest.raises(NotPaidError, match="closed"):
        world.teller.pay(dynamic_code(f"pix.sandbox.example/qr/v2/cobv/{name}", "X", "Y"))


def test_each_operator_has_an_account_of_its_own(world):
    world.teller.pay(world.code())
    world.teller.pay(world.code(ans=OTHER))
    world.teller.send(OTHER, 12_345)
    span = START - timedelta(hours=1), START + timedelta(hours=1)
    found = {ans: [one.amount for page in world.client(ans).received(*span) for one in page] for ans in (ANS, OTHER)}
    assert found == {ANS: [50_000], OTHER: [50_000, 12_345]}
    foreign = replace(world.access(ANS), key="pix@outra.example")
    with pytest.raises(Rejected, match="bank-refused"):
        PixBank(foreign, HandClock(START), line_of(foreign)).open(txid_of(ANS, "b" * 32, 1), FEE, DEBTOR)


@pytest.mark.parametrize(
    ("days", "asked"),
    [
        (3, 50_000),  # Saturday
        (5, 50_000),  # Monday: as on time, for nobody can pay on a Saturday
        (6, 51_050),  # Tuesday: multa 10,00, and juros of three days from Saturday on, 0,50
        (95, 52_533),  # 28 February, the ninetieth day after Monday: 92 days of juros
    ],
)
def test_a_code_asks_what_is_owed_on_the_day_it_is_paid(world, days, asked):
    code = world.code()
    world.move(days=days)
    assert world.teller.pay(code).amount == asked


def test_a_code_that_has_expired_or_was_paid_is_not_paid(world):
    code = world.code()
    world.move(days=96)
    with pytest.raises(NotPaidError, match="closed"):
        world.teller.pay(code)
    late = world.code(2, Terms(Centavos(51_117), date(2027, 3, 2), 0, late=True))
    world.teller.pay(late)
    with pytest.raises(NotPaidError, match="closed"):
        world.teller.pay(late)
    for text, why in (("", "unreadable"), (late[:-1] + "0", "unreadable"), (_foreign(), "foreign")):
        with pytest.raises(NotPaidError, match=why):
            world.teller.pay(text)


def _foreign():
    return dynamic_code("pix.outro.example/qr/v2/cobv/" + "a" * 32, "OUTRO", "CIDADE")


def test_the_operator_is_called_once_with_what_the_bank_tells(world):
    pix = world.teller.pay(world.code())
    assert world.teller.flush() == 1
    assert world.teller.flush() == 0
    ((path, told),) = world.operator.calls
    assert path == f"/bank/{ANS}/pix"
    assert [(one["endToEndId"], one["txid"], one["valor"]) for one in told["pix"]] == [
        (pix.end_to_end_id, pix.txid, "500.00")
    ]
    assert pix.told_at == [START]


def test_a_call_may_be_lost_doubled_or_late(world):
    for number, fault in enumerate((Fault("lost"), Fault("double"), Fault("late", seconds=3600)), 1):
        world.teller.faults.add(fault)
        world.teller.pay(world.code(number))
    assert world.teller.flush() == 2
    lost, double, late = world.teller.book()
    assert (lost.lost, len(double.told_at), late.told_at) == (True, 2, [])
    world.move(minutes=59)
    assert world.teller.flush() == 0
    world.move(minutes=1)
    assert world.teller.flush() == 1
    assert late.told_at == [START + timedelta(hours=1)]
    assert world.operator.calls[0] == world.operator.calls[1]


def test_a_call_that_fails_is_made_again_until_the_bank_gives_up(world):
    world.operator.statuses = [503]
    first = world.teller.pay(world.code())
    assert (world.teller.flush(), world.teller.flush()) == (0, 1)
    assert not first.lost
    world.operator.statuses = [500] * ATTEMPTS
    second = world.teller.pay(world.code(2))
    assert [world.teller.flush() for _ in range(ATTEMPTS + 1)] == [0] * (ATTEMPTS + 1)
    assert second.lost
    assert len(world.operator.calls) == 2 + ATTEMPTS


def test_without_an_api_to_call_nobody_is_told():
    teller = Teller(lambda: START)
    teller.open(ANS)
    assert teller.send(ANS, 100).lost


def test_the_controls_speak_for_people_and_banks(world):
    code = world.code()
    control = world.sandbox.url + "/_sandbox/bank"
    _post(f"{control}/faults", {"kind": "double"})
    assert _post(f"{control}/payments", {"code": code})[1]["amount"] == 50_000
    assert _post(f"{control}/payments", {"code": code}) == (409, {"message": "closed"})
    assert _post(f"{control}/flush", None) == (200, {"answered": 2})
    assert _post(f"{control}/faults", {"kind": "sideways"})[0] == 400
    assert _post(f"{control}/nothing", None)[0] == 404


def _post(url, body):
    data = b"" if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, method="POST")) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def test_a_bank_s_own_page_of_a_charge_is_no_other_s():
    bank = SandboxBank(lambda: START)
    with pytest.raises(LookupError):
        bank.asked("unknown")


def test_a_link_is_payable_when_it_leads_to_what_is_owed():
    assert payable("https://avisos.example/p/123456abcDEF-_x")
    assert not any(map(payable, ("", "https://avisos.example/u/abc", "https://avisos.example/p/", "/p/a/b")))
