"""The lines above and below the conversation: who answers, whether the desk is there, who is to speak."""

from __future__ import annotations

from enum import Enum

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

METER_CELLS = 12
METER_FLOOR_DB = -60.0
"""Level at which the meter shows nothing; 0 dB is the loudest that PCM16 can hold."""


class Mood(Enum):
    """What the desk is at: the sign and the words that say so."""

    CONNECTING = ("○", "Connecting …")
    AWAY = ("✕", "The desk is away: please wait")
    LISTENING = ("●", "Listening: just speak, or type")
    HEARING = ("●", "I hear you …")
    THINKING = ("◌", "Thinking …")
    SPEAKING = ("▶", "Speaking: Esc stops it")
    SPEAKING_DEAF = ("▶", "Speaking, microphone off: Esc stops it")
    SPEAKING_OPEN = ("▶", "Speaking: talk over it, or Esc")
    TYPING = ("●", "Your turn: please type")
    MUTED = ("✕", "Microphone off: F8 turns it on, or type")
    BY_HAND = ("●", "Press F8 and speak, or type")
    TALKING = ("●", "Speak, then press F8")

    @property
    def sign(self) -> str:
        """One cell that tells the mood without colour."""
        return self.value[0]

    @property
    def words(self) -> str:
        """The mood in words."""
        return self.value[1]


class TitleBar(Static):
    """Name of the product, who answers, what they run on, and the state of the desk."""

    state: reactive[str] = reactive("starting", layout=True)
    online: reactive[bool] = reactive(False)
    who: reactive[str] = reactive("")
    engine: reactive[str] = reactive("")
    """What answers, where that has changed since the beginning."""

    def render(self) -> Content:
        """Name and agent at the left, state at the right of the line."""
        left = f" Lobby   {self.who}".rstrip()
        sign = f"{self.engine}  " if self.engine else ""
        state = f"{'●' if self.online else '○'} {self.state} "
        gap = max(1, self.size.width - len(left) - len(sign) - len(state))
        return Content.assemble(
            (left, "bold"),
            " " * gap,
            (sign, "$text-warning"),
            (state, "$text-success" if self.online else "$text-warning"),
        )


class StatusLine(Static):
    """Who is to speak, and how loud the microphone hears."""

    mood: reactive[Mood] = reactive(Mood.CONNECTING)
    level: reactive[float | None] = reactive(None)
    """dB below full scale; None: no microphone."""

    def render(self) -> Content:
        """Sign, words and level meter."""
        colour = {
            Mood.AWAY: "$text-error",
            Mood.MUTED: "$text-error",
            Mood.CONNECTING: "$text-warning",
            Mood.THINKING: "$text-warning",
            Mood.SPEAKING: "$text-accent",
            Mood.SPEAKING_DEAF: "$text-accent",
            Mood.SPEAKING_OPEN: "$text-accent",
        }.get(self.mood, "$text-success")
        parts: list[str | tuple[str, str]] = [" ", (self.mood.sign, colour), " ", (self.mood.words, "bold")]
        if self.level is not None:
            parts.append(("   " + meter(self.level), "$text-success"))
        return Content.assemble(*parts)


def meter(level_db: float) -> str:
    """A bar of METER_CELLS cells for a level between METER_FLOOR_DB and 0 dB."""
    full = round(METER_CELLS * (1 - max(METER_FLOOR_DB, min(0.0, level_db)) / METER_FLOOR_DB))
    return "▮" * full + "▯" * (METER_CELLS - full)
