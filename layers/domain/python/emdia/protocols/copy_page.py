"""Draws a copy of an attendance: A4, plain, its mark as a QR code. The same copy gives the same bytes."""

from functools import cache
from html import escape
from io import BytesIO
from typing import Any, Final

from emdia.protocols.copy import Copy

_MARGIN: Final = 20.0  # mm
_SIDE: Final = 34.0  # mm of the QR code: a hundred and forty characters, read from a telephone
BODY, BOLD = "Vera", "VeraBd"
_BLANK: Final = "\N{WHITE SQUARE}"


def draw(copy: Copy) -> bytes:
    """The copy as PDF. A character the font has not, an emoji for instance, is drawn as a square: words stay."""
    from reportlab.lib.units import mm  # noqa: PLC0415  only who draws pays for the library
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer  # noqa: PLC0415

    fonts()
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        leftMargin=_MARGIN * mm,
        rightMargin=_MARGIN * mm,
        topMargin=_MARGIN * mm,
        bottomMargin=_MARGIN * mm,
        title=f"Protocolo {copy.number}",
        author=copy.sender[0],
        invariant=1,
        lang="pt-BR",
    )
    story: list[Any] = [Paragraph(_text(copy.sender[0]), style(BOLD, 11, 1))]
    story += [Paragraph(_text(line), style(BODY, 8, 0)) for line in copy.sender[1:]]
    story += [Spacer(1, 6 * mm), Paragraph(f"Protocolo de atendimento {copy.spoken}", style(BOLD, 14, 3))]
    story += [Paragraph(f"<b>{_text(name)}:</b> {_text(told)}", style(BODY, 10, 1)) for name, told in copy.facts]
    story.append(Spacer(1, 5 * mm))
    for one in copy.said:
        story.append(Paragraph(_text(one.head), style(BOLD, 9, 0.5)))
        story.append(Paragraph(_text(one.words), style(BODY, 10, 1 if one.basis else 3)))
        if one.basis:
            story.append(Paragraph(f"<b>Fundamento:</b> {_text(one.basis)}", style(BODY, 10, 3)))
    story += [Paragraph(_text(line), style(BODY, 10, 1)) for line in copy.complain]
    story += [Spacer(1, 6 * mm), _qr(copy.mark, _SIDE * mm)]
    story.append(
        Paragraph("Autenticidade: confere sem internet, com a chave que a operadora publica.", style(BODY, 8, 0))
    )
    story.append(Paragraph(_text(copy.mark), style(BODY, 6, 0)))
    document.build(story)
    return out.getvalue()


def _qr(text: str, side: float) -> Any:
    from reportlab.graphics.barcode.qr import QrCodeWidget  # noqa: PLC0415
    from reportlab.graphics.shapes import Drawing  # noqa: PLC0415

    widget = QrCodeWidget(text, barLevel="M", barWidth=side, barHeight=side)
    drawing = Drawing(side, side)
    drawing.add(widget)
    return drawing


def _text(told: str) -> str:
    faces = fonts()
    kept = "".join(char if char == "\n" or ord(char) in faces else _BLANK for char in told)
    return escape(kept).replace("\n", "<br/>")


@cache
def fonts() -> frozenset[int]:
    """Register the fonts that reportlab brings; the characters they have."""
    from reportlab.lib.fonts import addMapping  # noqa: PLC0415
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415

    faces = {name: TTFont(name, f"{name}.ttf") for name in (BODY, BOLD)}
    for face in faces.values():
        pdfmetrics.registerFont(face)
    addMapping(BODY, 0, 0, BODY)
    addMapping(BODY, 1, 0, BOLD)
    return frozenset(faces[BODY].face.charToGlyph) & frozenset(faces[BOLD].face.charToGlyph)


def style(font: str, size: float, after: float) -> Any:
    """A paragraph of `font` in `size` points, `after` mm above the next."""
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415
    from reportlab.lib.units import mm  # noqa: PLC0415

    return ParagraphStyle(
        f"{font}{size}{after}",
        fontName=font,
        fontSize=size,
        leading=size * 1.4,
        spaceAfter=after * mm,
        splitLongWords=1,
    )
