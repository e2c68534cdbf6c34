"""The three messages in a mail client as wide as a phone."""

import pytest

from emdia.messages.notice_words import as_html, notice_words
from tests.browser.conftest import overflow
from tests.browser.samples import awkward
from tests.unit.test_notice_words import content


@pytest.fixture
def show(open_page):
    def load(name, width, scheme="light"):
        page = open_page("about:blank", width, scheme=scheme)
        page.set_content(awkward()[name].html)
        return page

    return load


@pytest.mark.parametrize("width", [320, 360, 600])
@pytest.mark.parametrize("name", sorted(awkward()))
def test_a_phone_shows_it_whole(show, name, width):
    page = show(name, width)
    assert overflow(page) == 0
    cut = page.evaluate(
        "[...document.querySelectorAll('td, th, p, h1, h2, a')].filter(e => e.scrollWidth > e.clientWidth + 1 "
        "&& getComputedStyle(e).display !== 'inline' && e.clientWidth).map(e => e.textContent)"
    )
    assert cut == []


@pytest.mark.parametrize("name", sorted(awkward()))
def test_every_letter_is_sixteen_pixels_or_more(show, name):
    sizes = show(name, 360).evaluate(
        "[...document.querySelectorAll('body *')].filter(e => [...e.childNodes].some(n => n.nodeType === 3 && "
        "n.data.trim())).map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 16


def test_amounts_stay_on_one_line(show):
    page = show("atraso-dois", 320)
    heights = page.locator("td").evaluate_all("cells => cells.map(cell => cell.getClientRects()[0].height)")
    assert max(heights) < 60
    assert page.locator("td", has_text="123.456,78").inner_text() == "R$\u00a0123.456,78"


def test_headings_and_values_are_what_they_look_like(show):
    page = show("atraso-dois", 360)
    assert page.locator("h1").count() == 1
    assert page.locator("h2").all_inner_texts()[:2] == ["Mensalidade de outubro/2026", "Mensalidade de novembro/2026"]
    assert page.locator("table th[scope=row]").count() == page.locator("table td").count()
    assert page.locator("html").get_attribute("lang") == "pt-BR"


def test_dark_mode_turns_the_card_dark(show):
    assert (
        show("atraso", 360, "dark").evaluate("getComputedStyle(document.querySelector('.card')).color")
        == "rgb(231, 238, 240)"
    )


@pytest.mark.parametrize("width", [320, 600])
def test_the_notice_with_many_fees_and_a_long_name_fits_too(open_page, width):
    told = notice_words(content(name="WOLFESCHLEGELSTEINHAUSENBERGERDORFF DE ALBUQUERQUE E BRAGANÇA", fees=24))
    page = open_page("about:blank", width)
    page.set_content(as_html(told, "https://avisos.example/n/" + "k" * 90))
    assert overflow(page) == 0
    assert page.locator("li").count() == 25
