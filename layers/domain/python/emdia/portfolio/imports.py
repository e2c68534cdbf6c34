"""A portfolio file on its way into the inbox: how far it is, and what became of its rows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from emdia.state import Ref, State, import_ref


@dataclass(frozen=True, slots=True)
class Place:
    """Behind a row: table (from 0), number of the row as a spreadsheet counts, bytes (of a CSV)."""

    sheet: int = 0
    row: int = 0
    offset: int = 0


class ImportStatus(StrEnum):
    """REFUSED: the file as a whole from some row on; what stood before is kept."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import(State):
    """One version of one file of one client. Of what it says nothing is kept here."""

    id: str  # pseudonym of the file's key and version
    client: str
    status: ImportStatus
    began_at: datetime
    size: int  # bytes
    sheet: int = 0
    row: int = 0
    offset: int = 0
    accepted: int = 0
    refused: int = 0
    reason: str = ""  # code, when the file was refused
    parts: tuple[str, ...] = ()  # names of what holds its refused rows

    @property
    def ref(self) -> Ref:
        """See State."""
        return import_ref(self.id)

    @property
    def place(self) -> Place:
        """Behind the last row that is done with."""
        return Place(self.sheet, self.row, self.offset)
