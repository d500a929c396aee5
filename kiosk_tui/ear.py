"""The terminal's sound, kept going: opened behind the first screen, opened again when a device goes or comes, muted by
hand, and listened to for a voice while nobody is being served.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kiosk_tui.attention import Attention
from kiosk_tui.audio import Sound, find_sound
from kiosk_tui.audio_devices import Chosen, devices_there, rescan
from kiosk_tui.audio_hands_free import State

if TYPE_CHECKING:
    from kiosk_tui.serving import Serving

SOUND_LOST = "The sound device has stopped: type your question and read the answers."
SOUND_BACK = "Sound is back."
ECHOING = (
    "The microphone hears too much of the loudspeaker: it is off while the desk speaks. Press Esc, then "
    "speak. A lower volume or a headset helps."
)
LOOK_AGAIN_S = 2.0
"""How often devices that are not there are looked for, once something has changed on the machine."""


class Ear:
    """`by_hand`: the microphone is open only between two presses of F8."""

    def __init__(self, app: Serving, *, text_only: bool, by_hand: bool = False) -> None:
        self._app = app
        self._text_only = text_only
        self.by_hand = by_hand
        self.sound = Sound()
        self.muted = by_hand
        self.chosen = Chosen()
        self.volume = 100
        self._attention = Attention()
        self._there = ""
        self._told_echo = False
        self._next_look = 0.0
        self._opening = False

    @property
    def hears(self) -> bool:
        """Whether there is an open microphone."""
        return self.sound.hears and not self.muted

    @property
    def level(self) -> float | None:
        """How loud the microphone hears; None without one."""
        return self.sound.level if self.hears else None

    async def open(self, *, again: bool = False) -> None:
        """Find the devices. `again`: after some had gone, so PortAudio looks anew."""
        if self._text_only or self._opening:
            return
        self._opening = True
        try:
            self.sound.close()
            loop = asyncio.get_running_loop()
            if again:
                await asyncio.to_thread(rescan)
            self._there = devices_there()
            self.sound = await asyncio.to_thread(find_sound, loop, self._hear, None, self.chosen)
            if self.sound.playback is not None:
                self.sound.playback.volume = self.volume / 100
        finally:
            self._opening = False

    def close(self) -> None:
        """Give the devices back."""
        self.sound.close()

    def set_volume(self, percent: int) -> None:
        """How loud replies are, 0 to 100 %."""
        self.volume = max(0, min(100, percent))
        if self.sound.playback is not None:
            self.sound.playback.volume = self.volume / 100

    def forget(self) -> None:
        """Nothing of what was heard or is still to be played stays."""
        self._attention.forget()
        if self.sound.playback is not None:
            self.sound.playback.flush()
        self.muted = self.by_hand

    def take_spoken(self) -> list[bytes]:
        """What was said while nobody was served (PCM16 mono 24 kHz); it is forgotten here."""
        return self._attention.take()

    def _hear(self, pcm: bytes) -> None:
        if self.muted:
            return
        if self._app.talk is not None:
            self._app.talk.hear(pcm)
        elif self._app.waits_for_voice and self._attention.hear(pcm, self.sound.level):
            self._app.post_message(self._app.Spoke())

    def look(self, now: float) -> None:
        """Called ten times a second: a device that has gone is said, one that comes is opened."""
        if self._text_only or self._opening:
            return
        if self.sound.unplugged():
            self.sound.close()
            self.sound.notices = (SOUND_LOST,)
            self._app.sound_changed(SOUND_LOST)
            self._next_look = now + LOOK_AGAIN_S
            self._there = ""
        elif not (self.sound.hears and self.sound.speaks) and now >= self._next_look:
            self._next_look = now + LOOK_AGAIN_S
            if not self.sound.sounding() and devices_there() != self._there:
                self._app.run_worker(self._reopen(), group="sound", exclusive=True, exit_on_error=False)
        self._tell_echo()

    async def _reopen(self) -> None:
        had = (self.sound.hears, self.sound.speaks)
        await self.open(again=True)
        if (self.sound.hears, self.sound.speaks) != had:
            self._app.sound_changed(SOUND_BACK if self.sound.hears or self.sound.speaks else "")

    def _tell_echo(self) -> None:
        """Say once that the customer cannot talk over replies here."""
        hands_free = self.sound.hands_free
        echoing = hands_free is not None and hands_free.state is State.ECHOING and not self.sound.headset
        if echoing and not self._told_echo:
            self._told_echo = True
            self._app.notice(ECHOING)
