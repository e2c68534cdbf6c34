"""The page of phones, as somebody uses it on a phone and at a desk."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from emdia.clock import UtcClock
from emdia.messages import texts
from emdia.messages.render import registered_name, registration, render
from emdia.messages.samples import samples
from emdia.money import Centavos
from emdia.payments.brcode import dynamic_code
from emdia.payments.charge import Terms, txid_of
from emdia.payments.ports import BankAccess, Debtor
from emdia.portfolio.case import PaymentCodes
from emdia.portfolio.contract import Channel
from emdia.providers.pix import PixBank, line_of
from emdia.web.debt_page import debt_page
from infra.local.sandbox import wallet
from infra.local.sandbox.mailbox import mailbox_id
from infra.local.sandbox.owners import PhoneReaction
from infra.local.sandbox.pages import Reply
from infra.local.sandbox.phones import SMS, WHATSAPP, Account, Owner, Text
from infra.local.sandbox.server import Sandbox
from infra.local.sandbox.topic import NoTopic, Topics
from tests.browser.conftest import NOW, follow, overflow
from tests.browser.samples import invoice, view
from tests.flows.road import OPERATOR

NUMBER, CODE = "phone-number-id-" + "a" * 32, "27001"
MARIA, JOSE, LIA = "+5511981000001", "+5568981000002", "+5592981000003"
MARIA_MAIL = "maria@correio.example"
WIDTHS = (320, 390, 1280)


@dataclass
class Exchange:
    """A sandbox with 43 phones: Maria has messages on both channels, José's number is dead, Lia has none."""

    sandbox: Sandbox
    topics: Topics

    @property
    def url(self) -> str:
        return f"{self.sandbox.url}/telefones"

    def phone(self, number):
        return self.sandbox.carrier.reading(lambda phones: phones.of(number))

    def at(self, number) -> str:
        return f"{self.sandbox.url}/telefone/{self.phone(number).id}"

    def sms(
        self, to, words="Vida Plena, CNPJ 11222333000181: 3 mensalidades em aberto: R$ 5.619,99. https://a.example/p/x"
    ):
        expires = NOW + timedelta(hours=2)
        link = "http://127.0.0.1:9/p/x"
        self.sandbox.carrier.accept(Text("", NOW, SMS, to, CODE, words, "r", link, expires_at=expires))

    def chat(self, to, sample="atraso"):
        words = render("atraso", Channel.WHATSAPP, samples()[sample])
        text = Text(
            "", NOW, WHATSAPP, to, NUMBER, words.text, "r", "http://127.0.0.1:9/p/x", "Ver e pagar", "atraso_v1"
        )
        self.sandbox.carrier.accept(text)


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    topics = Topics(NoTopic(), NoTopic(), NoTopic())
    sandbox = Sandbox(phone_topics=topics, owners=lambda *_: PhoneReaction(), ticking=False)
    made = Exchange(sandbox, topics)
    (text,) = [one for one in texts.texts() if (one.name, one.channel) == ("atraso", Channel.WHATSAPP)]
    document = registration(text, render("atraso", Channel.WHATSAPP, samples()["atraso"]), "https://a.example")
    name = registered_name(text)
    sandbox.carrier.open_account(Account("waba-1", (NUMBER,), {name: document}, {name: "APPROVED"}))
    owners = [
        Owner(MARIA, "Maria das Dores da Silva", "São Paulo/SP", address=MARIA_MAIL),
        Owner(JOSE, "José Antônio", "Rio Branco/AC", "America/Rio_Branco"),
        Owner(LIA, "Lia", "Manaus/AM"),
        *(Owner(f"+55819820000{n:02d}", f"Pessoa {n}", "Recife/PE") for n in range(40)),
    ]
    sandbox.carrier.reading(lambda phones: phones.introduce(owners))
    sandbox.office.set_now(NOW)
    for sample in samples():
        made.chat(MARIA, sample)
    made.sms(MARIA)
    made.phone(JOSE).dead = True
    made.sms(JOSE)
    for n in range(40):
        made.sms(f"+55819820000{n:02d}")
    sandbox.office.set_now(NOW + timedelta(minutes=1))
    sandbox.flush()
    with sandbox:
        yield made


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(exchange, open_page, width, scheme):
    page = open_page(exchange.url, width, scheme=scheme)
    for url in (exchange.url, f"{exchange.url}?q=ninguem", *map(exchange.at, (MARIA, JOSE, LIA))):
        page.goto(url)
        assert overflow(page) == 0, url


