"""Who somebody is: registers, numbers and addresses, parsed once at the door and then trusted.

Every `parse_*` takes text from outside and the JSON pointer where it stood, and gives the one canonical
spelling, or raises Rejected with a stable code. The text itself never enters the error: it is personal data.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NewType

from emdia.errors import Rejected

Ans = NewType("Ans", str)  # register of the operator at ANS, 6 digits
Cpf = NewType("Cpf", str)  # 11 digits, no mask
Cnpj = NewType("Cnpj", str)  # 12 of [0-9A-Z] and 2 check digits, no mask
Phone = NewType("Phone", str)  # E.164, +55...
Email = NewType("Email", str)  # ASCII, domain in lower case
IbgeMunicipality = NewType("IbgeMunicipality", str)  # 7 digits

# ASCII classes on purpose: \d would let Arabic and other digits pass, and they do not compare equal.
_ANS = re.compile(r"[0-9]{6}")
_CPF = re.compile(r"[0-9]{11}|[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}")
_CNPJ = re.compile(
    r"[0-9A-Za-z]{12}[0-9]{2}|[0-9A-Za-z]{2}\.[0-9A-Za-z]{3}\.[0-9A-Za-z]{3}/[0-9A-Za-z]{4}-[0-9]{2}",
)
_MASK = str.maketrans("", "", ".-/")
# Letters are refused before the phone library sees them: it would read a number in "0800 FLOWERS".
_PHONE = re.compile(r"\+?[0-9()\-. ]{8,24}")
_BRAZIL = 55
# A dot-atom local part and a registrable domain. Quoted parts, comments, address literals and non-ASCII are
# legal mail, but no register holds them on purpose and each opens a way to inject a header.
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])",
)
_EMAIL_LOCAL_MAX, _EMAIL_MAX = 64, 254  # octets, RFC 5321 §4.5.3.1
_IBGE = re.compile(r"[0-9]{7}")

# State of the first two digits of an IBGE code.
UF_OF_PREFIX: Mapping[str, str] = {
    "11": "RO", "12": "AC", "13": "AM", "14": "RR", "15": "PA", "16": "AP", "17": "TO",
    "21": "MA", "22": "PI", "23": "CE", "24": "RN", "25": "PB", "26": "PE", "27": "AL", "28": "SE",
    "29": "BA", "31": "MG", "32": "ES", "33": "RJ", "35": "SP", "41": "PR", "42": "SC", "43": "RS",
    "50": "MS", "51": "MT", "52": "GO", "53": "DF",
}  # fmt: skip

# Municipalities in use whose seventh digit is not the one the check-digit rule gives.
IRREGULAR_CODES: Mapping[str, str] = {
    "2201919": "Bom Princípio do Piauí",
    "2201988": "Brejo do Piauí",
    "2202251": "Canavieira",
    "2611533": "Quixaba",
    "3117836": "Cônego Marinho",
    "3152131": "Ponto Chique",
    "4305871": "Coronel Barros",
    "5203939": "Buriti de Goiás",
    "5203962": "Buritinópolis",
}


def parse_ans(text: str, pointer: str = "") -> Ans:
    """The six digits of an operator's ANS register. Raises Rejected `ans-invalid`."""
    if not _ANS.fullmatch(text) or text == "000000":
        raise Rejected("ans-invalid", pointer)
    return Ans(text)


def parse_cpf(text: str, pointer: str = "") -> Cpf:
    """A CPF with right check digits, with or without its mask; eleven equal digits are refused.

    Raises Rejected `cpf-invalid`.
    """
    if not _CPF.fullmatch(text) or not _documents()[0].validate(text):
        raise Rejected("cpf-invalid", pointer)
    return Cpf(text.translate(_MASK))


def parse_cnpj(text: str, pointer: str = "") -> Cnpj:
    """A CNPJ, numeric or alphanumeric (issued since July 2026), with or without its mask.

    Check digits are modulo 11 over the characters' ASCII codes less 48 (IN RFB 2.229/2024).
    Raises Rejected `cnpj-invalid`.
    """
    if not _CNPJ.fullmatch(text) or not _documents()[1].validate(text):
        raise Rejected("cnpj-invalid", pointer)
    return Cnpj(text.translate(_MASK).upper())


def parse_phone(text: str, pointer: str = "") -> Phone:
    """A Brazilian mobile or fixed line, national or international spelling, as E.164.

    Service numbers (0800, 0300, 4004, short codes) and other countries are refused: nobody's own phone.
    Raises Rejected `phone-invalid`.
    """
    if not _PHONE.fullmatch(text):
        raise Rejected("phone-invalid", pointer)
    phones = _phones()
    try:
        number = phones.parse(text, "BR")
    except phones.NumberParseException:
        raise Rejected("phone-invalid", pointer) from None
    kinds = {phones.PhoneNumberType.MOBILE, phones.PhoneNumberType.FIXED_LINE}
    if number.country_code != _BRAZIL or phones.number_type(number) not in kinds:
        raise Rejected("phone-invalid", pointer)
    return Phone(phones.format_number(number, phones.PhoneNumberFormat.E164))


def is_mobile(phone: Phone) -> bool:
    """Whether `phone` is a mobile line, the only kind that SMS can reach."""
    phones = _phones()
    return bool(phones.number_type(phones.parse(phone)) == phones.PhoneNumberType.MOBILE)


def parse_email(text: str, pointer: str = "") -> Email:
    """An address fit for one `To:` header: ASCII, no spaces or controls, domain in lower case.

    The local part keeps its case (RFC 5321 §2.4). Internationalised domains come in their `xn--` form.
    Raises Rejected `email-invalid`.
    """
    local, _, domain = text.rpartition("@")
    if len(text) > _EMAIL_MAX or len(local) > _EMAIL_LOCAL_MAX or not _EMAIL.fullmatch(text):
        raise Rejected("email-invalid", pointer)
    return Email(f"{local}@{domain.lower()}")


def parse_ibge(text: str, pointer: str = "") -> IbgeMunicipality:
    """A municipality's seven digits: a known state prefix and the check digit.

    Nine real municipalities carry a digit that the rule does not give; they are data, not errors.
    Whether a well-formed code is in use is not asked here. Raises Rejected `ibge-invalid`.
    """
    known = _IBGE.fullmatch(text) and text[:2] in UF_OF_PREFIX
    if not known or (text not in IRREGULAR_CODES and _ibge_digit(text[:6]) != text[6]):
        raise Rejected("ibge-invalid", pointer)
    return IbgeMunicipality(text)


def _ibge_digit(six: str) -> str:
    """Check digit of IBGE: weights 1, 2, 1, 2 ... from the left, digits of each product summed, modulo 10."""
    products = (int(digit) * (1 + place % 2) for place, digit in enumerate(six))
    return str(-sum(product // 10 + product % 10 for product in products) % 10)


# The two libraries load on first use: most functions import this module for its types and parse nothing,
# and their cold start must not pay for metadata of the world's phone numbers.
@cache
def _documents() -> tuple[Any, Any]:
    from validate_docbr import CNPJ, CPF  # noqa: PLC0415

    return CPF(), CNPJ()


@cache
def _phones() -> Any:
    import phonenumbers  # noqa: PLC0415

    return phonenumbers
