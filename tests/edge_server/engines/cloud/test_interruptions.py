"""Replies of the cloud that were cut off for nothing, and customers who do not speak: as with the embedded engine."""

from __future__ import annotations

import pytest

from agents.desk import AgentDesk
from edge_server.engines.cloud.deployments import Deployments
from edge_server.engines.cloud.engine import CloudEngine
from edge_server.speech.service import SpeechService
from tests.edge_server.engines.cloud.conftest import Caller, auto_caller, cloud_caller, deployment
from tests.fakes.simulated_cloud import CheckedCloud, Reply, Script

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORDS = "I can help you with that and with a great many other things. Just go on and ask me. I listen to you."


def engine_of(caller: Caller) -> CloudEngine:
    assert isinstance(caller.engine, CloudEngine)
    return caller.engine


async def cut_off(caller: Caller, cloud: CheckedCloud, reply: Reply, heard: str, *, whole: bool = True) -> None:
    """A reply of which 1.5 s are heard, cut off by a sound that is taken for the words `heard`."""
    cloud.script = Script(hears=[heard], replies=[reply])
    caller.say("Can you help me?")
    if whole:
        await caller.until("response.done")
    else:
        for _ in range(20):
            await caller.until("response.output_audio.delta")
    caller.now += 1.5
    caller.speak()
    await caller.until("conversation.item.truncated")


@pytest.mark.parametrize("heard", ["", "Mm-hm.", "with that and with a great many"])
async def test_the_rest_of_a_reply_that_was_cut_off_for_nothing_is_said(
    desk: AgentDesk, cloud: CheckedCloud, heard: str
) -> None:
    async with cloud_caller(desk, cloud) as caller:
        await cut_off(caller, cloud, Reply(say=WORDS), heard)
        await caller.until("response.done")
        assert WORDS.endswith(caller.said())
        assert "Just go on and ask me." in caller.said()
        assert engine_of(caller).state.history[-1].text.endswith("I listen to you.")
        assert [line.role for line in engine_of(caller).state.history] == ["customer", "agent"]


async def test_a_reply_that_was_not_whole_goes_on_where_it_was_heard_last(desk: AgentDesk, cloud: CheckedCloud) -> None:
    async with cloud_caller(desk, cloud) as caller:
        await cut_off(caller, cloud, Reply(say=WORDS, end="wait"), "Okay.", whole=False)
        cloud.script.replies.append(Reply(say="and with a great many other things."))
        await caller.until("response.done")
        asked = cloud.of_type("response.create")[-1]["response"]
        assert isinstance(asked, dict)
        assert "«I can help you" in str(asked["instructions"])
        history = engine_of(caller).state.history
        assert history[-1].text.startswith("I can help you")
        assert history[-1].text.endswith("and with a great many other things.")
        assert len(history) == 2


async def test_words_that_mean_something_are_answered_and_the_reply_stays_cut(
    desk: AgentDesk, cloud: CheckedCloud
) -> None:
    async with cloud_caller(desk, cloud) as caller:
        await cut_off(caller, cloud, Reply(say=WORDS), "What about flight LB204?")
        await caller.until("response.done")
        assert caller.said() == "I can help you with that."
        cut = engine_of(caller).state.history[1].text
        assert WORDS.startswith(cut)
        assert len(cut) < 50


async def test_a_rest_that_the_cloud_cannot_say_any_more_is_answered_for_here(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud
) -> None:
    async with auto_caller(desk, speech, Deployments([deployment(cloud)])) as caller:
        cloud.script = Script(hears=["Okay."], replies=[Reply(say=WORDS)], obedient=False)
        caller.say("What is the status of flight LB204?")
        await caller.until("response.done")
        cloud.script.replies.append(Reply(say="Just go on", end="cut"))
        caller.now += 1.5
        caller.speak()
        await caller.until("extension.engine_changed")
        await caller.until("response.done")
        assert "LB204" in caller.said()
        assert [line.role for line in caller.engine.state.history] == ["customer", "agent"]  # type: ignore[attr-defined]


def quiet_for(caller: Caller, seconds: float) -> None:
    """Nobody speaks for so long."""
    caller.now += seconds
    caller._apply(caller.conversation.elapsed(caller.now))


async def test_nobody_speaks_and_the_open_question_comes_again_then_help_then_a_goodbye(
    desk: AgentDesk, cloud: CheckedCloud
) -> None:
    cloud.script = Script(replies=[Reply(say="I can do that. Which flight is it?")])
    async with cloud_caller(desk, cloud) as caller:
        detection = {"type": "server_vad", "idle_timeout_ms": 6000}
        caller.send(
            type="session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": detection}}}
        )
        caller.say("I want to know about a flight.")
        said: list[str] = []
        await caller.until("response.done")
        for _ in range(3):
            quiet_for(caller, 60.0)
            await caller.until("input_audio_buffer.timeout_triggered")
            await caller.until("response.done")
            said.append(caller.said())
        replies = desk.registry.personas["flight"].replies
        assert said[0] == "Which flight is it?"
        assert said[1] == replies["take_your_time"].text
        assert said[2] == replies["gone"].text
        assert engine_of(caller).state.history[-1].text == said[2]
        told = [event["response"]["instructions"] for event in cloud.of_type("response.create")[1:]]  # type: ignore[index, call-overload]
        assert told[0] == "Say exactly this and nothing else: Which flight is it?"
