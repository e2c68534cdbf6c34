"""A reply: what a person writes to us on a channel, as its provider hands it over."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from emdia.portfolio.contract import Channel

# Bytes of a message's words, as JSON, that are kept: people can write sixty thousand characters, and a fact holds half
# as many bytes. What is longer would halt the queue, and nobody would be heard.
KEPT_BYTES = 30_000


def kept(text: str) -> str:
    """`text`, or as much of its beginning as is kept, with a note of how long it was.

    Half of a character that a provider has cut in two is a question mark: such a text can be neither stored nor hashed.

    >>> kept("Olá")
    'Olá'
    """
    whole = text.encode("utf-8", "replace").decode()
    if _bytes(whole) <= KEPT_BYTES:
        return whole
    few, many = 0, min(len(whole), KEPT_BYTES)
    while few < many:
        middle = (few + many + 1) // 2
        few, many = (middle, many) if _bytes(whole[:middle]) <= KEPT_BYTES else (few, middle - 1)
    return f"{whole[:few]}\n[...] A mensagem tinha {len(whole)} caracteres."


def _bytes(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode())


@dataclass(frozen=True, slots=True)
class Reply:
    """One message of a person. `to` is our sender on the channel, `at` UTC.

    `phone` (E.164) and `text` are personal: `repr` never shows them. `media`: a picture, a voice, a file came; then
    `text` is what was written beside it, or "". Media are never fetched: however large one is, we know that it came.
    """

    channel: Channel
    to: str
    phone: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime
    provider_id: str
    media: bool = False


@dataclass(frozen=True, slots=True)
class TemplateTold:
    """Meta says how a template stands: "" for what it did not say. `to` names the operator's numbers."""

    to: tuple[str, ...]
    name: str
    status: str
    category: str
    at: datetime
