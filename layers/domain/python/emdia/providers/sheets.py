"""Rows of a portfolio file that is an XLSX workbook, by openpyxl's reader that keeps one row at a time.

What a workbook may hide is refused before any of it is believed: more bytes than its limits, merged cells, an archive
that is cut off. A formula is refused where it stands: what it once came to is another program's word.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from emdia.errors import Rejected
from emdia.portfolio.imports import Place
from emdia.providers.cells import Cell, Unreadable
from emdia.providers.columns import Row, Table, read_header

# Bytes: of all parts unpacked, and of the texts that cells share, which have to be in memory as a whole.
MAX_UNPACKED: Final = 1024 * 1024 * 1024
MAX_SHARED: Final = 48 * 1024 * 1024
_MAX_PARTS: Final = 1_000
_LAST_ROW: Final = 1_048_576  # of a sheet; a number beyond it would be counted up to
_CHUNK: Final = 1024 * 1024
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell[ />]")
_ROW = re.compile(rb"<(?:\w+:)?row[^>]{0,200}? r=\"([0-9]{8,})\"")
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
# What a damaged archive or foreign XML makes its readers raise; all of it is the file's fault.
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, SyntaxError, KeyError, ValueError, TypeError, IndexError,
    AttributeError, NotImplementedError, RuntimeError, OSError,
)  # fmt: skip


def sheet_rows(file: io.BufferedReader, after: Place) -> Iterator[tuple[Row, Place]]:
    """Rows of every sheet after `after`, sheet by sheet. Raises Rejected for the workbook as a whole."""
    from openpyxl import load_workbook  # noqa: PLC0415  only who reads a workbook pays for it

    _inspect(file)
    file.seek(0)
    try:
        book = load_workbook(file, read_only=True, keep_links=False)
        sheets = list(book.worksheets)
    except _BROKEN:
        raise Rejected("sheet-broken") from None
    found = False
    for nth, sheet in enumerate(sheets):
        table = None
        sheet.reset_dimensions()  # what it says of its own size may be anything
        for number, cells in _read(sheet):
            if table is None:
                if not cells:
                    continue
                table, found = read_header(cells), True
            elif (nth, number) > (after.sheet, after.row) and cells:
                yield Row(number, table, _wide(cells, table), _why(cells, table)), Place(nth, number)
    if not found:
        raise Rejected("file-empty")


def _inspect(file: io.BufferedReader) -> None:
    """Read the archive to its end once, within its limits, in small pieces."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            shared = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
            if len(parts) > _MAX_PARTS or shared > MAX_SHARED or sum(one.file_size for one in parts) > MAX_UNPACKED:
                raise Rejected("sheet-too-large")
            if not any(part.filename == "xl/workbook.xml" for part in parts):
                raise Rejected("sheet-broken")
            for part in parts:
                _inspect_part(archive, part)
    except _BROKEN:
        raise Rejected("sheet-broken") from None


def _inspect_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Its size and checksum are the archive's to compare; ours is what it holds."""
    tail = b""
    with archive.open(part) as stream:
        while piece := stream.read(_CHUNK):
            seen = tail + piece
            # No workbook declares a document type: whoever does means its entities, which unfold to gigabytes.
            if b"<!DOCTYPE" in seen:
                raise Rejected("sheet-broken")
            if _SHEET.fullmatch(part.filename):
                if _MERGED.search(seen):
                    raise Rejected("sheet-merged")
                if _ROW.search(seen):
                    raise Rejected("sheet-broken")
            tail = seen[-300:]


def _read(sheet: Any) -> Iterator[tuple[int, list[Cell]]]:
    """Each row's number and cells, the empty ones at its end left out."""
    try:
        for number, row in enumerate(sheet.iter_rows(), 1):
            if number > _LAST_ROW:
                raise Rejected("sheet-broken")
            cells = [_cell(one) for one in row]
            while cells and cells[-1] == "":
                cells.pop()
            yield number, cells
    except _BROKEN:
        raise Rejected("sheet-broken") from None


def _cell(one: Any) -> Cell:
    value, kind = one.value, getattr(one, "data_type", "n")
    match value:
        case None:
            return ""
        case bool():
            return "sim" if value else "não"
        case _ if kind == "f":
            return Unreadable("cell-formula")
        case _ if kind == "e":
            return Unreadable("cell-error")
        case str() | int() | float() | datetime() | date():
            return value
    return Unreadable("cell-not-text")  # a time of day, a span of time


def _wide(cells: list[Cell], table: Table) -> list[Cell]:
    return cells + [""] * (len(table.names) - len(cells))


def _why(cells: list[Cell], table: Table) -> Rejected | None:
    if len(cells) <= len(table.names):
        return None
    return Rejected("row-cells", wanted=len(table.names), found=len(cells))
