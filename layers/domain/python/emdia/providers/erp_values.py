"""Field types of an ERP's events: parsed by the rules of the pure rooms, described for OpenAPI.

Every type gives the one canonical spelling as JSON would hold it, or fails with a code of `web/problem_texts`.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, StringConstraints, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from emdia.clock import instant, parse_instant
from emdia.errors import Rejected
from emdia.identity import (
    parse_ans,
    parse_cnpj,
    parse_cpf,
    parse_email,
    parse_ibge,
    parse_phone,
)

MAX_AMOUNT = 10_000_000_000  # centavos: a hundred million reais; above it a comma was lost
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_REFERENCE = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
_AHEAD = timedelta(hours=1)  # more than any honest clock, less than any Brazilian offset
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_PIX = re.compile(r"000201[\x20-\x7e]{12,498}6304[0-9A-Fa-f]{4}")
_DIGITABLE = re.compile(r"[0-9]{47,48}")
_URL = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def refuse(refused: Rejected) -> PydanticCustomError:
    """A refusal of ours as pydantic carries it: code, and below which field, and its parameters."""
    return PydanticCustomError(
        refused.code,
        refused.code,
        {"below": refused.pointer, "params": dict(refused.params)},
    )


def by(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`parse`, its Rejected told to pydantic."""

    def check(value: Any) -> Any:
        try:
            return parse(value)
        except Rejected as refused:
            raise refuse(refused) from None

    return check


def _instant(text: str) -> str:
    if not _INSTANT.fullmatch(text) or not _FIRST_YEAR < int(text[:4]) < _LAST_YEAR:
        raise Rejected("instant-invalid")
    try:
        return instant(parse_instant(text))
    except ValueError:
        raise Rejected("instant-invalid") from None


def _date(text: str) -> str:
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Rejected("date-invalid")
    return text


def _reference(text: str) -> str:
    if not _REFERENCE.fullmatch(text):
        raise Rejected("reference-invalid")
    return text


def _amount(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MAX_AMOUNT:
        raise Rejected("amount-invalid")
    return value


def _pix(text: str) -> str:
    if not _PIX.fullmatch(text):
        raise Rejected("payment-code-invalid")
    return text


def _digitable_line(text: str) -> str:
    digits = re.sub(r"[ .\-]", "", text)
    if not _DIGITABLE.fullmatch(digits):
        raise Rejected("payment-code-invalid")
    return digits


def _url(text: str) -> str:
    if len(text) > 1000 or not _URL.fullmatch(text):
        raise Rejected("payment-code-invalid")
    return text


def _text(text: str) -> str:
    if _CONTROL.search(text):
        raise Rejected("field-invalid")
    return text


def now_of(info: ValidationInfo) -> datetime:
    """The moment of validation (UTC), as every caller gives it in the context."""
    now = (info.context or {})["now"]
    assert isinstance(now, datetime)  # noqa: S101  a caller without a clock is a bug, not bad input
    return now


def _past(text: str, info: ValidationInfo) -> str:
    """A local time sent as UTC lies hours ahead, and would make every later event look old."""
    if parse_instant(text) - now_of(info) >= _AHEAD:
        raise refuse(Rejected("instant-in-future"))
    return text


def _heard(text: str, info: ValidationInfo) -> str:
    """A fast clock must not make what was said first stand above what is said later: nobody spoke after we heard."""
    return instant(min(parse_instant(text), now_of(info)))


def _described(kind: str, example: object, text: str, **more: object) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, "description": text, "examples": [example], **more})


Ans = Annotated[
    str, AfterValidator(by(parse_ans)), _described("string", "123456", "ANS register.", pattern="^[0-9]{6}$")
]
Cpf = Annotated[
    str,
    AfterValidator(by(parse_cpf)),
    _described("string", "529.982.247-25", "CPF with or without its mask; check digits must be right."),
]
Cnpj = Annotated[
    str,
    AfterValidator(by(parse_cnpj)),
    _described("string", "11.222.333/0001-81", "CNPJ, numeric or alphanumeric, with or without its mask."),
]
Ibge = Annotated[
    str,
    AfterValidator(by(parse_ibge)),
    _described("string", "3550308", "IBGE code of the municipality.", pattern="^[0-9]{7}$"),
]
Instant = Annotated[
    str,
    AfterValidator(by(_instant)),
    _described("string", "2026-11-24T14:05:09-03:00", "RFC 3339, with offset.", format="date-time"),
]
PastInstant = Annotated[Instant, AfterValidator(_past)]
SpokenInstant = Annotated[PastInstant, AfterValidator(_heard)]
Day = Annotated[str, AfterValidator(by(_date)), _described("string", "2026-12-10", "Calendar day.", format="date")]
Reference = Annotated[
    str,
    AfterValidator(by(_reference)),
    _described("string", "2026-12", "Month the fee is for.", pattern=f"^{_REFERENCE.pattern}$"),
]
Amount = Annotated[
    int,
    BeforeValidator(by(_amount)),
    _described("integer", 48990, "Whole centavos: R$ 489,90 is 48990.", minimum=1, maximum=MAX_AMOUNT),
]
Pix = Annotated[str, AfterValidator(by(_pix)), _described("string", "000201...6304ABCD", "Pix copia e cola.")]
DigitableLine = Annotated[
    str,
    AfterValidator(by(_digitable_line)),
    _described("string", "23793.38128 60007.827136 95000.063305 9 75520000370000", "47 or 48 digits; mask allowed."),
]
Url = Annotated[
    str, AfterValidator(by(_url)), _described("string", "https://pay.example/f/1", "https only.", format="uri")
]
Number = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$")]
PaymentId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,64}$")]
EventId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
Short = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), AfterValidator(by(_text))
]
Long = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), AfterValidator(by(_text))
]


def email(value: str) -> str:
    """A contact point's value as an e-mail address."""
    return str(by(lambda text: parse_email(text, "/value"))(value))


def phone(value: str) -> str:
    """A contact point's value as a Brazilian phone number."""
    return str(by(lambda text: parse_phone(text, "/value"))(value))
