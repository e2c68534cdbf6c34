"""What a printed letter says, before anybody draws it (letter_page.py). Holds personal data: never log it."""

from dataclasses import dataclass

from emdia.errors import Rejected
from emdia.portfolio.contract import Address, Operator


@dataclass(frozen=True, slots=True)
class Table:
    """An itemised table: heads, rows of as many cells, and a closing row in bold (none: empty)."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter. Texts are plain; `body` is drawn in its order.

    `reference` is what the barcode in the window says (ASCII, at most 24 characters): it matches sheet, envelope and
    AR at the print shop, and names nobody. `sender` is shown at the head of the first page and the foot of every page.
    """

    reference: str
    sender: tuple[str, ...]
    address: tuple[str, ...]
    place_and_date: str
    subject: str
    body: tuple[str | Table, ...]


def sender_of(operator: Operator, cnpj: str) -> tuple[str, ...]:
    """Who writes, as CDC art. 42-A asks: name, address, CNPJ (masked); and the register at ANS."""
    return (operator.name, operator.address, f"CNPJ {cnpj} · Registro ANS nº {operator.ans}")


def address_lines(name: str, address: Address) -> tuple[str, ...]:
    """The block of the window: name, street, district, postal code and city (Correios' order).

    Raises Rejected `address-incomplete` with the field that is missing.
    """
    for field in ("street", "city", "uf", "postal_code"):
        if not getattr(address, field).strip():
            raise Rejected("address-incomplete", f"/address/{field}")
    if not name.strip():
        raise Rejected("address-incomplete", "/holder/name")
    number = f", {address.number}" if address.number else ", s/nº"
    complement = f" – {address.complement}" if address.complement else ""
    digits = address.postal_code.replace("-", "")
    code = f"{digits[:5]}-{digits[5:]}"
    lines = (name, f"{address.street}{number}{complement}", address.district, f"{code} {address.city}/{address.uf}")
    return tuple(" ".join(line.split()) for line in lines if line.strip())
