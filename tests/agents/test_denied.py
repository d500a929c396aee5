"""What customers name only to say that they do not want it: it is never begun or read back, and its subject is left."""

from __future__ import annotations

import pytest

from agents.understand.denied import affirmed, denied
from tests.desk_tools import Talk

MARIA = "K7M2QX and my PIN is 4071"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("No! Don't cancel anything. When is the next plane?", "cancel anything"),
        ("I don't want to cancel it, I want to move it", "cancel it"),
        ("I never asked you to cancel", "cancel"),
        ("stop it with the cancelling", "cancelling"),
        ("who said anything about cancelling", "cancelling"),
        ("move it to Friday instead of cancelling it", "cancelling it"),
        ("I don't want any hotel, I want to fly", "hotel"),
        ("not the hotel, the flight", "hotel"),
        ("Hotel? No, no, the plane", "Hotel"),
        ("I'm not talking about the hotel", "hotel"),
    ],
)
def test_what_is_denied(words: str, what: str) -> None:
    assert denied(words) == (what,)
    assert len(affirmed(words)) == len(words) and what not in affirmed(words)


@pytest.mark.parametrize(
    "words",
    [
        "I don't know how to cancel",
        "why don't you cancel it for me",
        "I don't have my code",
        "I don't want the room any more",
        "I'm not flying anymore, cancel it",
        "cancel it",
        "not on Monday",
    ],
)
def test_what_denies_nothing(words: str) -> None:
    assert denied(words) == ()


async def test_who_says_that_they_do_not_cancel_never_has_it_read_back_again(talk: Talk) -> None:
    assert "Shall I cancel it?" in await talk.say(f"cancel my Denver flight, {MARIA}")
    said = await talk.say("No! I said I want another flight on Tuesday. Don't cancel anything.")
    assert "I can move you to" in said and "Tuesday, November 24" in said and "cancel" not in said
    assert (await talk.say("no, don't cancel it, and don't change it either")).startswith("All right")
    assert talk.state.flow is None


async def test_at_the_proof_it_is_left_as_well(talk: Talk) -> None:
    await talk.say("I want to cancel my flight to Denver")
    await talk.say("no wait, I don't want to cancel it, I want to move it to Tuesday")
    assert "I can move you to" in await talk.say(MARIA)


@pytest.mark.parametrize(
    "words",
    [
        "Hotel? No, no, the plane. Is there a later plane on Tuesday?",
        "I don't want any hotel. I want to change my flight to Tuesday evening",
        "not the hotel, the flight please, on Tuesday in the evening",
    ],
)
async def test_the_other_subject_named_plainly_wins_at_once(talk: Talk, words: str) -> None:
    await talk.say("what time is breakfast at the hotel")
    assert talk.state.agent == "hotel"
    await talk.say(words)
    assert talk.state.agent == "flight"


async def test_the_subject_holds_while_a_change_is_read_back(talk: Talk) -> None:
    await talk.say(f"move my Denver flight to Tuesday, {MARIA}")
    said = await talk.say(
        "seven in the morning again, hm, is there nothing in the evening that day? My girl has school"
    )
    assert talk.state.agent == "flight" and "LB204" in said


@pytest.mark.parametrize(
    "words",
    [
        "ouch. okay no, thanks a lot, I'll talk it over with my friend",
        "no thanks then, we'll sit it out",
        "look, never mind, I'll write to you",
        "hm, I'll have to discuss it with my wife first",
        "I'd better ask her",
    ],
)
async def test_who_leaves_with_a_reason_is_let_go(talk: Talk, words: str) -> None:
    await talk.say("how much is it to fly from boston to denver on thursday")
    said = await talk.say(words)
    assert said.startswith(("All right", "Goodbye"))


@pytest.mark.parametrize(
    "words",
    [
        "my flight's fine but my hotel in Boston, can I come a day later?",
        "No no, the flight stays. It's the hotel, I want to come on the fifteenth and leave on the sixteenth.",
    ],
)
async def test_what_is_fine_as_it_is_is_not_what_is_changed(talk: Talk, words: str) -> None:
    await talk.say(words)
    assert talk.state.agent == "hotel"
