"""A turn on words that the customer may go on from: reads run, writes wait; and what such words are expected to be."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

import pytest

from agents.desk import AgentDesk
from agents.turn import Clause, ToolCalled, TurnDone, TurnEvent
from sync.session import CONFIRM, SessionState
from tests.desk_tools import Talk


@pytest.fixture
async def caller(desk: AgentDesk) -> Talk:
    return Talk(desk, SessionState(key="rehearsal"), [])


async def events_of(desk: AgentDesk, state: SessionState, words: str, ended: asyncio.Event) -> list[TurnEvent]:
    return [event async for event in desk.turn(state, words, ended=ended)]


async def test_a_question_is_rehearsed_to_its_end(desk: AgentDesk, caller: Talk) -> None:
    events = await events_of(desk, caller.state, "what is the status of flight LB204", asyncio.Event())
    assert any(isinstance(event, ToolCalled) for event in events)
    assert isinstance(events[-1], TurnDone)


async def test_a_call_for_a_person_waits_until_the_customer_has_ended(desk: AgentDesk, caller: Talk) -> None:
    ended = asyncio.Event()
    turn = asyncio.create_task(events_of(desk, caller.state, "I want to talk to a person", ended))
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(turn), 0.5)
    assert not turn.done()
    ended.set()
    tools = [event.name for event in await turn if isinstance(event, ToolCalled)]
    assert tools == ["hand_off"]


async def test_a_wrong_pin_in_a_dropped_rehearsal_is_no_failed_proof(desk: AgentDesk, caller: Talk) -> None:
    await caller.say("I want to change my flight")
    before = caller.state
    turn = asyncio.create_task(events_of(desk, caller.state, "K7M2QX, PIN 0000", asyncio.Event()))
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(turn), 0.3)
    turn.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await turn
    reply = await caller.say("K7M2QX, PIN 4071")
    assert "don't go together" not in reply
    assert caller.state.identity is not None
    assert before.identity is None
    assert caller.state.failed_proofs == 0


@pytest.mark.parametrize(
    ("words", "filled", "unfinished"),
    [
        ("K 7 M", False, True),
        ("K-7-M-2-Q-X", True, False),
        ("K7M2QX, PIN 4071", True, False),
        ("what is that", False, False),
    ],
)
async def test_a_code_that_was_asked_for_is_seen_to_be_whole(
    desk: AgentDesk, caller: Talk, words: str, filled: bool, unfinished: bool
) -> None:
    await caller.say("I want to change my flight")
    expected = desk.expectation(caller.state, words)
    assert (expected.asked, expected.filled, expected.unfinished) == ("booking_code", filled, unfinished)


async def test_a_code_nobody_asked_for_is_seen_to_be_unfinished(desk: AgentDesk, caller: Talk) -> None:
    assert desk.expectation(caller.state, "my booking code is K 7 M").unfinished
    assert not desk.expectation(caller.state, "what is the status of flight LB204").unfinished
    assert not desk.expectation(caller.state, "a table for two").unfinished


async def test_after_a_read_back_a_yes_or_no_is_expected(desk: AgentDesk, caller: Talk) -> None:
    await caller.say("I want to cancel my flight")
    await caller.say("K7M2QX, PIN 4071")
    assert any(isinstance(event, Clause) for event in caller.events)
    assert caller.state.flow is not None
    state = replace(caller.state, flow=replace(caller.state.flow, asking=CONFIRM))
    assert desk.expectation(state, "Yes.").filled
    assert desk.expectation(state, "No, not yet.").filled
    assert not desk.expectation(state, "What about my bag?").filled


@pytest.mark.parametrize(
    ("words", "enough"),
    [
        ("I would like to see my bookings", True),
        ("I want to cancel my flight", True),
        ("what is the status of flight LB204", True),
        ("I want to change my flight", None),
        ("I need a hotel room in Denver", None),
        ("do the trees in your country talk about music", False),
    ],
)
async def test_an_answer_tells_whether_the_words_were_all_that_it_took(
    desk: AgentDesk, caller: Talk, words: str, enough: bool | None
) -> None:
    *_, done = await events_of(desk, caller.state, words, asyncio.Event())
    assert isinstance(done, TurnDone)
    assert desk.enough(done) is enough


async def test_words_that_leave_an_open_question_open_are_not_all_that_it_takes(desk: AgentDesk, caller: Talk) -> None:
    await caller.say("I need a hotel room in Denver")
    *_, done = await events_of(desk, caller.state, "from tomorrow", asyncio.Event())
    assert isinstance(done, TurnDone)
    assert desk.enough(done) is None
