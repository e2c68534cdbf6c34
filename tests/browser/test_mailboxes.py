"""The page of mailboxes, as somebody uses it on a phone and at a desk."""

import json
import zlib

import pytest

from emdia.portfolio.contract import Channel
from emdia.state import contract_ref
from tests.browser.conftest import follow, overflow
from tests.fakes import people

WIDTHS = (320, 360, 1280)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(town, open_page, width, scheme):
    page = open_page(town.url, width, scheme=scheme)
    page.goto(town.box("Maria"))
    seen = [town.url, f"{town.url}/?q=ninguem", town.box("Maria"), town.box("Lia"), town.box("José")]
    mails = page.locator(".box .list a").evaluate_all("links => links.map(link => link.href)")
    assert len(mails) == 6
    for url in [*seen, *mails, f"{mails[0]}?ver=texto", f"{mails[0]}?ver=detalhes"]:
        page.goto(url)
        assert overflow(page) == 0, url


def test_on_a_phone_one_thing_shows_at_a_time(town, open_page):
    page = open_page(town.url, 360)
    assert page.locator(".people").is_visible()
    assert not page.locator(".box").is_visible()
    follow(page.get_by_text("Maria das Dores da Silva"))
    assert not page.locator(".people").is_visible()
    follow(page.locator(".box .list a").first)
    assert page.locator(".mail h1").is_visible()
    assert not page.locator(".box").is_visible()
    follow(page.locator(".mail .back a"))
    follow(page.locator(".box .back a"))
    assert page.url.rstrip("/") == town.url


def test_at_a_desk_everything_shows_at_once(town, open_page):
    page = open_page(town.box("Maria"), 1280, 800)
    follow(page.locator(".box .list a").first)
    assert all(page.locator(pane).is_visible() for pane in (".people", ".box", ".mail"))
    assert overflow(page) == 0


def test_at_a_desk_only_the_panes_scroll(town, open_page):
    page = open_page(town.box("Maria"), 1280, 300)
    heights = page.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    assert heights[0] == heights[1]


def test_the_mail_shows_whole_without_a_second_scroll_bar(town, open_page):
    page = open_page(town.box("Maria"), 360)
    follow(page.locator(".box .list a").first)
    frame = page.locator("iframe.frame")
    inside = page.frame_locator("iframe.frame")
    inside.get_by_text("Não receber mais lembretes").wait_for()
    page.wait_for_function(
        "() => { const f = document.querySelector('iframe'); "
        "return f.clientHeight >= f.contentDocument.documentElement.scrollHeight - 1; }"
    )
    assert frame.bounding_box()["height"] > 1000
    assert inside.locator("html").evaluate("html => html.scrollWidth - html.clientWidth") == 0


def test_search_finds_people_by_any_word_they_have(town, open_page):
    page = open_page(town.url, 360)
    for words, found in (("dores", 1), ("ACRE", 0), ("rio branco", 1), ("pessoa.7@", 1), ("vence hoje", 41), ("", 43)):
        page.locator("#q").fill(words)
        page.get_by_role("button", name="Buscar").click()
        if words:
            assert page.locator(".note").inner_text().startswith(f"{found} caixa")
        assert page.locator(".people .list li").count() == min(found, 40)
    assert page.get_by_text("Página 1 de 2").is_visible()
    follow(page.get_by_role("link", name="Próximas"))
    assert page.locator(".people .list li").count() == 3


def test_empty_states_say_what_to_expect(town, open_page):
    page = open_page(f"{town.url}/?q=ninguem", 360)
    assert page.get_by_role("heading", name="Ninguém encontrado").is_visible()
    page.goto(town.box("Lia"))
    assert page.get_by_role("heading", name="Caixa vazia").is_visible()


