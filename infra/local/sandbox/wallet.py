"""A person pays what a message asks: opens the page behind its link, and pays each Pix code that the page shows."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from infra.local.sandbox.domain import forward
from infra.local.sandbox.teller import NotPaidError, Pix, Teller

_PAGE = re.compile(r"/p/[A-Za-z0-9_-]+")
_SECTION = re.compile(r"<section>(.*?)</section>", re.DOTALL)
_HEADING = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
_CODE = re.compile(r'<p class="code"[^>]*>(00020[^<]+)</p>')


@dataclass(frozen=True)
class Offer:
    """One code on a page, and the heading it stands under."""

    heading: str
    code: str


def payable(link: str) -> bool:
    """Whether a link leads to a page of what is owed."""
    return _PAGE.fullmatch(urlsplit(link).path) is not None


def offers(html: str) -> Sequence[Offer]:
    """The Pix codes of a page of what is owed, from its words alone."""
    found = []
    for section in _SECTION.findall(html):
        heading, code = _HEADING.search(section), _CODE.search(section)
        if heading and code:
            found.append(Offer(unescape(heading[1]).strip(), unescape(code[1])))
    return found


class Wallet:
    """`domain` is where the product's pages are. A page that cannot be opened shows nothing."""

    def __init__(self, teller: Teller, domain: str) -> None:
        self._teller, self._domain = teller, domain

    def open(self, link: str) -> Sequence[Offer]:
        """What the page behind `link` asks for by Pix. Raises OSError when nobody answers."""
        reply = forward(self._domain, "GET", urlsplit(link).path, "", b"")
        return offers(reply.body.decode()) if reply.status == 200 else []

    def pay(self, link: str, headings: Collection[str] | None = None) -> dict[str, Pix]:
        """Pay what the page asks, or what of it stands under `headings`; what was paid, by heading.

        A code that is no charge of a bank here (the ERP's own) is not paid. Raises OSError.
        """
        paid: dict[str, Pix] = {}
        for one in self.open(link):
            if headings is None or one.heading in headings:
                try:
                    paid[one.heading] = self._teller.pay(one.code)
                except NotPaidError:
                    continue
        return paid
