"""What stands between a socket's frames and the conversation: dialect, checks and audio formats. No await, no I/O.

Inside there is one protocol (GA) and one kind of audio (PCM16 mono at 24 000 Hz). A client of the beta dialect and one
that speaks G.711 are translated here, both ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from pydantic import JsonValue
from pydantic_core import to_json

from edge_server.channels.formats import InputAudio, OutputAudio, decoded
from edge_server.realtime.client_events import AnyClientEvent, checked, own_id, parsed
from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events import input_audio, items, response, session
from edge_server.realtime.events.base import ServerEvent
from edge_server.realtime.ids import NewId


class Dialect(Protocol):
    """Another form of the protocol, as a translation of JSON objects."""

    def from_client(self, body: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """The client's event in GA form."""
        ...

    def to_client(self, body: dict[str, object]) -> list[dict[str, object]]:
        """A GA server event as the events that the client is to see."""
        ...


class Wire:
    """One client's side of the wire.

    `dialect` None: the client speaks GA. `largest_event`: bytes that one event may have.
    """

    def __init__(self, *, new_id: NewId, dialect: Dialect | None = None, largest_event: int | None = None) -> None:
        self._new_id = new_id
        self._dialect = dialect
        self._largest = largest_event
        self._input = InputAudio()
        self._output: OutputAudio | None = None

    # From the client

    def received(self, frame: str | bytes) -> list[AnyClientEvent]:
        """The events for the conversation in one frame: one, or none, or one more for audio held back.

        Raises ProtocolError for a frame that is no event, or is too large.
        """
        if self._largest is not None and len(frame) > self._largest:
            message = f"The event has {len(frame)} bytes; {self._largest} are allowed. Send audio in smaller pieces."
            raise ProtocolError("event_too_large", message)
        body = parsed(frame)
        if self._dialect is not None:
            try:
                body = self._dialect.from_client(body)
            except ProtocolError as error:
                error.event_id = error.event_id or own_id(body)
                raise
        return list(self._inside(checked(body)))

    def _inside(self, event: AnyClientEvent) -> Iterator[AnyClientEvent]:
        """The event with its audio as it is used inside."""
        match event:
            case input_audio.AppendAudio():
                pcm = self._input.feed(event.audio)
                yield event if pcm is event.audio else event.model_copy(update={"audio": pcm})
                return
            case input_audio.CommitAudio():
                tail = self._input.feed(b"", last=True)
                if tail:
                    yield input_audio.AppendAudio.model_construct(type="input_audio_buffer.append", audio=tail)
                self._input.reset()
            case input_audio.ClearAudio():
                self._input.reset()
            case items.CreateItem() if any(part.audio for part in event.item.content):
                content = tuple(
                    part.model_copy(update={"audio": decoded(part.audio, self._input.format)}) if part.audio else part
                    for part in event.item.content
                )
                yield event.model_copy(update={"item": event.item.model_copy(update={"content": content})})
                return
        yield event

    # To the client

    def told(self, event: ServerEvent) -> list[str]:
        """The frames that tell the client of `event`. Events come in the order in which the conversation made them."""
        if isinstance(event, session.SessionCreated | session.SessionUpdated):
            self._input.format = event.session.audio.input.format
        return [frame for one in self._outside(event) for frame in self._frames(one)]

    def _frames(self, event: ServerEvent) -> list[str]:
        event_id = self._new_id("event")
        if self._dialect is None:
            return [event.to_wire(event_id)]
        bodies = self._dialect.to_client(event.to_body(event_id))
        return [to_json({**body, "event_id": self._new_id("event")} if at else body).decode()
                for at, body in enumerate(bodies)]  # fmt: skip

    def _outside(self, event: ServerEvent) -> Iterator[ServerEvent]:
        """The event with its audio in the format of its response."""
        match event:
            case response.ResponseCreated():
                self._output = OutputAudio(event.response.audio.output.format)
            case response.AudioDelta() if self._output is not None:
                delta = self._output.feed(event.delta)
                if delta:
                    yield event if delta is event.delta else replace(event, delta=delta)
                return
            case response.AudioDone() if self._output is not None:
                tail = self._output.flush()
                if tail:
                    where = (event.response_id, event.item_id, event.output_index, event.content_index)
                    yield response.AudioDelta(*where, tail)
        yield event