def test_reading_reporting_and_their_events(town, open_page):
    page = open_page(town.box("Maria"), 360)
    before = len(town.topic.records)
    follow(page.locator(".box .list a").first)
    page.get_by_role("button", name="Marcar como lida").click()
    assert page.locator("[role=status]").inner_text().startswith("Abertura registrada")
    page.get_by_role("button", name="É spam").click()
    assert page.locator("[role=status]").inner_text().startswith("Denúncia registrada")
    # No flush yet: whoever pressed sees it at once, and cannot press twice.
    assert not page.get_by_role("button", name="É spam").is_visible()
    town.sandbox.office.flush()
    kinds = [json.loads(record)["eventType"] for record in town.topic.records[before:]]
    assert kinds == ["Open", "Complaint"]
    assert not page.get_by_role("button", name="Marcar como lida").is_visible()
    follow(page.get_by_role("link", name="Detalhes"))
    told = page.locator("dd").all_inner_texts()
    assert told[:4] == ["Aceita pelo provedor", "Entregue", "Aberta", "Denunciada como spam"]


def test_one_click_really_unsubscribes(town, door, open_page):
    page = open_page(town.box("Maria"), 360)
    follow(page.locator(".box .list a").first)
    page.get_by_role("button", name="Descadastrar").click()
    assert page.locator("[role=status]").inner_text() == "Descadastro aceito pelo sistema."
    contract = door.house.ledger().get([contract_ref(people.case().contract)]).popitem()[1]
    assert contract.opted_out(Channel.EMAIL)
    assert contract.consents[-1].how == "one-click"
    page.goto(town.url)
    assert page.locator(".people li", has_text="Maria").get_by_text("Saiu da lista").is_visible()


def test_a_mailbox_can_bounce_from_now_on_and_take_mail_again(town, open_page):
    page = open_page(town.box("Lia"), 360)
    page.get_by_role("button", name="Devolver as próximas").click()
    assert page.locator("[role=status]").inner_text() == "Esta caixa devolve as próximas mensagens."
    assert town.sandbox.office.reading(lambda boxes: boxes.by_id(town.boxes["Lia"]).bounces)
    page.get_by_role("button", name="Voltar a aceitar mensagens").click()
    assert not town.sandbox.office.reading(lambda boxes: boxes.by_id(town.boxes["Lia"]).bounces)


def test_a_bounced_mail_is_marked(town, open_page):
    page = open_page(town.box("José"), 360)
    assert page.locator(".box .list .tag").inner_text() == "Devolvida"


def test_a_mail_can_run_no_script_and_fetch_nothing(town, browser):
    mail = town.sandbox.office.reading(lambda boxes: boxes.all_mails()[0])
    evil = "<html><head></head><body><script>top.document.title='x'</script><img src='http://127.0.0.1:9/x'>oi</body></html>"
    mail.html_z = zlib.compress(evil.encode())
    page = browser.new_page()
    refused, fetched = [], []
    page.on("console", lambda message: refused.append(message.text))
    page.on("requestfinished", lambda request: fetched.append(request.url))
    page.goto(f"{town.box('Maria')}/{mail.id}")
    page.frame_locator("iframe").get_by_text("oi").wait_for()
    assert page.title() != "x"
    assert any("Blocked script execution" in text for text in refused)
    assert any("violates the following Content Security Policy" in text and "127.0.0.1:9" in text for text in refused)
    assert "http://127.0.0.1:9/x" not in fetched
    page.close()


@pytest.mark.parametrize("path", ["/caixa/nada", "/nada", "/mensagem/nada", "/caixa"])
def test_a_wrong_address_says_so_in_portuguese(town, browser, path):
    page = browser.new_page()
    assert page.goto(town.url + path).status == 404
    assert page.get_by_role("heading", name="Página não encontrada").is_visible()
    page.close()


def test_another_site_cannot_press_the_buttons(town, browser):
    page = browser.new_page()
    url = f"{town.box('Lia')}/devolver"
    assert page.request.post(url, headers={"Origin": "http://evil.example"}).status == 403
    assert page.request.post(url, headers={"Host": "evil.example"}).status == 403
    assert not town.sandbox.office.reading(lambda boxes: boxes.by_id(town.boxes["Lia"]).bounces)
    page.close()
