"""Door of the link in a notice: a page that asks whose it is, and the statement that it was received."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from emdia import wiring
from emdia.doors import Answer, api, raw_body
from emdia.web.notice_pages import confirmed_page, notice_page, words_page
from emdia.web.pages import Page, refusal_page
from emdia.workflows.confirm_notice import confirm_notice, is_short, read_notice, whose_notice


def handle(event: Mapping[str, Any], context: object) -> Mapping[str, object]:
    """API Gateway door of GET and POST /n/{token}. Reading confirms nothing: mail scanners follow links."""
    del context
    deps = wiring.confirm_notice()
    token = str(event["pathParameters"]["token"])

    def work() -> Answer:
        operator = whose_notice(token, deps)
        if event["httpMethod"] != "POST":
            return _answer(notice_page(operator, reading=is_short(token)))
        cpf = parse_qs(raw_body(event).decode("ascii", "replace"), max_num_fields=5).get("cpf", [""])[0]
        if is_short(token):
            return _answer(words_page(operator, read_notice(token, cpf, deps)))
        confirmed = confirm_notice(token, cpf, deps)
        if confirmed is None:
            return _answer(notice_page(operator, wrong=True))
        when = confirmed.at.astimezone(ZoneInfo(confirmed.zone))
        return _answer(confirmed_page(operator, f"{when:%d/%m/%Y às %H:%M}", f"{confirmed.until:%d/%m/%Y}"))

    return api(event, work, deps.meter, lambda refused, _: _answer(refusal_page(refused.code)))


def _answer(page: Page) -> Answer:
    return Answer(page.status, page.html, page.headers)
