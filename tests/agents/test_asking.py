"""Questions of fact get an answer: without a code, without a search nobody asked for, two of them at once, and what
leans on them as well."""

from __future__ import annotations

import pytest

from agents.understand.questions import asks_anything, points_back, questions_in
from tests.desk_tools import Talk

CODE = "booking code"
PROOF = "my code is K7M2QX and my pin is 4071"


@pytest.mark.parametrize(
    ("words", "alone"),
    [
        ("what time can we get in and is there a pool", ["what time can we get in", "is there a pool"]),
        (
            "how much is parking in boston and what's the wifi like",
            ["how much is parking in boston", "what's the wifi like"],
        ),
        ("is breakfast included and does parking cost extra", ["is breakfast included", "does parking cost extra"]),
        ("When is breakfast? And is there a gym?", ["When is breakfast?", "is there a gym?"]),
        ("well never mind what time does breakfast start", ["what time does breakfast start"]),
        ("i'm not booking i just want to know about the dog rules", ["the dog rules"]),
        ("he's too big then and the hot tub", ["the hot tub"]),
        ("my daughter is eight does she have to pay", ["does she have to pay"]),
        ("do they have a gym and a pool", ["do they have a gym and a pool"]),
        ("add breakfast please and do you have a gym", ["add breakfast please", "do you have a gym"]),
    ],
)
def test_questions_are_told_apart(words: str, alone: list[str]) -> None:
    assert [one.alone for one in questions_in(words)] == alone


@pytest.mark.parametrize(
    "words", ["how much", "how much is that", "and for two", "sorry is it free", "how much per night"]
)
def test_a_question_that_names_nothing_points_back(words: str) -> None:
    assert points_back(words)


@pytest.mark.parametrize("words", ["how much is the wifi", "what about dogs", "and smoking", "book it for two"])
def test_a_question_that_names_its_thing_does_not(words: str) -> None:
    assert not points_back(words)


def test_a_statement_asks_nothing() -> None:
    assert not asks_anything("i want to move my flight to friday")
    assert not asks_anything("i cannot stay the whole time in austin i have to leave earlier than i booked")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("okay and the hotel in boston when is check out there", "11 AM"),
        ("and how much is the lounge in boston", "$45"),
        ("what does the train cost from the airport to the chicago hotel", "Blue Line"),
        ("before i book anything does the hotel in chicago have a hot tub", "hot tub"),
        ("is there an elevator at the chicago hotel", "Lakeshore Grand"),
        ("how far is the front range inn from the airport", "Union Station"),
        ("do i pay now or at the hotel", "check out"),
        ("no booking yet just asking is choosing a seat free", "$12"),
        ("how much is the extra legroom", "$39"),
        ("when do i have to be at the airport for my flight to denver today", "two hours"),
        ("what time should i be there", "two hours"),
        ("i cancelled last week when do i get my money", "seven business days"),
        ("what happens to my ticket if i just don't show up", "loses its value"),
        ("what about a discount for kids", "three quarters"),
        ("does a six year old pay for the room", "under 12"),
        ("how many bags do i get in business", "one free checked bag"),
        ("how many bags can i bring for free", "$35"),
        ("can i check in before three at harbor house", "$25"),
        ("what's the address of magnolia court", "918 Magnolia Lane"),
    ],
)
async def test_a_question_of_fact_is_answered_as_one(talk: Talk, words: str, told: str) -> None:
    reply = await talk.say(words)
    assert told in reply
    assert CODE not in reply and not reply.endswith("?")
    assert talk.answered


@pytest.mark.parametrize(
    "words",
    [
        "hi can i bring a big dog like sixty pounds on the plane he's my service dog",
        "does my guide dog need a ticket",
        "my husband is blind and has a seeing eye dog is that all right",
        "what do you charge for an assistance dog",
        "I'm flying with a service animal",
    ],
)
async def test_the_rule_for_a_service_dog_is_its_own(talk: Talk, words: str) -> None:
    reply = await talk.say(words)
    assert "free of charge" in reply and "20 pounds" not in reply
    assert "free of charge" in await talk.say("and in the hotel")


@pytest.mark.parametrize(
    "words",
    [
        "my suitcase didn't arrive",
        "i think somebody stole my bag at gate twelve",
        "my bag didn't come yesterday on the flight from miami",
        "they've lost all our bags",
        "my suitcase it never came out on the belt",
        "where is my luggage",
    ],
)
async def test_a_lost_bag_gets_the_rule_and_the_offer_of_a_person(talk: Talk, words: str) -> None:
    reply = await talk.say(words)
    assert "baggage desk" in reply and reply.endswith("Shall I call one of our staff?") and CODE not in reply
    assert "ticket number" in await talk.say("yes please")