def test_on_a_phone_one_thing_shows_at_a_time(exchange, open_page):
    page = open_page(exchange.url, 390)
    assert not page.locator(".box").is_visible()
    follow(page.get_by_text("Maria das Dores da Silva"))
    assert not page.locator(".people").is_visible()
    assert page.locator(".talk li").count() == 1 + len(samples())
    assert page.locator(".talk li").first.inner_text().startswith("SMS")  # the newest is on top
    assert page.locator(".talk .whatsapp strong").first.inner_text().startswith("R$")
    follow(page.locator(".back a"))
    assert page.locator(".people").is_visible()


def test_at_a_desk_both_show_and_only_the_panes_scroll(exchange, open_page):
    page = open_page(exchange.at(MARIA), 1280, 400)
    assert page.locator(".people").is_visible()
    assert page.locator(".talk").is_visible()
    heights = page.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    assert heights[0] == heights[1]


def test_phones_and_mailboxes_lead_to_each_other(exchange, open_page):
    exchange.sandbox.office.reading(lambda boxes: boxes.of(MARIA_MAIL))
    page = open_page(exchange.at(MARIA), 390)
    follow(page.get_by_role("link", name="E-mails desta pessoa"))
    assert page.url.endswith(f"/caixa/{mailbox_id(MARIA_MAIL)}")
    follow(page.get_by_role("link", name="Telefones"))
    assert page.url == exchange.url


def test_search_finds_people_by_any_word_they_have(exchange, open_page):
    page = open_page(exchange.url, 390)
    for words, found in (("dores", 1), ("rio branco", 1), ("+5511981000001", 1), ("5.619,99", 42), ("", 43)):
        page.locator("#q").fill(words)
        page.get_by_role("button", name="Buscar").click()
        if words:
            assert page.locator(".note").inner_text().startswith(f"{found} telefone")
        assert page.locator(".people .list li").count() == min(found, 40)
    follow(page.get_by_role("link", name="Próximas"))
    assert page.locator(".people .list li").count() == 3


def test_a_reply_leaves_on_the_channel_that_was_chosen(exchange, open_page):
    page = open_page(exchange.at(MARIA), 390)
    page.locator("#texto").fill("Já paguei ontem")
    page.get_by_label("SMS", exact=True).check()
    page.get_by_role("button", name="Enviar").click()
    assert page.locator("[role=status]").inner_text().startswith("Resposta enviada")
    exchange.sandbox.flush()
    (record,) = exchange.topics.texts.records
    told = json.loads(record)
    assert (told["originationNumber"], told["destinationNumber"]) == (MARIA, CODE)
    assert told["messageBody"] == "Já paguei ontem"
    assert page.locator(".talk .own").inner_text().count("Já paguei ontem") == 1


def test_one_press_asks_to_be_left_alone(exchange, open_page):
    page = open_page(exchange.at(MARIA), 390)
    page.get_by_label("WhatsApp", exact=True).check()
    page.get_by_role("button", name="Responder SAIR").click()
    exchange.sandbox.flush()
    entry = json.loads(json.loads(exchange.topics.whatsapp.records[-1])["whatsAppWebhookEntry"])
    assert entry["changes"][0]["value"]["messages"][0]["text"]["body"] == "SAIR"


def test_an_empty_reply_is_not_sent(exchange, open_page):
    page = open_page(exchange.at(MARIA), 390)
    page.get_by_role("button", name="Enviar").click()
    assert page.locator("[role=status].failed").inner_text() == "Escreva a resposta antes de enviar."
    assert exchange.sandbox.carrier.replies() == []


def test_without_signal_a_message_waits_on_its_way_and_arrives_when_it_is_back(exchange, open_page):
    page = open_page(exchange.at(LIA), 390)
    assert page.get_by_role("heading", name="Nenhuma mensagem").is_visible()
    page.get_by_role("button", name="Perder o sinal").click()
    exchange.sms(LIA)
    exchange.sandbox.office.set_now(NOW + timedelta(minutes=5))
    exchange.sandbox.flush()
    page.goto(exchange.at(LIA))
    assert page.locator(".talk .tag.plain").inner_text() == "A caminho"
    assert page.locator("#texto").count() == 0  # nobody has written to her yet
    page.get_by_role("button", name="Voltar a ter sinal").click()
    assert page.locator(".talk .tag.plain").inner_text() == "Entregue"
    page.get_by_role("button", name="Marcar tudo como lido").click()
    assert page.locator(".talk .tag.good").inner_text() == "Lida"


