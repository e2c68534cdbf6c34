"""Posts to an ERP's endpoint over HTTPS (ports.Webhook): one attempt, no redirect, never to an internal address.

The name is resolved first and the connection goes to the very address that was judged: a name that answers
otherwise the second time leads nowhere.
"""

import ipaddress
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3

from emdia.errors import Rejected
from emdia.ports import Posted

SECONDS = 10.0
LONGEST_URL = 2000
_READ = 4096  # of an answer: enough to see that it is a web page
Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """Addresses of `host`. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def parse_endpoint(url: str, *, local: bool, pointer: str = "/url") -> str:
    """An endpoint's address as it may be called. `local`: the laptop's stage, whose ERP listens on loopback.

    Raises Rejected `endpoint-invalid` for anything but `https://host[:port]/path`, with a user, or too long.
    """
    parts = urlsplit(url)
    schemes = ("https", "http") if local else ("https",)
    try:
        sound = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if not sound or parts.username or parts.fragment or len(url) > LONGEST_URL or not url.isascii():
        raise Rejected("endpoint-invalid", pointer)
    return url


@dataclass(frozen=True)
class HttpWebhook:
    """`local`: see `parse_endpoint`; `find` resolves names."""

    local: bool = False
    find: Resolve = resolve

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Posted:
        """See ports.Webhook."""
        parts = urlsplit(parse_endpoint(url, local=self.local))
        host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
        try:
            addresses = self.find(host, port)
        except OSError:
            return Posted(ok=False, status=0, reason="name-unknown")
        if not addresses or not all(self._outside(address) for address in addresses):
            return Posted(ok=False, status=0, reason="address-internal")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            return self._ask(parts.scheme, host, addresses[0], port, path, headers, body)
        except urllib3.exceptions.SSLError:
            return Posted(ok=False, status=0, reason="tls-failed")
        except urllib3.exceptions.HTTPError as error:
            # The library counts a refused connection among the late ones.
            refused = isinstance(error, urllib3.exceptions.NewConnectionError)
            late = isinstance(error, urllib3.exceptions.TimeoutError) and not refused
            return Posted(ok=False, status=0, reason="timed-out" if late else "not-reached")

    def _outside(self, address: str) -> bool:
        found = ipaddress.ip_address(address)
        mapped = getattr(found, "ipv4_mapped", None)
        found = mapped or found
        return (found.is_global and not found.is_multicast) or (self.local and found.is_loopback)

    def _ask(
        self, scheme: str, host: str, address: str, port: int, path: str, headers: Mapping[str, str], body: bytes
    ) -> Posted:
        timeout = urllib3.Timeout(connect=SECONDS / 2, read=SECONDS)
        pool: urllib3.HTTPConnectionPool
        if scheme == "https":
            pool = urllib3.HTTPSConnectionPool(
                address, port, timeout=timeout, server_hostname=host, assert_hostname=host
            )
        else:
            pool = urllib3.HTTPConnectionPool(address, port, timeout=timeout)
        told = {**headers, "host": host if port in (80, 443) else f"{host}:{port}"}
        with pool:
            answer = pool.urlopen(
                "POST", path, body=body, headers=told, redirect=False, retries=False, preload_content=False
            )
            page = answer.read(_READ, decode_content=True).lstrip()[:200].lower()
            answer.release_conn()
        status = int(answer.status)
        if 200 <= status < 300:
            # Portals and gateways answer 200 with their error page: nothing behind them has heard anything.
            if page.startswith((b"<!doctype", b"<html")):
                return Posted(ok=False, status=status, reason="web-page")
            return Posted(ok=True, status=status)
        reason = "redirected" if 300 <= status < 400 else f"http-{status}"
        return Posted(ok=False, status=status, reason=reason, gone=status == 410)
