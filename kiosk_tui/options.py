"""What a terminal is started with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kiosk_tui.remembered import Desk
from kiosk_tui.talk import BackOff


@dataclass(frozen=True, slots=True)
class Reading:
    """How fast people here read: what passes by itself stays as long as reading it takes, and some more."""

    words_a_minute: int = 150

    def seconds(self, words: str, least: float) -> float:
        """How long `words` stay at least, in seconds."""
        return max(least, len(words.split()) * 60.0 / self.words_a_minute + 2.0)


@dataclass(frozen=True, slots=True)
class Options:
    """`desk` None: none is known yet, so `near` is tried, and others are looked for.

    `kiosk`: cannot be left without the operator's code. `idle_s`: how long nothing may happen in a conversation before
    the customer is asked whether they are there; `warning_s` later everything is wiped. `large` None: by the
    terminal's size. `by_hand`: push to talk. `record`: a folder for a picture of every screen. `hands`: file
    descriptors of a scripted customer (their lines in, what they see out). `config`: where what changes is kept.
    `clock`: seconds, as `time.monotonic` gives them.
    """

    desk: Desk | None = None
    near: Desk | None = None
    session_key: str | None = None
    text_only: bool = False
    kiosk: bool = False
    theme: str = "lobby"
    large: bool | None = None
    reduced_motion: bool = False
    reading: Reading = field(default_factory=Reading)
    idle_s: float = 60.0
    warning_s: float = 20.0
    by_hand: bool = False
    record: Path | None = None
    hands: tuple[int, int] | None = None
    config: Path | None = None
    operator_key: str | None = None
    back_off: BackOff = field(default_factory=BackOff)
    clock: Callable[[], float] = time.monotonic
