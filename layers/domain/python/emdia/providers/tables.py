"""Rows of a portfolio file, streamed: CSV as programs and Excel write it, whatever its encoding and separator.

A reader begins after any place it gave before and goes on as if it had never stopped. Memory does not grow with
the file: a line, a cell and a spreadsheet's shared texts have limits.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from emdia.errors import Rejected
from emdia.portfolio.imports import Place
from emdia.providers.cells import wild
from emdia.providers.columns import Row, Table, read_header
from emdia.providers.sheets import sheet_rows

MAX_FILE: Final = 1024 * 1024 * 1024  # bytes; a million rows of contracts are a third of it
_MAX_LINE: Final = 128 * 1024  # bytes between two line feeds, and characters of one cell (the csv module's own limit)
_ZIP, _UTF16 = b"PK", (b"\xff\xfe", b"\xfe\xff")
Read = tuple[Row, Place]


def check_size(size: int) -> None:
    """Raises Rejected `file-empty`, `file-too-large` for a file of `size` bytes."""
    if not size:
        raise Rejected("file-empty")
    if size > MAX_FILE:
        raise Rejected("file-too-large", limit=MAX_FILE // 1024**2)


def read_rows(file: io.BufferedReader, size: int, after: Place) -> Iterator[Read]:
    """Rows of `file` (`size` bytes) after `after`, each with the place behind it.

    Raises Rejected for what is wrong with the file as a whole, also half-way: rows given before that are good.
    """
    check_size(size)
    begins = file.peek(4)[:4]
    if begins[:2] == _ZIP:
        yield from sheet_rows(file, after)
    elif begins[:2] in _UTF16 or b"\0" in begins:
        raise Rejected("file-not-text")
    else:
        yield from _csv_rows(file, after)


@dataclass(slots=True)
class _Lines:
    """Lines as text, one at a time, so that `at` is always where the next record begins."""

    file: io.BufferedReader
    at: int

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.file.readline(_MAX_LINE + 1)
        if not line:
            raise StopIteration
        if len(line) > _MAX_LINE:
            raise Rejected("line-too-long", limit=_MAX_LINE)
        if b"\0" in line:
            raise Rejected("file-not-text")
        self.at += len(line)
        try:
            return line.decode("utf-8-sig" if self.at == len(line) else "utf-8")
        except UnicodeDecodeError:
            # Latin-1 as Windows writes it; a line of it with an accent is hardly ever UTF-8 as well.
            return line.decode("cp1252", "replace")


def _csv_rows(file: io.BufferedReader, after: Place) -> Iterator[Read]:
    file.seek(0)
    lines = _Lines(file, 0)
    first = next(lines)
    skipped = first.lower().startswith("sep=")
    if skipped:  # a line for Excel
        first = next(lines, "")
    separator = max(";,\t", key=first.count)
    try:
        table = read_header(next(csv.reader([first], delimiter=separator, strict=True), []))
    except csv.Error:
        raise Rejected("columns-unknown") from None
    number = after.row or 1 + skipped
    lines.at = after.offset or lines.at
    file.seek(lines.at)
    records = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        number += 1
        try:
            cells = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            if "expected after" not in str(error):
                # A quote that nobody closes swallows the rest: which rows it held, nobody can say.
                raise Rejected("quote-open", row=number) from None
            cells = None
        if cells == []:
            continue  # an empty line
        yield _row(number, table, cells), Place(0, number, lines.at)


def _row(number: int, table: Table, cells: list[str] | None) -> Row:
    if cells is None:
        return Row(number, table, (), Rejected("quote-stray"))
    why = None if len(cells) == len(table.names) else Rejected("row-cells", wanted=len(table.names), found=len(cells))
    return Row(number, table, [wild(cell) for cell in cells], why)
