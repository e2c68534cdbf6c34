"""Fields of what staff ask for, read once and trusted then."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from emdia.errors import Rejected

Choice = TypeVar("Choice", bound=StrEnum)
Request = Mapping[str, object]


def line_of(request: Request, field: str, most: int) -> str:
    """A line of 1 to `most` printable characters. Raises Rejected `action-invalid`."""
    value = request.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= most or not value.isprintable():
        raise Rejected("action-invalid", f"/{field}")
    return value


def text_of(request: Request, field: str, most: int, default: str | None = None) -> str:
    """A text of at most `most` characters; without a default it must be there. Raises Rejected `action-invalid`."""
    value = request.get(field, default)
    if not isinstance(value, str) or len(value) > most or (not value and default is None) or not _whole(value):
        raise Rejected("action-invalid", f"/{field}")
    return value


def _whole(value: str) -> bool:
    """Whether no character of it was cut in two: what was can be neither stored nor hashed."""
    return not any("\ud800" <= char <= "\udfff" for char in value)


def one_of(kind: type[Choice], request: Request, field: str) -> Choice:
    """A member of `kind`. Raises Rejected `action-invalid`."""
    try:
        return kind(text_of(request, field, 128))
    except ValueError:
        raise Rejected("action-invalid", f"/{field}") from None


def seconds_of(request: Request, field: str, most: int) -> int:
    """Whole seconds, 0 where nothing is told. Raises Rejected `action-invalid`."""
    seconds = request.get(field, 0)
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 <= seconds <= most:
        raise Rejected("action-invalid", f"/{field}")
    return seconds
