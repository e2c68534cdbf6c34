"""The pages where a person follows their attendances, in a browser, over the real door."""

import base64
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from functions.track_protocol import handler
from tests.browser.conftest import overflow
from tests.browser.test_opt_out_page import CONTRASTS
from tests.functions import conftest, test_track_protocol

road = conftest.road
number = test_track_protocol.number
WIDTHS = [320, 390, 1280]


@pytest.fixture
def url():
    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(b"")

        def do_POST(self) -> None:
            self.answer(self.rfile.read(int(self.headers["Content-Length"])))

        def answer(self, body: bytes) -> None:
            told = base64.b64encode(body).decode()
            event = {"httpMethod": self.command, "headers": dict(self.headers), "body": told, "isBase64Encoded": True}
            answer = handler.handle(event, None)
            self.send_response(answer["statusCode"])
            for name, value in answer["headers"].items():
                self.send_header(name, value)
            self.end_headers()
            file = answer.get("isBase64Encoded")
            self.wfile.write(base64.b64decode(answer["body"]) if file else answer["body"].encode())

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/protocolo"
    server.shutdown()
    server.server_close()
    thread.join()


def enter(page, road, number):
    page.get_by_label("Número do protocolo").fill(f"{number[:6]} {number[6:14]} {number[14:]}")
    page.get_by_role("button", name="Continuar").click()
    page.get_by_label("Código que você recebeu").fill(test_track_protocol.code(road))
    page.get_by_role("button", name="Ver meus atendimentos").click()


def heading(page):
    return page.get_by_role("heading", level=1).inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_from_the_number_to_the_copy(road, number, url, open_page, width, scheme):
    page = open_page(url, width, scheme=scheme)

    def fits():
        assert overflow(page) == 0
        assert min(page.evaluate(CONTRASTS)) >= 4.5
        assert page.locator("html").get_attribute("lang") == "pt-BR"
        for button in page.get_by_role("button").all():
            assert button.bounding_box()["height"] >= 44

    fits()
    enter(page, road, number)
    assert heading(page) == "Seus atendimentos"
    fits()
    page.get_by_role("button", name="Abrir o protocolo").click()
    assert heading(page).startswith("Protocolo ")
    fits()
    with page.expect_download() as kept:
        page.get_by_role("button", name="Baixar em PDF").click()
    assert kept.value.suggested_filename == f"protocolo-{number}.pdf"
    # The eleven of the second question stand in even rows, apart from the first.
    first, second = (page.get_by_role("group", name=name) for name in ("De 1", "De 0"))
    assert second.bounding_box()["y"] - (first.bounding_box()["y"] + first.bounding_box()["height"]) >= 12
    assert len({round(one.bounding_box()["width"]) for one in second.locator("label").all()}) == 1
    page.get_by_role("group", name="De 1").get_by_label("4").check()
    page.get_by_role("group", name="De 0").get_by_label("10").check()
    page.get_by_role("button", name="Enviar a nota").click()
    assert page.get_by_role("status").inner_text() == "Obrigado pela avaliação."
    page.get_by_label("Por que pedir a reanálise?").fill("Não concordo.")
    page.get_by_role("button", name="Pedir reanálise à ouvidoria").click()
    assert "ouvidoria" in page.get_by_role("status").inner_text()
    fits()


@pytest.mark.usefixtures("number")
def test_what_is_mistyped_is_said_beside_the_field(url, browser):
    page = browser.new_page()
    page.goto(url)
    page.get_by_label("Número do protocolo").fill("123")
    page.keyboard.press("Enter")
    assert "20 algarismos; este tem 3" in page.get_by_role("alert").inner_text()
    field = page.get_by_label("Número do protocolo")
    assert (field.get_attribute("aria-invalid"), field.input_value()) == ("true", "123")
    page.close()
