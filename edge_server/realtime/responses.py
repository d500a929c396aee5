"""One response, from its announcement to its end.

| state | event | next | sent |
|---|---|---|---|
| (none) | begun | waiting | response.created |
| waiting | words are known | thinking | |
| thinking | first clause | replying | output_item.added, item.added, content_part.added, a delta |
| thinking, replying | call to a client's tool | calling | the reply's done events, then the whole call as an item |
| replying | clause, audio | replying | deltas |
| replying | clause beyond `max_output_tokens` | replying, full | what fits |
| waiting, thinking, replying, calling | ended | over | the done events of what is open, response.done |
| over | anything | over | nothing |

`response.done` is sent exactly once, and nothing after it. Deltas come only between their item's added and done. A
reply comes before calls, never after one: the client's answer to the call brings the next response.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from edge_server.realtime.events import response as out
from edge_server.realtime.events.base import ServerEvent
from edge_server.realtime.events.items import ContentPart, Item, ItemAdded, ItemDone
from edge_server.realtime.events.session import AudioFormat, MaxTokens, Modality
from edge_server.realtime.items import Items

State = Literal["waiting", "thinking", "replying", "calling", "over"]
Ending = Literal["completed", "cancelled", "failed", "incomplete"]


@dataclass(slots=True)
class RunningResponse:
    """The state of the response under way. `items` is None for a response outside the conversation.

    `item_id`: the id that its reply will have.
    """

    id: str
    generation: int
    item_id: str
    conversation_id: str
    items: Items | None
    speaks: bool
    voice: str
    format: AudioFormat
    max_output_tokens: MaxTokens = "inf"
    metadata: dict[str, str] | None = None
    state: State = "waiting"
    full: bool = False
    """Whether the reply has come to `max_output_tokens`."""
    _output: list[Item] = field(default_factory=list)
    _clauses: list[str] = field(default_factory=list)
    _words_in: int = 0
    _words_called: int = 0
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

    def room(self, text: str) -> str:
        """The part of the clause `text` that `max_output_tokens` leaves room for; the rest makes the response full.

        Words are counted, since no tokens are metered here. A spoken clause fits whole or not at all.
        """
        if self.full or self.max_output_tokens == "inf":
            return "" if self.full else text
        words = text.split()
        left = self.max_output_tokens - len(self.text.split())
        if len(words) <= left:
            return text
        self.full = True
        return "" if self.speaks else " ".join(words[:left])

    def clause(self, text: str) -> list[ServerEvent]:
        """The next clause of the reply."""
        if self.state not in ("thinking", "replying", "waiting") or not text:
            return []
        events = self._open() if self.state != "replying" else []
        delta = f" {text}" if self._clauses else text
        self._clauses.append(text)
        if self.speaks:
            events.append(out.TranscriptDelta(self.id, self.item_id, 0, 0, delta))
        else:
            events.append(out.TextDelta(self.id, self.item_id, 0, 0, delta))
        return events

    def audio(self, pcm: bytes) -> list[ServerEvent]:
        """Speech of the clause last given: PCM16 mono 24 kHz."""
        if self.state != "replying" or not pcm or not self.speaks:
            return []
        return [out.AudioDelta(self.id, self.item_id, 0, 0, pcm)]

    def call(self, item_id: str, call_id: str, name: str, arguments: str) -> list[ServerEvent]:
        """A call that the client is to carry out, as item `item_id`."""
        if self.state in ("waiting", "over"):
            return []
        events = self._close_reply("completed")
        self.state = "calling"
        self._words_called += len(arguments.split())
        where = (self.id, item_id, len(self._output), call_id)
        item = Item(item_id, "function_call", "in_progress", name=name, call_id=call_id, arguments="")
        events += self._added(item)
        events.append(out.ArgumentsDelta(*where, arguments))
        events.append(out.ArgumentsDone(*where, name, arguments))
        return events + self._done(len(self._output) - 1, replace(item, status="completed", arguments=arguments))

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
        events = self._close_reply("completed" if status == "completed" else "incomplete")
        self.state = "over"
        details = out.StatusDetails(status, reason, error) if status != "completed" else None
        events.append(out.ResponseDone(self._wire(status, details, self._usage())))
        return events

    @property
    def text(self) -> str:
        """The reply so far."""
        return " ".join(self._clauses)

    def _open(self) -> list[ServerEvent]:
        self.state = "replying"
        events = self._added(Item(self.item_id, "message", "in_progress", role="assistant", content=()))
        events.append(out.ContentPartAdded(self.id, self.item_id, 0, 0, self._part("")))
        return events

    def _close_reply(self, status: Literal["completed", "incomplete"]) -> list[ServerEvent]:
        if self.state != "replying":
            return []
        where = (self.id, self.item_id, 0, 0)
        events: list[ServerEvent] = []
        if self.speaks:
            events += [out.AudioDone(*where), out.TranscriptDone(*where, self.text)]
            content = ContentPart("output_audio", transcript=self.text)
        else:
            events.append(out.TextDone(*where, self.text))
            content = ContentPart("output_text", text=self.text)
        events.append(out.ContentPartDone(*where, self._part(self.text)))
        return events + self._done(0, replace(self._output[0], status=status, content=(content,)))

    def _added(self, item: Item) -> list[ServerEvent]:
        events: list[ServerEvent] = [out.OutputItemAdded(self.id, len(self._output), item)]
        self._output.append(item)
        if self.items is not None:
            events.append(ItemAdded(item, self.items.add(item)))
        return events

    def _done(self, index: int, item: Item) -> list[ServerEvent]:
        self._output[index] = item
        events: list[ServerEvent] = [out.OutputItemDone(self.id, index, item)]
        if self.items is not None and item.id in self.items:
            self.items.put(item)
            events.append(ItemDone(item, self.items.previous_id(item.id)))
        return events

    def _part(self, text: str) -> out.SpokenPart:
        return out.SpokenPart("audio", transcript=text) if self.speaks else out.SpokenPart("text", text=text)

    def _modalities(self) -> tuple[Modality, ...]:
        return ("audio",) if self.speaks else ("text",)

    def _usage(self) -> out.Usage:
        said = len(self.text.split())
        spoken, written = (said, 0) if self.speaks else (0, said)
        words_out = said + self._words_called
        return out.Usage(
            total_tokens=self._words_in + words_out,
            input_tokens=self._words_in,
            output_tokens=words_out,
            input_token_details=out.InputTokens(text_tokens=self._words_in),
            output_token_details=out.OutputTokens(text_tokens=written + self._words_called, audio_tokens=spoken),
        )

    def _wire(
        self, status: out.ResponseState, details: out.StatusDetails | None = None, usage: out.Usage | None = None
    ) -> out.Response:
        return out.Response(
            id=self.id,
            status=status,
            output=tuple(self._output),
            conversation_id=self.conversation_id if self.items is not None else None,
            output_modalities=self._modalities(),
            max_output_tokens=self.max_output_tokens,
            audio=out.ResponseAudio(out.ResponseAudioOutput(self.format, self.voice)),
            status_details=details,
            usage=usage,
            metadata=self.metadata,
        )
