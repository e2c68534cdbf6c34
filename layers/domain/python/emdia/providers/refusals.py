"""The result of an import: every refused row as it was, with its number, the reason in Portuguese, what to do.

A CSV that may be corrected and dropped in again as it is: the first four columns are passed over then.
"""

import csv
import io
from collections.abc import Sequence

from emdia.errors import Rejected
from emdia.providers.cells import shown, tame
from emdia.providers.columns import COLUMNS, RESULT, Kind, Row


def heading(kind: Kind) -> str:
    """First line of a result, with the mark by which Excel knows UTF-8."""
    return "\ufeff" + _line([*RESULT, *(column.name for column in COLUMNS[kind])])


def refusal(row: Row, why: Rejected, said: str) -> str:
    """A refused row: `said` is the reason as a person reads it; a file refused as a whole has a row of no cells."""
    cells = {name: shown(cell) for name, cell in zip(row.table.names, row.cells, strict=False) if name}
    columns = COLUMNS[row.table.kind]
    return _line([str(row.number), why.code, why.pointer, said, *(cells.get(one.name, "") for one in columns)])


def template(kind: Kind) -> str:
    """An empty table of `kind` with one row to be replaced."""
    columns = COLUMNS[kind]
    return "\ufeff" + _line([one.name for one in columns]) + _line([one.example for one in columns])


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow([tame(cell) for cell in cells])
    return out.getvalue()