@pytest.mark.parametrize(
    "words",
    [
        "i left my ipad on the plane yesterday",
        "did i leave my sunglasses on the plane",
        "my purse is still on the plane",
        "i think i forgot a book in the seat pocket",
        "we lost a jacket on board",
    ],
)
async def test_what_was_left_on_board_gets_the_rule_and_the_offer_of_a_person(talk: Talk, words: str) -> None:
    reply = await talk.say(words)
    assert "30 days" in reply and reply.endswith("Shall I call one of our staff?") and CODE not in reply


@pytest.mark.parametrize(
    "words", ["I want to add a bag", "put two bags on my ticket", "I'd like to take another suitcase"]
)
async def test_a_bag_to_add_is_no_lost_bag(talk: Talk, words: str) -> None:
    assert CODE in await talk.say(words)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("what time can we get in at your boston hotel and is there a pool", ("3 PM", "indoor pool")),
        ("how much is parking in boston and what's the wifi like", ("$28", "Wi-Fi at Harbor House is free")),
        ("does a room at the bay lantern include breakfast and can i park there", ("$16", "$55")),
        ("when is breakfast at harbor house and how do i get there from the airport", ("6:30", "shuttle")),
        ("is wifi free at harbor house and do you take cats", ("free in all rooms", "Other pets")),
    ],
)
async def test_both_of_two_questions_are_answered(talk: Talk, words: str, told: tuple[str, str]) -> None:
    reply = await talk.say(words)
    assert all(one in reply for one in told)


async def test_what_is_not_known_of_two_questions_is_said_to_be_so(talk: Talk) -> None:
    reply = await talk.say("does harbor house have a gym and also what's the wifi password")
    assert "around the clock" in reply and "don't know" in reply


async def test_a_question_beside_a_wish_is_answered_and_the_wish_goes_on(talk: Talk) -> None:
    reply = await talk.say("i want to move my flight to friday and can i bring my cat")
    assert "$95" in reply and CODE in reply
    assert talk.state.parked[-1].name == "change_flight"


@pytest.mark.parametrize(
    ("asked", "more", "told"),
    [
        ("when is check out at harbor house", "and in austin", "10 AM"),
        ("when is check out at harbor house", "what about denver", "Front Range Inn is until 11 AM"),
        ("can my dog stay at the pine street", "what about the bay lantern", "any size"),
        ("do they take dogs at harbor house", "and how about in chicago", "25 pounds"),
        ("my daughter is eight does she have to pay for the hotel", "what about on the plane", "three quarters"),
        ("does the front range inn have a washing machine", "how much", "$4"),
        ("can my twelve year old fly alone", "how much is that", "$100"),
        ("can i check in at noon at the bay lantern", "how much does that cost", "$25"),
        ("what's the address of magnolia court", "how far is that from the airport", "20 minutes"),
        ("my daughter is eight does she have to pay for the hotel", "and for breakfast in chicago", "$12"),
        ("is there wifi at the inn in denver", "and do you have a shuttle from the airport", "no shuttle"),
    ],
)
async def test_what_leans_on_a_question_is_about_the_same(talk: Talk, asked: str, more: str, told: str) -> None:
    await talk.say(asked)
    reply = await talk.say(more)
    assert told in reply and CODE not in reply


async def test_a_question_after_another_is_not_answered_by_what_was_told_before(talk: Talk) -> None:
    await talk.say("how do i get to the chicago hotel from the airport")
    assert "Blue Line" not in await talk.say("and do they help with the luggage")


async def test_a_search_is_left_for_what_was_really_asked(talk: Talk) -> None:
    await talk.say("I need a room in Boston")
    reply = await talk.say("i'm not booking i just want to know about the dog rules in boston")
    assert "40 pounds" in reply and "go on with" not in reply


async def test_a_search_that_is_wanted_goes_on_after_a_question(talk: Talk) -> None:
    await talk.say("I need a room in Boston")
    assert (await talk.say("does it have a pool")).endswith("From which day?")
    assert "indoor pool" in " ".join(line.text for line in talk.state.history)


async def test_no_to_a_question_with_a_question_in_it_ends_nothing(talk: Talk) -> None:
    await talk.say("which of your hotels take dogs")
    await talk.say("no i just want to know about dogs")
    assert "Pine Street Hotel does not take pets" in await talk.say("the seattle one")


