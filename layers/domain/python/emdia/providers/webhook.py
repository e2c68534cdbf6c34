"""Posts to an ERP's endpoint over HTTPS (ports.Webhook): one attempt, no redirect, never to an internal address.

The name is resolved first and the connection goes to the very address that was judged: a name that answers
otherwise the second time leads nowhere. The ten seconds are those of the whole call: a client of HTTP that counts them
for each read would be held for hours by who sends a byte at a time.
"""

import io
import ipaddress
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urlsplit

from emdia.errors import Rejected
from emdia.ports import TIMED_OUT, Posted, Stopwatch

SECONDS = 10.0
LONGEST_URL = 2000
_READ = 4096  # of an answer: enough to see that it is a web page
Resolve = Callable[[str, int], list[str]]
# The public Internet's IPv6, without what only wraps an IPv4 address (Teredo, 6to4): where that ends it does not say.
_PUBLIC = ipaddress.IPv6Network("2000::/3")
_WRAPPED = ipaddress.IPv6Network("2001::/32"), ipaddress.IPv6Network("2002::/16")


def resolve(host: str, port: int) -> list[str]:
    """Addresses of `host`. Raises OSError; UnicodeError for what can be no name."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def parse_endpoint(url: str, *, local: bool, pointer: str = "/url") -> str:
    """An endpoint's address as it may be called. `local`: the laptop's stage, whose ERP listens on loopback.

    Raises Rejected `endpoint-invalid` for anything but `https://host[:port]/path`, with a user, a space, or too long.
    """
    schemes = ("https", "http") if local else ("https",)
    try:
        parts = urlsplit(url)
        sound = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        raise Rejected("endpoint-invalid", pointer) from None
    plain = url.isascii() and url.isprintable() and " " not in url
    if not sound or not plain or parts.username or parts.fragment or len(url) > LONGEST_URL:
        raise Rejected("endpoint-invalid", pointer)
    return url


class _Line(io.RawIOBase):
    """A connection that ends at a moment, however its other side spreads what it says; as `http.client` uses one."""

    def __init__(self, connected: socket.socket, left: Stopwatch) -> None:
        super().__init__()
        self._connected, self._left = connected, left

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, into: bytearray | memoryview) -> int:  # type: ignore[override]
        """What came next. Raises TimeoutError once the time is over."""
        self._connected.settimeout(self._left())
        return self._connected.recv_into(into)

    def sendall(self, data: bytes) -> None:
        """Send. Raises TimeoutError once the time is over."""
        self._connected.settimeout(self._left())
        self._connected.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """To read from; it stays open when this is closed, as a socket's does."""
        return io.BufferedReader(_Line(self._connected, self._left))


@dataclass(frozen=True)
class HttpWebhook:
    """`local`: see `parse_endpoint`; `find` resolves names; `seconds` is the time of a call, by `stopwatch`."""

    local: bool = False
    find: Resolve = resolve
    seconds: float = SECONDS
    stopwatch: Stopwatch = time.monotonic

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Posted:
        """See ports.Webhook."""
        parts = urlsplit(parse_endpoint(url, local=self.local))
        host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
        try:
            addresses = self.find(host, port)
        except (OSError, UnicodeError):
            return Posted(ok=False, status=0, reason="name-unknown")
        if not addresses or not all(self._outside(address) for address in addresses):
            return Posted(ok=False, status=0, reason="address-internal")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        name = f"[{host}]" if ":" in host else host
        told = {**headers, "host": name if port in (80, 443) else f"{name}:{port}", "connection": "close"}
        try:
            return self._ask(host if parts.scheme == "https" else "", addresses[0], port, path, told, body)
        except ssl.SSLError:
            return Posted(ok=False, status=0, reason="tls-failed")
        except TimeoutError:
            return Posted(ok=False, status=0, reason=TIMED_OUT)
        except (OSError, HTTPException):
            return Posted(ok=False, status=0, reason="not-reached")

    def _outside(self, address: str) -> bool:
        found = ipaddress.ip_address(address)
        if self.local and found.is_loopback:
            return True
        if isinstance(found, ipaddress.IPv6Address):
            if found.ipv4_mapped is None and (found not in _PUBLIC or any(found in some for some in _WRAPPED)):
                return False
            found = found.ipv4_mapped or found
        return found.is_global and not found.is_multicast

    def _ask(
        self, certified: str, address: str, port: int, path: str, headers: Mapping[str, str], body: bytes
    ) -> Posted:
        """`certified`: the name that the certificate must bear; "" without TLS."""
        end = self.stopwatch() + self.seconds

        def left() -> float:
            seconds = end - self.stopwatch()
            if seconds <= 0:
                raise TimeoutError
            return seconds

        connected = socket.create_connection((address, port), timeout=self.seconds / 2)
        try:
            if certified:
                connected.settimeout(left())
                connected = ssl.create_default_context().wrap_socket(connected, server_hostname=certified)
            connection = HTTPConnection(address, port)
            connection.sock = _Line(connected, left)
            connection.request("POST", path, body, dict(headers))
            return _judged(connection.getresponse())
        finally:
            connected.close()


def _judged(answer: HTTPResponse) -> Posted:
    status = answer.status
    if 200 <= status < 300:
        # Portals and gateways answer 200 with their error page: nothing behind them has heard anything.
        if _is_page(answer.read(_READ), answer.headers.get("content-encoding", "")):
            return Posted(ok=False, status=status, reason="web-page")
        return Posted(ok=True, status=status)
    reason = "redirected" if 300 <= status < 400 else f"http-{status}"
    return Posted(ok=False, status=status, reason=reason, gone=status == 410)


def _is_page(said: bytes, encoding: str) -> bool:
    """Whether an answer is a page for people, packed or not. Its type proves nothing: PHP calls an "ok" HTML."""
    if encoding:
        try:
            said = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(said, _READ)
        except zlib.error:
            return False
    start = said.removeprefix(b"\xef\xbb\xbf").lstrip()[:1000].lower()
    return start.startswith(b"<") and (b"<!doctype html" in start or b"<html" in start)
