"""Pictures of the screens as SVG files, one after each step of a conversation: for pages and for looking at them.

Pictures hold what customers see, so kiosk mode takes none.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk_tui.serving import Serving


def without_fonts(picture: str) -> str:
    """The same picture without fonts that a browser would fetch from elsewhere: this machine's own are taken."""
    bare = re.sub(r"@font-face\s*\{[^}]*\}", "", picture)
    return bare.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")


class Recorder:
    """Writes `NN-screen.svg` into `folder`; a screen that looks as in the last picture is not taken again."""

    def __init__(self, app: Serving, folder: Path) -> None:
        self._app = app
        self._folder = folder
        self._number = 0
        self._last = ""
        folder.mkdir(parents=True, exist_ok=True)

    def take(self) -> None:
        """A picture of what is to be seen now."""
        picture = without_fonts(self._app.export_screenshot(title="Lobby", simplify=True))
        shape = "".join(picture.split("</style>")[-1].split("clip")[-1:])
        if shape == self._last:
            return
        self._last = shape
        self._number += 1
        name = type(self._app.screen).__name__.removesuffix("Screen").lower()
        (self._folder / f"{self._number:02}-{name}.svg").write_text(picture, "utf-8")
