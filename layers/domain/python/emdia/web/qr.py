"""A QR code as an SVG that stands in a page: black on white in every colour scheme, and nothing to fetch."""

from html import escape
from itertools import groupby
from typing import Final

QUIET: Final = 4  # modules left white around a code (ISO/IEC 18004)


def qr_svg(text: str, label: str) -> str:
    """`text` as a QR code that survives a scratch of a seventh of it (level M); `label` is what it is called aloud."""
    # Here only: a page without a code must not pay for the library.
    from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel  # noqa: PLC0415

    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    side = code.getModuleCount()
    lines = [_line([bool(code.isDark(row, column)) for column in range(side)], row) for row in range(side)]
    whole = side + 2 * QUIET
    return (
        f'<svg class="qr" role="img" aria-label="{escape(label)}" viewBox="0 0 {whole} {whole}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{whole}v{whole}h-{whole}z"/>'
        f'<path stroke="#000" d="{"".join(lines)}"/></svg>'
    )


def _line(modules: list[bool], row: int) -> str:
    """One row as a stroke: dark runs are drawn, light ones are passed over."""
    runs = [(dark, len(list(run))) for dark, run in groupby(modules)]
    steps = "".join(f"h{length}" if dark else f"m{length} 0" for dark, length in runs)
    return f"M{QUIET} {row + QUIET}.5{steps}"
