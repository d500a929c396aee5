"""Words can be told from what is behind them: the contrast ratio (WCAG 2.2, 1.4.3 and 1.4.6) of all that is painted."""

from __future__ import annotations

import asyncio

import pytest
from rich.segment import Segment

from tests.kiosk_tui.scenes import scenes, settled

LEAST = {"lobby": 4.5, "contrast-dark": 7.0, "contrast-light": 7.0}


@pytest.mark.slow
async def test_words_stand_out_from_what_is_behind_them_in_every_theme() -> None:
    faint: list[str] = []
    async for name, screen in scenes((120, 40)):
        for theme, least in LEAST.items():
            screen.app.theme = theme
            await asyncio.sleep(0)
            await settled(screen)
            for strip in screen.strips:
                for part in strip:
                    if any(letter.isalnum() for letter in part.text) and (ratio := painted_ratio(part)) < least:
                        faint.append(f"{theme}, {name}: {part.text.strip()!r} {ratio:.1f} {part.style}")
        screen.app.theme = "lobby"
    assert not faint, "\n".join(dict.fromkeys(faint))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [((0, 0, 0), (255, 255, 255), 21.0), ((119, 119, 119), (255, 255, 255), 4.48), ((9, 9, 9), (9, 9, 9), 1.0)],
)
def test_the_ratio_is_that_of_wcag(one: tuple[int, int, int], other: tuple[int, int, int], expected: float) -> None:
    assert ratio_of(one, other) == pytest.approx(expected, abs=0.01)


def painted_ratio(part: Segment) -> float:
    """The ratio of the letters of `part` to what is behind them; 1 where a colour is not known."""
    style = part.style
    if style is None or style.color is None or style.bgcolor is None:
        return 1.0
    return ratio_of(style.color.get_truecolor(), style.bgcolor.get_truecolor(foreground=False))


def ratio_of(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """(L1 + 0.05) / (L2 + 0.05), with the brighter one above: 1 to 21."""
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: tuple[int, int, int]) -> float:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
