"""Words in large letters: as high as the place allows, as plain bold words where it does not."""

from __future__ import annotations

from functools import lru_cache

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

FONTS = ("smmono9", "smblock")
"""Block letters of six and of four rows."""


class Large(Static):
    """`words` in the largest letters that fit the width, and `most_rows`."""

    words: reactive[str] = reactive("", layout=True)

    def __init__(self, words: str = "", *, most_rows: int = 6, id: str | None = None, classes: str = "") -> None:
        super().__init__(id=id, classes=f"large {classes}".strip())
        self.most_rows = most_rows
        self.set_reactive(Large.words, words)

    def render(self) -> Content:
        """The letters."""
        width = self.container_size.width or self.app.size.width
        return Content(large_letters(self.words, width, self.most_rows))


@lru_cache(maxsize=8)
def _font(name: str) -> object:
    from pyfiglet import Figlet

    return Figlet(font=name, width=1000)


def large_letters(words: str, width: int, most_rows: int) -> str:
    """`words` in the largest font that fits `width` columns and `most_rows` rows; else the words themselves."""
    if words.isascii():
        for name in FONTS:
            rows = _drawn(name, words)
            if 1 < len(rows) <= most_rows and max(map(len, rows)) <= width:
                return "\n".join(rows)
    return words


def _drawn(font: str, words: str) -> list[str]:
    drawn = str(_font(font).renderText(words))  # type: ignore[attr-defined]
    rows = [line.rstrip() for line in drawn.splitlines()]
    while rows and not rows[0]:
        rows.pop(0)
    while rows and not rows[-1]:
        rows.pop()
    wide = max(map(len, rows), default=0)
    return [row.ljust(wide) for row in rows]


def large_paragraph(words: str, width: int) -> str:
    """`words` wrapped to `width` columns in letters of four rows; None of it is cut. Not ASCII: as it is."""
    if not words.isascii() or width < 40:
        return words
    lines: list[list[str]] = []
    line: list[str] = []
    for word in words.split():
        longer = _drawn(FONTS[1], " ".join([*line, word]))
        if line and longer and max(map(len, longer)) > width:
            lines.append(line)
            line = []
        line.append(word)
    drawn = ["\n".join(_drawn(FONTS[1], " ".join(one))) for one in (*lines, line) if one]
    return "\n\n".join(drawn)
