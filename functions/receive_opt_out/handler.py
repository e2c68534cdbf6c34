"""Door of the link in every message: a page to read, a button, and the one click of mail programs (RFC 8058)."""

import base64
from collections.abc import Mapping
from typing import Any

from emdia import wiring
from emdia.web.pages import Page, answer, opt_out_page, opted_out_page
from emdia.workflows.receive_opt_out import Evidence, receive_opt_out, whose_opt_out

_ONE_CLICK = Evidence("one-click", "List-Unsubscribe=One-Click (RFC 8058)")
_BUTTON = Evidence("pagina", "Botão “Parar os e-mails” da página de descadastro")


def handle(event: Mapping[str, Any], context: object) -> Mapping[str, object]:
    """API Gateway door of GET and POST /u/{token}. Reading never opts anybody out: mail scanners follow links."""
    del context
    token = str(event["pathParameters"]["token"])

    def page() -> Page:
        deps = wiring.receive_opt_out()
        operator = whose_opt_out(token, deps)
        if event["httpMethod"] != "POST":
            return opt_out_page(operator)
        receive_opt_out(token, _evidence(event), deps)
        return opted_out_page(operator)

    return answer(page)


def _evidence(event: Mapping[str, Any]) -> Evidence:
    """Whoever posts to the link asks to stop; the body only tells by which button."""
    body = event.get("body") or ""
    sent = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    return _ONE_CLICK if b"One-Click" in sent else _BUTTON
