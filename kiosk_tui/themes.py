"""Colours: the usual ones, and two of high contrast. `tests/kiosk_tui/test_contrast.py` measures what they paint."""

from __future__ import annotations

from textual.theme import Theme

LOBBY = Theme(
    name="lobby",
    primary="#5aa9e6",
    secondary="#7fc8a9",
    accent="#f4b860",
    success="#7fc97f",
    warning="#ffb454",
    error="#ff7b72",
    foreground="#e8edf2",
    background="#10151c",
    surface="#18202a",
    panel="#202b38",
    dark=True,
)
CONTRAST_DARK = Theme(
    name="contrast-dark",
    primary="#ffff00",
    secondary="#00ffff",
    accent="#00ffff",
    success="#00ff66",
    warning="#ffff00",
    error="#ff9999",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    boost="#000000",
    dark=True,
    variables={
        "text-muted": "#ffffff",
        "foreground-muted": "#ffffff",
        "border": "#ffffff",
        "border-blurred": "#ffffff",
        "button-foreground": "#ffffff",
        "footer-key-foreground": "#ffff00",
        "input-selection-background": "#ffff00 40%",
        "text-disabled": "#cccccc",
        "text-primary": "#ffff00",
        "text-accent": "#00ffff",
        "text-success": "#00ff66",
        "text-warning": "#ffff00",
        "text-error": "#ff9999",
        "text-secondary": "#00ffff",
    },
)
CONTRAST_LIGHT = Theme(
    name="contrast-light",
    primary="#00309c",
    secondary="#00553a",
    accent="#7a0050",
    success="#004d1a",
    warning="#6b3000",
    error="#990000",
    foreground="#000000",
    background="#ffffff",
    surface="#ffffff",
    panel="#ffffff",
    boost="#ffffff",
    dark=False,
    variables={
        "text-muted": "#000000",
        "foreground-muted": "#000000",
        "border": "#000000",
        "border-blurred": "#000000",
        "button-foreground": "#000000",
        "button-color-foreground": "#ffffff",
        "footer-key-foreground": "#00309c",
        "text-disabled": "#444444",
        "text-primary": "#00309c",
        "text-accent": "#7a0050",
        "text-success": "#004d1a",
        "text-warning": "#6b3000",
        "text-error": "#990000",
        "text-secondary": "#00553a",
    },
)
THEMES = (LOBBY, CONTRAST_DARK, CONTRAST_LIGHT)
"""In the order in which F3 offers them."""
THEME_NAMES = {"lobby": "usual", "contrast-dark": "high contrast, dark", "contrast-light": "high contrast, light"}
