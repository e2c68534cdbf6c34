"""The opt-out page, in a browser, over the real door."""

import pytest

from emdia.portfolio.contract import Channel
from emdia.state import contract_ref
from tests.browser.conftest import overflow
from tests.fakes import people


def opted_out(door):
    return door.house.ledger().get([contract_ref(people.case().contract)]).popitem()[1].opted_out(Channel.EMAIL)


@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_two_steps_and_done(door, open_page, width, scheme):
    door.house.clock.move(hours=1)
    page = open_page(door.url, width, scheme=scheme)
    assert page.locator("html").get_attribute("lang") == "pt-BR"
    assert page.get_by_role("heading", level=1).inner_text() == "Parar e-mails de cobrança"
    assert overflow(page) == 0
    assert not opted_out(door)
    page.get_by_role("button", name="Parar os e-mails").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Pronto, os e-mails vão parar"
    assert overflow(page) == 0
    assert opted_out(door)


def test_it_works_from_the_keyboard_and_the_button_is_large(door, open_page):
    page = open_page(door.url, 360)
    assert page.get_by_role("button").bounding_box()["height"] >= 44
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    page.keyboard.press("Enter")
    page.get_by_text("Seu pedido foi registrado").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_the_contrast_that_wcag_asks(door, open_page, scheme):
    page = open_page(door.url, 360, scheme=scheme)
    assert min(page.evaluate(CONTRASTS)) >= 4.5
    page.get_by_role("button").click()
    page.get_by_role("link", name="0800 555 0199").wait_for()
    assert min(page.evaluate(CONTRASTS)) >= 4.5


# Contrast (WCAG 2.2, 1.4.3) of each element that holds text, against the nearest background behind it.
CONTRASTS = """() => {
  const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const lum = c => { const [r, g, b] = c.map(v => linear(v / 255));
    return .2126 * r + .7152 * g + .0722 * b };
  const rgb = s => s.match(/[\\d.]+/g).map(Number);
  const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c.slice(0, 3) } return [255, 255, 255] };
  const speaks = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  return [...document.querySelectorAll("main *, footer")].filter(speaks)
    .map(e => { const [a, b] = [lum(rgb(getComputedStyle(e).color).slice(0, 3)), lum(behind(e))].sort((x, y) => y - x);
      return (a + .05) / (b + .05) });
}"""


def test_a_wrong_link_is_explained(door, browser):
    page = browser.new_page()
    assert page.goto(door.url[:-3] + "AAA").status == 404
    assert page.get_by_role("heading", level=1).inner_text() == "Link não encontrado"
    page.close()
