"""The print shop: whoever prints and posts an operator's letters, and tells the product what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Protocol

MADE, POSTED, RETURNED, DELIVERED = "made", "posted", "returned", "delivered"
# In the post's words (Correios, "motivos de devolução").
REASONS = ("Mudou-se", "Endereço insuficiente", "Não existe o número", "Desconhecido", "Recusado", "Ausente")


class ShopRefusedError(Exception):
    """The product refused what the shop asked or told; the message is the product's own."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as the product lists it. `posting`: how far it has come; `object`: the post's number, "" before."""

    operator: str
    reference: str
    posting: str
    object: str
    registered: bool


class Shop(Protocol):
    """One operator's printer, by the product's own ways. All raise ShopRefusedError."""

    @property
    def name(self) -> str:
        """The operator's."""

    def letters(self, day: date) -> Sequence[Letter]:
        """The run of a day, nobody's data."""

    def fetch(self, day: date) -> Mapping[str, bytes]:
        """Close the run of a day that is over; its letters as PDF, by reference."""

    def tell(self, event: Mapping[str, str]) -> str:
        """Say what became of a letter, by a signed call: "applied", "repeated" or "parked"."""


def object_of(reference: str) -> str:
    """The number that this post gives a letter: two letters, nine digits, BR (UPU S10).

    >>> object_of("261015ABABABABABABABAB") == object_of("261015ABABABABABABABAB")
    True
    """
    return f"YJ{int(sha256(reference.encode()).hexdigest(), 16) % 10**9:09d}BR"
