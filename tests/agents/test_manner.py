"""A customer who wants to be spoken to in another way is, from the repeated reply on."""

from __future__ import annotations

import pytest

from agents.desk import AgentDesk
from agents.turn import Clause
from agents.understand.phrases import answer_in
from agents.understand.words import repaired
from sync.session import SessionState
from tests.desk_tools import Talk


@pytest.fixture
def caller(desk: AgentDesk) -> Talk:
    return Talk(desk, SessionState(key="manner"), [])


@pytest.mark.parametrize(
    ("wish", "pace", "loudness"),
    [
        ("Slower, please.", "<", "="),
        ("Could you speak faster?", ">", "="),
        ("Could you speak up?", "=", ">"),
        ("Not so loud please.", "=", "<"),
        ("Could you repeat that?", "=", "="),
    ],
)
async def test_the_last_reply_is_said_again_as_wished(caller: Talk, wish: str, pace: str, loudness: str) -> None:
    first = await caller.say("what is the status of flight LB204")
    again = await caller.say(wish)
    assert again.endswith(first)
    [clause, *_] = [event for event in caller.events if isinstance(event, Clause)]
    for value, sign in ((clause.pace, pace), (clause.loudness, loudness)):
        assert {"<": value < 1.0, "=": value == 1.0, ">": value > 1.0}[sign]
    await caller.say("which gate")
    [clause, *_] = [event for event in caller.events if isinstance(event, Clause)]
    assert (clause.pace, clause.loudness) == (caller.state.pace, caller.state.loudness), "and so is what follows"


async def test_there_is_an_end_to_slower(caller: Talk) -> None:
    await caller.say("what is the status of flight LB204")
    for _ in range(6):
        await caller.say("slower, please")
    assert caller.state.pace == 0.6


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("hmm let me think uh yes cancel it", "yes cancel it"),
        ("hold on a sec, the ninth", "the ninth"),
        ("let me see, the fifth of December", "the fifth of December"),
        ("give me a moment please um no", "no"),
        ("let me think about it", "let me think about it"),
        ("let me see my booking", "let me see my booking"),
        ("let me check in please", "let me check in please"),
        ("a minute ago I called", "a minute ago I called"),
        ("hold on a second", "hold on a second"),
    ],
)
def test_thinking_aloud_is_no_part_of_the_answer_behind_it(words: str, said: str) -> None:
    assert repaired(words) == said


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("yes yes, no, I'll come back", "no"),
        ("yeah no leave it", "no"),
        ("ok, wait, no", "no"),
        ("yes, no problem", "yes"),
        ("yeah, no, that's fine", "yes"),
        ("sure, no worries", "yes"),
    ],
)
def test_a_yes_that_is_taken_back_is_a_no(words: str, answer: str) -> None:
    assert answer_in(words) == answer


@pytest.mark.parametrize("words", ["yes yes, no, I'll come back", "yeah, um, no, never mind", "sure... no, not now"])
async def test_nobody_is_called_for_a_yes_that_is_taken_back(talk: Talk, words: str) -> None:
    await talk.say("change my flight")
    assert "Shall I call one of them?" in await talk.say("I don't have my PIN")
    await talk.say(words)
    assert not talk.tools
