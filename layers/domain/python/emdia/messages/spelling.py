"""Names, months, days, registers and telephones as people write them. Pure."""

import re
from collections.abc import Sequence
from datetime import date

_MONTHS = (
    "janeiro", "fevereiro", "março", "abril", "maio", "junho",
    "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
)  # fmt: skip
_PHONE = re.compile(r"[0-9()\-. ]+")
BRIEF = 20  # letters of a company's name that an SMS has room for
# Area code and line, toll-free and other non-geographic numbers, and those of eight digits without an area code.
_SHAPES = (
    (re.compile(r"0?([3589]00)(\d{2,3})(\d{4})"), r"0\1 \2 \3"),
    (re.compile(r"0?([1-9]{2})(\d{4,5})(\d{4})"), r"(\1) \2-\3"),
    (re.compile(r"([34]00\d)(\d{4})"), r"\1-\2"),
)


def first_name(name: str) -> str:
    """What to call somebody whose register reads `name`; "" for an empty one.

    >>> first_name("MARIA DAS DORES"), first_name("jean-claude Lima"), first_name("McArthur Souza")
    ('Maria', 'Jean-Claude', 'McArthur')
    """
    first = next(iter(name.split()), "")
    if first.isupper() or first.islower():
        return "-".join(part.capitalize() for part in first.split("-"))
    return first


def brief_name(name: str, limit: int = BRIEF) -> str:
    """A company's name cut between words, or hard when its first word alone is longer.

    >>> brief_name("Vida Serena Operadora de Planos de Saúde Ltda.")
    'Vida Serena'
    """
    words = name.split()
    while len(" ".join(words)) > limit and len(words) > 1:
        words.pop()
    # "Vida Serena Operadora de" would fit no better than "Vida Serena Operadora": no name ends in a small word.
    while len(words) > 1 and words[-1].lower() in ("de", "da", "do", "das", "dos", "e"):
        words.pop()
    return " ".join(words)[:limit]


def spell_month(reference: str) -> str:
    """A reference month as people say it.

    >>> spell_month("2026-11")
    'novembro/2026'
    """
    year, month = reference.split("-")
    return f"{_MONTHS[int(month) - 1]}/{year}"


def short_month(spelt: str) -> str:
    """A spelt month in figures.

    >>> short_month("novembro/2026")
    '11/2026'
    """
    name, _, year = spelt.partition("/")
    return f"{_MONTHS.index(name) + 1:02d}/{year}"


def in_a_row(names: Sequence[str]) -> str:
    """What a sentence lists: "a", "a e b", "a, b e c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} e {names[-1]}"


def spell_date(day: date) -> str:
    """dd/mm/aaaa."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def mask_cnpj(cnpj: str) -> str:
    """A CNPJ, numeric or alphanumeric, with its mask.

    >>> mask_cnpj("12ABC34501DE35")
    '12.ABC.345/01DE-35'
    """
    return f"{cnpj[:2]}.{cnpj[2:5]}.{cnpj[5:8]}/{cnpj[8:12]}-{cnpj[12:]}"


def bare_cnpj(masked: str) -> str:
    """A masked CNPJ without its mask.

    >>> bare_cnpj("12.ABC.345/01DE-35")
    '12ABC34501DE35'
    """
    return re.sub(r"[./-]", "", masked)


def spell_phone(phone: str) -> str:
    """A Brazilian telephone as people write it; what is not the number of one telephone stays as it was told.

    >>> spell_phone("+551130030000"), spell_phone("08005550199"), spell_phone("40041234")
    ('(11) 3003-0000', '0800 555 0199', '4004-1234')
    """
    return _telephone(phone)[0]


def dialled(phone: str) -> str:
    """What follows `tel:` in a link to `phone`; "" when it is not the number of one telephone.

    >>> dialled("(11) 3003-0000"), dialled("0800 555 0199"), dialled("4004-1234"), dialled("ramal 12")
    ('+551130030000', '08005550199', '40041234', '')
    """
    return _telephone(phone)[1]


def _telephone(phone: str) -> tuple[str, str]:
    national = phone.strip().removeprefix("+55")
    if _PHONE.fullmatch(national):
        digits = re.sub(r"\D", "", national)
        for shape, spelling in _SHAPES:
            if match := shape.fullmatch(digits):
                said = match.expand(spelling)
                numbers = re.sub(r"\D", "", said)
                return said, f"+55{numbers}" if said.startswith("(") else numbers
    return phone, ""


def days(count: int) -> str:
    """A number of days in words: "1 dia", "3 dias"."""
    return "1 dia" if count == 1 else f"{count} dias"
