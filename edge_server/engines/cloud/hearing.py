"""The customer's turns as the provider hears them, matched with the items that they have here. Pure.

The provider names a turn's item when speech starts, and tells its words some time after its end; the conversation here
names its own item when it takes the turn. Turns are matched in their order.

| state of a turn | event | next |
|---|---|---|
| spoken | speech stopped | ended, unless the conversation has forgotten it |
| ended | `taken` as an item | awaited; its words are told when they come, or are there |
| (none) | `taken` as an item | to be committed; it is the next turn that the provider commits |
| awaited | words | over |

Times are ms of the client's audio; the provider counts from the beginning of its own session, `offset_ms`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from edge_server.engines.cloud.upstream import Body
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import EngineEvent


@dataclass(slots=True)
class _Turn:
    """A turn at the provider. `item_id` is ours, once the conversation has taken it."""

    start_ms: int = 0
    end_ms: int = 0
    item_id: str | None = None
    words: str | None = None
    broke: str | None = None
    so_far: str = ""


@dataclass(slots=True)
class Hearing:
    """The turns of one session at the provider."""

    offset_ms: int = 0
    speaking: str | None = None
    """The provider's item of the turn that is being spoken."""
    _turns: dict[str, _Turn] = field(default_factory=dict)
    _ended: deque[str] = field(default_factory=deque)
    _to_commit: deque[str] = field(default_factory=deque)

    @property
    def quiet(self) -> bool:
        """Whether nobody speaks, and no turn waits for its words."""
        return self.speaking is None and not self._turns and not self._to_commit

    def awaited(self) -> list[str]:
        """Our items whose words have not come."""
        taken = [turn.item_id for turn in self._turns.values() if turn.item_id is not None]
        return [*taken, *self._to_commit]

    def take(self, event: Body) -> list[EngineEvent]:
        """An event of the provider about input audio."""
        upstream = str(event.get("item_id"))
        match event["type"]:
            case "input_audio_buffer.speech_started":
                self.speaking = upstream
                start = self.offset_ms + _ms(event.get("audio_start_ms"))
                self._turns[upstream] = _Turn(start, start)
                return [fx.SpeechStarted(start)]
            case "input_audio_buffer.speech_stopped":
                self.speaking = None
                turn = self._turns.get(upstream)
                if turn is not None:
                    turn.end_ms = self.offset_ms + _ms(event.get("audio_end_ms"))
                    self._ended.append(upstream)
                    return [fx.SpeechStopped(turn.end_ms)]
            case "input_audio_buffer.committed":
                if self._to_commit and upstream not in self._ended:
                    self._turns.setdefault(upstream, _Turn()).item_id = self._to_commit.popleft()
                    self.speaking = None if self.speaking == upstream else self.speaking
            case "conversation.item.input_audio_transcription.delta":
                return self._partly(upstream, str(event["delta"]))
            case "conversation.item.input_audio_transcription.completed":
                return self._words(upstream, str(event["transcript"]).strip(), None)
            case "conversation.item.input_audio_transcription.failed":
                return self._words(
                    upstream, "", "The provider could not write down what was said; please say it again."
                )
        return []

    def taken(self, item_id: str) -> tuple[list[EngineEvent], bool]:
        """The conversation takes the next turn as `item_id`: what is known of it, and whether it must be committed."""
        while self._ended:
            upstream = self._ended.popleft()
            turn = self._turns.get(upstream)
            if turn is not None:
                turn.item_id = item_id
                return self._tell(upstream, turn), False
        self._to_commit.append(item_id)
        return [], True

    def forget(self) -> list[str]:
        """The conversation drops what it has not taken. Gives the provider's items of it."""
        dropped = [upstream for upstream, turn in self._turns.items() if turn.item_id is None]
        for upstream in dropped:
            del self._turns[upstream]
        self._ended.clear()
        self.speaking = None
        return dropped

    def heard_so_far(self) -> str:
        """The words of the turn that was heard last, as far as they have come."""
        return next((turn.words or turn.so_far for turn in reversed(self._turns.values())), "").strip()

    def _partly(self, upstream: str, delta: str) -> list[EngineEvent]:
        turn = self._turns.get(upstream)
        if turn is None or turn.words is not None:
            return []
        turn.so_far += delta
        return [fx.TranscribedPartly(turn.item_id, delta)] if turn.item_id is not None else []

    def _words(self, upstream: str, words: str, broke: str | None) -> list[EngineEvent]:
        turn = self._turns.get(upstream)
        if turn is None:
            return []
        turn.words, turn.broke = words, broke
        return self._tell(upstream, turn) if turn.item_id is not None else []

    def _tell(self, upstream: str, turn: _Turn) -> list[EngineEvent]:
        if turn.item_id is None or turn.words is None:
            told = turn.so_far and turn.item_id is not None
            return [fx.TranscribedPartly(turn.item_id, turn.so_far)] if told else []
        del self._turns[upstream]
        if turn.broke is not None:
            return [fx.TranscriptionBroke(turn.item_id, turn.broke)]
        return [fx.Transcribed(turn.item_id, turn.words, (turn.end_ms - turn.start_ms) / 1000)]


def _ms(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
