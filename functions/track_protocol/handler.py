"""Door of the public page where a person follows their attendances: GET and POST /protocolo."""

import base64

from emdia import wiring
from emdia.doors import Answer, Event, api, form_of
from emdia.web.pages import Page
from emdia.web.track_pages import copy_file, track_page, track_refusal
from emdia.workflows.track_protocol import Asked, Download, follow

BODY_MAX = 64 * 1024  # bytes


def handle(event: Event, _context: object) -> dict[str, object]:
    """One step. Everything a person tells comes in the body: nothing of it is in an address."""
    deps = wiring.track_protocol()

    def work() -> Answer:
        if event["httpMethod"] != "POST":
            return _page(track_page(Asked()))
        view = follow(form_of(event, BODY_MAX), deps)
        if not isinstance(view, Download):
            return _page(track_page(view))
        file, headers = copy_file(view.copy)
        return Answer(200, base64.b64encode(file).decode(), headers, encoded=True)

    return api(event, work, deps.meter, lambda refused, _: _page(track_refusal(refused.code)))


def _page(page: Page) -> Answer:
    return Answer(page.status, page.html, page.headers)
