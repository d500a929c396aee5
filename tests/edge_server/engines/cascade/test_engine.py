"""The embedded engine with a chat model behind it: who answers is told, and the planner takes over and gives back."""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest
from pydantic import SecretStr

from agents.desk import AgentDesk
from edge_server.channels.connection import Engine
from edge_server.engines.cascade.desk import CASCADE, ChatDesk
from edge_server.engines.cascade.endpoint import ChatEndpoint
from edge_server.engines.choice import chat_of, cloud_of
from edge_server.engines.cloud.deployments import Deployment, Deployments
from edge_server.engines.embedded import EmbeddedEngine
from edge_server.realtime.effects import EngineEvent
from edge_server.settings import Settings, SettingsError, load
from edge_server.speech.service import SpeechService
from sync.session import SessionState
from tests.edge_server.engines.cloud.conftest import Caller
from tests.fakes.simulated_chat import KEY, MODEL, Answer, SimulatedChat

pytestmark = pytest.mark.asyncio(loop_scope="module")


def no_rest() -> Generator[float, None, None]:
    while True:
        yield 0.0


async def test_a_turn_of_the_planner_is_told_and_so_is_the_models_return(
    desk: AgentDesk, speech: SpeechService, chat: SimulatedChat
) -> None:
    shared = Deployments([Deployment("chat", MODEL)], rest=no_rest)
    endpoint = ChatEndpoint(chat.url, MODEL, SecretStr(KEY), deployments=shared)
    chat.says(Answer(say="I can help you with that."), Answer(status=429, code="insufficient_quota"))

    def make(emit: Callable[[EngineEvent], None]) -> Engine:
        state = SessionState(key="told", engine=CASCADE)
        model = ChatDesk(desk, endpoint)
        return EmbeddedEngine(state, desk=model, speech=speech, keep=lambda _: None, emit=emit, active=CASCADE)

    caller = Caller(make)
    for _ in range(3):
        caller.say("What is the status of flight LB204?")
        done = await caller.until("response.done")
        assert done["response"]["status"] == "completed"  # type: ignore[index]
    switches = [(one["previous"], one["engine"], one["reason"]) for one in caller.all("extension.engine_changed")]
    assert switches == [(CASCADE, "embedded", "insufficient_quota"), ("embedded", CASCADE, "well_again")]
    said = [str(one["transcript"]) for one in caller.all("response.output_audio_transcript.done")]
    assert [("LB204" in one) for one in said] == [False, True, False]
    assert caller.all("response.output_audio.delta")
    await caller.engine.close()
    await endpoint.close()


async def test_cascade_needs_to_know_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOBBY_CHAT_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(SettingsError, match="LOBBY_CHAT_MODEL"):
        load(engine="cascade")
    monkeypatch.setenv("LOBBY_CHAT_MODEL", MODEL)
    endpoint = chat_of(load(engine="cascade"))
    assert endpoint is not None
    await endpoint.close()
    assert chat_of(Settings()) is None
    assert cloud_of(load(engine="cascade")) is None
