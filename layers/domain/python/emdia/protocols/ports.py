"""What reports on attendances need from the world. The docstring is the contract, as in emdia/ports.py."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from emdia.protocols.measures import Brief
from emdia.protocols.number import Block


class DayBook(Protocol):
    """Attendances in the order of their numbers."""

    def briefs(self, block: Block) -> Iterator[Sequence[Brief]]:
        """Those of a block that are there, consistently read, the highest number first, a page at a time.

        Its memory does not grow with the block. Raises TryLater; Halted for an item that is none of ours.
        """
