"""A QR code in half blocks, dark on light whatever the theme, so that a telephone reads it from the screen."""

from __future__ import annotations

import re

from textual.content import Content
from textual.widgets import Static

BORDER = 2
"""Light modules around it."""
_ALPHANUMERIC = re.compile(r"[^0-9A-Z $%*+\-./:]")


class QrCode(Static):
    """`text` as a QR code; `rows` and `columns` are the cells that it takes."""

    def __init__(self, text: str) -> None:
        super().__init__(classes="qr")
        self.lines = qr_lines(text)

    @property
    def rows(self) -> int:
        """Its height in cells."""
        return len(self.lines)

    @property
    def columns(self) -> int:
        """Its width in cells."""
        return len(self.lines[0])

    def render(self) -> Content:
        """The modules."""
        return Content("\n".join(self.lines))


def qr_lines(text: str) -> list[str]:
    """`text` as lines of half blocks; a full cell is dark."""
    import segno

    matrix = [[module & 1 for module in row] for row in segno.make(text, error="l", micro=False).matrix]
    size = len(matrix) + 2 * BORDER
    blank = [0] * size
    padded = [blank] * BORDER + [[0] * BORDER + row + [0] * BORDER for row in matrix] + [blank] * BORDER
    if len(padded) % 2:
        padded.append(blank)
    cells = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
    return [
        "".join(cells[upper, lower] for upper, lower in zip(padded[row], padded[row + 1], strict=True))
        for row in range(0, len(padded), 2)
    ]


def compact(text: str) -> str:
    """`text` in the letters that a QR code packs best: capitals, digits and a few signs."""
    return re.sub(r" +", " ", _ALPHANUMERIC.sub(" ", text.upper().replace("→", "-"))).strip()
