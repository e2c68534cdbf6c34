"""The page of what is owed, in a browser: phone first, every width, light and dark."""

import re
from contextlib import contextmanager
from datetime import date

import pytest

from emdia.messages.samples import receipt_samples
from emdia.portfolio.case import PaymentCodes
from emdia.web.debt_page import debt_page, no_debt_page
from emdia.web.pages import Page
from emdia.web.qr import QUIET, qr_svg
from tests.browser.conftest import overflow
from tests.browser.samples import invoice, view
from tests.browser.test_opt_out_page import CONTRASTS
from tests.flows.road import OPERATOR

SAID = "(n) => document.querySelectorAll('[role=status]')[n].textContent !== ''"
ADDRESS = "http://127.0.0.1:9/p/123456abcdefghijklmnop"
# From top to bottom, what the tabulator reaches in its order.
FOCUSED = """[...document.querySelectorAll('button, a[href]')].map((one) => one.getBoundingClientRect().top)"""
PIX = "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-426655440000520400005303986540551117"


def owed():
    """Two late invoices with every kind of code."""
    late = invoice("2026-10", date(2026, 10, 9)), invoice("2026-11", date(2026, 11, 10))
    codes = PaymentCodes(PIX, "00190.00009 01234.567891 23456.789012 3 98760000051117", "https://pague.example")
    return view(*late, on=date(2026, 11, 25), codes=codes)


@pytest.fixture
def show(open_page):
    """The page at a width."""

    def at(page, width, scheme="light"):
        opened = open_page("about:blank", width, scheme=scheme)
        opened.set_content(page.html)
        return opened

    return at


@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_can_be_read(show, width, scheme):
    page = show(debt_page(OPERATOR, owed()), width, scheme)
    assert page.locator("html").get_attribute("lang") == "pt-BR"
    assert overflow(page) == 0
    assert min(page.evaluate(CONTRASTS)) >= 4.5
    assert page.get_by_text("Pix copia e cola").count() >= 1
    assert OPERATOR.name in page.locator("footer").inner_text()


