"""Why the cloud did not answer: one word for each reason, told to the client and counted."""

from __future__ import annotations

import socket

import pytest
from pydantic import SecretStr

from agents.desk import AgentDesk
from edge_server.engines import failures
from edge_server.engines.cloud.deployments import Deployment, Deployments
from edge_server.engines.cloud.line import CloudOptions
from edge_server.observation.observation import Observation
from edge_server.realtime.effects import EngineSwitched
from edge_server.simulated_cloud.script import Refusal
from edge_server.speech.service import SpeechService
from tests.edge_server.engines.cloud.conftest import KEY, auto_caller, deployment
from tests.fakes.simulated_cloud import CheckedCloud, Reply, Script

pytestmark = pytest.mark.asyncio(loop_scope="module")
QUESTION = "What is the status of flight LB204?"
NOWHERE = Deployment("nowhere", "gpt-realtime", "openai", "ws://127.0.0.1:9/v1", SecretStr(KEY))


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (Script(refuses=Refusal(status=401, code="invalid_api_key")), failures.KEY),
        (Script(refuses=Refusal(status=403, code="")), failures.KEY),
        (Script(refuses=Refusal(status=404, code="DeploymentNotFound")), failures.MODEL),
        (Script(refuses=Refusal(status=429, code="insufficient_quota")), failures.QUOTA),
        (Script(refuses=Refusal(status=429, code="too_many_requests")), failures.RATE),
        (Script(refuses=Refusal(status=503, code="overloaded")), failures.SERVER),
        (Script(replies=[Reply(end="fail", code="insufficient_quota")]), failures.QUOTA),
        (Script(replies=[Reply(end="refuse", code="model_not_found")]), failures.MODEL),
        (Script(replies=[Reply(end="expire")]), failures.EXPIRED),
        (Script(replies=[Reply(end="silent")]), failures.SLOW),
        (Script(replies=[Reply(say="I will look that up for you now", end="cut")]), failures.LOST),
    ],
)
async def test_every_way_to_fail_is_told_by_its_reason_and_answered_here(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud, script: Script, reason: str
) -> None:
    cloud.script = script
    options = CloudOptions(first_audio_s=0.5)
    async with auto_caller(desk, speech, Deployments([deployment(cloud)]), options=options) as caller:
        caller.say(QUESTION)
        await caller.until("response.done")
        assert "LB204" in caller.said()
        [switch] = caller.all("extension.engine_changed")
        assert (switch["previous"], switch["engine"], switch["reason"]) == ("cloud", "embedded", reason)


async def test_nobody_at_the_address_is_told_as_such(desk: AgentDesk, speech: SpeechService) -> None:
    async with auto_caller(desk, speech, Deployments([NOWHERE])) as caller:
        caller.say(QUESTION)
        await caller.until("response.done")
        assert caller.all("extension.engine_changed")[0]["reason"] == failures.UNREACHABLE


async def test_nobody_waits_for_a_provider_that_takes_the_call_and_says_nothing(
    desk: AgentDesk, speech: SpeechService
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        dead = Deployment("dead", "gpt-realtime", "openai", f"ws://127.0.0.1:{port}/v1", SecretStr(KEY))
        options = CloudOptions(ready_s=0.1, connect_s=3600.0)
        async with auto_caller(desk, speech, Deployments([dead]), options=options) as caller:
            caller.say(QUESTION)
            await caller.until("response.done")
            assert "LB204" in caller.said()
            assert caller.all("extension.engine_changed")[0]["reason"] == failures.SLOW


async def test_one_of_two_deployments_that_is_away_costs_nothing(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud
) -> None:
    async with auto_caller(desk, speech, Deployments([NOWHERE, deployment(cloud)])) as caller:
        caller.say("Can you help me?")
        await caller.until("response.done")
        assert caller.said() == "I can help you with that."
        assert caller.all("extension.engine_changed") == []


async def test_switches_are_counted_by_reason() -> None:
    observation = Observation()
    observer = observation.session("websocket", "cloud")
    observer.heard(EngineSwitched("cloud", "embedded", failures.QUOTA), 0.0)
    page = observation.metrics.page().decode()
    line = 'lobby_engine_switches_total{engine="embedded",previous="cloud",reason="insufficient_quota"} 1.0'
    assert line in page


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        (("insufficient_quota",), 429, failures.QUOTA),
        ((None, "tokens"), 429, failures.RATE),
        ((None, None), 429, failures.RATE),
        (("401",), None, failures.KEY),
        (("anything at all",), None, failures.SERVER),
        ((), 504, failures.SLOW),
    ],
)
async def test_a_providers_words_become_one_of_ours(
    words: tuple[str | None, ...], status: int | None, reason: str
) -> None:
    assert failures.reason_of(*words, status=status) == reason
    assert reason in failures.REASONS
