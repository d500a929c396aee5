"""A customer asks to go on elsewhere: the desk says a code, and what was under way stays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agents.desk import AgentDesk
from tests.desk_tools import Talk


@pytest.fixture
def asked(desk: AgentDesk) -> Iterator[list[str]]:
    """The session keys for which the desk had a code made."""
    keys: list[str] = []

    async def issue(key: str) -> tuple[str, int]:
        keys.append(key)
        return "482913", 10

    desk.elsewhere.issue = issue
    yield keys
    desk.elsewhere.issue = None


@pytest.mark.parametrize(
    "words",
    [
        "can I go on with this on my phone?",
        "I'd like to continue on my phone please",
        "could we finish this from my laptop",
        "can I switch to my phone",
        "give me a code to continue later",
    ],
)
async def test_who_wants_to_go_on_elsewhere_gets_a_code(talk: Talk, asked: list[str], words: str) -> None:
    assert "4 8 2, 9 1 3" in await talk.say(words)
    assert asked == ["test"]


async def test_a_task_under_way_is_not_lost_by_asking(talk: Talk, asked: list[str]) -> None:
    await talk.say("What flights am I booked on?")
    await talk.say("K7M2QX")
    told = await talk.say("can I go on with this on my phone?")
    assert "4 8 2, 9 1 3" in told and asked
    assert "Maria" in await talk.say("4071")


@pytest.mark.parametrize(
    "words",
    ["can I use my phone during the flight?", "can I carry my laptop on the plane", "what is your phone number"],
)
async def test_other_words_about_phones_get_no_code(talk: Talk, asked: list[str], words: str) -> None:
    await talk.say(words)
    assert not asked


async def test_a_desk_that_cannot_give_codes_says_so(talk: Talk) -> None:
    assert "can't give you a code" in await talk.say("can I continue on my phone?")


@pytest.mark.parametrize(
    "words",
    [
        "what do I have with you, flights and hotels",
        "could you tell me what I've got booked with you",
        "which trips do i have coming up",
        "do I have anything booked here",
        "read me everything I have booked with you",
    ],
)
async def test_all_that_somebody_holds_is_told_whatever_desk_holds_it(talk: Talk, words: str) -> None:
    asked = await talk.say(words)
    assert "code" in asked
    said = await talk.say("K7M2QX, 4071")
    assert "flight LB204 to Denver tomorrow" in said and "a stay at Front Range Inn from tomorrow" in said


async def test_who_holds_nothing_of_one_desk_hears_of_the_other_alone(talk: Talk) -> None:
    said = await talk.say("what else have I got booked with you? C6E4JY, PIN 7361")
    assert "flight LB310 to Chicago" in said and "stay" not in said


async def test_what_one_desk_holds_is_asked_of_that_desk(talk: Talk) -> None:
    said = await talk.say("what flights do I have booked? K7M2QX, 4071")
    assert "LB204" in said and "Front Range Inn" not in said
