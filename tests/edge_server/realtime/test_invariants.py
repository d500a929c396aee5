"""No order of client events, engine events and moments breaks the rules of the protocol."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.client_offer import ClientToolCall
from edge_server.channels.wire import Wire
from edge_server.realtime import effects as do
from edge_server.realtime.client_events import checked, parsed
from edge_server.realtime.conversation import Conversation
from edge_server.realtime.effects import Effect, Send
from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events.session import SessionConfig
from tests.protocol_tools import check_ga

AUDIO = "A" * 12_800  # 9 600 bytes of silence: 200 ms
TOOL = {"type": "function", "name": "open_gate", "parameters": {"type": "object"}}
CLIENT = st.sampled_from(
    [
        {"type": "response.create"},
        {"type": "response.create", "response": {"conversation": "none", "input": []}},
        {"type": "response.create", "response": {"output_modalities": ["text"]}},
        {"type": "response.create", "response": {"conversation": "none", "metadata": {"out": "of band"}}},
        {"type": "response.create", "response": {"max_output_tokens": 2}},
        {"type": "response.create", "response": {"tools": [TOOL], "tool_choice": "required"}},
        {"type": "response.create", "response": {"audio": {"output": {"format": {"type": "audio/pcma"}}}}},
        {
            "type": "conversation.item.create",
            "item": {"type": "function_call_output", "call_id": "call_1", "output": "{}"},
        },
        {"type": "session.update", "session": {"tools": [TOOL]}},
        {"type": "session.update", "session": {"audio": {"input": {"format": {"type": "audio/pcmu"}}}}},
        {"type": "session.update", "session": {"audio": {"output": {"format": {"type": "audio/pcmu"}}}}},
        {"type": "session.update", "session": {"output_modalities": ["text"]}},
        {
            "type": "session.update",
            "session": {"audio": {"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 5_000}}}},
        },
        {"type": "response.cancel"},
        {"type": "input_audio_buffer.append", "audio": AUDIO},
        {"type": "input_audio_buffer.commit"},
        {"type": "input_audio_buffer.clear"},
        {"type": "output_audio_buffer.clear"},
        {"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": []}},
        {
            "type": "conversation.item.create",
            "item": {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]},
        },
        {
            "type": "conversation.item.create",
            "item": {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": AUDIO}]},
        },
        {"type": "session.update", "session": {"audio": {"input": {"turn_detection": None}}}},
        {"type": "session.update", "session": {"audio": {"input": {"turn_detection": {"type": "server_vad"}}}}},
        {
            "type": "session.update",
            "session": {"audio": {"input": {"turn_detection": {"type": "semantic_vad", "interrupt_response": False}}}},
        },
    ]
)
ITEM_EVENT = st.tuples(
    st.sampled_from(["conversation.item.delete", "conversation.item.retrieve", "conversation.item.truncate"]),
    st.integers(0, 20),
    st.integers(0, 5_000),
)
ENGINE = st.tuples(
    st.sampled_from(
        [
            *(
                "started",
                "stopped",
                "transcribed",
                "broke",
                "text",
                "audio",
                "call",
                "partly",
                "so far",
                "done",
                "failed",
            ),
            *("person", "speaks up"),
        ]
    ),
    st.integers(0, 2),
    st.sampled_from(["", "okay", "hello there", "what is the status"]),
)
STEP = st.one_of(
    st.tuples(st.just("client"), CLIENT),
    st.tuples(st.just("item"), ITEM_EVENT),
    st.tuples(st.just("engine"), ENGINE),
    st.tuples(st.just("wait"), st.floats(0.0, 9.0)),
)


class Observer:
    """Follows what a client sees and checks it against the protocol's rules."""

    def __init__(self) -> None:
        self.items: list[str] = []
        self.unfinished: set[str] = set()
        self.active: str | None = None
        self.ended: set[str] = set()
        self.open_parts: set[str] = set()
        self.open_items: set[str] = set()
        self.all_ids: set[str] = set()
        self.generation_of: dict[str | None, int] = {}

    def see(self, event: dict[str, object]) -> None:
        kind = str(event["type"])
        response_id = event.get("response_id")
        if response_id is not None and not kind.startswith("extension."):
            assert response_id == self.active, f"{kind} for a response that is not active"
        match kind:
            case "response.created":
                assert self.active is None, "two responses at once"
                self.active = _id_in(event, "response")
                assert self.active not in self.all_ids
                self.all_ids.add(self.active)
            case "response.done":
                assert _id_in(event, "response") == self.active
                assert self.active is not None
                assert not self.open_parts, "a part is still open"
                assert not self.open_items, "an item is still open"
                self.ended.add(self.active)
                self.active = None
            case "response.output_item.added":
                self.open_items.add(_id_in(event, "item"))
            case "response.output_item.done":
                self.open_items.remove(_id_in(event, "item"))
            case "response.content_part.added":
                self.open_parts.add(str(event["item_id"]))
            case "response.content_part.done":
                self.open_parts.remove(str(event["item_id"]))
            case "conversation.item.added":
                assert event["previous_item_id"] == (self.items[-1] if self.items else None), "not the true order"
                assert _id_in(event, "item") not in self.items
                self.items.append(_id_in(event, "item"))
                self.unfinished.add(_id_in(event, "item"))
            case "conversation.item.done":
                place = self.items.index(_id_in(event, "item"))
                assert event["previous_item_id"] == (self.items[place - 1] if place else None), "not the true order"
                self.unfinished.remove(_id_in(event, "item"))
            case "conversation.item.deleted":
                self.items.remove(str(event["item_id"]))
                self.unfinished.discard(str(event["item_id"]))
            case "response.function_call_arguments.delta" | "response.function_call_arguments.done":
                assert event["item_id"] in self.open_items, f"{kind} outside its item"
                assert event["item_id"] not in self.open_parts
            case _ if kind.endswith((".delta", ".done")) and kind.startswith("response.output_"):
                assert event["item_id"] in self.open_parts, f"{kind} outside its part"
                if kind.endswith(("_transcript.delta", "_text.delta")):
                    said_for = int(str(event["delta"]).split(":")[0])
                    assert said_for == self.generation_of[self.active], "words of another response"


