"""How the simulated provider hears turns: by sound and silence of the audio, or with the voice activity of real speech.

| state | event | next |
|---|---|---|
| quiet | sound, or the onset of speech | speaking |
| speaking | silence for `silence_duration_ms`, or the end of speech | quiet; the turn is over |

Times are ms of the audio that this session has heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from pydantic import JsonValue

from edge_server.simulated_cloud.responses import BYTES_PER_MS

if TYPE_CHECKING:
    from edge_server.speech.vad import VoiceActivity

KEPT_MS = 2_000
"""Audio kept before speech begins."""


@dataclass(frozen=True, slots=True)
class Began:
    """Somebody speaks since `at_ms`."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The turn is over at `at_ms`."""

    at_ms: int


@dataclass(slots=True)
class Turns:
    """The turns of one session. `activity`: real voice activity; None: sound is speech."""

    activity: VoiceActivity | None = None
    heard_ms: float = 0.0
    speaking: bool = False
    clip: bytearray = field(default_factory=bytearray)
    """The audio since the last turn."""
    _silent_ms: float = 0.0

    @property
    def buffered_ms(self) -> float:
        """Length of what a commit would take."""
        return len(self.clip) / BYTES_PER_MS

    def taken(self) -> bytes:
        """The audio of the turn that is over; the next begins."""
        clip = bytes(self.clip)
        self.clip.clear()
        self.speaking, self._silent_ms = False, 0.0
        return clip

    def hear(self, pcm: bytes, detection: Mapping[str, JsonValue] | None) -> list[Began | Ended]:
        """More audio (PCM16 mono 24 kHz). `detection` None: the client says when a turn ends."""
        length = len(pcm) / BYTES_PER_MS
        self.heard_ms += length
        self.clip += pcm
        if detection is None:
            return []
        if self.activity is not None:
            return self._by_voice(pcm)
        prefix, wait = detection.get("prefix_padding_ms"), detection.get("silence_duration_ms")
        if pcm.count(0) < len(pcm):
            self._silent_ms = 0.0
            if not self.speaking:
                self.speaking = True
                return [Began(max(0, round(self.heard_ms - length - _number(prefix, 300))))]
        elif self.speaking:
            self._silent_ms += length
            if self._silent_ms >= _number(wait, 500):
                return [Ended(round(self.heard_ms))]
        return []

    def _by_voice(self, pcm: bytes) -> list[Began | Ended]:
        from edge_server.speech.vad import SpeechStarted, SpeechStopped

        assert self.activity is not None
        if not self.speaking:
            del self.clip[: max(0, len(self.clip) - KEPT_MS * BYTES_PER_MS)]
        found: list[Began | Ended] = []
        for event in self.activity.feed(np.frombuffer(pcm, dtype=np.int16)):
            if isinstance(event, SpeechStarted):
                self.speaking = True
                found.append(Began(event.audio_start_ms))
            elif isinstance(event, SpeechStopped):
                found.append(Ended(event.at_ms))
        return found


def _number(value: JsonValue, default: float) -> float:
    return float(value) if isinstance(value, int | float) else default
