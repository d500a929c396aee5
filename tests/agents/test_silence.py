"""What a customer hears who lets their time to speak pass, and what becomes of what they were doing."""

from __future__ import annotations

import pytest

from agents.desk import AgentDesk
from agents.turn import Clause, TurnDone
from sync.session import CONFIRM, SessionState, from_json, to_json
from tests.desk_tools import Talk


@pytest.fixture
def caller(desk: AgentDesk) -> Talk:
    return Talk(desk, SessionState(key="silence"), [])


async def silence(caller: Talk, count: int) -> str:
    """The reply to the silence that is number `count` in a row."""
    caller.events = [event async for event in caller.desk.turn(caller.state, "", silences=count)]
    done = caller.events[-1]
    assert isinstance(done, TurnDone)
    caller.state = from_json(to_json(done.state))
    return " ".join(event.text for event in caller.events if isinstance(event, Clause))


async def test_the_open_question_is_asked_again_shorter_and_still_answered(caller: Talk) -> None:
    assert (await caller.say("I would like to see my bookings")).startswith("First I need")
    assert await silence(caller, 1) == "What is your booking code or your customer number?"
    assert "PIN" in await caller.say("K7M2QX")


async def test_an_offer_of_help_leaves_the_question_open(caller: Talk) -> None:
    await caller.say("I would like to see my bookings")
    await silence(caller, 1)
    assert "goodbye" in await silence(caller, 2)
    assert "PIN" in await caller.say("K7M2QX")


async def test_after_the_goodbye_what_was_under_way_waits(caller: Talk) -> None:
    await caller.say("I need a hotel room in Denver")
    asked = caller.state.flow
    assert asked is not None
    said = [await silence(caller, count) for count in (1, 2, 3)]
    assert said[-1].endswith("Goodbye.")
    assert caller.state.flow is None
    assert [line.text for line in caller.state.history if line.role == "customer"] == ["I need a hotel room in Denver"]
    assert [(flow.name, flow.slots) for flow in caller.state.parked] == [(asked.name, asked.slots)]


async def test_more_help_is_offered_when_no_question_is_open(caller: Talk) -> None:
    await caller.say("what is the status of flight LB204")
    assert await silence(caller, 1) == "Is there anything else I can do for you?"


async def test_a_yes_after_the_offer_of_help_writes_nothing_and_is_read_the_change_again(caller: Talk) -> None:
    for words in ("I would like to see my bookings", "K7M2QX", "4071"):
        await caller.say(words)
    read_back = await caller.say("I want to cancel my flight")
    assert caller.state.flow is not None
    assert caller.state.flow.asking == CONFIRM
    assert (await silence(caller, 1)).endswith(read_back[-30:]), "a read-back comes whole"
    await silence(caller, 2)
    again = await caller.say("yes")
    assert not any("confirm" in call.name for call in caller.tools)
    assert again.endswith(read_back[-30:])
