"""The page that holds what a short message leaves out: its secret address, and until when it can be read."""

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from emdia.compliance.norms import gone_after
from emdia.errors import Rejected
from emdia.messages.outreach import Outreach
from emdia.state import Ref, State, page_ref, pages_revoked_ref

# A step's words are true for the day; whoever finds the message a month later is told to ask the operator.
LIFE = timedelta(days=30)
# 96 bits: whoever tries a thousand a second finds one in a million years. An SMS has no room for more.
SECRET = 12
TOKEN_LENGTH = 22
_TOKEN = re.compile(r"([0-9]{6})([A-Za-z0-9_-]{16})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(State):
    """Known by the hash of its secret: who reads the table cannot open the page."""

    key: str
    contract: str
    outreach: str
    holder_key: str
    until: datetime  # UTC

    @property
    def ref(self) -> Ref:
        """See State."""
        return page_ref(self.key)

    @property
    def expires(self) -> datetime | None:
        """See State."""
        return gone_after("page", self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesRevoked(State):
    """A person of the operator closed all pages of a contract that had been made by `at` (UTC); later ones open."""

    contract: str
    at: datetime

    @property
    def ref(self) -> Ref:
        """See State."""
        return pages_revoked_ref(self.contract)

    def closes(self, page: Page) -> bool:
        """Whether `page` was made by then."""
        return page.until <= self.at + LIFE


def fresh_page(ans: str, outreach: Outreach, secret_bytes: bytes, now: datetime) -> tuple[str, Page]:
    """A token nobody can guess, made of SECRET unpredictable bytes, and the item it is found by."""
    secret = urlsafe_b64encode(secret_bytes).decode()
    contract, holder = outreach.contract, outreach.holder_key
    page = Page(key=_key(secret), contract=contract, outreach=outreach.id, holder_key=holder, until=now + LIFE)
    return f"{ans}{secret}", page


def open_page(token: str) -> tuple[str, Ref]:
    """The operator's register and where the page is kept. Raises Rejected `token-invalid`."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise Rejected("token-invalid")
    return found[1], page_ref(_key(found[2]))


def _key(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
