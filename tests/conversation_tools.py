"""A client and an engine for a conversation: no socket, no model, no clock but the test's. Every frame is checked."""

from __future__ import annotations

import base64
import itertools
import json
from typing import Any

from edge_server.channels.beta import BetaDialect
from edge_server.channels.wire import Wire
from edge_server.realtime import effects as do
from edge_server.realtime.conversation import Conversation
from edge_server.realtime.effects import Effect, Send
from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events.session import SessionConfig
from tests.protocol_tools import check_beta, check_ga

Event = dict[str, object]


class Client:
    """Drives a conversation by wire frames and keeps what it sent and commanded."""

    def __init__(self, *, extensions: bool = False, beta: bool = False) -> None:
        numbers = itertools.count(1)
        self.wire = Wire(new_id=lambda prefix: f"{prefix}_{next(numbers)}", dialect=BetaDialect() if beta else None)
        self.conversation = Conversation(
            SessionConfig(id="sess_1", model="gpt-realtime"),
            new_id=lambda prefix: f"{prefix}_{next(numbers)}",
            extensions=extensions,
        )
        self._check = check_beta if beta else check_ga
        self.now = 100.0
        self.events: list[Event] = []
        self.commands: list[do.Command] = []
        self._keep(self.conversation.start())

    def send(self, **event: object) -> list[str]:
        """Send a client event; gives the types of the events that it brought."""
        return self.send_frame(json.dumps(event))

    def send_frame(self, frame: str | bytes) -> list[str]:
        """Send any frame at all."""
        try:
            effects = [
                effect for event in self.wire.received(frame) for effect in self.conversation.receive(event, self.now)
            ]
        except ProtocolError as error:
            effects = self.conversation.reject(error)
        return self._keep(effects)

    def pass_time(self, seconds: float) -> list[str]:
        """Let time pass; the conversation is asked when it said that something would be due."""
        ends = self.now + seconds
        due = self.conversation.wakes_at()
        if due is None or due > ends:
            self.now = ends
            return []
        self.now = ends
        return self._keep(self.conversation.elapsed(due))

    def say(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        self.send(type="conversation.item.create", item={"type": "message", "role": "user", "content": content})

    def engine(self, *events: do.EngineEvent) -> list[str]:
        return list(
            itertools.chain.from_iterable(self._keep(self.conversation.hear(event, self.now)) for event in events)
        )

    def speak(self, words: str, *, until_ms: int = 1000) -> str:
        """A spoken turn, from its onset to its words; gives its item."""
        self.engine(do.SpeechStarted(0), do.SpeechStopped(until_ms))
        item_id = self.last("input_audio_buffer.committed")["item_id"]
        assert isinstance(item_id, str)
        self.engine(do.Transcribed(item_id, words, until_ms / 1000))
        return item_id

    def reply(self, *clauses: str, seconds: float = 1.0) -> None:
        """The engine answers the running response, `seconds` of audio a clause."""
        generation = self.thought().generation
        for clause in clauses:
            self.engine(do.ReplyText(generation, clause), do.ReplyAudio(generation, bytes(round(seconds * 48_000))))

    def finish(self) -> None:
        self.engine(do.ReplyDone(self.thought().generation, "flight", True, {"desk": 1.0}))

    def thought(self) -> do.Think:
        return next(command for command in reversed(self.commands) if isinstance(command, do.Think))

    def last(self, kind: str) -> dict[str, object]:
        return next(event for event in reversed(self.events) if event["type"] == kind)

    def all(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["type"] == kind]

    def body(self, kind: str, field: str) -> dict[str, Any]:
        """An object inside the newest event of a kind."""
        body = self.last(kind)[field]
        assert isinstance(body, dict)
        return body

    def speech(self) -> bytes:
        """All audio that was sent, in the client's format."""
        kinds = ("response.output_audio.delta", "response.audio.delta")
        return b"".join(base64.b64decode(str(event["delta"])) for event in self.events if event["type"] in kinds)

    def _keep(self, effects: list[Effect]) -> list[str]:
        types = []
        for effect in effects:
            if isinstance(effect, Send):
                for frame in self.wire.told(effect.event):
                    extension = effect.event.type.startswith("extension.")
                    event = json.loads(frame) if extension else self._check(frame)
                    self.events.append(event)
                    types.append(str(event["type"]))
            else:
                self.commands.append(effect)
        return types
