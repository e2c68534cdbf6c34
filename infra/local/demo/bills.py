"""Monthly fees and the codes they are paid with, well-formed as a bank would want them."""

from dataclasses import dataclass
from datetime import date
from zlib import crc32


@dataclass(frozen=True, slots=True)
class Bill:
    """One monthly fee in the ERP's books. `amount` in centavos; `issued_on`: the day the ERP tells of it."""

    number: str
    account: str
    reference: str
    due_on: date
    issued_on: date
    amount: int
    pix: str
    digitable_line: str


def make_bill(account: str, due_on: date, issued_on: date, amount: int, bank: str = "001") -> Bill:
    """The fee of `account` for the month of `due_on`."""
    reference = f"{due_on:%Y-%m}"
    number = f"F{account}-{due_on:%Y%m}"
    return Bill(
        number=number,
        account=account,
        reference=reference,
        due_on=due_on,
        issued_on=issued_on,
        amount=amount,
        pix=br_code(f"EMDIA{crc32(number.encode()):010d}{account:0>10}"[:25], amount),
        digitable_line=boleto_line(bank, due_on, amount, crc32(number.encode())),
    )


def br_code(txid: str, amount: int) -> str:
    """A static Pix BR Code (EMV tags, CRC-16/CCITT-FALSE over everything before its four digits)."""
    key = _tag("00", "br.gov.bcb.pix") + _tag("01", "cobranca@operadora.example")
    body = (
        _tag("00", "01")
        + _tag("26", key)
        + _tag("52", "0000")
        + _tag("53", "986")
        + _tag("54", f"{amount // 100}.{amount % 100:02d}")
        + _tag("58", "BR")
        + _tag("59", "OPERADORA DE EXEMPLO")
        + _tag("60", "SAO PAULO")
        + _tag("62", _tag("05", txid))
        + "6304"
    )
    return f"{body}{_crc16(body.encode()):04X}"


def _tag(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}"


def _crc16(data: bytes) -> int:
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def boleto_line(bank: str, due_on: date, amount: int, free: int) -> str:
    """The 47 digits under a boleto's bars.

    Three fields with a modulo-10 digit each, the modulo-11 digit of the bar code, due factor and amount. The due
    factor restarted at 1000 on 22 February 2025 (FEBRABAN).
    """
    factor = 1000 + (due_on - date(2025, 2, 22)).days
    free_field = f"{free:025d}"
    tail = f"{factor:04d}{amount:010d}"
    digit = _modulo_11(f"{bank}9{tail}{free_field}")
    fields = (f"{bank}9{free_field[:5]}", free_field[5:15], free_field[15:])
    return "".join(f"{field}{_modulo_10(field)}" for field in fields) + f"{digit}{tail}"


def _modulo_10(digits: str) -> int:
    products = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits)))
    return -sum(product // 10 + product % 10 for product in products) % 10


def _modulo_11(digits: str) -> int:
    rest = sum(int(digit) * (2 + place % 8) for place, digit in enumerate(reversed(digits))) % 11
    digit = 11 - rest
    return 1 if digit in (0, 10, 11) else digit
