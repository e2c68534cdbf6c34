"""JSON that others wrote, read strictly: what one reader would see otherwise than another is no JSON to us."""

import json
from collections.abc import Iterable, Sequence
from math import isfinite

from emdia.errors import Rejected

_SURROGATE = "\\ud"  # how the half of a character begins that is written in two
_MAX_DEPTH = 32  # nothing of ours nests deeper than five; Python's own limit moves with the stack


def read_json(text: str) -> object:
    """JSON of an ERP or of a person who corrects it, no member repeated. Raises Rejected `json-invalid`."""
    try:
        told: object = json.loads(text, object_pairs_hook=_members, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError):
        raise Rejected("json-invalid") from None
    level = [told]
    for _ in range(_MAX_DEPTH):
        level = [inner for value in level for inner in _inside(value)]
    if level:
        raise Rejected("json-invalid")
    return told


def read_whole_json(text: str) -> object:
    """The same of a call that is refused whole: half a character, which nobody can store or hash, is no JSON."""
    told = read_json(text)
    try:
        if _SURROGATE in text.lower():
            json.dumps(told, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Rejected("json-invalid") from None
    return told


def _members(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is repeated")  # one of the two values would be lost silently
    return members


def _no_number(name: str) -> object:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
