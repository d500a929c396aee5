"""`auto`: the cloud goes and comes, and the customer is answered all the time."""

from __future__ import annotations

import base64
from collections.abc import Generator

import pytest

from agents.desk import AgentDesk
from edge_server.engines.bridges import LINE_DROPPED as BRIDGE
from edge_server.engines.cloud.auto import AutoEngine
from edge_server.engines.cloud.deployments import Deployments
from edge_server.engines.cloud.line import CloudOptions
from edge_server.speech.service import SpeechService
from tests.edge_server.engines.cloud.conftest import Caller, auto_caller, deployment
from tests.fakes.simulated_cloud import Call, CheckedCloud, Reply, Script
from tests.speech_tools import speak_with_other_voice

pytestmark = pytest.mark.asyncio(loop_scope="module")
QUESTION = "What is the status of flight LB204?"


def engine_of(caller: Caller) -> AutoEngine:
    assert isinstance(caller.engine, AutoEngine)
    return caller.engine


def no_rest() -> Generator[float, None, None]:
    while True:
        yield 0.0


async def test_the_cloud_answers_while_it_is_well(desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud) -> None:
    async with auto_caller(desk, speech, Deployments([deployment(cloud)])) as caller:
        caller.say("Can you help me?")
        await caller.until("response.done")
        assert caller.said() == "I can help you with that."
        assert engine_of(caller).state.engine == "cloud"
        assert caller.all("extension.engine_changed") == []


async def test_a_reply_that_breaks_off_goes_on_here_in_the_same_response(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud
) -> None:
    cloud.script = Script(replies=[Reply(say="Let me see about that flight of yours, and then I", end="cut")])
    async with auto_caller(desk, speech, Deployments([deployment(cloud)])) as caller:
        caller.say(QUESTION)
        done = await caller.until("response.done")
        assert done["response"]["status"] == "completed"  # type: ignore[index]
        assert BRIDGE in caller.said()
        assert "LB204" in caller.said()
        assert len(caller.all("response.created")) == 1
        [switch] = caller.all("extension.engine_changed")
        assert (switch["previous"], switch["engine"], switch["reason"]) == ("cloud", "embedded", "connection_lost")
        assert engine_of(caller).state.agent == "flight"


async def test_a_person_who_was_called_in_the_turn_that_broke_off_is_called_once(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud
) -> None:
    called = Call(name="concierge-hand_off")
    cloud.script = Script(replies=[Reply(calls=[called]), Reply(say="Of course. Somebody is on", end="cut")])
    async with auto_caller(desk, speech, Deployments([deployment(cloud)])) as caller:
        caller.say("I want to speak to a person.")
        await caller.until("response.done")
        [switch] = caller.all("extension.engine_changed")
        assert switch["reason"] == "connection_lost"
        [hand_off] = caller.all("extension.handoff")
        assert str(hand_off["ticket"]) in caller.said().partition(BRIDGE)[2]
        caller.say("I want to speak to a person.")
        await caller.until("response.done")
        assert len(caller.all("extension.handoff")) == 1
        assert str(hand_off["ticket"]) in caller.said()


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(end="refuse", code="insufficient_quota"), "insufficient_quota"),
        (Reply(end="fail", code="rate_limit_exceeded"), "rate_limit_exceeded"),
        (Reply(end="silent"), "too_slow"),
    ],
)
async def test_a_cloud_that_does_not_answer_is_answered_for_here(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud, reply: Reply, reason: str
) -> None:
    cloud.script = Script(replies=[reply])
    options = CloudOptions(first_audio_s=0.5)
    async with auto_caller(desk, speech, Deployments([deployment(cloud)]), options=options) as caller:
        caller.say(QUESTION)
        await caller.until("response.done")
        assert "LB204" in caller.said()
        assert BRIDGE not in caller.said()
        assert caller.all("extension.engine_changed")[0]["reason"] == reason


async def test_no_cloud_at_all_is_no_reason_to_wait(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud
) -> None:
    cloud.refuses = 429
    async with auto_caller(desk, speech, Deployments([deployment(cloud)])) as caller:
        caller.say(QUESTION)
        await caller.until("response.done")
        assert "LB204" in caller.said()
        assert engine_of(caller).active == "embedded"


async def test_a_customer_in_the_midst_of_words_is_heard_to_the_end_here(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud
) -> None:
    pcm = speak_with_other_voice("I want to speak to a person.").tobytes()
    frames = [pcm[at : at + 4800] for at in range(0, len(pcm), 4800)]
    async with auto_caller(desk, speech, Deployments([deployment(cloud)])) as caller:
        await cloud.until(lambda: bool(cloud.of_type("session.update")))
        for frame in frames[: len(frames) // 2]:
            caller.send(type="input_audio_buffer.append", audio=base64.b64encode(frame).decode())
        await caller.until("input_audio_buffer.speech_started")
        cloud.sessions[0].cut()
        await caller.until("extension.engine_changed")
        for frame in (*frames[len(frames) // 2 :], *[bytes(4800)] * 15):
            caller.send(type="input_audio_buffer.append", audio=base64.b64encode(frame).decode())
        heard = await caller.until("conversation.item.input_audio_transcription.completed")
        assert "speak to a person" in str(heard["transcript"]).lower()
        assert len(caller.all("input_audio_buffer.speech_started")) == 1
        await caller.until("response.done")
        assert "person" in caller.said() or "staff" in caller.said() or "someone" in caller.said()


async def test_the_cloud_answers_again_once_it_has_been_well_and_knows_what_was_said(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud
) -> None:
    cloud.script = Script(replies=[Reply(end="fail", code="rate_limit_exceeded")])

    deployments = Deployments([deployment(cloud)], rest=no_rest)
    async with auto_caller(desk, speech, deployments, settle_s=0.0) as caller:
        caller.say(QUESTION)
        await caller.until("response.done")
        here = caller.said()
        await cloud.until(lambda: cloud.connections == 2)
        await cloud.until(lambda: engine_of(caller)._cloud.connected_since is not None)
        caller.say("Can you help me?")
        await caller.until("response.done")
        assert caller.said() == "I can help you with that."
        assert [one["engine"] for one in caller.all("extension.engine_changed")] == ["embedded", "cloud"]
        assert any(here in str(event) for event in cloud.of_type("conversation.item.create"))
