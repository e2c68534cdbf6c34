"""Portfolio files as people make them: rows of every column, as CSV in any dialect and as XLSX."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from emdia.providers.columns import COLUMNS, Kind
from emdia.providers.intake_events import Dropped

CLIENT = "totvs"  # tests.fakes.erp.CLIENT


def row(kind: Kind, **cells: Any) -> dict[str, Any]:
    """The template's example with other cells; `posicao` lies before every test's clock."""
    return {one.name: one.example for one in COLUMNS[kind]} | {"posicao": "20/11/2026"} | cells


def contract(number: str = "CT-1", **cells: Any) -> dict[str, Any]:
    return row(Kind.CONTRACTS, **{"contrato": number, **cells})


def invoice(number: str = "F-1", of: str = "CT-1", **cells: Any) -> dict[str, Any]:
    return row(Kind.INVOICES, **{"fatura": number, "contrato": of, **cells})


def as_csv(
    rows: Sequence[Mapping[str, Any]], separator: str = ";", encoding: str = "utf-8", ends: str = "\r\n"
) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=separator, lineterminator=ends)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(*sheets: Iterable[Mapping[str, Any]], merge: str = "") -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for nth, rows in enumerate(sheets):
        sheet = book.create_sheet(f"T{nth}")
        told = list(rows)
        sheet.append(list(told[0]))
        for one in told:
            sheet.append([None if cell == "" else cell for cell in one.values()])
        if merge:
            sheet.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def drop(house: Any, name: str, body: bytes, client: str = CLIENT) -> Dropped:
    """Somebody drops a file in."""
    version = house.intake.drop(f"entrada/{client}/{name}", body)
    return Dropped(client, name, version)


def eventbridge(file: Dropped, at: datetime) -> dict[str, Any]:
    """What EventBridge says of it."""
    return {
        "version": "0",
        "source": "aws.s3",
        "detail-type": "Object Created",
        "time": at.isoformat(),
        "detail": {"bucket": {"name": "emdia-test-intake"}, "object": {"key": file.key, "version-id": file.version}},
    }
