"""The cloud engine against a simulated provider over real sockets, with the real desk and its data."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from agents.desk import AgentDesk
from edge_server.engines.cloud.deployments import Deployment, Deployments
from edge_server.engines.cloud.engine import CloudEngine
from edge_server.engines.cloud.line import CloudOptions
from sync.session import Identity, Line, SessionState
from tests.edge_server.engines.cloud.conftest import Caller, cloud_caller
from tests.fakes.simulated_cloud import Call, CheckedCloud, Reply, Script, texts

pytestmark = pytest.mark.asyncio(loop_scope="module")


def engine_of(caller: Caller) -> CloudEngine:
    assert isinstance(caller.engine, CloudEngine)
    return caller.engine


async def test_what_is_said_goes_up_and_the_words_and_the_answer_come_back(
    desk: AgentDesk, cloud: CheckedCloud
) -> None:
    cloud.script = Script(hears=["What can you do for me?"], replies=[Reply(say="I can help with flights and hotels.")])
    async with cloud_caller(desk, cloud) as caller:
        caller.speak()
        assert (await caller.until("input_audio_buffer.speech_started"))["audio_start_ms"] == 0
        await caller.until("input_audio_buffer.speech_stopped")
        heard = await caller.until("conversation.item.input_audio_transcription.completed")
        assert heard["transcript"] == "What can you do for me?"
        await caller.until("response.done")
        assert caller.said() == "I can help with flights and hotels."
        assert caller.all("response.output_audio.delta")
        assert engine_of(caller).state.history[-1].text == "I can help with flights and hotels."


async def test_the_provider_never_answers_or_stops_by_itself(desk: AgentDesk, cloud: CheckedCloud) -> None:
    async with cloud_caller(desk, cloud) as caller:
        caller.send(type="response.create")
        await caller.until("response.done")
        first = cloud.of_type("session.update")[0]["session"]
        assert isinstance(first, dict)
        detection = first["audio"]["input"]["turn_detection"]  # type: ignore[call-overload, index]
        assert detection["create_response"] is False  # type: ignore[call-overload, index]
        assert detection["interrupt_response"] is False  # type: ignore[call-overload, index]


async def test_the_router_picks_the_persona_whose_tools_and_instructions_go_up(
    desk: AgentDesk, cloud: CheckedCloud
) -> None:
    async with cloud_caller(desk, cloud) as caller:
        caller.say("Is there a pool in the hotel?")
        assert (await caller.until("extension.agent_changed"))["agent"] == "hotel"
        await caller.until("response.done")
        told = cloud.of_type("session.update")[-1]["session"]
        assert isinstance(told, dict)
        assert "hotel desk" in str(told["instructions"])
        names = [tool["name"] for tool in told["tools"]]  # type: ignore[union-attr, index, call-overload]
        assert "changes-confirm" in names
        assert not any(str(name).startswith("flight") for name in names)


async def test_a_tool_call_runs_here_and_its_answer_goes_up(desk: AgentDesk, cloud: CheckedCloud) -> None:
    call = Call(name="flight-flight_status", arguments={"flight_number": "LB204"})
    cloud.script = Script(replies=[Reply(calls=[call]), Reply(say="Your flight is in our timetable.")])
    async with cloud_caller(desk, cloud) as caller:
        caller.say("What is the status of flight LB204?")
        ran = await caller.until("extension.tool_call")
        await caller.until("response.done")
        assert ran["name"] == "flight_status"
        answers = [
            event["item"]
            for event in cloud.of_type("conversation.item.create")
            if event["item"]["type"] == "function_call_output"  # type: ignore[call-overload, index]
        ]
        assert len(answers) == 1
        assert '"outcome"' in str(answers[0])
        assert caller.said() == "Your flight is in our timetable."
        assert len(caller.all("response.created")) == 1


async def test_a_tool_of_another_agent_cannot_be_called(desk: AgentDesk, cloud: CheckedCloud) -> None:
    cloud.script = Script(replies=[Reply(calls=[Call(name="hotel-my_reservations")]), Reply(say="I cannot do that.")])
    async with cloud_caller(desk, cloud) as caller:
        caller.say("What is the status of flight LB204?")
        await caller.until("response.done")
        assert caller.all("extension.tool_call") == []
        [answer] = [e for e in cloud.of_type("conversation.item.create") if "output" in e["item"]]  # type: ignore[operator]
        assert "not part of the provided tools" in str(answer)


async def test_an_invented_fact_is_cut_and_its_audio_never_sent(desk: AgentDesk, cloud: CheckedCloud) -> None:
    cloud.script = Script(replies=[Reply(say="It leaves at 7:15 PM from gate B99."), Reply(say="I don't know that.")])
    async with cloud_caller(desk, cloud) as caller:
        caller.say("When does my flight leave?")
        done = await caller.until("response.done")
        assert "7:15" not in str(caller.events)
        assert done["response"]["status"] == "completed"  # type: ignore[index]
        second = cloud.of_type("response.create")[1]["response"]
        assert isinstance(second, dict)
        assert str(second["instructions"]).startswith("Say exactly this")
        assert cloud.of_type("response.cancel")
        assert (await caller.until("extension.turn_metrics"))["answered"] is False


async def test_barge_in_cancels_upstream_and_keeps_of_the_items_what_was_heard(
    desk: AgentDesk, cloud: CheckedCloud
) -> None:
    words = "I can help you with that and with a great many other things. Just go on and ask me about them."
    cloud.script = Script(hears=["Stop that please."], replies=[Reply(say=words, end="wait")])
    async with cloud_caller(desk, cloud) as caller:
        caller.say("Can you help me?")
        for _ in range(20):
            await caller.until("response.output_audio.delta")
        caller.now += 1.5
        caller.speak(then_silent=False)
        cut = await caller.until("conversation.item.truncated")
        await cloud.until(lambda: bool(cloud.of_type("conversation.item.truncate")))
        assert cut["audio_end_ms"] == 1500
        assert cloud.of_type("response.cancel")
        [truncated] = cloud.of_type("conversation.item.truncate")
        assert truncated["audio_end_ms"] == 1500
        heard = engine_of(caller).state.history[-1]
        assert heard.role == "agent"
        assert words.startswith(heard.text)
        assert 10 < len(heard.text) < 40


async def test_a_reply_of_which_nothing_was_heard_never_was(desk: AgentDesk, cloud: CheckedCloud) -> None:
    cloud.script = Script(replies=[Reply(say="I can help you with that.", end="wait")])
    async with cloud_caller(desk, cloud) as caller:
        caller.say("Can you help me?")
        await caller.until("response.output_audio.delta")
        caller.speak(then_silent=False)
        await caller.until("response.done")
        await cloud.until(lambda: bool(cloud.of_type("conversation.item.delete")))
        assert engine_of(caller).state.history == ()


async def test_push_to_talk_commits_upstream(desk: AgentDesk, cloud: CheckedCloud) -> None:
    cloud.script = Script(hears=["Good morning."])
    async with cloud_caller(desk, cloud) as caller:
        await cloud.until(lambda: bool(cloud.of_type("session.update")))
        caller.send(type="session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": None}}})
        caller.speak(then_silent=False)
        caller.send(type="input_audio_buffer.commit")
        caller.send(type="response.create")
        heard = await caller.until("conversation.item.input_audio_transcription.completed")
        await caller.until("response.done")
        assert heard["transcript"] == "Good morning."
        assert len(cloud.of_type("response.create")) == 1


async def test_typed_words_go_up_but_spoken_ones_not_twice_and_no_pin(desk: AgentDesk, cloud: CheckedCloud) -> None:
    cloud.script = Script(hears=["Good morning."])
    async with cloud_caller(desk, cloud) as caller:
        caller.speak()
        await caller.until("response.done")
        caller.say("My PIN is 4471.")
        await caller.until("response.done")
        [typed] = cloud.of_type("conversation.item.create")
        assert "4471" not in str(texts(typed))
        assert "PIN" in texts(typed)[0]


async def test_a_response_outside_the_conversation_leaves_no_trace(desk: AgentDesk, cloud: CheckedCloud) -> None:
    async with cloud_caller(desk, cloud) as caller:
        asked = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Can you help me?"}]}
        caller.send(type="response.create", response={"conversation": "none", "input": [asked]})
        await caller.until("response.done")
        [create] = cloud.of_type("response.create")
        assert create["response"]["conversation"] == "none"  # type: ignore[index, call-overload]
        assert engine_of(caller).state.history == ()


async def test_a_tool_of_the_client_goes_to_the_client(desk: AgentDesk, cloud: CheckedCloud) -> None:
    cloud.script = Script(replies=[Reply(calls=[Call(name="open_door", arguments={"door": "left"})])])
    tool = {"type": "function", "name": "open_door", "description": "Opens a door.", "parameters": {"type": "object"}}
    async with cloud_caller(desk, cloud) as caller:
        caller.send(type="session.update", session={"type": "realtime", "tools": [tool]})
        caller.say("Open the door.")
        done = await caller.until("response.function_call_arguments.done")
        assert done["arguments"] == '{"door":"left"}'
        await caller.until("response.done")
        assert caller.all("extension.tool_call") == []


async def test_nothing_is_written_without_a_yes_in_a_turn_of_its_own(desk: AgentDesk, cloud: CheckedCloud) -> None:
    confirm = Reply(calls=[Call(name="changes-confirm")])
    cloud.script = Script(replies=[confirm, Reply(say="I need your word for that.")])
    identity = Identity(1, "Ada Lovelace", verified_at=0.0, expires_at=4e9)
    state = SessionState(key="no yes", agent="flight", identity=identity, history=(Line("agent", "Hello.", "flight"),))
    async with cloud_caller(desk, cloud, state=state) as caller:
        caller.say("Yes, cancel my flight.")
        ran = await caller.until("extension.tool_call")
        await caller.until("response.done")
        assert ran["result"]["outcome"] == "not_quoted"  # type: ignore[index]


async def test_a_session_is_renewed_between_turns_with_what_was_said(desk: AgentDesk, cloud: CheckedCloud) -> None:
    async with cloud_caller(desk, cloud, options=CloudOptions(renew_s=0.3)) as caller:
        caller.say("Can you help me?")
        await caller.until("response.done")
        await cloud.until(lambda: cloud.connections >= 2)
        asked = len(cloud.received)
        await cloud.until(lambda: len(cloud.received) >= asked and len(cloud.sessions) == 1)
        await cloud.until(lambda: len(cloud.of_type("conversation.item.create")) >= 3)
        replayed = [texts(event) for event in cloud.of_type("conversation.item.create")[1:3]]
        assert replayed == [["Can you help me?"], ["I can help you with that."]]
        caller.say("And now?")
        await caller.until("response.done")
        assert caller.said() == "I can help you with that."


async def test_a_session_that_the_provider_ends_is_opened_again(desk: AgentDesk, cloud: CheckedCloud) -> None:
    async with cloud_caller(desk, cloud) as caller:
        caller.say("Can you help me?")
        await caller.until("response.done")
        await cloud.sessions[0].expire()
        await cloud.until(lambda: cloud.connections == 2)
        caller.say("And now?")
        await caller.until("response.done")
        assert caller.said() == "I can help you with that."


async def test_a_line_that_breaks_ends_the_response_with_a_reason(desk: AgentDesk, cloud: CheckedCloud) -> None:
    cloud.script = Script(replies=[Reply(say="I can help you with that and more.", end="cut")])
    async with cloud_caller(desk, cloud) as caller:
        caller.say("Can you help me?")
        done = await caller.until("response.done")
        assert done["response"]["status"] == "failed"  # type: ignore[index]
        assert "ask again" in str(done)


async def test_azure_is_reached_by_its_own_address_and_key(desk: AgentDesk, cloud: CheckedCloud) -> None:
    azure = Deployment("azure", "my-deployment", "azure", cloud.url, SecretStr("sk-test"))
    async with cloud_caller(desk, deployments=Deployments([azure])) as caller:
        caller.say("Can you help me?")
        await caller.until("response.done")
        assert caller.said() == "I can help you with that."


async def test_another_deployment_answers_the_next_turn_when_one_fails(desk: AgentDesk, cloud: CheckedCloud) -> None:
    async with CheckedCloud(api_key="sk-test") as other:
        cloud.script = Script(replies=[Reply(end="fail", code="rate_limit_exceeded")])
        async with cloud_caller(desk, cloud, other) as caller:
            caller.say("Can you help me?")
            done = await caller.until("response.done")
            assert done["response"]["status"] == "failed"  # type: ignore[index]
            caller.say("Can you help me?")
            await caller.until("response.done")
            assert caller.said() == "I can help you with that."
            assert other.of_type("response.create")
        assert other.wrong == []
