"""Door of the link in an SMS or WhatsApp message: a page to read, to pay from, and to say how paying was."""

from emdia import wiring
from emdia.doors import Answer, Event, api, form_of
from emdia.web.debt_page import debt_page, no_debt_page
from emdia.web.pages import Page
from emdia.workflows.rate_payment import rate_payment
from emdia.workflows.show_debt import show_debt

BODY_MAX = 4 * 1024  # bytes: two numbers


def handle(event: Event, _context: object) -> dict[str, object]:
    """API Gateway door of GET and POST /p/{token}."""
    deps = wiring.show_debt()

    def work() -> Answer:
        token = str(event["pathParameters"]["token"])
        rates = event["httpMethod"] == "POST"
        problem = rate_payment(token, form_of(event, BODY_MAX), deps) if rates else None
        shown = show_debt(token, deps)
        done = rates and problem is None
        return _page(debt_page(shown.operator, shown.view, shown.receipt, asks=shown.asks, done=done, problem=problem))

    return api(event, work, deps.meter, lambda refused, _: _page(no_debt_page(refused.code)))


def _page(page: Page) -> Answer:
    return Answer(page.status, page.html, page.headers)
