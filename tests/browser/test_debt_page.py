"""The page of what is owed, in a browser: phone first, every width, light and dark."""

from datetime import date

import pytest

from emdia.portfolio.case import PaymentCodes
from emdia.web.debt_page import debt_page, no_debt_page
from tests.browser.conftest import overflow
from tests.browser.samples import invoice, view
from tests.browser.test_opt_out_page import CONTRASTS
from tests.flows.road import OPERATOR

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


@pytest.mark.parametrize("page", [debt_page(OPERATOR, None), no_debt_page("token-invalid"), no_debt_page("try-later")])
def test_the_other_pages_fit_too(show, page):
    assert overflow(show(page, 320)) == 0
