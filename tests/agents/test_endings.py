"""How customers end something: they give it up, take leave, turn down a person; nothing of it comes back."""

from __future__ import annotations

import pytest

from agents.understand.passing import said_in_passing
from agents.understand.withdrawal import says_bye, withdrawal
from tests.desk_tools import Talk

LATE = "can I keep the room till two tomorrow, H6G3BW and 4981"
FLIGHT = "I want to move my Denver flight K7M2QX to Tuesday, pin 4071"
STAY_END = "I'd like to cancel my room, X8F3KA 9586"
SUITE = "What would a suite be at the Bay Lantern, tenth to twelfth December?"


def wrote(talk: Talk) -> bool:
    """Whether the last turn wrote anything."""
    return any(call.wrote is not None for call in talk.tools)


@pytest.mark.parametrize("opening", [LATE, FLIGHT, STAY_END])
@pytest.mark.parametrize(
    "words",
    [
        "never mind",
        "Oh well, thanks, never mind.",
        "forty's a lot for three hours, I'll just leave at eleven. Thanks anyway",
        "ok I'll sleep on it",
        "Phew. No no, I've got to ask my mum first",
        "too much, leave it. If I want it I'll ring you again",
        "hm, I'll talk it over with my friend, thanks",
        "no never mind ill do it online",
        "okay no, thanks a lot, we'll think about it",
        "forget it then",
    ],
)
async def test_what_was_read_back_is_given_up(talk: Talk, opening: str, words: str) -> None:
    assert (await talk.say(opening)).endswith("?") and talk.state.pending is not None
    assert (await talk.say(words)).startswith("All right, I've left everything as it was.")
    assert not wrote(talk) and not talk.asked.asks
    assert "Goodbye" in await talk.say("no, bye")


@pytest.mark.parametrize(
    "words",
    [
        "Oh well, thanks, never mind.",
        "ouch. okay no, thanks a lot, I'll talk it over with my friend",
        "Phew. No no, I've got to ask my mum first",
        "Look, never mind, I'll write to you.",
        "ok tent it is, thanks",
        "no bother, I'll have a look on the web",
    ],
)
async def test_after_a_question_it_is_politely_over(talk: Talk, words: str) -> None:
    await talk.say(SUITE)
    reply = await talk.say(words)
    assert "don't know" not in reply and "code" not in reply and talk.state.flow is None


@pytest.mark.parametrize(
    "words", ["Oh well, thanks, never mind.", "hm, on second thoughts I'll stay with my sister, thanks", "forget it"]
)
async def test_who_gives_it_up_is_asked_for_no_code_again(talk: Talk, words: str) -> None:
    assert "booking code" in await talk.say("I need a room in Seattle on Friday")
    reply = await talk.say(words)
    assert reply.startswith("All right.") and "code" not in reply and talk.state.flow is None


@pytest.mark.parametrize(
    "words",
    [
        "Bye now",
        "Perfect, thank you. Bye now.",
        "Super, thank you. Ta-ta.",
        "Thank you, dear. Goodbye.",
        "Thanks love, that's the lot.",
        "No that's it, cheers",
        "No, there's no search. That's everything.",
        "that's everything",
    ],
)
async def test_leave_is_taken_and_nothing_comes_back(talk: Talk, words: str) -> None:
    await talk.say("what time is check-in at Harbor House")
    assert await talk.say(words) == "Goodbye, and have a good trip."


@pytest.mark.parametrize("words", ["Thank you, dear. Goodbye.", "never mind, bye"])
async def test_leave_is_taken_also_with_a_question_open(talk: Talk, words: str) -> None:
    assert (await talk.say("add breakfast to my stay, customer number 2191, pin 1936")).endswith("For how many people?")
    assert await talk.say(words) == "Goodbye, and have a good trip."
    assert talk.state.flow is None


async def test_what_is_asked_beside_giving_it_up_is_answered(talk: Talk) -> None:
    await talk.say("can I cancel my room, H3D5SA 9960")
    reply = await talk.say("ok I'll sleep on it. And what does parking cost there?")
    assert reply.startswith("All right, I've left everything as it was.") and "Parking" in reply
    assert "Shall I cancel it?" not in reply


@pytest.mark.parametrize(
    "words",
    [
        "never mind the seat, just move it to Wednesday",
        "leave it, I want the Wednesday one",
        "on second thoughts make it Wednesday",
        "don't forget it's my birthday",
        "can I leave it at the desk",
        "I can't leave it for long",
    ],
)
def test_what_is_wanted_instead_is_no_end(words: str) -> None:
    assert withdrawal(words) is None


def test_a_word_of_leave_ends_the_words() -> None:
    assert says_bye("cheerio then, love") and not says_bye("a bye week") and not says_bye("see you have a pool")


async def test_a_change_that_was_declined_for_another_desks_is_not_offered_again(customer: Talk) -> None:
    assert "Seat 7A" in await customer.say("my seat, please, a window, X2Q8FV 4037")
    reply = await customer.say("Then no, I'll stay where I am. But I'd like late check-out at my hotel in Austin.")
    assert reply.endswith("Shall I add it?")
    assert "Shall we go on" not in await customer.say("yes")


async def test_a_change_that_is_put_off_for_another_desks_is_offered_again(customer: Talk) -> None:
    await customer.say("late check-out at Magnolia Court please, H5S6UX, 4037")
    await customer.say("no wait, first my flight: a window seat please")
    assert customer.state.parked


async def test_a_person_who_is_not_wanted_is_not_called(talk: Talk) -> None:
    await talk.say("is there a trampoline at Harbor House")
    assert "Shall I call one of our staff?" in await talk.say("is there a bouncy castle")
    assert "ticket" not in await talk.say("No, I don't want to talk to anybody else")


async def test_a_person_who_was_refused_is_not_called_after_the_proof(talk: Talk) -> None:
    await talk.say("cancel my flight")
    await talk.say("K7M2QX. I don't have the PIN")
    await talk.say("No, no staff. Try one two three four, for K7M2QX")
    assert "ticket number" not in await talk.say("Then it's four zero seven one, I think")


@pytest.mark.parametrize("words", ["I don't want a machine, get me a person", "no, I want to talk to a human"])
async def test_a_person_instead_of_a_machine_is_called(talk: Talk, words: str) -> None:
    assert "ticket number" in await talk.say(words)


async def test_a_remark_beside_the_pin_is_no_day(talk: Talk) -> None:
    await talk.say("can I change my stay, H4N8TP")
    assert (await talk.say("Goodness, so many questions today! 4 0 7 1")).endswith("the day, the nights or the room?")


@pytest.mark.parametrize(
    ("words", "passing"),
    [
        ("so many questions today!", True),
        ("what a lovely evening tonight. make it friday", True),
        ("today", False),
        ("I want to come today", False),
        ("it's today please", False),
    ],
)
def test_a_word_of_time_in_a_remark_wishes_for_nothing(words: str, passing: bool) -> None:
    at = max(words.find("today"), words.find("tonight"))
    assert said_in_passing(words, at, at + len(words[at:].split()[0].strip("!.")), proving=False) is passing


@pytest.mark.parametrize(
    ("words", "ends"),
    [
        ("on second thoughts, no", True),
        ("on second thoughts I'll leave it", True),
        ("hmm, on second thoughts Monday the 21st would be better", False),
        ("on second thoughts, the later one", False),
    ],
)
def test_second_thoughts_end_it_only_where_nothing_else_is_wanted(words: str, ends: bool) -> None:
    assert (withdrawal(words) is not None) == ends
