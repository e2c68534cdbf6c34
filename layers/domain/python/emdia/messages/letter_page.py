"""Draws a letter: A4 for a DL envelope with a window on the left, folded twice, as many pages as it needs.

The same letter gives the same bytes, on every machine: its digest says what was sent. Fonts are embedded, as print
shops ask. Millimetres from the top left corner of the sheet. The window is the usual one of DL envelopes; which one a
print shop has is to be checked with a proof print (docs/runbook.md).
"""

import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from io import BytesIO
from typing import Any, Final

from emdia.errors import Halted, Rejected
from emdia.messages.letter import Letter, Table

_LEFT, _RIGHT, _TOP, _BOTTOM = 20.0, 20.0, 18.0, 24.0
_PAGE_WIDTH, _PAGE_HEIGHT = 210.0, 297.0
# The block lies three millimetres inside a window of 90 x 38 mm at 20 x 50 mm: a sheet slides in its envelope.
_BLOCK_LEFT, _BLOCK_TOP, _BLOCK_WIDTH = 23.0, 53.0, 84.0
_BAR_HEIGHT, _BAR_WIDTH, _LINE = 6.0, 0.28, 3.8
_BLOCK_LINES = 6
_BODY_TOP = 99.0  # below the first fold
_HARD_SPACE = "\xa0"  # between R$ and its figures
_FOLDS = (99.0, 198.0)
_REFERENCE_MAX = 24
_BODY, _BOLD = "Vera", "VeraBd"
_SMALL: Final = 7.0
_ADDRESS: Final = 8.5
_TEXT: Final = 9.0
_CELL: Final = 5.0  # points beside a cell's words: its padding, and a hair
_HEAD: Final = 11.0


def draw(letter: Letter) -> bytes:
    """The letter as PDF.

    Raises Rejected: `address-too-long` when the block does not fit its window, `letter-unprintable` for a character
    that the font has not. Raises Halted for a reference that the barcode cannot say.
    """
    _fonts()
    _check_reference(letter.reference)
    block = _block(letter.address)
    pages = _build(letter, block, 0)[1]
    return _build(letter, block, pages)[0]


def _build(letter: Letter, block: Sequence[str], pages: int) -> tuple[bytes, int]:
    """The document, and how many pages it has; `pages` is what its feet say of that."""
    from reportlab.lib.units import mm  # noqa: PLC0415  only who draws pays for the library
    from reportlab.platypus import BaseDocTemplate, Frame, NextPageTemplate, PageTemplate, Paragraph, Spacer  # noqa: PLC0415

    out = BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=(_PAGE_WIDTH * mm, _PAGE_HEIGHT * mm),
        title=_shown(letter.subject),
        author=_shown(letter.sender[0]),
        invariant=1,
        lang="pt-BR",
    )
    width = _PAGE_WIDTH - _LEFT - _RIGHT

    def frame(top: float) -> Any:
        height = _PAGE_HEIGHT - top - _BOTTOM
        return Frame(_LEFT * mm, _BOTTOM * mm, width * mm, height * mm, 0, 0, 0, 0)

    def first(canvas: Any, _: Any) -> None:
        _head(canvas, letter, block)
        _foot(canvas, letter, pages)

    def later(canvas: Any, _: Any) -> None:
        _foot(canvas, letter, pages)

    document.addPageTemplates(
        [
            PageTemplate("first", [frame(_BODY_TOP + 4)], onPage=first),
            PageTemplate("later", [frame(_TOP)], onPage=later),
        ]
    )
    story: list[Any] = [NextPageTemplate("later"), Paragraph(_text(letter.place_and_date), _style(_BODY, _TEXT, 2))]
    story.append(Paragraph(_text(letter.subject), _style(_BOLD, _HEAD, 4)))
    for part in letter.body:
        if isinstance(part, Table):
            story += [_table(part, width * mm), Spacer(1, 3 * mm)]
        else:
            story.append(Paragraph(_text(part), _style(_BODY, _TEXT, 2.5)))
    document.build(story)
    return out.getvalue(), int(document.page)


def _head(canvas: Any, letter: Letter, block: Sequence[str]) -> None:
    _lines(canvas, letter.sender[:1], _LEFT, _TOP + 4, _BOLD, _HEAD, 4.6)
    _lines(canvas, letter.sender[1:], _LEFT, _TOP + 9, _BODY, _SMALL + 1, 3.8)
    _barcode(canvas, letter.reference)
    top = _BLOCK_TOP + _BAR_HEIGHT + 3.4
    _lines(canvas, [_shown(letter.reference)], _BLOCK_LEFT, top - 0.6, _BODY, 6, 3)
    _lines(canvas, block, _BLOCK_LEFT, top + 4, _BODY, _ADDRESS, _LINE)
    canvas.setLineWidth(0.3)
    for fold in _FOLDS:
        canvas.line(_x(5), _y(fold), _x(9), _y(fold))


def _foot(canvas: Any, letter: Letter, pages: int) -> None:
    canvas.setLineWidth(0.3)
    canvas.line(_x(_LEFT), _y(_PAGE_HEIGHT - 20), _x(_PAGE_WIDTH - _RIGHT), _y(_PAGE_HEIGHT - 20))
    said = (" · ".join(letter.sender[:2]), *letter.sender[2:])
    folded = [part for line in said for part in _folded(line, _BODY, _SMALL, 140.0)]
    _lines(canvas, folded, _LEFT, _PAGE_HEIGHT - 16, _BODY, _SMALL, 3.2)
    canvas.setFont(_BODY, _SMALL)
    number = f"Página {canvas.getPageNumber()} de {pages}"
    canvas.drawRightString(_x(_PAGE_WIDTH - _RIGHT), _y(_PAGE_HEIGHT - 16), number)


