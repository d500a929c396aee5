"""An engine that can have something to say before its first reply: that the conversation is recorded.

| state | event | next |
|---|---|---|
| nothing due | `announce` | due |
| due | a reply begins | saying it; what the reply gives is held |
| saying it | it is said | nothing due; what was held is told |
| saying it | the reply is stopped | due |
| nothing due | the client says that less than all of it was heard | due |
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from agents.desk import AgentDesk
from edge_server.audio import BYTES_PER_MS, CHUNK_BYTES
from edge_server.engines.attended import Attended, Emit
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import Command, EngineEvent
from edge_server.speech.phrases import phrases
from edge_server.speech.service import SpeechService
from sync.session import SessionState

log = logging.getLogger(__name__)


class Announced:
    """The engine that `make` makes. Made inside a running event loop."""

    def __init__(self, make: Callable[[Emit], Attended], *, desk: AgentDesk, speech: SpeechService, emit: Emit) -> None:
        self._desk = desk
        self._speech = speech
        self._emit = emit
        self._due = ""
        self._said = ""
        self._said_ms = 0
        self._generation = 0
        self._held: list[EngineEvent] | None = None
        self._saying: asyncio.Task[None] | None = None
        self.attended = make(self._from_inner)

    @property
    def active(self) -> str:
        """Which engine answers now."""
        return self.attended.active

    @property
    def state(self) -> SessionState:
        """The session now."""
        return self.attended.state

    def announce(self, text: str) -> None:
        """Say `text` before the next reply."""
        self._due = text

    def do(self, command: Command) -> None:
        """Take a command. Never blocks."""
        match command:
            case fx.Hear():
                pass  # many a second
            case fx.Think(generation=generation) if self._due and command.remember:
                self._stop()
                self._generation, self._held = generation, []
                self._said, self._due, self._said_ms = self._due, "", 0
                self._saying = asyncio.create_task(self._say(command), name="announcement")
            case fx.StopThinking(generation=generation) if self._held is not None and self._generation <= generation:
                self._stop()
            case fx.KeepHeard(generation=generation, text=text) if self._said and generation == self._generation:
                if len(text) < len(self._said):
                    self._due = self._said
                rest = text.removeprefix(self._said).strip() if text.startswith(self._said) else ""
                command = replace(command, text=rest, audio_ms=max(0, command.audio_ms - self._said_ms))
        self.attended.do(command)

    async def close(self) -> None:
        """Stop everything."""
        saying = self._saying
        self._stop()
        if saying is not None:
            await asyncio.gather(saying, return_exceptions=True)
        await self.attended.close()

    def _stop(self) -> None:
        if self._held is not None:
            self._due, self._held = self._said, None
        if self._saying is not None:
            self._saying.cancel()
            self._saying = None

    async def _say(self, think: fx.Think) -> None:
        self._emit(fx.ReplyText(think.generation, self._said))
        if think.speak:
            own = self._speech.house_voice or self._desk.voice(self.state.agent)
            voice = think.voice if think.voice in self._speech.voices else own
            try:
                for phrase in phrases(self._said, first=True):
                    pcm = await self._speech.synthesise(phrase, voice=voice, speed=think.speed)
                    self._said_ms += len(pcm) // BYTES_PER_MS
                    for start in range(0, len(pcm), CHUNK_BYTES):
                        self._emit(fx.ReplyAudio(think.generation, pcm[start : start + CHUNK_BYTES]))
            except Exception:
                log.exception("an announcement could not be spoken; it was shown")
        held, self._held = self._held or [], None
        for event in held:
            self._emit(event)

    def _from_inner(self, event: EngineEvent) -> None:
        if self._held is not None and getattr(event, "generation", None) == self._generation:
            self._held.append(event)
        else:
            self._emit(event)
