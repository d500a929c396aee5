"""The sound of a conversation, turn by turn, from the events that pass. No file, no await.

Only what belongs to a turn is kept: the customer's speech from its beginning to its end, and of a reply what was heard.
What is said in the room in between is forgotten within seconds.

| event | then |
|---|---|
| `Hear` | appended; forgotten again unless speech begins soon |
| `SpeechStarted`, `SpeechStopped` | the turn's beginning and end |
| `Transcribe` | the turn's sound waits for its words |
| `Transcribed` | it is given, or left out when a secret was asked for |
| `ReplyAudio` | gathered; given when the next turn or reply begins, cut to what was heard |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge_server.audio import BYTES_PER_MS
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import Effect, EngineEvent
from edge_server.realtime.events.items import ItemAdded

KEPT_MS = 3_000
"""Sound kept before speech is known to have begun."""
LONGEST_MS = 120_000
"""Of one turn."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The sound of one item: PCM16 mono 24 kHz."""

    item_id: str
    pcm: bytes


class TurnAudio:
    """The sound of one connection. `secret`: whether what the customer says now may be one."""

    def __init__(self, give: Callable[[Segment], None], secret: Callable[[], bool]) -> None:
        self._give = give
        self._secret = secret
        self._buffer = bytearray()
        self._begins_ms = 0.0
        self._started_ms: float | None = None
        self._stopped_ms: float | None = None
        self._push_to_talk = False
        self._waiting: dict[str, bytes] = {}
        self._spoke_secret = False
        self._reply = bytearray()
        self._reply_item: str | None = None
        self._generation = 0

    def heard(self, event: EngineEvent) -> None:
        """The engine says `event`."""
        match event:
            case fx.SpeechStarted(at_ms=at_ms):
                self._started_ms, self._stopped_ms = float(at_ms), None
                self._spoke_secret = self._secret()
            case fx.SpeechStopped(at_ms=at_ms):
                self._stopped_ms = float(at_ms)
            case fx.Transcribed(item_id=item_id, text=text):
                pcm, hidden = self._waiting.pop(item_id, b""), self._spoke_secret or self._secret()
                self._spoke_secret = False
                if pcm and text and not hidden:
                    self._give(Segment(item_id, pcm))
            case fx.TranscriptionBroke(item_id=item_id):
                self._waiting.pop(item_id, None)
            case fx.ReplyAudio(generation=generation, pcm=pcm) if generation == self._generation:
                self._reply += pcm

    def did(self, effect: Effect) -> None:
        """The conversation wants `effect`."""
        match effect:
            case fx.Hear(pcm=pcm):
                self._hear(pcm)
            case fx.Listen(turn_detection=detection):
                self._push_to_talk = detection is None
            case fx.ForgetAudio():
                self._forget(self._ends_ms)
            case fx.Transcribe(item_id=item_id, pcm=pcm):
                self.flush()
                self._waiting[item_id] = self._turn() if pcm is None else pcm[: LONGEST_MS * BYTES_PER_MS]
            case fx.Think(generation=generation, remember=True) | fx.Resume(generation=generation):
                self.flush()
                self._generation = generation
            case fx.KeepHeard(generation=generation, audio_ms=audio_ms) if generation == self._generation:
                del self._reply[audio_ms * BYTES_PER_MS :]
            case fx.Send(event=ItemAdded(item=item)) if item.role == "assistant" and item.status == "in_progress":
                self._reply_item = item.id

    def flush(self) -> None:
        """Give the reply that was heard last."""
        if self._reply and self._reply_item is not None:
            self._give(Segment(self._reply_item, bytes(self._reply)))
        self._reply.clear()
        self._reply_item = None

    @property
    def _ends_ms(self) -> float:
        return self._begins_ms + len(self._buffer) / BYTES_PER_MS

    def _hear(self, pcm: bytes) -> None:
        self._buffer += pcm
        keep = LONGEST_MS if self._push_to_talk or self._started_ms is not None else KEPT_MS
        if self._ends_ms - self._begins_ms > keep + KEPT_MS:
            self._forget(self._ends_ms - keep)

    def _turn(self) -> bytes:
        """The sound of the turn that has ended; what comes before it is forgotten."""
        begins = self._begins_ms if self._started_ms is None else self._started_ms
        ends = self._ends_ms if self._stopped_ms is None else self._stopped_ms
        first, last = (max(0, round(at - self._begins_ms)) * BYTES_PER_MS for at in (begins, ends))
        pcm = bytes(self._buffer[first:last])
        self._forget(ends)
        return pcm

    def _forget(self, until_ms: float) -> None:
        gone = min(len(self._buffer), max(0, round(until_ms - self._begins_ms)) * BYTES_PER_MS)
        del self._buffer[:gone]
        self._begins_ms += gone / BYTES_PER_MS
        self._started_ms = self._stopped_ms = None
