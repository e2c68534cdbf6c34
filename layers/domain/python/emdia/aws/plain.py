"""Values of the house as plain JSON and back, made once per type from its annotations.

A member equal to its default is left out, so a stored item holds what is known and no more; a member that
the type does not have is refused, so no release silently drops what a newer one has written.
"""

import json
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

Turn = Callable[[Any], Any]

_dumps = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def dumps(value: object) -> str:
    """Compact JSON text."""
    return _dumps(value)


def same(value: Any) -> Any:
    """What needs no turning."""
    return value


def full_instant(when: datetime) -> str:
    """UTC with every microsecond: orders of events are compared after they were stored.

    >>> full_instant(datetime(2026, 11, 23, 17, 26, 42, 907001, tzinfo=UTC))
    '2026-11-23T17:26:42.907001Z'
    """
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


@cache
def writer(kind: Any) -> Turn:
    """How a value annotated `kind` becomes plain. Raises TypeError for a type the house does not store."""
    kind = getattr(kind, "__supertype__", kind)
    if get_origin(kind) in (Union, UnionType):
        inner = writer(_other_than_none(kind))
        return same if inner is same else lambda value: None if value is None else inner(value)
    if get_origin(kind) is tuple:
        return _tuple_turn(kind, writer, list)
    if is_dataclass(kind):
        return _object_writer(kind)
    if kind is datetime:
        return full_instant
    if kind is date:
        return date.isoformat
    if kind in (str, int, bool) or issubclass(kind, Enum):
        return same
    raise TypeError(f"cannot store {kind}")


@cache
def reader(kind: Any) -> Turn:  # noqa: PLR0911  one line per type is how it reads best
    """How a plain value becomes one annotated `kind` again."""
    kind = getattr(kind, "__supertype__", kind)
    if get_origin(kind) in (Union, UnionType):
        inner = reader(_other_than_none(kind))
        return same if inner is same else lambda value: None if value is None else inner(value)
    if get_origin(kind) is tuple:
        return _tuple_turn(kind, reader, tuple)
    if is_dataclass(kind):
        return _object_reader(kind)
    if kind is datetime:
        return datetime.fromisoformat
    if kind is date:
        return date.fromisoformat
    if kind in (str, int, bool):
        return same
    turn: Turn = kind
    return turn


def members(kind: Any, turn_for: Callable[[Any], Turn]) -> tuple[tuple[str, Turn, Any], ...]:
    """Name, turn and default (MISSING when none) of every field of a dataclass."""
    hints = get_type_hints(kind)
    return tuple((f.name, turn_for(hints[f.name]), _default(f)) for f in fields(kind))


def _default(member: Field[Any]) -> Any:
    return member.default if member.default_factory is MISSING else member.default_factory()


def _object_writer(kind: Any) -> Turn:
    parts = members(kind, writer)

    def write(value: Any) -> dict[str, Any]:
        plain = {}
        for name, turn, default in parts:
            member = getattr(value, name)
            if member != default:
                plain[name] = turn(member)
        return plain

    return write


def _object_reader(kind: Any) -> Turn:
    turns = {name: turn for name, turn, _ in members(kind, reader)}
    return lambda value: kind(**{name: turns[name](member) for name, member in value.items()})


def _tuple_turn(kind: Any, turn_for: Callable[[Any], Turn], build: Callable[[Any], Any]) -> Turn:
    args = get_args(kind)
    if len(args) == 2 and args[1] is Ellipsis:
        turn = turn_for(args[0])
        return build if turn is same else lambda value: build([turn(one) for one in value])
    turns = tuple(turn_for(one) for one in args)
    return lambda value: build([turn(one) for turn, one in zip(turns, value, strict=True)])


def _other_than_none(kind: Any) -> Any:
    (inner,) = (one for one in get_args(kind) if one is not NoneType)
    return inner