def _id_in(event: dict[str, object], field: str) -> str:
    body = event[field]
    assert isinstance(body, dict)
    return str(body["id"])


class Run:
    """One conversation under test, with an engine that answers as engines may: late, twice, or not at all."""

    def __init__(self) -> None:
        numbers = itertools.count(1)
        self.wire = Wire(new_id=lambda prefix: f"{prefix}_{next(numbers)}")
        self.conversation = Conversation(SessionConfig(), new_id=lambda prefix: f"{prefix}_{next(numbers)}")
        self.observer = Observer()
        self.now = 0.0
        self.generation = 0
        self.transcribing: list[str] = []
        self.items: list[str] = []
        self.take(self.conversation.start())

    def take(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(event=event):
                    for frame in self.wire.told(event):
                        told = check_ga(frame)
                        self.observer.see(told)
                        if told["type"] == "conversation.item.added":
                            self.items.append(_id_in(told, "item"))
                case do.Transcribe(item_id=item_id):
                    self.transcribing.append(item_id)
                case do.Think(generation=generation) | do.Resume(generation=generation):
                    assert generation > self.generation, "generations only grow"
                    self.generation = generation
                    self.observer.generation_of[self.observer.active] = generation

    def client(self, event: dict[str, object]) -> None:
        try:
            for received in self.wire.received(json.dumps(event)):
                self.take(self.conversation.receive(received, self.now))
        except ProtocolError as error:
            self.take(self.conversation.reject(error))

    def item(self, kind: str, which: int, ms: int) -> None:
        item_id = self.items[which % len(self.items)] if self.items else "none"
        self.client({"type": kind, "item_id": item_id, "content_index": 0, "audio_end_ms": ms})

    def engine(self, kind: str, age: int, words: str) -> None:
        generation = self.generation - age
        events: dict[str, do.EngineEvent] = {
            "started": do.SpeechStarted(0),
            "stopped": do.SpeechStopped(500),
            "text": do.ReplyText(generation, f"{generation}:{words}"),
            "audio": do.ReplyAudio(generation, bytes(9_600)),
            "call": do.ReplyCall(generation, ClientToolCall("open_gate", "{}")),
            "partly": do.TranscribedPartly(None, words),
            "so far": do.HeardSoFar(words),
            "done": do.ReplyDone(generation, "flight", True, {}),
            "failed": do.ReplyBroke(generation, "broken"),
            "person": do.PersonAtDesk(bool(words), words),
            "speaks up": do.SpeaksUp(),
        }
        if kind in ("transcribed", "broke"):
            if not self.transcribing:
                return
            item_id = self.transcribing.pop(0)
            events["transcribed"] = do.Transcribed(item_id, words, 1.0, aside=words == "okay")
            events["broke"] = do.TranscriptionBroke(item_id, "broken")
        self.take(self.conversation.hear(events[kind], self.now))

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.take(self.conversation.elapsed(self.now))

    def settle(self) -> None:
        """Let the engine finish all that it was asked for."""
        self.engine("stopped", 0, "")
        for _ in range(len(self.transcribing)):
            self.engine("transcribed", 0, "hello")
        while self.conversation.busy:
            self.engine("done", 0, "")


@given(st.lists(STEP, max_size=60))
@settings(max_examples=400, deadline=None)
def test_no_sequence_breaks_the_protocol(steps: list[tuple[str, object]]) -> None:
    run = Run()
    for kind, detail in steps:
        match kind, detail:
            case "client", dict():
                run.client(detail)
            case "item", (str() as event, int() as which, int() as ms):
                run.item(event, which, ms)
            case "engine", (str() as event, int() as age, str() as words):
                run.engine(event, age, words)
            case "wait", float():
                run.wait(detail)
    run.settle()
    assert run.observer.active is None, "a response never ended"
    assert not run.observer.unfinished, "an item was never done"


@given(st.binary(max_size=200))
def test_bytes_that_are_no_event_are_refused_and_nothing_else(frame: bytes) -> None:
    with pytest.raises(ProtocolError) as refused:
        checked(parsed(frame))
    assert refused.value.code in {"invalid_json", "invalid_value", "missing_required_parameter"}