@contextmanager
def served(browser, page, **how):
    """The page as the gateway gives it, headers and all, at an address that browsers hold for secure."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, **how)
    opened = context.new_page()
    troubles = []
    opened.on("console", lambda message: troubles.append(message.text))
    opened.on("request", lambda request: troubles.append(request.url) if request.url != ADDRESS else None)
    opened.route("**/*", lambda route: route.fulfill(status=200, headers=dict(page.headers), body=page.html))
    opened.goto(ADDRESS)
    yield opened
    context.close()
    assert troubles == []


def test_a_press_copies_the_code_and_says_so_aloud(browser):
    with served(browser, debt_page(OPERATOR, owed()), permissions=["clipboard-read", "clipboard-write"]) as page:
        button = page.get_by_role("button", name="Copiar código Pix de novembro/2026")
        assert button.bounding_box()["height"] >= 44
        button.focus()
        page.keyboard.press("Enter")
        page.wait_for_function(SAID, arg=1)
        assert page.get_by_role("status").nth(1).inner_text().startswith("Código copiado.")
        assert page.evaluate("navigator.clipboard.readText()") == PIX
        assert page.get_by_role("status").first.inner_text() == ""


def test_where_nothing_may_be_copied_the_code_is_selected(browser):
    with served(browser, debt_page(OPERATOR, owed())) as page:
        page.evaluate("navigator.clipboard.writeText = () => Promise.reject(); document.execCommand = () => false")
        page.get_by_role("button").first.click()
        page.wait_for_function(SAID, arg=0)
        assert "selecionado" in page.get_by_role("status").first.inner_text()
        assert page.evaluate("getSelection().toString()") == PIX


def test_without_script_one_touch_selects_the_code_and_no_button_is_dead(browser):
    with served(browser, debt_page(OPERATOR, owed()), java_script_enabled=False) as page:
        assert page.get_by_role("button").count() == 0
        assert page.get_by_text("Toque no código").first.is_visible()
        assert page.locator(".code").first.evaluate("one => getComputedStyle(one).userSelect") == "all"


def test_the_button_to_copy_is_on_a_phone_s_first_screen(browser):
    one = view(invoice("2026-10", date(2026, 10, 9)), on=date(2026, 11, 25), codes=PaymentCodes(PIX))
    with served(browser, debt_page(OPERATOR, one)) as page:
        box = page.get_by_role("button", name="Copiar código Pix").bounding_box()
        assert box["y"] + box["height"] <= 740
        assert page.evaluate(FOCUSED) == sorted(page.evaluate(FOCUSED))


def test_nothing_but_our_own_script_may_run(browser):
    page = debt_page(OPERATOR, owed())
    assert "'unsafe" not in page.headers["Content-Security-Policy"]
    assert "script-src" not in debt_page(OPERATOR, None).headers["Content-Security-Policy"]
    strange = Page(200, page.html.replace("</main>", "<script>document.title = 'x'</script></main>"), page.script)
    context = browser.new_context()
    opened = context.new_page()
    opened.route("**/*", lambda route: route.fulfill(status=200, headers=dict(strange.headers), body=strange.html))
    opened.goto(ADDRESS)
    assert opened.title() != "x"
    context.close()


def test_a_qr_code_stands_in_white_and_holds_its_finders(show):
    drawn = show(debt_page(OPERATOR, owed()), 360, "dark").locator("svg.qr").first
    assert drawn.get_attribute("aria-label") == "QR Code do Pix da mensalidade de outubro/2026"
    rows = {int(row) for row in re.findall(rf"M{QUIET} (\d+)\.5", qr_svg(PIX, ""))}
    side = len(rows)
    assert rows == set(range(QUIET, side + QUIET))
    assert f'viewBox="0 0 {side + 2 * QUIET} {side + 2 * QUIET}"' in qr_svg(PIX, "")
    assert re.search(rf"M{QUIET} {QUIET}\.5h7m.*?h7M", qr_svg(PIX, ""))  # two finders begin and end the first row
    assert 'aria-label="&lt;b&gt;"' in qr_svg(PIX, "<b>")


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", sorted(receipt_samples()))
def test_a_receipt_fits_and_can_be_read(show, name, width, scheme):
    page = show(debt_page(OPERATOR, None, receipt_samples()[name], asks=True), width, scheme)
    assert overflow(page) == 0
    assert min(page.evaluate(CONTRASTS)) >= 4.5
    assert page.get_by_role("heading", level=1).inner_text() == "Recibo de pagamento"


@pytest.mark.parametrize("width", [320, 390])
def test_a_receipt_asks_how_paying_was_and_nothing_hangs_on_it(show, width):
    page = show(debt_page(OPERATOR, None, receipt_samples()["parte"], asks=True), width)
    groups = page.get_by_role("group").all()
    assert [group.get_by_role("radio").count() for group in groups] == [5, 11]
    assert all(label.bounding_box()["height"] >= 44 for group in groups for label in group.locator("label").all())
    assert page.get_by_role("button", name="Enviar a nota").bounding_box()["height"] >= 44
    assert page.get_by_text("opcional").is_visible()
    assert page.locator("h2").last.inner_text() == "Como foi pagar?"
    thanked = show(debt_page(OPERATOR, None, receipt_samples()["parte"], done=True), width)
    assert thanked.get_by_role("status").inner_text() == "Obrigado pela avaliação."
    assert thanked.get_by_role("radio").count() == 0


def test_a_receipt_stands_before_what_is_left_to_pay(show):
    page = show(debt_page(OPERATOR, owed(), receipt_samples()["parte"]), 360)
    heads = page.locator("h1, h2").all_inner_texts()
    assert heads[:3] == ["Recibo de pagamento", "O que foi pago", "O que resta"]
    assert overflow(page) == 0


@pytest.mark.parametrize("page", [debt_page(OPERATOR, None), no_debt_page("token-invalid"), no_debt_page("try-later")])
def test_the_other_pages_fit_too(show, page):
    assert overflow(show(page, 320)) == 0
