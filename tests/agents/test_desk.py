"""Conversations by text through router, kernels, planner, tools and the sample branch."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.desk import AgentDesk
from agents.turn import Clause, TurnDone, TurnEvent
from data.branch import Branch
from data.embeddings import Embedder
from data.knowledge import KnowledgeBase
from sync.session import SessionState
from tests.desk_tools import OwnClock, Talk


async def test_the_first_conversation(talk: Talk) -> None:
    reply = await talk.say("What is the status of flight LB204?")
    for fact in ("LB204", "Boston", "Denver", "delayed by 35 minutes", "7:15 PM", "gate B12"):
        assert fact in reply
    assert [tool.name for tool in talk.tools] == ["flight_status"]
    assert talk.sources == ["flight:LB204:2026-11-22"]
    assert [(move.previous, move.agent) for move in talk.moves] == [(None, "flight")]

    reply = await talk.say("Can I bring a surfboard?")
    assert "I don't know" in reply and not talk.answered
    assert talk.state.agent == "flight"

    reply = await talk.say("And when can I check in at Front Range Inn?")
    assert [(move.previous, move.agent) for move in talk.moves] == [("flight", "hotel")]
    assert "Check-in at Front Range Inn" in reply and "3 PM" in reply
    assert talk.sources == ["passage:front-range-inn/check-in"]

    reply = await talk.say("And parking?")
    assert "Front Range Inn" in reply and talk.moves == []
    assert [line.role for line in talk.state.history] == ["customer", "agent"] * 4


async def test_nothing_said_is_greeted_at_first_and_as_known_later(talk: Talk) -> None:
    assert "Welcome" in await talk.say("")
    assert talk.state.agent == "concierge"
    reply = await talk.say("")
    assert "Welcome" not in reply and "Hello again" in reply


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("flight", "How much is a second checked bag?"),
        ("flight", "What is the status of flight LB204?"),
        ("flight", "Can I bring a surfboard?"),
        ("flight", "what does it cost to change my flight"),
        ("flight", "how early should I be at the airport"),
        ("flight", "do you have flights to Denver tomorrow"),
        ("flight", "my suitcase has not arrived"),
        ("hotel", "When can I check in at Front Range Inn?"),
        ("hotel", "Is there parking at Harbor House?"),
        ("hotel", "do you have a free room tonight"),
        ("hotel", "is breakfast included"),
        ("hotel", "can I check out later"),
        ("concierge", "what can you do"),
        ("concierge", "what is the weather in Paris"),
    ],
)
async def test_the_first_question_after_the_greeting_goes_to_whoever_knows(talk: Talk, agent: str, words: str) -> None:
    await talk.say("")
    await talk.say(words)
    assert talk.state.agent == agent


@pytest.mark.parametrize(
    "words",
    [
        "L B two oh four status please",
        "Is the evening flight from Boston to Denver on time?",
        "flight Elbi 204, is it late",
    ],
)
async def test_a_flight_is_found_however_it_is_named(talk: Talk, words: str) -> None:
    reply = await talk.say(words)
    assert "LB204" in reply and "35 minutes" in reply


async def test_a_flight_on_time_says_so(talk: Talk) -> None:
    reply = await talk.say("is LB118 on time tomorrow?")
    assert "on time" in reply and "gate A4" in reply and "tomorrow at 7:15 AM" in reply


async def test_a_flight_that_should_have_left_is_not_said_to_leave(talk: Talk, clock: OwnClock) -> None:
    clock.pass_seconds(9 * 3600)  # nine in the evening in Boston
    told = await talk.say("status of LB204")
    assert "With that it was due to leave today at 7:15 PM" in told
    assert "should have landed" not in told
    clock.pass_seconds(2 * 3600)  # one in the morning there, and past its arrival in Denver
    clock.pass_seconds(3600)
    assert "should have landed by now" in await talk.say("status of LB204 of November 22")


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        ("Is there parking at Harbor House?", "$28"),
        ("Do you have parking at Harbor House?", "$28"),
        ("How much is parking at Harbor House?", "$28"),
        ("Is there a pool at Harbor House?", "pool"),
        ("Is breakfast included at Front Range Inn?", "included"),
        ("How much is late check-out?", "$40"),
        ("What does it cost to change a flight?", "$80"),
    ],
)
async def test_a_question_about_a_rule_is_answered_and_begins_nothing(talk: Talk, words: str, fact: str) -> None:
    assert fact in await talk.say(words)
    assert [tool.name for tool in talk.tools] == ["policy"]
    assert talk.state.flow is None


async def test_what_is_only_on_the_subject_is_told_as_no_answer(talk: Talk) -> None:
    await talk.say("Is there a pool at Pine Street Hotel?")
    reply = await talk.say("Is the fitness room staffed?")
    assert reply.startswith("What I know about ") and "third floor" in reply and "ask our staff" in reply
    assert not talk.answered and getattr(talk.events[-1], "ungrounded", 1) == 0
    assert "passage:pine-street-hotel/gym" in talk.sources


async def test_an_unknown_flight_is_not_invented(talk: Talk) -> None:
    reply = await talk.say("is flight LB999 on time?")
    assert "no flight LB999" in reply and not talk.answered


async def test_bookings_are_read_after_code_and_pin_asked_one_at_a_time(talk: Talk) -> None:
    assert "booking code" in await talk.say("What bookings do I have?")
    assert "PIN" in await talk.say("K 7 M 2 Q X")
    reply = await talk.say("four oh seven one")
    assert "Maria" in reply and "LB204" in reply and "14C" in reply
    assert [tool.name for tool in talk.tools] == ["prove", "my_bookings"]


async def test_identity_outlives_a_hand_over(talk: Talk) -> None:
    await talk.say("What bookings do I have?")
    await talk.say("K7M2QX and my PIN is 4071")
    reply = await talk.say("And which hotel am I booked in?")
    assert talk.state.agent == "hotel"
    assert "Front Range Inn" in reply and "queen" in reply and "2 nights" in reply
    assert "Front Range Inn" in await talk.say("how much is parking there?")


async def test_a_customer_number_and_a_pin_prove_identity_too(talk: Talk) -> None:
    await talk.say("which flights am I booked on")
    reply = await talk.say("my customer number is 1002 and my PIN is 9356")
    assert "James" in reply and "LB118" in reply and "3A" in reply


async def test_a_reservation_is_read_with_its_code(talk: Talk) -> None:
    await talk.say("look up my hotel reservation")
    await talk.say("Hotel nine Charlie three Victor Lima")
    reply = await talk.say("2280")
    assert "Harbor House" in reply and "king" in reply and "5 nights" in reply


async def test_a_question_that_depends_on_the_hotel_asks_which(talk: Talk) -> None:
    assert "Which hotel" in await talk.say("How much is parking at the hotel?")
    assert "$28" in await talk.say("Harbor House")


async def test_another_agents_question_in_between_does_not_lose_the_proof_under_way(talk: Talk) -> None:
    await talk.say("look up my hotel reservation")
    await talk.say("my code is H4N8TP")
    assert "$45" in await talk.say("how much does a second checked bag cost on a flight")
    assert talk.state.agent == "flight"
    reply = await talk.say("four zero seven one")
    assert talk.state.agent == "hotel" and "Front Range Inn" in reply


async def test_rooms_are_found_slot_by_slot(talk: Talk) -> None:
    assert "day" in await talk.say("I need a hotel room in Denver")
    assert "nights" in await talk.say("from Friday")
    reply = await talk.say("two nights")
    assert "Front Range Inn" in reply and "$" in reply and "2 nights" in reply


@pytest.mark.parametrize(
    "words", ["tell me a joke", "what's the weather tomorrow", "Is there a gym at Front Range Inn?", "qwx zzrt"]
)
async def test_what_the_desk_does_not_know_it_says_it_does_not_know(talk: Talk, words: str) -> None:
    reply = await talk.say(words)
    assert "don't know" in reply and "staff" in reply and not talk.answered


async def test_goodbye_is_answered_by_whoever_speaks(talk: Talk) -> None:
    await talk.say("status of LB204")
    assert "Goodbye" in await talk.say("that's all, thanks, bye")
    assert talk.state.agent == "flight"


async def test_a_turn_abandoned_halfway_leaves_the_session_as_it_was(desk: AgentDesk, talk: Talk) -> None:
    events = desk.turn(talk.state, "What is the status of flight LB204?")
    async for event in events:
        if isinstance(event, Clause):
            break
    await events.aclose()
    assert talk.state == SessionState(key="test")
    assert "LB204" in await talk.say("What is the status of flight LB204?")


async def test_many_sessions_at_once_do_not_mix(desk: AgentDesk, clock: OwnClock) -> None:
    import asyncio

    async def one(key: str, code: str, pin: str) -> str:
        customer = Talk(desk, SessionState(key=key), [])
        await customer.say("what flights am I booked on")
        return await customer.say(f"{code} and my PIN is {pin}")

    replies = await asyncio.gather(*(one(f"{i}", *who) for i in range(4) for who in (MARIA, JAMES)))
    for index, reply in enumerate(replies):
        assert ("Maria" in reply, "James" in reply) == (index % 2 == 0, index % 2 == 1)


MARIA, JAMES = ("K7M2QX", "4071"), ("R3W9ZD", "9356")


def test_the_vocabulary_names_the_branchs_things_and_no_codes(desk: AgentDesk) -> None:
    words = desk.vocabulary(SessionState(key="k"))
    for name in ("Denver", "Front Range Inn", "Lobby Air"):
        assert name in words
    assert "K7M2QX" not in words and len(words) < 700


def test_every_agent_has_a_voice(desk: AgentDesk) -> None:
    assert all(desk.voice(name) for name in (None, "flight", "hotel", "nobody"))


async def test_a_third_agent_is_added_by_one_persona_and_one_tool_file(
    tmp_path: Path, branch: Branch, knowledge: KnowledgeBase, embedder: Embedder, clock: OwnClock
) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "rail.yaml").write_text(RAIL)
    (tmp_path / "tools" / "rail.py").write_text(RAIL_TOOLS)
    desk = await AgentDesk.open(branch, knowledge, embedder, persona_dirs=[tmp_path])
    customer = Talk(desk, SessionState(key="k"), [])
    assert "trains" in await customer.say("")
    assert "Which station" in await customer.say("when does the next train leave")
    assert customer.state.agent == "rail"
    assert "9:40 AM from platform 3" in await customer.say("to Millbrook")
    assert "LB204" in await customer.say("and is flight LB204 on time")
    assert customer.state.agent == "flight"


async def test_events_of_a_turn_end_with_its_state(desk: AgentDesk, clock: OwnClock) -> None:
    events: list[TurnEvent] = [e async for e in desk.turn(SessionState(key="k"), "status of LB204")]
    assert isinstance(events[-1], TurnDone) and sum(isinstance(e, TurnDone) for e in events) == 1
    assert [type(e).__name__ for e in events[:3]] == ["AgentChanged", "ToolCalled", "SourcesFound"]


RAIL = """\
name: rail
title: the rail desk
description: Trains of the valley line.
subject: trains
offers: train times
voice: joe
greeting: This is the rail desk.
instructions: You are {{ agent }}.
hints: [train, trains, rail, railway, platform]
examples: [two train tickets please, which platform does the train go from, is the train late]
tools: [next_train]
flows:
  next_train:
    examples: [when does the next train leave, I need a train, what time is the train]
    slots:
      station: {type: station, ask: "Which station do you want to go to?"}
    needs: [[station]]
    tool: next_train
    say:
      found: "The next train to {{ station }} leaves at {{ leaves | clock_time }} from platform {{ platform }}."
"""

RAIL_TOOLS = """\
from typing import Annotated

from semantic_kernel.functions import kernel_function

from agents.tools.context import ToolContext, result
from agents.understand.lexicon import Entry, Names


def names(conn):
    return (Names("station", (Entry("Millbrook", ("Millbrook",)), Entry("Easton", ("Easton",)))),)


class Tools:
    def __init__(self, context: ToolContext) -> None:
        self._clock = context.branch.clock

    @kernel_function(description="The next train to a station.")
    async def next_train(self, station: Annotated[str, "name of the station"]) -> str:
        leaves = f"{self._clock.today().isoformat()}T09:40"
        return result("found", station=station, leaves=leaves, platform=3)
"""
