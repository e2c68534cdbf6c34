"""Errors that say what the caller should do. The class decides the answer; `code` names the cause.

No error text ever carries personal data: only codes, JSON pointers and counts.
"""

from collections.abc import Callable
from typing import Final, TypeVar

Result = TypeVar("Result")
# Attempts in a row at what others move meanwhile: a failed message is out of sight for six minutes and more, and a step
# may miss its window meanwhile.
AT_ONCE: Final = 3


class EmDiaError(Exception):
    """Root of every error this package raises on purpose."""


class Rejected(EmDiaError):  # noqa: N818  the name is the verdict: what was asked is refused
    """Bad input: answer 4xx or park it with its reason; never retry.

    `code` is stable and documented (web/problem_texts holds its texts); `pointer` is the RFC 6901 JSON
    pointer of the field in what was sent, "" for the whole; `params` are safe to show and to log.
    """

    def __init__(self, code: str, pointer: str = "", **params: str | int) -> None:
        super().__init__(f"{code} at {pointer or '/'}")
        self.code = code
        self.pointer = pointer
        self.params = params


class TryLater(EmDiaError):  # noqa: N818  says what to do
    """Transient: answer 503, or let the queue deliver that item again."""


class LostRace(TryLater):
    """Somebody else committed first: read again and decide again."""


def decided_anew(work: Callable[[], Result]) -> Result:
    """What `work` gives, which reads and decides; run again at once when somebody else was faster.

    Raises LostRace when others were faster each time, and what `work` raises.
    """
    for _ in range(AT_ONCE - 1):
        try:
            return work()
        except LostRace:
            continue
    return work()


class Halted(EmDiaError):  # noqa: N818  says what happens
    """An invariant is broken: stop, alarm, page a person. Never continue over it."""
