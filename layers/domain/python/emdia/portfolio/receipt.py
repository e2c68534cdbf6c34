"""What became of each event of an ERP's call."""

from dataclasses import dataclass

from emdia.errors import Rejected


@dataclass(frozen=True, slots=True)
class Refused:
    """One refused event: its place in the call, its id where that could be read."""

    index: int
    id: str | None
    why: Rejected


@dataclass(frozen=True, slots=True)
class Receipt:
    """Ids of the accepted events, and the refused ones, both in the call's order."""

    accepted: tuple[str, ...]
    refused: tuple[Refused, ...]
