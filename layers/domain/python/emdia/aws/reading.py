"""Reads of many items: at keys over several tables, and page by page."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from emdia.aws.answers import AWS_ERRORS, trouble
from emdia.errors import TryLater

Item = dict[str, Any]
_PER_REQUEST = 100
_FRUITLESS = 4  # answers in a row that bring nothing before the caller is told to come back
_PAUSE = 0.05  # seconds before the second try, doubled each time


def read_all(
    dynamodb: Any,
    keys: Mapping[str, Sequence[Item]],
    sleep: Callable[[float], None] = time.sleep,
    only: str = "",
) -> dict[str, list[Item]]:
    """Every item that exists at `keys` (by table), 100 a request, asking again for what was left unprocessed.

    `only`: the one attribute that is wanted of each.

    Keys must be distinct. Raises TryLater when the table answers nothing more, Halted for a wrong request.
    """
    waiting = [(table, key) for table, some in keys.items() for key in some]
    found: dict[str, list[Item]] = {table: [] for table in keys}
    fruitless = 0
    how: dict[str, Any] = {"ConsistentRead": True, **({"ProjectionExpression": only} if only else {})}
    while waiting:
        part, waiting = waiting[:_PER_REQUEST], waiting[_PER_REQUEST:]
        request: dict[str, Any] = {}
        for table, key in part:
            request.setdefault(table, {"Keys": [], **how})["Keys"].append(key)
        try:
            answer = dynamodb.batch_get_item(RequestItems=request)
        except AWS_ERRORS as error:
            raise trouble(error, "dynamodb BatchGetItem") from error
        for table, items in answer["Responses"].items():
            found[table].extend(items)
        left = [(t, key) for t, rest in answer.get("UnprocessedKeys", {}).items() for key in rest["Keys"]]
        fruitless = fruitless + 1 if len(left) == len(part) else 0
        if fruitless == _FRUITLESS:
            raise TryLater("dynamodb BatchGetItem: unprocessed")
        if left:
            sleep(_PAUSE * 2**fruitless)
        waiting = left + waiting
    return found


def pages(read: Callable[..., Any], request: Mapping[str, Any], doing: str) -> Iterator[Sequence[Item]]:
    """What `read`, a client's `query` or `scan`, answers to `request`, a page at a time, empty ones included.

    Raises TryLater, or Halted for a wrong request; `doing` says in it what was read.
    """
    start: dict[str, Any] = {}
    while True:
        try:
            answer = read(**{**request, **start})
        except AWS_ERRORS as error:
            raise trouble(error, doing) from error
        yield answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
