"""Door of the link in every message: a page to read, a button, and the one click of mail programs (RFC 8058)."""

from collections.abc import Mapping
from typing import Any

from emdia import wiring
from emdia.doors import Answer, api, raw_body
from emdia.web.pages import Page, opt_out_page, opted_out_page, refusal_page
from emdia.workflows.receive_opt_out import Evidence, receive_opt_out, whose_opt_out

_ONE_CLICK = Evidence("one-click", "List-Unsubscribe=One-Click (RFC 8058)")
_BUTTON = Evidence("pagina", "Botão “Parar os e-mails” da página de descadastro")


def handle(event: Mapping[str, Any], context: object) -> Mapping[str, object]:
    """API Gateway door of GET and POST /u/{token}. Reading never opts anybody out: mail scanners follow links."""
    del context
    deps = wiring.receive_opt_out()
    token = str(event["pathParameters"]["token"])

    def work() -> Answer:
        operator = whose_opt_out(token, deps)
        if event["httpMethod"] != "POST":
            return _answer(opt_out_page(operator))
        # Whoever posts to the link asks to stop; the body only tells by which button.
        receive_opt_out(token, _ONE_CLICK if b"One-Click" in raw_body(event) else _BUTTON, deps)
        return _answer(opted_out_page(operator))

    return api(event, work, deps.meter, lambda refused, _: _answer(refusal_page(refused.code)))


def _answer(page: Page) -> Answer:
    return Answer(page.status, page.html, page.headers)
