"""One response, from its announcement to its end.

| state | event | next | sent |
|---|---|---|---|
| (none) | begun | waiting | response.created |
| waiting | words are known | thinking | |
| thinking | first clause | replying | output_item.added, item.added, content_part.added, a delta |
| replying | clause, audio | replying | deltas |
| waiting, thinking, replying | ended | over | the done events of what was opened, response.done |
| over | anything | over | nothing |

`response.done` is sent exactly once, and nothing after it. Deltas come only between their part's added and done.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from typing import Literal

from edge_server.realtime.events import response as out
from edge_server.realtime.events.base import ServerEvent
from edge_server.realtime.events.items import ContentPart, Item, ItemAdded, ItemDone
from edge_server.realtime.events.session import Modality
from edge_server.realtime.items import Items

State = Literal["waiting", "thinking", "replying", "over"]
Ending = Literal["completed", "cancelled", "failed", "incomplete"]


@dataclass(slots=True)
class RunningResponse:
    """The state of the response under way. `items` is None for a response outside the conversation."""

    id: str
    generation: int
    item_id: str
    conversation_id: str
    items: Items | None
    speaks: bool
    voice: str
    max_output_tokens: int | Literal["inf"] = "inf"
    metadata: dict[str, str] | None = None
    state: State = "waiting"
    _item: Item | None = None
    _clauses: list[str] = field(default_factory=list)
    _words_in: int = 0
    answers: tuple[str, ...] = ()
    """The customer's items that this response answers."""

    def begin(self) -> list[ServerEvent]:
        """Announce the response."""
        return [out.ResponseCreated(self._wire("in_progress"))]

    def thinking(self, utterance: str, answers: tuple[str, ...]) -> None:
        """The words to answer, and the items that they come from, are known."""
        if self.state == "waiting":
            self.state = "thinking"
            self.answers = answers
            self._words_in = len(utterance.split())

    def clause(self, text: str) -> list[ServerEvent]:
        """The next clause of the reply."""
        if self.state == "over" or not text:
            return []
        events = [] if self._item else self._open()
        delta = f" {text}" if self._clauses else text
        self._clauses.append(text)
        if self.speaks:
            events.append(out.TranscriptDelta(self.id, self.item_id, 0, 0, delta))
        else:
            events.append(out.TextDelta(self.id, self.item_id, 0, 0, delta))
        return events

    def audio(self, pcm: bytes) -> list[ServerEvent]:
        """Speech of the clause last given."""
        if self.state != "replying" or not pcm:
            return []
        return [out.AudioDelta(self.id, self.item_id, 0, 0, base64.b64encode(pcm).decode())]

    def end(
        self,
        status: Ending,
        *,
        reason: out.Reason | None = None,
        error: out.StatusError | None = None,
    ) -> list[ServerEvent]:
        """Close all that is open and end the response; nothing when it has ended before."""
        if self.state == "over":
            return []
        self.state = "over"
        events = self._close("completed" if status == "completed" else "incomplete")
        details = out.StatusDetails(status, reason, error) if status != "completed" else None
        events.append(out.ResponseDone(self._wire(status, details, self._usage())))
        return events

    @property
    def text(self) -> str:
        """The reply so far."""
        return " ".join(self._clauses)

    def _open(self) -> list[ServerEvent]:
        self.state = "replying"
        item = Item(self.item_id, "message", "in_progress", role="assistant", content=())
        self._item = item
        events: list[ServerEvent] = [out.OutputItemAdded(self.id, 0, item)]
        if self.items is not None:
            events.append(ItemAdded(item, self.items.add(item)))
        events.append(out.ContentPartAdded(self.id, self.item_id, 0, 0, self._part("")))
        return events

    def _close(self, status: Literal["completed", "incomplete"]) -> list[ServerEvent]:
        if self._item is None:
            return []
        where = (self.id, self.item_id, 0, 0)
        events: list[ServerEvent] = []
        if self.speaks:
            events += [out.AudioDone(*where), out.TranscriptDone(*where, self.text)]
            content = ContentPart("output_audio", transcript=self.text)
        else:
            events.append(out.TextDone(*where, self.text))
            content = ContentPart("output_text", text=self.text)
        self._item = replace(self._item, status=status, content=(content,))
        events.append(out.ContentPartDone(*where, self._part(self.text)))
        events.append(out.OutputItemDone(self.id, 0, self._item))
        if self.items is not None and self.item_id in self.items:
            self.items.put(self._item)
            events.append(ItemDone(self._item, self.items.previous_id(self.item_id)))
        return events

    def _part(self, text: str) -> out.SpokenPart:
        return out.SpokenPart("audio", transcript=text) if self.speaks else out.SpokenPart("text", text=text)

    def _modalities(self) -> tuple[Modality, ...]:
        return ("audio",) if self.speaks else ("text",)

    def _usage(self) -> out.Usage:
        said = len(self.text.split())
        spoken, written = (said, 0) if self.speaks else (0, said)
        return out.Usage(
            total_tokens=self._words_in + said,
            input_tokens=self._words_in,
            output_tokens=said,
            input_token_details=out.InputTokens(text_tokens=self._words_in),
            output_token_details=out.OutputTokens(text_tokens=written, audio_tokens=spoken),
        )

    def _wire(
        self, status: out.ResponseState, details: out.StatusDetails | None = None, usage: out.Usage | None = None
    ) -> out.Response:
        return out.Response(
            id=self.id,
            status=status,
            output=(self._item,) if self._item else (),
            conversation_id=self.conversation_id if self.items is not None else None,
            output_modalities=self._modalities(),
            max_output_tokens=self.max_output_tokens,
            audio=out.ResponseAudio(out.ResponseAudioOutput(out.AudioFormat(), self.voice)),
            status_details=details,
            usage=usage,
            metadata=self.metadata,
        )
