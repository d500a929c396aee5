"""What Whisper's encoder makes of a sound, cut out of what it makes of the window around it."""

from __future__ import annotations

from edge_server.speech.mel import Floats

STATES_A_SECOND = 50
"""The encoder gives a state each 20 ms."""


def states_of(encoded: Floats, begins_s: float, length_s: float, margin: tuple[int, int]) -> Floats:
    """The states float32[frames, width] of a sound that begins at `begins_s` in the window `encoded`, and of `margin`
    before and after it: each state knows of what is around it."""
    before, after = margin
    first, end = int(begins_s * STATES_A_SECOND), int((begins_s + length_s) * STATES_A_SECOND)
    return encoded[max(0, first - before) : end + after]