def test_who_blocks_whatsapp_and_a_dead_number_are_shown_with_the_reason(exchange, open_page):
    page = open_page(exchange.at(JOSE), 390)
    assert page.locator(".talk .tag.bad").inner_text() == "Não chegou: número não existe"
    page.goto(exchange.at(LIA))
    page.get_by_role("button", name="Bloquear WhatsApp").click()
    exchange.chat(LIA)
    exchange.sandbox.office.set_now(NOW + timedelta(minutes=5))
    exchange.sandbox.flush()
    page.goto(exchange.at(LIA))
    assert page.locator(".talk .tag.bad").inner_text() == "Não chegou: não entregável"
    page.goto(exchange.url)
    assert page.locator(".people li", has_text="Lia").get_by_text("Bloqueou").is_visible()


def test_one_press_pays_what_the_page_behind_a_message_asks(exchange, open_page, monkeypatch):
    exchange.sandbox.teller.open("412759")
    asked = bank_charge(exchange)
    shown = debt_page(
        OPERATOR, view(invoice("2026-11", date(2026, 11, 10)), on=date(2026, 11, 23), codes=PaymentCodes(pix=asked))
    ).html
    opened = []
    monkeypatch.setattr(wallet, "forward", lambda _1, _2, path, *_: opened.append(path) or Reply(200, shown.encode()))
    page = open_page(exchange.at(MARIA), 390)
    assert page.get_by_role("button", name="Pagar com Pix").count() == 1 + len(samples())
    page.get_by_role("button", name="Pagar com Pix").first.click()
    assert page.locator("[role=status]").inner_text().startswith("Pix pago")
    assert opened == ["/p/x"]
    assert [pix.amount for pix in exchange.sandbox.teller.book()] == [51_117]
    page.get_by_role("button", name="Pagar com Pix").first.click()
    assert page.locator("[role=status].failed").inner_text().startswith("A página desta mensagem não mostra um Pix")


def test_a_page_that_does_not_answer_is_said_so(exchange, open_page, monkeypatch):
    def refuse(*_):
        raise ConnectionRefusedError

    monkeypatch.setattr(wallet, "forward", refuse)
    page = open_page(exchange.at(MARIA), 390)
    page.get_by_role("button", name="Pagar com Pix").first.click()
    assert page.locator("[role=status].failed").inner_text().startswith("A página desta mensagem não respondeu")


def test_what_has_not_arrived_cannot_be_paid(exchange, open_page):
    page = open_page(exchange.at(JOSE), 390)
    assert page.get_by_role("button", name="Pagar com Pix").count() == 0


def bank_charge(exchange) -> str:
    """A code that asks R$ 511,17 today, at the operator's bank."""
    teller = exchange.sandbox.teller
    access = teller.accesses(exchange.sandbox.url)["412759"]
    bank = PixBank(BankAccess(**{**access, "callers": ()}), UtcClock(), line_of(BankAccess(**access)))
    terms = Terms(Centavos(51_117), (NOW + timedelta(days=1)).date(), 0, late=True)
    opened = bank.open(txid_of("412759", "a" * 32, 1), terms, Debtor("52998224725", "Pessoa"))
    return dynamic_code(opened.location, opened.name, opened.city)


@pytest.mark.parametrize("path", ["/telefone/nada", "/telefone", "/telefones/x", "/telefonema"])
def test_a_wrong_address_says_so_in_portuguese(exchange, browser, path):
    page = browser.new_page()
    assert page.goto(exchange.sandbox.url + path).status == 404
    assert page.get_by_role("heading", name="Página não encontrada").is_visible()
    page.close()


def test_another_site_cannot_press_the_buttons(exchange, browser):
    page = browser.new_page()
    url = f"{exchange.at(LIA)}/sem-sinal"
    assert page.request.post(url, headers={"Origin": "http://evil.example"}).status == 403
    assert exchange.phone(LIA).signal
    page.close()