def _barcode(canvas: Any, reference: str) -> None:
    from reportlab.graphics.barcode.code128 import Code128  # noqa: PLC0415

    code = Code128(reference, barHeight=_x(_BAR_HEIGHT), barWidth=_x(_BAR_WIDTH), quiet=0)
    code.drawOn(canvas, _x(_BLOCK_LEFT), _y(_BLOCK_TOP + _BAR_HEIGHT))


def _table(table: Table, width: float) -> Any:
    from reportlab.platypus import LongTable  # noqa: PLC0415

    rows = [table.heads, *table.rows, *([table.total] if table.total else [])]
    right = _style(_BODY, _TEXT - 1, 0, align=2)
    left = _style(_BODY, _TEXT - 1, 0)
    bold = (_style(_BOLD, _TEXT - 1, 0), _style(_BOLD, _TEXT - 1, 0, align=2))
    cells = []
    for n, row in enumerate(rows):
        strong = n == 0 or (table.total and n == len(rows) - 1)
        styles = bold if strong else (left, right)
        cells.append([_cell(text, styles[min(column, 1)]) for column, text in enumerate(row)])
    rules: list[tuple[Any, ...]] = [
        ("LINEBELOW", (0, 0), (-1, 0), 0.6, "black"),
        ("LINEBELOW", (0, 1), (-1, -1), 0.2, "gray"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    return LongTable(cells, colWidths=_columns(table, width), repeatRows=1, style=rules)


def _columns(table: Table, width: float) -> Sequence[float]:
    """Widths (points) in which no cell is broken: an amount over two lines is misread. By shares if they do not fit."""
    many = len(table.heads)
    size, measure = _TEXT - 1, _width()
    words = [max(measure(word, _BOLD, size) for word in head.split() or [""]) for head in table.heads]
    for row in (*table.rows, *([table.total] if table.total else [])):
        words = [max(need, measure(cell, _BOLD, size)) for need, cell in zip(words, row, strict=True)]
    spare = width - sum(words) - many * _CELL
    if spare >= 0:
        return [need + _CELL + spare / many for need in words]
    share = 0.24 if many > 2 else 0.6
    return [width * share] + [width * (1 - share) / (many - 1)] * (many - 1)


def _cell(text: str, style: Any) -> Any:
    from reportlab.platypus import Paragraph  # noqa: PLC0415

    return Paragraph(_text(text), style)


def _style(font: str, size: float, after: float, align: int = 0) -> Any:
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415

    return ParagraphStyle(
        f"{font}{size}{align}",
        fontName=font,
        fontSize=size,
        leading=size * 1.4,
        spaceAfter=_x(after),
        alignment=align,
        splitLongWords=1,
    )


def _lines(canvas: Any, lines: Sequence[str], left: float, top: float, font: str, size: float, step: float) -> None:
    canvas.setFont(font, size)
    for n, line in enumerate(lines):
        canvas.drawString(_x(left), _y(top + n * step), _shown(line))


def _block(lines: Sequence[str]) -> Sequence[str]:
    """The address, each line folded to the window's width. Raises Rejected `address-too-long`."""
    folded = [part for line in lines for part in _folded(_shown(line), _BODY, _ADDRESS, _BLOCK_WIDTH)]
    if len(folded) > _BLOCK_LINES:
        raise Rejected("address-too-long", "/address", lines=len(folded), most=_BLOCK_LINES)
    return folded


def _folded(text: str, font: str, size: float, width: float) -> Sequence[str]:
    """`text` in lines of at most `width`. Raises Rejected `address-too-long` for a word that is longer."""
    from reportlab.lib.utils import simpleSplit  # noqa: PLC0415

    lines: list[str] = simpleSplit(text, font, size, _x(width))
    if any(_width()(line, font, size) > _x(width) for line in lines):
        raise Rejected("address-too-long", "/address")
    return lines


@cache
def _width() -> Callable[[str, str, float], float]:
    from reportlab.pdfbase.pdfmetrics import stringWidth  # noqa: PLC0415

    measure: Callable[[str, str, float], float] = stringWidth
    return measure


def _text(plain: str) -> str:
    return escape(_shown(plain), quote=False)


def _shown(text: str) -> str:
    """`text` in characters the font has: one it lacks loses its marks. Raises Rejected `letter-unprintable`."""
    glyphs = _fonts()
    shown = []
    for char in unicodedata.normalize("NFC", text):
        plain = char if ord(char) in glyphs else unicodedata.normalize("NFKD", char)[:1]
        if ord(plain) not in glyphs or not (plain.isprintable() or plain == _HARD_SPACE):
            raise Rejected("letter-unprintable", character=f"U+{ord(char):04X}")
        shown.append(plain)
    return "".join(shown)


def _check_reference(reference: str) -> None:
    if not reference.isascii() or not reference.isprintable() or not 0 < len(reference) <= _REFERENCE_MAX:
        raise Halted("a letter's reference cannot be a barcode")


@cache
def _fonts() -> frozenset[int]:
    """Make the two fonts known; the characters that both have."""
    from reportlab.pdfbase.pdfmetrics import registerFont  # noqa: PLC0415
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415

    fonts = [TTFont(name, f"{name}.ttf") for name in (_BODY, _BOLD)]
    for font in fonts:
        registerFont(font)
    return frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts))


def _x(millimetres: float) -> float:
    return millimetres * 72 / 25.4


def _y(from_top: float) -> float:
    return _x(_PAGE_HEIGHT - from_top)
