"""A headless Chromium, a sandbox with awkward mail in it, and the opt-out door served as API Gateway serves it."""

import base64
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from emdia.facts import Fact
from emdia.ports import Act, Put
from emdia.state import OPERATOR_SUBJECT
from emdia.workflows.receive_opt_out import Deps
from functions.receive_opt_out import handler
from infra.local.sandbox.behaviour import Reaction
from infra.local.sandbox.mailbox import Person
from infra.local.sandbox.server import Sandbox
from infra.local.sandbox.ses import Outgoing
from infra.local.sandbox.topic import NoTopic
from tests.browser.samples import OPERATOR, awkward
from tests.fakes import people
from tests.fakes.house import ANS, House

NOW = datetime(2026, 11, 23, 15, 15, tzinfo=UTC)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        says = "no Chromium on this machine: pages are not tested (make browser installs one on Debian)"
        if os.environ.get("CI") == "true":
            pytest.fail(says)
        pytest.skip(says)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser):
    """Opens an address at a width; fails on any error in the console and any request to elsewhere."""
    contexts, troubles = [], []

    def open_at(url: str, width: int, height: int = 740, scheme: str = "light") -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: None if _here(request.url) else troubles.append(request.url))
        page.goto(url)
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert troubles == []


def _here(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:", "about:"))


def follow(link: Locator) -> None:
    """Click what leads elsewhere; that page is there with its stylesheet, so that what shows can be told."""
    with link.page.expect_navigation():
        link.click()


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


@dataclass
class Door:
    """The opt-out door on a port, over a house in memory."""

    house: House
    url: str


@pytest.fixture
def door(monkeypatch) -> Iterator[Door]:
    house = House()
    house.pseudonyms.of(ANS, "contract", "CT-778-2")
    classes = ("cadastro", "contato", "operacao")
    house.ledger().ensure_keys([(s, c) for s in (people.holder(), OPERATOR_SUBJECT) for c in classes])
    states = (people.contract(), people.case(), OPERATOR)
    acts = [Act(f"given:{n}", (Put(s),), (Fact("operator.recorded", s.ref),)) for n, s in enumerate(states)]
    assert not house.ledger().commit(acts).lost
    deps = Deps(house.ledgers, house.pseudonyms, house.clock, house.meter)
    monkeypatch.setattr(handler.wiring, "receive_opt_out", lambda: deps)

    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(b"")

        def do_POST(self) -> None:
            self.answer(self.rfile.read(int(self.headers["Content-Length"])))

        def answer(self, body: bytes) -> None:
            event = {
                "httpMethod": self.command,
                "pathParameters": {"token": self.path.removeprefix("/u/")},
                "headers": dict(self.headers),
                "body": base64.b64encode(body).decode(),
                "isBase64Encoded": True,
            }
            answer = handler.handle(event, None)
            self.send_response(answer["statusCode"])
            for name, value in answer["headers"].items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer["body"].encode())

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    token = house.pseudonyms.seal_token(ANS, f"{people.case().contract}|email|{people.case().holder_key}")
    yield Door(house, f"http://127.0.0.1:{server.server_port}/u/{token}")
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Town:
    """A sandbox with 43 mailboxes: Maria has every awkward mail, José's address is dead, Lia has none."""

    sandbox: Sandbox
    topic: NoTopic
    boxes: dict[str, str]

    @property
    def url(self) -> str:
        return self.sandbox.url

    def box(self, name: str) -> str:
        return f"{self.url}/caixa/{self.boxes[name]}"


@pytest.fixture
def town(door: Door) -> Iterator[Town]:
    topic = NoTopic()
    sandbox = Sandbox(topic, lambda _address, _number: Reaction(), ticking=False)
    office = sandbox.office
    residents = [
        Person("maria@correio.example", "Maria das Dores da Silva", "São Paulo/SP"),
        Person("jose@correio.example", "José Antônio", "Rio Branco/AC", "America/Rio_Branco"),
        Person("lia@correio.example", "Lia", "Manaus/AM"),
        *(Person(f"pessoa.{n}@correio.example", f"Pessoa {n}", "Recife/PE") for n in range(40)),
    ]
    office.reading(lambda boxes: boxes.introduce(residents))
    office.react("jose@correio.example", Reaction(bounce="Permanent"))

    def send(to: str, name: str) -> None:
        mail = awkward()[name]
        headers = [("List-Unsubscribe", f"<{door.url}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]
        ref = f"{ANS}-{'ab' * 16}-{'cd' * 16}"
        sender = "Vida Serena <avisos@vidaserena.example>"
        tags = {"ref": ref}
        office.accept(Outgoing(to, sender, mail.subject, mail.text, mail.html, headers, tags, "emdia-local"))

    for hours, name in enumerate(sorted(awkward())):
        office.set_now(NOW - timedelta(hours=24 - hours))
        send("maria@correio.example", name)
    send("jose@correio.example", "lembrete")
    for n in range(40):
        send(f"pessoa.{n}@correio.example", "vencimento")
    office.set_now(NOW)
    office.flush()
    ids = office.reading(lambda boxes: {p.name.split()[0]: boxes.of(p.address).id for p in residents[:3]})
    with sandbox:
        yield Town(sandbox, topic, ids)
