"""The page of printed letters, as whoever prints and posts uses it, over the product's own doors."""

import json
from dataclasses import dataclass
from datetime import timedelta

import pypdfium2
import pytest

from emdia.compliance.standing import NoticeStatus
from emdia.portfolio.contract import Channel
from emdia.workflows.print_letters import Deps
from functions.print_letters.handler import handle
from infra.local.sandbox.letters import object_of
from infra.local.sandbox.print_shop import PrintShop
from infra.local.sandbox.server import Sandbox
from tests.browser.conftest import follow, overflow
from tests.fakes import erp
from tests.fakes.house import ANS
from tests.flows import test_notice_means as means

WIDTHS = (320, 390, 1280)


@dataclass
class Post:
    """A sandbox whose print shop works for a house in memory: one notice on paper, written on 15 October 2026."""

    sandbox: Sandbox
    road: means.TalkRoad
    case: object
    posts: list

    @property
    def url(self):
        return f"{self.sandbox.url}/cartas"

    def days(self, days):
        self.road.clock.move(days=days)
        self.sandbox.office.set_now(self.road.clock.now())


@pytest.fixture
def post():
    road = means.road_at()
    case = means.owing(road, Channel.LETTER, means=("letter",))
    road.night()
    road.add_erp_client(erp.CLIENT, erp.SECRET)
    deps = Deps(road.secrets, road.ledgers, road.documents, road.clock, road.meter)
    posts = []

    def signed(body):
        posts.append(body)
        answer = handle(erp.call(road, None, body=json.dumps(body).encode()), None, deps=deps)
        return answer["statusCode"], json.loads(answer["body"])

    sandbox = Sandbox(ticking=False)
    sandbox.office.set_now(road.clock.now())
    sandbox.letters.open([PrintShop(ANS, "Operadora Exemplo", lambda asked: handle(asked, None, deps=deps), signed)])
    with sandbox:
        yield Post(sandbox, road, case, posts)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(post, open_page, width, scheme):
    post.days(1)
    page = open_page(post.url, width, scheme=scheme)
    assert overflow(page) == 0
    if width < 1024:
        page.get_by_role("button", name="Imprimir o lote").click()
    follow(page.locator(".people .list a"))
    assert overflow(page) == 0
    page.goto(f"{post.url}?dia=2026-01-01")
    assert overflow(page) == 0


def test_a_run_is_printed_once_its_day_is_over_and_each_letter_shows_its_sheet(post, open_page):
    page = open_page(post.url, 390)
    assert page.get_by_role("heading", name="Lote de 15/10/2026").is_visible()
    assert page.get_by_role("button", name="Imprimir").count() == 0  # its day is not over
    follow(page.locator(".people .list a"))
    assert page.get_by_role("link", name="PDF").count() == 0
    post.days(1)
    page.goto(post.url)
    page.get_by_role("button", name="Imprimir o lote").click()
    assert page.locator("[role=status]").inner_text().startswith("Lote fechado e impresso")
    assert post.road.facts()["letters.viewed"] == 1  # who prints was seen first
    follow(page.locator(".people .list a"))
    sheet = page.request.get(post.sandbox.url + page.get_by_role("link", name="PDF").get_attribute("href"))
    assert sheet.headers["content-type"] == "application/pdf"
    drawn = pypdfium2.PdfDocument(sheet.body())[0].get_textpage().get_text_range()
    assert "Operadora Exemplo" in drawn


def test_what_the_post_does_reaches_the_product_by_signed_calls(post, open_page):
    post.days(1)
    page = open_page(post.url, 390)
    follow(page.locator(".people .list a"))
    reference = page.get_by_role("heading", level=1, name="Carta").inner_text().split()[1]
    page.get_by_role("button", name="Postar").click()
    assert page.locator("[role=status]").inner_text() == "Registrado: o sistema já sabe."
    assert page.get_by_text(object_of(reference)).is_visible()
    page.get_by_role("button", name="Entregar").click()  # who signed is missing
    assert page.locator("[role=status].failed").inner_text() == "Falta quem assinou o AR (signer)."
    page.get_by_label("Quem assinou").fill("Maria Vizinha")
    page.get_by_role("button", name="Entregar").click()
    assert page.locator(".box .tag.good").inner_text() == "Entregue"
    assert page.get_by_role("button", name="Devolver").count() == 0
    assert [one["events"][0]["event"] for one in post.posts] == ["posted", "delivered", "delivered"]
    assert post.road.stands(post.case) is NoticeStatus.PROVED


def test_a_letter_that_comes_back_says_why(post, open_page):
    post.days(1)
    page = open_page(post.url, 1280)
    follow(page.locator(".people .list a"))
    assert page.locator(".people").is_visible()  # both panes at a desk
    page.get_by_label("Motivo").select_option("Mudou-se")
    page.get_by_role("button", name="Devolver").click()
    assert page.locator(".box .tag.bad").inner_text() == "Devolvida"
    assert post.posts[0]["events"][0]["reason"] == "Mudou-se"
    assert post.road.stands(post.case) is not NoticeStatus.PROVED


def test_days_with_letters_lead_to_each_other_and_an_empty_one_says_so(post, open_page):
    page = open_page(f"{post.url}?dia=2026-11-01", 390)
    assert page.get_by_role("heading", name="Nenhuma carta neste dia").is_visible()
    follow(page.get_by_role("link", name="Dia anterior com cartas"))
    assert page.get_by_role("heading", name="Lote de 15/10/2026").is_visible()
    follow(page.get_by_role("link", name="Telefones"))
    follow(page.get_by_role("link", name="Cartas"))
    assert page.locator(".people .list li").count() == 1


def test_without_a_print_shop_the_page_says_that_nobody_prints(open_page):
    with Sandbox(ticking=False) as sandbox:
        page = open_page(f"{sandbox.url}/cartas", 390)
        assert page.get_by_role("heading", name="Ninguém imprime cartas").is_visible()


@pytest.mark.parametrize("path", ["/carta", "/carta/nada", "/carta/261015ABABABABABABABAB", "/cartas/x", "/cartaz"])
def test_a_wrong_address_says_so_in_portuguese(post, browser, path):
    page = browser.new_page()
    answer = page.goto(post.sandbox.url + path)
    assert answer.status == 404
    assert page.get_by_role("heading", name="Página não encontrada").is_visible()
    page.close()


def test_a_month_without_letters_is_asked_for_once(post):
    asked = []
    (shop,) = post.sandbox.letters._shops
    whole = shop.ask
    post.sandbox.letters.open([PrintShop(ANS, "x", lambda one: asked.append(one["day"]) or whole(one), shop.post)])
    post.days(20)
    for _ in range(2):
        post.sandbox.letters.answer("GET", "/cartas", {}, b"")
    assert asked.count("2026-09-20") == 1
    today = (post.road.clock.now() - timedelta(hours=3)).date().isoformat()
    assert asked.count(today) > 1
