"""Thousands of broken, odd and reordered frames: each is answered or carried out, and the session goes on."""

from __future__ import annotations

import base64
import gc
import json
import random
import sys

import pytest

from edge_server.channels.beta import BetaDialect
from edge_server.channels.wire import Wire
from edge_server.realtime import effects as do
from edge_server.realtime.conversation import Conversation
from edge_server.realtime.effects import Effect, Send
from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events.session import SessionConfig
from edge_server.realtime.ids import random_id

FRAMES = 10_000
AUDIO = base64.b64encode(bytes(4_800)).decode()
VALID: tuple[dict[str, object], ...] = (
    {"type": "session.update", "session": {"type": "realtime", "instructions": "x", "output_modalities": ["text"]}},
    {
        "type": "session.update",
        "session": {
            "audio": {
                "input": {"format": {"type": "audio/pcmu"}, "turn_detection": {"type": "server_vad", "threshold": 0.5}},
                "output": {"voice": "x", "speed": 1.0, "format": {"type": "audio/pcm", "rate": 24_000}},
            },
            "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}}],
            "tool_choice": {"type": "function", "name": "f"},
        },
    },
    {"type": "session.update", "session": {"modalities": ["text"], "input_audio_format": "g711_ulaw", "voice": "x"}},
    {"type": "input_audio_buffer.append", "audio": AUDIO, "event_id": "e"},
    {"type": "input_audio_buffer.commit"},
    {"type": "input_audio_buffer.clear"},
    {"type": "output_audio_buffer.clear"},
    {
        "type": "conversation.item.create",
        "previous_item_id": "root",
        "item": {"id": "a", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
    },
    {
        "type": "conversation.item.create",
        "item": {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": AUDIO}]},
    },
    {"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": "c", "output": "{}"}},
    {
        "type": "conversation.item.create",
        "item": {"type": "function_call", "name": "f", "call_id": "c", "arguments": ""},
    },
    {"type": "conversation.item.retrieve", "item_id": "a"},
    {"type": "conversation.item.truncate", "item_id": "a", "content_index": 0, "audio_end_ms": 10},
    {"type": "conversation.item.delete", "item_id": "a"},
    {
        "type": "response.create",
        "response": {
            "conversation": "none",
            "input": [{"type": "item_reference", "id": "a"}],
            "metadata": {"k": "v"},
            "max_output_tokens": 5,
            "tools": [],
            "audio": {"output": {"format": {"type": "audio/pcma"}, "voice": {"id": "v"}}},
        },
    },
    {"type": "response.create"},
    {"type": "response.cancel", "response_id": "r"},
)
ODD: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1e308, 2**70, 0.5, "", "x", "\x00", "\ud800", "🙂" * 50, "root", "none", "audio/pcm"),
    *([], {}, [None], [[]], {"": ""}, {"type": None}, {"type": "message"}, [{"type": "input_text"}], AUDIO, "===="),
)
BROKEN = (
    b"",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"\xff\xfe",
    b'{"type":',
    b"[" * 500,
    b'{"type":{}}',
    b"NaN",
    b'{"a":1}' * 3,
)


def mutated(dice: random.Random, value: object, depth: int = 0) -> object:
    """A copy of `value` with some of it left out, replaced or doubled."""
    if dice.random() < 0.06:
        return dice.choice(ODD)
    if isinstance(value, dict):
        kept = {key: mutated(dice, inner, depth + 1) for key, inner in value.items() if dice.random() > 0.05}
        return {**kept, dice.choice(("type", "id", "x", "role")): dice.choice(ODD)} if dice.random() < 0.05 else kept
    if isinstance(value, list):
        return [mutated(dice, inner, depth + 1) for inner in value * dice.choice((1, 1, 1, 0, 3))]
    return value


def frame(dice: random.Random) -> str | bytes:
    if dice.random() < 0.05:
        return dice.choice(BROKEN)
    text = json.dumps(mutated(dice, dice.choice(VALID)))
    if dice.random() < 0.05:
        cut = dice.randrange(len(text))
        text = text[:cut] + dice.choice(("", "}", '"', "\\u12", "0")) + text[cut + dice.randrange(3) :]
    return text.encode(errors="replace") if dice.random() < 0.1 else text


class Session:
    """A conversation whose engine answers now and then, in no good order."""

    def __init__(self, dice: random.Random, *, beta: bool) -> None:
        self.dice = dice
        self.wire = Wire(new_id=random_id, dialect=BetaDialect() if beta else None, largest_event=100_000)
        self.conversation = Conversation(SessionConfig(id="sess_1"), new_id=random_id)
        self.now = 0.0
        self.generation = 0
        self.transcribing: list[str] = []
        self.sent: dict[str, int] = {}
        self.take(self.conversation.start())

    def take(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(event=event):
                    for told in self.wire.told(event):
                        kind = str(json.loads(told)["type"])
                        self.sent[kind] = self.sent.get(kind, 0) + 1
                case do.Transcribe(item_id=item_id):
                    self.transcribing.append(item_id)
                case do.Think(generation=generation):
                    self.generation = generation

    def send(self, frame: str | bytes) -> None:
        try:
            for event in self.wire.received(frame):
                self.take(self.conversation.receive(event, self.now))
        except ProtocolError as error:
            self.take(self.conversation.reject(error))

    def engine(self) -> None:
        self.now += self.dice.random()
        generation = self.generation - self.dice.choice((0, 0, 0, 1))
        events: list[do.EngineEvent] = [
            do.SpeechStarted(0),
            do.SpeechStopped(10),
            do.ReplyText(generation, "hello"),
            do.ReplyAudio(generation, bytes(480)),
            do.ReplyDone(generation, None, True, {}),
        ]
        if self.transcribing and self.dice.random() < 0.7:
            events = [do.Transcribed(self.transcribing.pop(), self.dice.choice(("", "hello")), 1.0)]
        self.take(self.conversation.hear(self.dice.choice(events), self.now))
        self.take(self.conversation.elapsed(self.now))


@pytest.mark.parametrize("beta", [False, True])
def test_no_frame_breaks_a_session_or_makes_it_grow(beta: bool) -> None:
    dice = random.Random(7)
    session = Session(dice, beta=beta)
    blocks: list[int] = []
    for number in range(FRAMES):
        session.send(frame(dice))
        if dice.random() < 0.3:
            session.engine()
        if number in (FRAMES // 2, FRAMES - 1):
            gc.collect()
            blocks.append(sys.getallocatedblocks())
    assert session.sent["error"] > FRAMES / 10, "nothing was wrong with the frames"
    assert session.sent["response.done"] > 100, "nothing was right with the frames"
    assert blocks[1] < blocks[0] * 1.02, "the session grows"

    while session.conversation.busy or session.transcribing:
        session.engine()
    content = [{"type": "input_text", "text": "still there?"}]
    item = {"type": "message", "role": "user", "content": content}
    session.send(json.dumps({"type": "conversation.item.create", "item": item}))
    before = session.sent["response.created"]
    session.send(json.dumps({"type": "response.create", "response": {}}))
    assert session.sent["response.created"] == before + 1
