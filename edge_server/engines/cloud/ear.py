"""The ear of one session in the cloud: audio goes to the provider as it comes, turns and words come back.

What the provider cannot hear is heard here: whole clips (it writes down only what it heard as a turn) are recognised
by this machine. Audio of a time without a line is kept for the next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from agents.understand.backchannels import is_backchannel, is_echo
from edge_server.audio import BYTES_PER_MS, CHUNK_BYTES
from edge_server.engines.cloud import session
from edge_server.engines.cloud.hearing import Hearing
from edge_server.engines.cloud.upstream import Body, Upstream
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import EngineEvent
from edge_server.realtime.events.session import ServerVad, TurnDetection
from edge_server.speech.service import SpeechService

log = logging.getLogger(__name__)

EARLY_MS = 10_000
"""Audio kept while the line is being opened."""
BROKEN = "The line to the provider broke; please say it again."


class CloudEar:
    """Hears for one session. `tell` takes what is heard, `vocabulary` gives words to expect, `reply` the words of the
    last reply."""

    def __init__(
        self,
        speech: SpeechService,
        *,
        tell: Callable[[EngineEvent], None],
        vocabulary: Callable[[], str],
        reply: Callable[[], str],
    ) -> None:
        self.detection: TurnDetection | None = ServerVad()
        self._speech = speech
        self._tell = tell
        self._vocabulary = vocabulary
        self._reply = reply
        self._hearing = Hearing()
        self._input_ms = 0.0
        self._early = bytearray()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def quiet(self) -> bool:
        """Whether nobody speaks and nothing waits for words."""
        return self._hearing.quiet

    def hear(self, pcm: bytes, upstream: Upstream | None) -> None:
        """More input audio; None: there is no line to send it on."""
        self._input_ms += len(pcm) / BYTES_PER_MS
        if upstream is not None:
            upstream.append(pcm)
        else:
            self._early += pcm
            del self._early[: max(0, len(self._early) - EARLY_MS * BYTES_PER_MS)]

    def forget(self) -> list[Body]:
        """Drop what no item holds yet. Gives the events that make the provider do so."""
        self._early.clear()
        deleted: list[Body] = [
            {"type": "conversation.item.delete", "item_id": item_id} for item_id in self._hearing.forget()
        ]
        return [*deleted, {"type": "input_audio_buffer.clear"}]

    def transcribe(self, command: fx.Transcribe, upstream: Upstream | None) -> None:
        """Have an item written down."""
        if command.pcm is not None:
            task = asyncio.create_task(self._recognise(command.item_id, command.pcm))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        if upstream is None:
            self._tell(fx.TranscriptionBroke(command.item_id, BROKEN))
            return
        events, commit = self._hearing.taken(command.item_id)
        if commit:
            upstream.send({"type": "input_audio_buffer.commit"})
        self._pass_on(events)

    def take(self, event: Body) -> None:
        """An event of the provider's about input audio."""
        self._pass_on(self._hearing.take(event))

    def heard_so_far(self) -> str:
        """The words of the turn that was heard last, as far as they have come."""
        return self._hearing.heard_so_far()

    def begin(self) -> None:
        """A new session at the provider, which has heard nothing yet."""
        self._hearing = Hearing(round(self._input_ms - len(self._early) / BYTES_PER_MS))

    def flush(self, upstream: Upstream) -> None:
        """Send what came while there was no line."""
        for start in range(0, len(self._early), CHUNK_BYTES):
            upstream.append(bytes(self._early[start : start + CHUNK_BYTES]))
        self._early.clear()

    def lost(self) -> tuple[tuple[str, ...], bool]:
        """The line is gone. Gives the items without words, and whether somebody is speaking."""
        hearing, self._hearing = self._hearing, Hearing(round(self._input_ms))
        return tuple(hearing.awaited()), hearing.speaking is not None

    def tell_broken(self, awaited: tuple[str, ...], *, speaking: bool) -> None:
        """Nobody else goes on with what was open: say so."""
        if speaking:
            self._tell(fx.SpeechStopped(round(self._input_ms)))
        for item_id in awaited:
            self._tell(fx.TranscriptionBroke(item_id, BROKEN))

    def listening(self, wanted: TurnDetection | None) -> Body:
        """How to hear turns from now on, as an event."""
        self.detection = wanted
        return session.listening(wanted)

    async def close(self) -> None:
        """Stop all work."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _recognise(self, item_id: str, pcm: bytes) -> None:
        try:
            heard = await self._speech.transcribe(pcm, self._vocabulary())
        except Exception:
            log.exception("recognition failed")
            self._tell(fx.TranscriptionBroke(item_id, "Speech recognition failed; please say it again."))
        else:
            self._tell(fx.Transcribed(item_id, heard.text, len(pcm) / BYTES_PER_MS / 1000))

    def _pass_on(self, events: list[EngineEvent]) -> None:
        for event in events:
            if isinstance(event, fx.Transcribed):
                event = replace(event, aside=is_backchannel(event.text) or is_echo(event.text, self._reply()))
            self._tell(event)