@pytest.mark.parametrize(
    "words",
    [
        "can i take an earlier flight tomorrow",
        "can i stay a night longer",
        "may i sit at the window",
        "could you move me to friday",
        "can I get a refund for my flight, I'm not going",
    ],
)
async def test_a_wish_in_the_form_of_a_question_is_no_question_of_fact(talk: Talk, words: str) -> None:
    await talk.say(words)
    assert (
        not any(call.name == "policy" for call in talk.tools)
        or not talk.answered
        or CODE in talk.state.history[-1].text
    )


async def test_two_cities_answer_which_flight(talk: Talk) -> None:
    await talk.say("where is the gate for the denver flight")
    assert "gate B22" in await talk.say("the one from denver to phoenix today")


@pytest.mark.parametrize(
    "words", ["is my flight on time", "which gate do I go to", "is my flight still on time", "what's my gate"]
)
async def test_a_known_customers_next_flight_is_theirs(talk: Talk, words: str) -> None:
    await talk.say(PROOF)
    assert "LB204" in await talk.say(words)


async def test_somebody_elses_landing_is_no_booking(talk: Talk) -> None:
    reply = await talk.say("my dad's flight from minneapolis to chicago has he landed yet")
    assert "LB661" in reply


@pytest.mark.parametrize(
    "words",
    ["thanks", "great thanks", "ah okay thank you very much", "ok thank you dear you've been very kind", "cheers mate"],
)
async def test_thanks_are_taken_as_thanks(talk: Talk, words: str) -> None:
    await talk.say("how much is parking at harbor house")
    assert (await talk.say(words)).startswith("You're welcome.")


@pytest.mark.parametrize("words", ["that's it", "ok that's it thanks", "no that's it then"])
async def test_that_is_it_ends_the_visit(talk: Talk, words: str) -> None:
    await talk.say("how much is parking at harbor house")
    reply = await talk.say(words)
    assert "What can I do for you" not in reply and "don't know" not in reply


@pytest.mark.parametrize("words", ["hello dear how are you today", "hi how's it going", "oh it's so cold out today"])
async def test_small_talk_gets_a_kind_word(talk: Talk, words: str) -> None:
    assert "Thank you for asking" in await talk.say(words)


@pytest.mark.parametrize(("words", "tells"), [("what time is it", True), ("what time should i be there", False)])
async def test_the_clock_is_told_to_those_who_ask_for_it(talk: Talk, words: str, tells: bool) -> None:
    assert ("12 PM on Sunday" in await talk.say(words)) is tells


@pytest.mark.parametrize(
    ("words", "price"),
    [
        ("On the day I leave Harbor House I'd like to keep the room till two. What would that cost me?", "$40"),
        ("Please move my flight to Friday. What does that cost?", "$80"),
        ("can you move my Denver flight a day later and tell me what it costs", "$80"),
        ("please cancel my flight. how much do I get charged?", "$80"),
    ],
)
async def test_the_price_of_a_wish_is_told_before_the_proof_where_a_text_knows_it(
    talk: Talk, words: str, price: str
) -> None:
    reply = await talk.say(words)
    assert price in reply and reply.endswith("What is your booking code or your customer number?")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "my husband booked us into the Magnolia in Austin, can you tell me when we can get in the room and whether "
            "breakfast comes with it?",
            ("begins at 2 PM", "breakfast of coffee"),
        ),
        ("tell me how much parking is at the Harbor House and whether you have a gym", ("$28 a night", "The gym at")),
        ("i'm staying at harbor house, do you pick people up at the airport", ("free shuttle",)),
    ],
)
async def test_questions_told_in_one_frame_are_answered_one_by_one(
    talk: Talk, words: str, told: tuple[str, ...]
) -> None:
    reply = await talk.say(words)
    assert all(one in reply for one in told)


async def test_what_there_is_to_be_had_is_the_search_itself(talk: Talk) -> None:
    words = "I need to be in Denver for a baptism on the thirteenth of December, I'm at Seattle now. what've you got"
    reply = await talk.say(words)
    assert "LB611" in reply and "don't know" not in reply
    await talk.say("the earliest")
    assert "can't sell tickets" in await talk.say("can i book it here")


async def test_a_late_check_out_is_no_search_for_a_flight(talk: Talk) -> None:
    reply = await talk.say("I want to check out late on the twenty-third of December from Chicago")
    assert reply.endswith("What is your booking code or your customer number?")
