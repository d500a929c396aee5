"""What is painted, letter by letter, at three sizes: every screen against its stored picture (`pictures/`).

A change that is wanted is stored by `LOBBY_STORE_PICTURES=1 pytest tests/kiosk_tui/test_pictures.py`, and looked at
in the difference of the commit.
"""

from __future__ import annotations

import difflib
import os
import re
import time
from pathlib import Path

import pytest

from tests.kiosk_tui.scenes import NAMES, scenes

PICTURES = Path(__file__).with_name("pictures")
STORE = bool(os.environ.get("LOBBY_STORE_PICTURES"))


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (240, 67)])
async def test_every_screen_is_painted_as_its_picture(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    other: list[str] = []
    seen: list[str] = []
    async for name, screen in scenes(size):
        seen.append(name)
        path = PICTURES / f"{name}-{size[0]}x{size[1]}.txt"
        painted = re.sub(r"127\.0\.0\.1:\d{5}", "127.0.0.1:00000", "\n".join(screen.lines)) + "\n"
        if STORE:
            path.parent.mkdir(exist_ok=True)
            path.write_text(painted, encoding="utf-8")
        stored = path.read_text(encoding="utf-8")
        other += difflib.unified_diff(stored.splitlines(), painted.splitlines(), path.name, "painted", lineterm="")
    assert tuple(seen) == NAMES
    assert not other, "\n".join(other)
