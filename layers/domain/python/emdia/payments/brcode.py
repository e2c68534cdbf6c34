"""BR Code: the text behind a Pix QR code (EMV merchant-presented mode, as the Banco Central profiles it).

A field is two digits of id, two of length in characters, and its value; the last one is a CRC-16 over all before it.
Source: Manual de Padrões para Iniciação do Pix; EMVCo QR Code Specification for Payment Systems, MPM 1.1.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from emdia.errors import Rejected
from emdia.protocols.answers import plain

_GUI = "br.gov.bcb.pix"
_NAME_MAX, _CITY_MAX, _FIELD_MAX = 25, 15, 99
_NOT_PRINTED = re.compile(r"[^A-Za-z0-9 $%*+\-./:]")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
# By the URL the payer's bank reads amount, date and charges: the code itself carries none of them.
_TXID_IN_URL = "***"


@dataclass(frozen=True, slots=True)
class DynamicCode:
    """What a dynamic code says: where the charge is read, and who receives."""

    url: str  # without scheme, as the bank's location gives it
    name: str
    city: str


def dynamic_code(location: str, name: str, city: str) -> str:
    """The code of the charge at `location`, with the receiver's name and city as printed on a till's screen.

    Name and city lose accents and what exceeds 25 and 15 characters. Raises Rejected: `brcode-location-invalid`
    for a location that is empty or too long, `brcode-receiver-invalid` for a name or city of which nothing is left.
    """
    url = _SCHEME.sub("", location.strip())
    account = _field("00", _GUI) + _field("25", url) if url else ""
    if not url or not url.isascii() or len(account) > _FIELD_MAX:
        raise Rejected("brcode-location-invalid")
    fields = (
        ("00", "01"),
        ("01", "12"),  # to be paid once
        ("26", account),
        ("52", "0000"),
        ("53", "986"),
        ("58", "BR"),
        ("59", _printed(name, _NAME_MAX)),
        ("60", _printed(city, _CITY_MAX)),
        ("62", _field("05", _TXID_IN_URL)),
    )
    text = "".join(_field(id_, value) for id_, value in fields) + "6304"
    return text + crc16(text.encode())


def read_dynamic_code(text: str) -> DynamicCode:
    """What a dynamic code says. Raises Rejected `brcode-malformed` for broken fields, a wrong CRC or another scheme."""
    try:
        whole = text[-8:-4] == "6304" and crc16(text[:-4].encode("ascii")) == text[-4:]
        fields = dict(_fields(text[:-8]))
        account = dict(_fields(fields["26"]))
        ours = (fields["00"], account["00"].lower()) == ("01", _GUI)
        read = DynamicCode(account["25"], fields["59"], fields["60"])
    except (KeyError, ValueError):
        raise Rejected("brcode-malformed") from None
    if not whole or not ours:
        raise Rejected("brcode-malformed")
    return read


def crc16(data: bytes) -> str:
    """CRC-16/CCITT-FALSE (polynomial 1021, initial FFFF), four hex digits.

    >>> crc16(b"123456789")
    '29B1'
    """
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
        crc &= 0xFFFF
    return f"{crc:04X}"


def _field(id_: str, value: str) -> str:
    return f"{id_}{len(value):02d}{value}"


def _fields(text: str) -> Iterator[tuple[str, str]]:
    while text:
        size = int(text[2:4])
        if len(text) < 4 + size:
            raise ValueError("length")
        yield text[:2], text[4 : 4 + size]
        text = text[4 + size :]


def _printed(text: str, most: int) -> str:
    said = _NOT_PRINTED.sub("", plain(text).upper())[:most].strip()
    if not said:
        raise Rejected("brcode-receiver-invalid")
    return said
