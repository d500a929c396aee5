"""The lines above and below the conversation: whether the server is there, and who is to speak."""

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
    AWAY = ("✕", "The desk is away")
    LISTENING = ("●", "Listening: just speak, or type")
    HEARING = ("●", "I hear you …")
    THINKING = ("◌", "Thinking …")
    SPEAKING = ("▶", "Speaking: Esc stops it")
    SPEAKING_DEAF = ("▶", "Speaking, microphone off: Esc stops it")
    SPEAKING_OPEN = ("▶", "Speaking: talk over it, or Esc")
    TYPING = ("●", "Type your question")

    @property
    def sign(self) -> str:
        """One cell that tells the mood without colour."""
        return self.value[0]

    @property
    def words(self) -> str:
        """The mood in words."""
        return self.value[1]


class TitleBar(Static):
    """Name of the product and the state of the server."""

    state: reactive[str] = reactive("starting", layout=True)
    online: reactive[bool] = reactive(False)

    def render(self) -> Content:
        """Name at the left, state at the right of the line."""
        name, state = " Lobby", f"{'●' if self.online else '○'} {self.state} "
        gap = max(1, self.size.width - len(name) - len(state))
        return Content.assemble((name, "bold"), " " * gap, (state, "$success" if self.online else "$warning"))


class StatusLine(Static):
    """Who is to speak, and how loud the microphone hears."""

    mood: reactive[Mood] = reactive(Mood.CONNECTING)
    level: reactive[float | None] = reactive(None)
    """dB below full scale; None: no microphone."""
    detail: reactive[str] = reactive("")

    def render(self) -> Content:
        """Sign, words and level meter."""
        colour = {
            Mood.AWAY: "$error",
            Mood.CONNECTING: "$warning",
            Mood.THINKING: "$warning",
            Mood.SPEAKING: "$accent",
            Mood.SPEAKING_DEAF: "$accent",
            Mood.SPEAKING_OPEN: "$accent",
        }.get(self.mood, "$success")
        parts: list[str | tuple[str, str]] = [" ", (self.mood.sign, colour), " ", (self.mood.words, "bold")]
        if self.detail:
            parts.append((f"  {self.detail}", "$text-muted"))
        if self.level is not None:
            parts.append(("   " + meter(self.level), "$success"))
        return Content.assemble(*parts)


def meter(level_db: float) -> str:
    """A bar of METER_CELLS cells for a level between METER_FLOOR_DB and 0 dB."""
    full = round(METER_CELLS * (1 - max(METER_FLOOR_DB, min(0.0, level_db)) / METER_FLOOR_DB))
    return "▮" * full + "▯" * (METER_CELLS - full)
