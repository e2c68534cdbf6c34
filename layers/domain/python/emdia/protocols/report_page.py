"""Draws a report on attendances: A4 on its side, one table after another, heads on every page."""

from html import escape
from io import BytesIO
from typing import Any, Final

from emdia.protocols.copy_page import BODY, BOLD, fonts, style
from emdia.protocols.report import Sheet

_MARGIN: Final = 10.0  # mm
_PART: Final = 9  # measures side by side: more of them would be too narrow to read


def draw(title: str, sheets: tuple[Sheet, ...]) -> bytes:
    """The report as PDF. The same report gives the same bytes."""
    from reportlab.lib.pagesizes import A4, landscape  # noqa: PLC0415  only who draws pays for the library
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer  # noqa: PLC0415

    fonts()
    out, page = BytesIO(), landscape(A4)
    sides = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), _MARGIN * mm)
    document = SimpleDocTemplate(out, pagesize=page, title=title, invariant=1, lang="pt-BR", **sides)
    width = page[0] - 2 * _MARGIN * mm
    story: list[Any] = [Paragraph(escape(title), style(BOLD, 13, 2))]
    for sheet in sheets:
        for part in _parts(sheet):
            story += [Spacer(1, 4 * mm), Paragraph(escape(sheet.title), style(BOLD, 10, 1)), _table(part, width)]
    document.build(story)
    return out.getvalue()


def _parts(sheet: Sheet) -> list[Sheet]:
    """A table too wide for the sheet, cut: each part keeps its first column."""
    rest = range(1, len(sheet.heads), _PART)
    if len(sheet.heads) <= _PART + 1:
        return [sheet]
    return [
        Sheet(sheet.title, _cut(sheet.heads, start), tuple(_cut(row, start) for row in sheet.rows)) for start in rest
    ]


def _cut(row: tuple[Any, ...], start: int) -> tuple[Any, ...]:
    return row[0], *row[start : start + _PART]


def _table(sheet: Sheet, width: float) -> Any:
    from reportlab.lib import colors  # noqa: PLC0415
    from reportlab.platypus import LongTable, Paragraph  # noqa: PLC0415

    body, head = style(BODY, 7, 0), style(BOLD, 7, 0)
    rows = [[Paragraph(escape(text), head) for text in sheet.heads]] if any(sheet.heads) else []
    rows += [[Paragraph(escape(shown(value)), body) for value in row] for row in sheet.rows]
    count = len(sheet.heads)
    table = LongTable(rows or [[""] * count], colWidths=[width / count] * count, repeatRows=int(any(sheet.heads)))
    table.setStyle([("GRID", (0, 0), (-1, -1), 0.25, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    return table


def shown(value: str | float | None) -> str:
    """A cell as people read it: decimal comma, at most two places, a dash where nothing can be said.

    >>> shown(1234.5), shown(3), shown(None)
    ('1.234,5', '3', '-')
    """
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return text.translate(str.maketrans(",.", ".,"))
