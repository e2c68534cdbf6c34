"""A reply: what a person writes to us on a channel, as its provider hands it over."""

from dataclasses import dataclass, field
from datetime import datetime

from emdia.portfolio.contract import Channel


@dataclass(frozen=True, slots=True)
class Reply:
    """One message of a person. `to` is our sender on the channel, `at` UTC.

    `phone` (E.164) and `text` are personal: `repr` never shows them. `text` is "" for what is no text
    (a picture, a voice).
    """

    channel: Channel
    to: str
    phone: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime
    provider_id: str


@dataclass(frozen=True, slots=True)
class TemplateTold:
    """Meta says how a template stands: "" for what it did not say. `to` names the operator's numbers."""

    to: tuple[str, ...]
    name: str
    status: str
    category: str
    at: datetime
