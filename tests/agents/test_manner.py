"""A customer who wants to be spoken to in another way is, from the repeated reply on."""

from __future__ import annotations

import pytest

from agents.desk import AgentDesk
from agents.turn import Clause
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
