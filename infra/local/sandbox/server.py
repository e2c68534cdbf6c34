"""The sandbox as a server on loopback: providers, banks, ERPs, controls and people's pages on one port."""

import json
import logging
import re
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from infra.local.sandbox import money_control, phone_control, ses, ses_answer, sms_voice, social
from infra.local.sandbox.bank_pages import BankPages
from infra.local.sandbox.behaviour import Behaviour
from infra.local.sandbox.carrier import Carrier
from infra.local.sandbox.control import control
from infra.local.sandbox.domain import forward
from infra.local.sandbox.erp_desk import PREFIX as OF_THE_ERP
from infra.local.sandbox.erp_desk import ErpDesk
from infra.local.sandbox.letter_pages import LetterPages
from infra.local.sandbox.owners import OwnersBehaviour
from infra.local.sandbox.pages import Pages, Reply
from infra.local.sandbox.phone_pages import PhonePages
from infra.local.sandbox.post_office import PostOffice
from infra.local.sandbox.teller import PREFIX as OF_THE_BANK
from infra.local.sandbox.teller import Teller, hook_of
from infra.local.sandbox.topic import Topic, Topics
from infra.local.sandbox.wallet import Wallet
from infra.local.sandbox.wire import WireError

LOOPBACK = "127.0.0.1"
MAX_BODY = 40 * 1024 * 1024  # SES's own limit for a message
TICK = 0.5
_LOG = logging.getLogger("sandbox")
_JSON = "application/json"
_OF_THE_DOMAIN = re.compile(r"/[a-z]/[^/]+$")  # pages behind the links of messages: /p/{token}, /u/{token} ...


