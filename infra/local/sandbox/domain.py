"""An operator's own domain on this machine: short links that lead to the product's pages."""

import http.client
from collections.abc import Mapping
from urllib.parse import urlsplit

from infra.local.sandbox.pages import Reply, missing

_TIMEOUT = 60
_KEPT = frozenset({"content-type", "content-security-policy", "cache-control", "referrer-policy", "location", "allow"})


def forward(domain: str, method: str, path: str, content_type: str, body: bytes) -> Reply:
    """What the API at `domain` answers to the request for `path`; not found when there is no API."""
    if not domain:
        return missing()
    address = urlsplit(domain)
    connection = http.client.HTTPConnection(address.netloc, timeout=_TIMEOUT)
    try:
        headers: Mapping[str, str] = {"Content-Type": content_type} if content_type else {}
        connection.request(method, address.path.rstrip("/") + path, body, headers)
        answer = connection.getresponse()
        kept = {name: value for name, value in answer.getheaders() if name.lower() in _KEPT}
        return Reply(answer.status, answer.read(), kept)
    finally:
        connection.close()
