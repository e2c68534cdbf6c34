"""What shows a person to somebody: an answer exists only once a fact says who sees it."""

from typing import TypeVar

from emdia.errors import Halted
from emdia.ports import Seen

Answer = TypeVar("Answer")


def show(seen: Seen, answer: Answer) -> Answer:
    """`answer`, which names or describes somebody, to whoever was seen looking.

    A `Seen` comes from `Ledger.witness` alone, so that no path can leave the fact out or put it after the data.
    Raises Halted for anything else in its place.
    """
    if not isinstance(seen, Seen):
        raise Halted("something is shown and nobody was seen looking")
    return answer
