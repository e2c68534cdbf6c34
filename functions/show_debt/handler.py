"""Door of the link in an SMS or WhatsApp message: a page to read and to pay from."""

from collections.abc import Mapping
from typing import Any

from emdia import wiring
from emdia.doors import Answer, api
from emdia.web.debt_page import debt_page, no_debt_page
from emdia.web.pages import Page
from emdia.workflows.show_debt import show_debt


def handle(event: Mapping[str, Any], context: object) -> Mapping[str, object]:
    """API Gateway door of GET /p/{token}."""
    del context
    deps = wiring.show_debt()

    def work() -> Answer:
        shown = show_debt(str(event["pathParameters"]["token"]), deps)
        return _answer(debt_page(shown.operator, shown.view, shown.receipt))

    return api(event, work, deps.meter, lambda refused, _: _answer(no_debt_page(refused.code)))


def _answer(page: Page) -> Answer:
    return Answer(page.status, page.html, page.headers)