class Sandbox:
    """The providers and what people have of them: the world behind the port.

    `office` is mail, `carrier` phones, `teller` banks, who call `bank_api` about payments, `erp` what ERPs are told.
    Links of messages are short, so they lead here and on to `domain`, the address of the product's own pages: on AWS
    that is what an operator's domain does. With `ticking`, due events are published twice a second; without, only at
    `flush()`.
    """

    def __init__(
        self,
        topic: Topic | None = None,
        behaviour: Behaviour | None = None,
        *,
        phone_topics: Topics | None = None,
        owners: OwnersBehaviour | None = None,
        domain: str = "",
        bank_api: str = "",
        port: int = 0,
        ticking: bool = True,
    ) -> None:
        self.office = PostOffice(topic, behaviour)
        self.carrier = Carrier(self.office.now, self.office.arrivals, phone_topics, owners)
        self.teller = Teller(self.office.now, hook_of(bank_api) if bank_api else None)
        self.wallet = Wallet(self.teller, domain)
        self.erp = ErpDesk(self.office.now)
        self.letters = LetterPages(self.office.now)
        world = {"office": self.office, "carrier": self.carrier, "teller": self.teller, "erp": self.erp}
        pages = {
            "pages": Pages(self.office),
            "phone_pages": PhonePages(self.carrier, self.wallet),
            "bank_pages": BankPages(self.teller),
            "letter_pages": self.letters,
        }
        handler = type("BoundHandler", (_Handler,), world | pages | {"domain": domain})
        self._server = ThreadingHTTPServer((LOOPBACK, port), handler)
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)]
        if ticking:
            self._threads.append(threading.Thread(target=self._tick, daemon=True))

    @property
    def url(self) -> str:
        """Base address, for browsers and for AWS_ENDPOINT_URL_SESV2 alike."""
        return f"http://{LOOPBACK}:{self._server.server_port}"

    @property
    def endpoints(self) -> Mapping[str, str]:
        """What the SDK must be told to find every provider here."""
        services = ("SESV2", "PINPOINT_SMS_VOICE_V2", "SOCIALMESSAGING")
        return {f"AWS_ENDPOINT_URL_{service}": self.url for service in services}

    def flush(self) -> None:
        """Let everything happen that time has reached, and publish it."""
        self.office.flush()
        self.carrier.flush()
        self.teller.flush()

    def start(self) -> Self:
        """Serve from background threads."""
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and let the port go."""
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join(timeout=5)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _tick(self) -> None:
        while not self._stopped.wait(TICK):
            try:
                self.flush()
            except Exception:  # noqa: BLE001  the topic may be away for a while; its events stay and are tried again
                _LOG.exception("events were not published; trying again")


class _Handler(BaseHTTPRequestHandler):
    office: PostOffice
    carrier: Carrier
    teller: Teller
    erp: ErpDesk
    domain: str
    pages: Pages
    letter_pages: LetterPages
    phone_pages: PhonePages
    bank_pages: BankPages
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together
    disable_nagle_algorithm = True
    server_version = "EmDiaSandbox"
    sys_version = ""

    def do_GET(self) -> None:
        """Controls and pages."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Providers, controls and the buttons of the pages."""
        self._take_body()

    def do_PUT(self) -> None:
        """Banks."""
        self._take_body()

    def do_PATCH(self) -> None:
        """Banks."""
        self._take_body()

    def _take_body(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self.close_connection = True
            self._json(413, {"message": "Request is too large."})
            return
        self._answer(self.rfile.read(length))

    def do_DELETE(self) -> None:
        """Controls."""
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query))
        if self._of_a_service(url.path, query, body):
            return
        if _OF_THE_DOMAIN.match(url.path):
            self._reply(forward(self.domain, self.command, self.path, self.headers.get("Content-Type", ""), body))
        elif not self._from_here():
            self._json(403, {"message": "The sandbox answers pages of its own address only."})
        elif url.path.startswith("/_sandbox/"):
            self._control(url.path, query, body)
        elif url.path.startswith("/carta"):
            self._reply(self.letter_pages.answer(self.command, url.path, query, body))
        elif url.path.startswith("/telefone"):
            self._reply(self.phone_pages.answer(self.command, url.path, query, body))
        elif url.path.startswith("/banco"):
            self._reply(self.bank_pages.answer(self.command, url.path, query, body))
        else:
            self._reply(self.pages.answer(self.command, url.path, query))

    def _of_a_service(self, path: str, query: Mapping[str, str], body: bytes) -> bool:
        """Answer what programs ask of a provider, a bank or an ERP; False for anything else."""
        if path in ses_answer.PARSERS and self.command == "POST":
            self._ses(path, body)
        elif target := self.headers.get("X-Amz-Target"):
            self._phone(lambda signed: sms_voice.answer(self.carrier, target, signed, body))
        elif path in (social.SEND, social.LIST):
            self._phone(lambda signed: social.answer(self.carrier, path, query, signed, body))
        elif path.startswith(OF_THE_BANK):
            self._json(*self.teller.ask(self.command, self.path, dict(self.headers), body))
        elif path.startswith(OF_THE_ERP) and self.command == "POST":
            self._hear(path.removeprefix(OF_THE_ERP), body)
        else:
            return False
        return True

    def _from_here(self) -> bool:
        """No page elsewhere may press our buttons, by a form of its own or by a name it points at loopback."""
        port = self.connection.getsockname()[1]
        own = {f"{LOOPBACK}:{port}", f"localhost:{port}"}
        origin = self.headers.get("Origin")
        return self.headers.get("Host") in own and (origin is None or urlsplit(origin).netloc in own)

    def _control(self, path: str, query: Mapping[str, str], body: bytes) -> None:
        try:
            told = json.loads(body) if body else None
        except ValueError:
            self._json(400, {"message": "the body is not JSON"})
            return
        if path.startswith(phone_control.PREFIX):
            self._json(*phone_control.control(self.carrier, self.command, path, query, told))
        elif path.startswith(money_control.PREFIXES):
            self._json(*money_control.control(self.teller, self.erp, self.command, path, told))
        else:
            self._json(*control(self.office, self.command, path, query, told))

    def _hear(self, operator: str, body: bytes) -> None:
        status = self.erp.hear(operator, dict(self.headers), body)
        if status is None:
            self.close_connection = True
        else:
            self._json(status, {})

    def _phone(self, asked: Callable[[str], object | None]) -> None:
        try:
            answer = asked(self.headers.get("Authorization", ""))
        except WireError as error:
            self._json(error.status, error.document, {"x-amzn-ErrorType": error.kind})
            return
        if answer is None:
            self.close_connection = True
        else:
            self._json(200, answer)

    def _ses(self, path: str, body: bytes) -> None:
        try:
            answer = ses_answer.answer(self.office, path, self.headers.get("Authorization", ""), body)
        except ses.SesError as error:
            self._json(error.status, {"message": error.message}, {"x-amzn-ErrorType": error.kind})
            return
        if answer is None:
            self.close_connection = True
        else:
            self._json(200, answer)

    def _json(self, status: int, value: object, headers: Mapping[str, str] | None = None) -> None:
        body = json.dumps(value, ensure_ascii=False).encode()
        self._reply(Reply(status, body, {"Content-Type": _JSON} | dict(headers or {})))

    def _reply(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
        """Say nothing: at two requests a mail the console would be unreadable."""
