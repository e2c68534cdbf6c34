"""The sandbox as a server on loopback: the providers, the controls, and people's mailboxes and phones on one port."""

import json
import logging
import re
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from infra.local.sandbox import phone_control, ses, sms_voice, social
from infra.local.sandbox.behaviour import Behaviour
from infra.local.sandbox.carrier import Carrier
from infra.local.sandbox.control import control
from infra.local.sandbox.domain import forward
from infra.local.sandbox.faults import carried
from infra.local.sandbox.letter_pages import LetterPages
from infra.local.sandbox.owners import OwnersBehaviour
from infra.local.sandbox.pages import Pages, Reply
from infra.local.sandbox.phone_pages import PhonePages
from infra.local.sandbox.post_office import PostOffice
from infra.local.sandbox.topic import Topic, Topics
from infra.local.sandbox.wire import WireError

LOOPBACK = "127.0.0.1"
MAX_BODY = 40 * 1024 * 1024  # SES's own limit for a message
TICK = 0.5
_LOG = logging.getLogger("sandbox")
_JSON = "application/json"
_OF_THE_DOMAIN = re.compile(r"/[a-z]/[^/]+$")  # pages behind the links of messages: /p/{token}, /u/{token} ...
_PARSERS = {
    "/v2/email/outbound-bulk-emails": ses.parse_bulk,
    "/v2/email/outbound-emails": ses.parse_single,
}


class Sandbox:
    """The providers and what people have of them. `office` (mail) and `carrier` (phones) are the world behind the port.

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
        port: int = 0,
        ticking: bool = True,
    ) -> None:
        self.office = PostOffice(topic, behaviour)
        self.carrier = Carrier(self.office.now, self.office.arrivals, phone_topics, owners)
        world: dict[str, object] = {"office": self.office, "carrier": self.carrier, "pages": Pages(self.office)}
        self.letters = LetterPages(self.office.now)
        world["letter_pages"] = self.letters
        handler = type("BoundHandler", (_Handler,), world | {"phone_pages": PhonePages(self.carrier), "domain": domain})
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
    domain: str
    pages: Pages
    letter_pages: LetterPages
    phone_pages: PhonePages
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
        if url.path in _PARSERS and self.command == "POST":
            self._ses(url.path, body)
        elif target := self.headers.get("X-Amz-Target"):
            self._phone(lambda signed: sms_voice.answer(self.carrier, target, signed, body))
        elif url.path in (social.SEND, social.LIST):
            self._phone(lambda signed: social.answer(self.carrier, url.path, query, signed, body))
        elif _OF_THE_DOMAIN.match(url.path):
            self._reply(forward(self.domain, self.command, self.path, self.headers.get("Content-Type", ""), body))
        elif not self._from_here():
            self._json(403, {"message": "The sandbox answers pages of its own address only."})
        elif url.path.startswith("/_sandbox/"):
            self._control(url.path, query, body)
        elif url.path.startswith("/carta"):
            self._reply(self.letter_pages.answer(self.command, url.path, query, body))
        elif url.path.startswith("/telefone"):
            self._reply(self.phone_pages.answer(self.command, url.path, query, body))
        else:
            self._reply(self.pages.answer(self.command, url.path, query))

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
        else:
            self._json(*control(self.office, self.command, path, query, told))

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
            answer = self._spoken(path, body)
        except ses.SesError as error:
            self._json(error.status, {"message": error.message}, {"x-amzn-ErrorType": error.kind})
            return
        if answer is None:
            self.close_connection = True
        else:
            self._json(200, answer)

    def _spoken(self, path: str, body: bytes) -> object:
        """What SES answers; None for the connection that is dropped without a word. Raises SesError."""
        ses.check_signed(self.headers.get("Authorization", ""))
        throttled = ses.SesError(429, "TooManyRequestsException", "Maximum sending rate exceeded.")
        broken = ses.SesError(500, "InternalServiceErrorException", "Service failure.")
        mails = _PARSERS[path]
        results = carried(self.office.faults, lambda: [self._take(one) for one in mails(body)], throttled, broken)
        if results is None:
            return None
        if path.endswith("bulk-emails"):
            return {"BulkEmailEntryResults": results}
        if results[0]["Status"] != "SUCCESS":
            raise ses.SesError(400, "MessageRejected", results[0]["Error"])
        return {"MessageId": results[0]["MessageId"]}

    def _take(self, asked: ses.Outgoing) -> Mapping[str, str]:
        refused = self.office.faults.take("status", asked.to)
        if refused:
            return {"Status": refused.status, "Error": "as told by the sandbox's controls"}
        return {"Status": "SUCCESS", "MessageId": self.office.accept(asked)}

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
