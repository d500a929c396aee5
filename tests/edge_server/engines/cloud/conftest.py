"""A simulated cloud, and a caller whose conversation an engine of the test's choice answers."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest_asyncio
from pydantic import SecretStr

from agents.desk import AgentDesk
from edge_server.channels.connection import Engine
from edge_server.engines.cloud.auto import AutoEngine
from edge_server.engines.cloud.deployments import Deployment, Deployments
from edge_server.engines.cloud.engine import CloudEngine
from edge_server.engines.cloud.line import CloudOptions
from edge_server.realtime.client_events import checked, parsed
from edge_server.realtime.conversation import Conversation
from edge_server.realtime.effects import Effect, EngineEvent, Send
from edge_server.realtime.events.session import SessionConfig
from edge_server.speech.service import SpeechService
from sync.session import SessionState
from tests.fakes.simulated_cloud import CheckedCloud

Event = dict[str, object]
SOUND = base64.b64encode(bytes([16, 1]) * 2400).decode()
SILENCE = base64.b64encode(bytes(4800)).decode()
KEY = "sk-test"


class Caller:
    """A customer's client: sends client events, keeps server events, and waits for them."""

    def __init__(self, make: Callable[[Callable[[EngineEvent], None]], Engine]) -> None:
        numbers = itertools.count(1)
        self.conversation = Conversation(
            SessionConfig(id="sess_1"), new_id=lambda kind: f"{kind}_{next(numbers)}", extensions=True
        )
        self.events: list[Event] = []
        self.now = 100.0
        self._changed = asyncio.Event()
        self._seen = 0
        self.engine = make(self._hear)
        self._apply(self.conversation.start())

    def send(self, **event: object) -> None:
        self._apply(self.conversation.receive(checked(parsed(json.dumps(event))), self.now))

    def say(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        self.send(type="conversation.item.create", item={"type": "message", "role": "user", "content": content})
        self.send(type="response.create")

    def speak(self, seconds: float = 0.5, *, then_silent: bool = True) -> None:
        """Half a second of sound by default, and the silence that ends a turn."""
        for _ in range(round(seconds * 10)):
            self.send(type="input_audio_buffer.append", audio=SOUND)
        for _ in range(6 if then_silent else 0):
            self.send(type="input_audio_buffer.append", audio=SILENCE)

    async def until(self, kind: str) -> Event:
        """The next event of that type after the one that was waited for last."""
        while True:
            for at in range(self._seen, len(self.events)):
                if self.events[at]["type"] == kind:
                    self._seen = at + 1
                    return self.events[at]
            self._changed.clear()
            await self._changed.wait()

    def all(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["type"] == kind]

    def said(self) -> str:
        """The words of the last reply that ended."""
        return str(self.all("response.output_audio_transcript.done")[-1]["transcript"])

    def _hear(self, event: EngineEvent) -> None:
        self._apply(self.conversation.hear(event, self.now))

    def _apply(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self.events.append(json.loads(effect.event.to_wire("event_x")))
                self._changed.set()
            else:
                self.engine.do(effect)


@pytest_asyncio.fixture(loop_scope="module")
async def cloud() -> AsyncIterator[CheckedCloud]:
    async with CheckedCloud(api_key=KEY) as running:
        yield running
    assert running.wrong == []


def deployment(cloud: CheckedCloud, name: str = "first", key: str = KEY) -> Deployment:
    return Deployment(name, "gpt-realtime", "openai", cloud.url, SecretStr(key))


@asynccontextmanager
async def cloud_caller(
    desk: AgentDesk,
    *clouds: CheckedCloud,
    state: SessionState | None = None,
    options: CloudOptions | None = None,
    deployments: Deployments | None = None,
) -> AsyncIterator[Caller]:
    """A caller whom only the cloud answers."""
    known = state or SessionState(key=f"test-{time.monotonic_ns()}")
    shared = deployments or Deployments([deployment(one, f"cloud {at}") for at, one in enumerate(clouds)])

    def make(emit: Callable[[EngineEvent], None]) -> Engine:
        return CloudEngine(
            known,
            desk=desk,
            speech=SpeechService(),
            keep=lambda state: None,
            emit=emit,
            deployments=shared,
            options=options or CloudOptions(),
        )

    caller = Caller(make)
    try:
        yield caller
    finally:
        await caller.engine.close()


@asynccontextmanager
async def auto_caller(
    desk: AgentDesk,
    speech: SpeechService,
    deployments: Deployments,
    *,
    state: SessionState | None = None,
    options: CloudOptions | None = None,
    settle_s: float = 3600.0,
) -> AsyncIterator[Caller]:
    """A caller whom the cloud answers while it is well."""
    known = state or SessionState(key=f"test-{time.monotonic_ns()}")

    def make(emit: Callable[[EngineEvent], None]) -> Engine:
        return AutoEngine(
            known,
            desk=desk,
            speech=speech,
            keep=lambda state: None,
            emit=emit,
            deployments=deployments,
            options=options or CloudOptions(),
            settle_s=settle_s,
        )

    caller = Caller(make)
    try:
        yield caller
    finally:
        await caller.engine.close()
