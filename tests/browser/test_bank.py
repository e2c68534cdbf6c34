"""The page of the operators' banks, as somebody pays by hand and spoils a call, on a phone and at a desk."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from emdia.clock import UtcClock
from emdia.money import Centavos, format_brl
from emdia.payments.brcode import dynamic_code
from emdia.payments.charge import Terms, txid_of
from emdia.payments.ports import BankAccess, Debtor
from emdia.providers.pix import PixBank, line_of
from infra.local.sandbox.server import Sandbox
from infra.local.sandbox.topic import NoTopic
from tests.browser.conftest import NOW, follow, overflow
from tests.browser.test_opt_out_page import CONTRASTS

ANS = "412759"
WIDTHS = (320, 390, 1280)


@dataclass
class Counter:
    """A sandbox whose bank of one operator can be paid at, and what the operator was called with."""

    sandbox: Sandbox
    calls: list[object] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.sandbox.url}/banco"

    def code(self, number=1, amount=51_117) -> str:
        access = BankAccess(**self.sandbox.teller.accesses(self.sandbox.url)[ANS])
        terms = Terms(Centavos(amount), (NOW + timedelta(days=1)).date(), 0, late=True)
        bank = PixBank(access, UtcClock(), line_of(access))
        opened = bank.open(txid_of(ANS, "a" * 32, number), terms, Debtor("52998224725", "Pessoa"))
        return dynamic_code(opened.location, opened.name, opened.city)

    def called(self, operator, body) -> bool:
        self.calls.append((operator, json.loads(body)))
        return True


@pytest.fixture
def counter() -> Iterator[Counter]:
    sandbox = Sandbox(NoTopic(), ticking=False)
    made = Counter(sandbox)
    sandbox.teller.hook = made.called
    sandbox.office.set_now(NOW)
    sandbox.teller.open(ANS, receiver={"nome": "Vida Plena Saúde S.A.", "cidade": "Sao Paulo"})
    with sandbox:
        yield made


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_can_be_read(counter, open_page, width, scheme):
    page = open_page(counter.url, width, scheme=scheme)
    assert overflow(page) == 0
    for number in range(45):
        counter.sandbox.teller.pay(counter.code(number, 100_000_000 + number))
    for url in (counter.url, f"{counter.url}?p=2", f"{counter.url}?feito=foreign"):
        page.goto(url)
        assert overflow(page) == 0, url
        assert min(page.evaluate(CONTRASTS)) >= 4.5
    follow(page.get_by_role("link", name="Mais antigos"))
    assert page.locator(".bank .list li").count() == 5


def test_a_code_that_was_pasted_by_hand_is_paid_and_the_operator_called(counter, open_page):
    page = open_page(counter.url, 390)
    assert page.get_by_text("Ninguém pagou ainda").is_visible()
    code = counter.code()
    page.get_by_label("Pix copia e cola").fill(f" {code[:60]}\n{code[60:]}\n")
    page.get_by_role("button", name="Pagar").click()
    assert page.locator("[role=status]").inner_text().startswith("Pix pago")
    assert page.locator(".bank .list .who").inner_text() == format_brl(Centavos(51_117))
    assert page.locator(".bank .list .tag").inner_text() == "Aviso às 12:15"
    counter.sandbox.flush()
    page.goto(counter.url)
    assert page.locator(".bank .list .tag.good").inner_text() == "Avisada às 12:15"
    ((operator, told),) = counter.calls
    assert (operator, told["pix"][0]["valor"]) == (ANS, "511.17")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Cole o código antes de pagar."),
        ("00020126", "Isto não é um Pix copia e cola inteiro."),
        (dynamic_code("pix.outro.example/v2/cobv/x", "OUTRO", "CIDADE"), "Este código é de outro banco"),
    ],
)
def test_a_code_that_cannot_be_paid_says_why(counter, open_page, text, said):
    page = open_page(counter.url, 390)
    page.locator("#codigo").fill(text)
    page.get_by_role("button", name="Pagar").click()
    assert page.locator("[role=status].failed").inner_text().startswith(said)
    assert counter.sandbox.teller.book() == []


def test_calls_are_spoilt_one_by_one(counter, open_page):
    page = open_page(counter.url, 390)
    assert page.get_by_role("button", name="Nada disso").count() == 0
    for number, (button, shown) in enumerate(
        (
            ("Perder o próximo aviso", "Aviso perdido"),
            ("Avisar duas vezes", "Avisada 2 vezes às 12:15"),
            ("Avisar uma hora depois", "Aviso às 13:15"),
        )
    ):
        page.get_by_role("button", name=button).click()
        counter.sandbox.teller.pay(counter.code(number))
        counter.sandbox.flush()
        page.goto(counter.url)
        assert page.locator(".bank .list .tag").first.inner_text() == shown
    page.get_by_role("button", name="Perder o próximo aviso").click()
    page.get_by_role("button", name="Nada disso").click()
    assert counter.sandbox.teller.faults.left() == []


def test_another_site_cannot_pay(counter, browser):
    page = browser.new_page()
    form = {"codigo": counter.code()}
    assert page.request.post(f"{counter.url}/pagar", form=form, headers={"Origin": "http://evil.example"}).status == 403
    assert counter.sandbox.teller.book() == []
    page.close()
