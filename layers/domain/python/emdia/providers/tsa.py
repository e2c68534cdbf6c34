"""Time-stamping authorities over HTTP (RFC 3161 §3.4): any that speaks the protocol, ICP-Brasil's among them."""

import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Final

from emdia.audit.stamp import Stamp, StampRefusedError, check_stamp, query_for
from emdia.errors import TryLater

QUERY: Final = "application/timestamp-query"
REPLY: Final = "application/timestamp-reply"
MAX_REPLY: Final = 64 * 1024  # a stamp with its chain has a few thousand bytes
_TIMEOUT: Final = 15  # seconds


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else than it was told: the address is configuration, and a credential may travel with it."""

    def redirect_request(self, *_: object) -> None:
        """None: the redirect is an answer like any other that is no stamp."""


@dataclass(frozen=True)
class HttpAuthority:
    """`url` takes queries; `roots`: PEM certificates its chain must end in; `authorization`: a header, "" for none."""

    url: str
    roots: bytes
    authorization: str = field(default="", repr=False)

    def stamp(self, data: bytes) -> Stamp:
        """See audit.stamp.StampAuthority. One attempt: whoever calls comes again."""
        query = query_for(data)
        token = self._ask(query.body)
        return Stamp(token, self.roots, check_stamp(token, data, self.roots, query.nonce))

    def _ask(self, query: bytes) -> bytes:
        headers = {"Content-Type": QUERY, "Accept": REPLY, "User-Agent": "emdia"}
        if self.authorization:
            headers["Authorization"] = self.authorization
        request = urllib.request.Request(self.url, query, headers, method="POST")  # noqa: S310  http(s), as configured
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=_TIMEOUT) as answer:
                kind = answer.headers.get_content_type()
                body = bytes(answer.read(MAX_REPLY + 1))
        except urllib.error.HTTPError as error:
            error.close()
            if error.code >= 500 or error.code == 429:
                raise TryLater(f"time-stamping authority: status {error.code}") from None
            raise StampRefusedError(f"the authority answered with status {error.code}") from None
        except (OSError, HTTPException) as error:
            raise TryLater(f"time-stamping authority: {type(error).__name__}") from error
        if kind != REPLY or len(body) > MAX_REPLY:
            raise StampRefusedError("the authority's answer is no time stamp")
        return body
