"""People as they talk: digressions, changes of mind, half answers, refusals, lies; on a branch of its own each."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from data.branch import Branch
from data.schema import audit
from tests.desk_tools import Kept, Talk, written

MARIA, JAMES, AIKO = "K7M2QX, PIN 4071", "R3W9ZD, PIN 9356", "H9C3VL, PIN 2280"
Read = Callable[[], Awaitable[Kept]]


async def told(customer: Talk, *words: str) -> str:
    """Say one thing after the other; the last reply."""
    reply = ""
    for one in words:
        reply = await customer.say(one)
    return reply


async def test_after_another_agents_answer_it_is_offered_to_go_back_and_the_read_back_comes_again(
    customer: Talk, kept: Read
) -> None:
    await told(customer, "change my flight to Friday", MARIA)
    before = await kept()
    assert "Shall we go on with your flight change?" in await customer.say("is breakfast included at Harbor House")
    read_back = await customer.say("yes")
    assert "$94" in read_back and read_back.endswith("Shall I change it?")
    assert await kept() == before
    assert "Done" in await customer.say("yes")


async def test_a_refused_offer_to_go_back_is_not_made_again(customer: Talk, kept: Read) -> None:
    await told(customer, "change my flight to Friday", MARIA)
    before = await kept()
    await told(customer, "how much is parking at Harbor House", "no")
    assert "flight change" not in await customer.say("thanks")
    assert await kept() == before and customer.state.parked == ()


async def test_the_value_of_an_open_question_leads_back_to_it(customer: Talk) -> None:
    await told(customer, "change my flight", MARIA, "do you have a pool at Harbor House")
    assert "Friday, November 27" in await customer.say("Friday")


async def test_a_second_wish_beside_a_yes_waits_and_nothing_is_written_yet(customer: Talk, kept: Read) -> None:
    await told(customer, "change my flight to Wednesday", MARIA)
    before = await kept()
    reply = await customer.say("yes but with a window seat")
    assert reply.startswith("One thing after the other") and reply.endswith("Shall I change it?")
    assert await kept() == before
    reply = await customer.say("yes please")
    assert reply.startswith("Done") and "window seat" in reply and reply.endswith("Shall I give it to you?")


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("are you a robot", "voice assistant"),
        ("what can you do", "I can help with"),
        ("thanks", "You're welcome"),
        ("this is fucking ridiculous", "I'm sorry this is going badly"),
        ("wait, let me think", "take your time"),
        ("wait. wait.", "take your time"),
        ("slower please", "Of course"),
        ("hello?", "Hello"),
        ("", ""),
        ("how much is that", ""),
        ("cancel it", ""),
        ("get me a human", "ticket number"),
    ],
)
async def test_whatever_is_said_at_a_read_back_it_is_answered_and_read_back_again(
    customer: Talk, kept: Read, words: str, reply: str
) -> None:
    await told(customer, "cancel my flight", MARIA)
    before = await kept()
    said = await customer.say(words)
    assert reply in said and said.endswith("Shall I cancel it?") and customer.state.agent == "flight"
    assert await kept() == before
    assert "Done" in await customer.say("yes, cancel it")


@pytest.mark.parametrize(
    ("words", "answer", "read_back"),
    [
        ("I want to cancel", "the flight", "Shall I cancel it?"),
        ("um I need to change my booking", "my hotel", "What would you like to change"),
        ("can you cancel everything please", "room", "Shall I cancel it?"),
    ],
)
async def test_a_wish_without_a_subject_is_asked_about_where_both_desks_hold_something(
    customer: Talk, words: str, answer: str, read_back: str
) -> None:
    asked = await told(customer, words, "K7M2QX", "4071")  # Maria, with a flight and a stay
    assert asked.endswith("Is that about your flight or your hotel?")
    assert read_back in await customer.say(answer)


async def test_a_wish_without_a_subject_goes_to_the_only_desk_that_holds_something(customer: Talk) -> None:
    said = await told(customer, "um I need to cancel my booking", "1002", "9356")  # James, with a flight
    assert customer.state.agent == "flight" and said.endswith("Shall I cancel it?")


async def test_a_wish_with_no_more_than_a_code_goes_where_that_code_is_held(customer: Talk) -> None:
    said = await told(customer, "cancel h four n eight t p", "4071")
    assert customer.state.agent == "hotel" and "Front Range Inn" in said and said.endswith("Shall I cancel it?")


@pytest.mark.parametrize(
    "proof",
    [
        ("1002", "9356"),
        ("my number is 1002", "nine three five six"),
        ("1002 and 9356",),
        ("romeo three whiskey nine zulu delta", "my PIN's 9 3 5 6"),
        ("R three double u nine Z D", "93 56"),
        ("it's R as in red, three, W, nine, Z as in zebra, D", "9356"),
    ],
)
async def test_a_customer_proves_who_they_are_as_people_say_it(customer: Talk, proof: tuple[str, ...]) -> None:
    await customer.say("which flights am I booked on")
    assert "Thank you, James" in await told(customer, *proof)
    assert all("9356" not in line.text for line in customer.state.history)


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("I'd rather not give my PIN", "Without code and PIN"),
        ("I forgot my booking code", "customer number will do"),
        ("what's the PIN of Maria Lopez", "can't tell"),
        ("cancel my wife's flight", "anybody else"),
        ("show me James Okafor's booking", "anybody else"),
    ],
)
async def test_who_proves_nothing_gets_nothing_but_a_clear_sentence(
    customer: Talk, kept: Read, words: str, reply: str
) -> None:
    before = await kept()
    await customer.say("what bookings do I have")
    assert reply in await customer.say(words)
    assert customer.state.identity is None and await kept() == before


@pytest.mark.parametrize(
    "words",
    ["what about R3W9ZD", "cancel R3W9ZD", "move R3W9ZD to Friday", "my name is James Okafor, show me my bookings"],
)
async def test_another_customers_records_are_neither_told_nor_changed(customer: Talk, kept: Read, words: str) -> None:
    await told(customer, "what bookings do I have", MARIA)
    before = await kept()
    theirs = await customer.say(words)
    assert "San Francisco" not in theirs and "LB118" not in theirs
    nobodys = await customer.say(words.replace("R3W9ZD", "ZZZ999"))
    assert nobodys.startswith(theirs.partition(". ")[0])
    assert await kept() == before


async def test_a_session_is_not_blamed_for_what_others_locked(customer: Talk) -> None:
    await customer.say("what bookings do I have")
    for _ in range(3):
        await customer.say("K7M2QX and my PIN is 1111")
    failed = customer.state.failed_proofs
    customer.state = type(customer.state)(key="another")
    await customer.say("what bookings do I have")
    assert "fifteen minutes" in await customer.say(MARIA)
    assert (failed, customer.state.failed_proofs, customer.state.locked_until) == (3, 0, None)


async def test_a_code_of_the_other_desk_goes_there_with_the_same_wish(customer: Talk, office: Branch) -> None:
    await customer.say("what bookings do I have")
    await customer.say(MARIA)
    reply = await customer.say("cancel my flight H4N8TP")
    assert "H4N8TP is your hotel reservation" in reply and "Front Range Inn" in reply
    assert customer.state.agent == "hotel" and customer.state.history[-1].text == reply
    assert "Done" in await customer.say("yes")
    assert (await written(office, "H4N8TP"))["status"] == "cancelled"
    assert (await written(office, "K7M2QX"))["status"] == "confirmed"


async def test_a_code_one_letter_off_is_offered_only_from_the_customers_own(customer: Talk) -> None:
    await told(customer, "what bookings do I have", MARIA)
    assert "Do you mean K7M2QX?" in await customer.say("cancel K7M2QZ")
    assert "Shall I cancel it?" in await customer.say("yes")
    await customer.say("no")
    assert "no such booking under your name" in await customer.say("cancel R3W9ZE")


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("actually in two weeks", "December 6"),
        ("no, the day after tomorrow", "November 24"),
        ("hm the 3rd", "December 3"),
        ("on Thanksgiving", "November 26"),
        ("Friday of next week", "November 27"),
        ("no wait, make it Wednesday", "November 25"),
    ],
)
async def test_another_day_at_the_read_back_is_quoted_anew(customer: Talk, words: str, day: str) -> None:
    await told(customer, "change my flight to Saturday", MARIA)
    assert day in await customer.say(words)


async def test_a_vague_day_is_asked_about_and_a_past_one_refused(customer: Talk, kept: Read) -> None:
    await told(customer, "change my flight", MARIA)
    before = await kept()
    assert "Which day exactly, this weekend?" in await customer.say("this weekend")
    assert "past" in await customer.say("yesterday")
    assert "past" in await customer.say("November 20th")
    assert "Saturday, November 28" in await customer.say("Saturday")
    assert await kept() == before


async def test_an_item_of_an_offered_list_is_picked_by_its_place_and_then_the_other_one(customer: Talk) -> None:
    await told(customer, "put me on a later flight that day", JAMES)
    assert "Which one would you like?" in customer.state.history[-1].text
    assert "LB122" in await customer.say("the second one")
    assert "LB120" in await customer.say("no, the other one")
    assert "LB122" in await customer.say("is the later one cheaper? no, give me the last one")


async def test_a_cheaper_flight_that_is_not_there_is_not_invented(customer: Talk) -> None:
    await told(customer, "move my flight to Tuesday evening", MARIA)
    reply = await customer.say("is there anything cheaper")
    assert "no cheaper flight" in reply and reply.endswith("Shall I change it?")
    assert "LB202" in await customer.say("anything earlier")


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("do you fly to Paris", "No, we don't fly to Paris."),
        ("do you fly to chicago", "Yes, we fly to Chicago"),
        ("I need a hotel in Paris", "No, we have no hotel in Paris."),
        ("book me a flight to Miami", "I can't sell tickets here."),
        ("I missed my flight", "Shall I call one of them?"),
        ("which cities do you fly to", "14 cities"),
    ],
)
async def test_what_the_desk_cannot_do_it_says_first(customer: Talk, words: str, reply: str) -> None:
    said = await customer.say(words)
    assert reply in said and said.count("?") <= 1


async def test_a_person_who_is_accepted_comes_with_a_ticket_that_says_what_it_is_about(
    customer: Talk, office: Branch
) -> None:
    await told(customer, "change my flight", MARIA, "blah blah", "hm well the thing")
    assert "shall I call one of our staff?" in customer.state.history[-1].text
    assert "ticket" in await customer.say("yes please")
    rows = await office.read(lambda conn: conn.execute(select(audit).where(audit.c.action == "hand off")).all())
    assert any(row.customer_id == 1001 and "change flight" in str(row.detail) for row in rows)


async def test_a_room_is_picked_from_what_was_told_and_booked(customer: Talk, office: Branch) -> None:
    assert "Shall I book one?" in await customer.say("got any rooms in Boston for tomorrow night")
    await customer.say("the cheapest")
    assert "twin room at Harbor House" in await customer.say("1003 and 2280")
    assert "A suite" in await customer.say("actually make it a suite")
    assert "for 2 nights" in await customer.say("for two nights")
    assert "reservation code" in await customer.say("that's lovely dear, yes please")


async def test_a_value_said_while_proving_who_one_is_is_not_lost(customer: Talk) -> None:
    await customer.say("I'd like to book a room in Seattle from December 3 to December 5")
    assert "booking code" in await customer.say("a king please")
    assert "A king room at Pine Street Hotel" in await customer.say(AIKO)


async def test_the_day_given_up_is_not_the_new_one(customer: Talk) -> None:
    await told(customer, "I'd like to come two days later, on December 1st instead of November 29th", "the hotel")
    assert "from Tuesday, December 1" in await customer.say(AIKO)


async def test_the_length_of_a_stay_is_told_from_the_difference(customer: Talk) -> None:
    await customer.say("I want to shorten my stay to three nights")
    assert "for 3 nights" in await customer.say(AIKO)
    assert "for 4 nights" in await told(customer, "no", "shorten my stay by one night")


@pytest.mark.parametrize(
    "words", ["my code is K7M2QX and my PIN is 4071", "K7M2QX 4071", "it's K7M2QX, 4071", "K7M2QX and, er, 4071"]
)
async def test_a_bare_proof_begins_no_change(customer: Talk, words: str) -> None:
    await customer.say(words)
    assert customer.state.identity is not None and customer.state.pending is None


@pytest.mark.parametrize("words", ["hm, I don't know", "sorry, no idea", "do you have umbrellas to borrow?"])
async def test_no_answer_stays_with_the_agent_that_asked(customer: Talk, words: str) -> None:
    await told(customer, "book a room in Boston", words)
    said = customer.state.history[-1].text
    assert customer.state.agent == "hotel" and ("booking code" in said or "code and PIN" in said)
    await customer.say("sure, h nine c three v l")
    assert customer.state.agent == "hotel" and customer.state.flow is not None and customer.state.flow.asking == "pin"


@pytest.mark.parametrize(
    ("words", "proof", "day"),
    [
        ("I'd like to fly to Denver a day later", MARIA, "Tuesday, November 24"),
        ("push my Denver flight back a week", MARIA, "Monday, November 30"),
        ("I want to come to the hotel one day later", AIKO, "from Monday, November 30"),
    ],
)
async def test_a_day_later_counts_from_the_day_that_is_booked(customer: Talk, words: str, proof: str, day: str) -> None:
    assert day in await told(customer, words, proof)


async def test_what_a_booking_lacks_may_be_said_before_the_proof(customer: Talk) -> None:
    await told(customer, "give me a room", "boston", "friday", "a week", "king")
    read_back = await customer.say("1002 9356")
    assert "A king room at Harbor House" in read_back and "for 7 nights, from Friday, November 27" in read_back


async def test_of_two_wishes_in_one_breath_the_second_follows_the_first(customer: Talk) -> None:
    await told(customer, "change my flight to Wednesday and give me a window seat", MARIA)
    reply = await customer.say("yes")
    assert reply.startswith("Done") and "window seat" in reply and reply.endswith("Shall I give it to you?")
    assert "You now sit in" in await customer.say("yes please")


async def test_a_second_wish_is_offered_even_when_the_first_is_declined(customer: Talk, kept: Read) -> None:
    before = await kept()
    await told(customer, "change my flight to Wednesday and add a bag", MARIA)
    assert "Shall I add it?" in await customer.say("no")
    assert await kept() == before


async def test_what_is_to_stay_the_same_is_no_second_wish(customer: Talk) -> None:
    await told(customer, "change my flight to Wednesday and keep my seat", MARIA)
    assert "your seat" not in await customer.say("yes")


async def test_a_choice_of_two_days_is_asked_about(customer: Talk) -> None:
    await told(customer, "change my flight", MARIA)
    assert "Thursday or Friday?" in await customer.say("Thursday or Friday")
    assert "Friday, November 27" in await customer.say("Friday then")


async def test_a_day_that_is_given_up_is_not_taken(customer: Talk) -> None:
    await told(customer, "change my flight", MARIA)
    assert "Friday, November 27" in await customer.say("Friday, not Thursday")
    assert "Done" in await customer.say("yes")


async def test_a_code_may_be_said_in_two_turns(customer: Talk) -> None:
    await told(customer, "change my flight to Friday", "it starts with K 7 M")
    assert "PIN" in await customer.say("2 Q X")
    assert "Maria" in await customer.say("4071")


async def test_leaving_on_another_day_changes_the_end_of_the_stay(customer: Talk) -> None:
    reply = await told(customer, "I'll leave Harbor House on Thursday instead of Friday", AIKO)
    assert "from Sunday, November 29 until Thursday, December 3" in reply


async def test_the_room_that_is_given_up_is_not_the_one_that_is_wanted(customer: Talk) -> None:
    reply = await told(customer, "I'd like a twin rather than the king at Harbor House", AIKO)
    assert "a twin room" in reply


async def test_two_bags_that_are_there_are_not_the_ones_that_are_added(customer: Talk) -> None:
    reply = await told(customer, "I already have two bags on my flight and need another one", MARIA)
    assert reply.startswith("Thank you, Maria. 1 more checked bag")


@pytest.mark.parametrize(
    ("words", "agent", "reply"),
    [
        ("what if I don't show up for my flight", "flight", ""),
        ("how much would a room at Bay Lantern be from Friday to Sunday", "hotel", r"\$"),
        ("I don't wanna talk to a machine", "concierge", "ticket"),
        ("I have forgotten when I'm flying, could you check", "flight", "code"),
        ("king, Seattle, 3 to 5 December, one person", "hotel", r"\$"),
    ],
)
async def test_words_of_their_own_reach_the_right_desk(customer: Talk, words: str, agent: str, reply: str) -> None:
    said = await customer.say(words)
    assert customer.state.agent == agent and re.search(reply, said)


async def test_the_second_wish_is_for_the_booking_of_the_first(customer: Talk) -> None:
    await told(customer, "change my flight to Thursday and give me a window seat", "K7P3ZY, PIN 2113", "K7P3ZY")
    assert "on LB521 on Thursday, November 26 is free, a window seat" in await customer.say("yes")


@pytest.mark.parametrize("words", ["our room is ready by then, perfect, do it", "yes, the hotel won't mind, go ahead"])
async def test_a_yes_that_speaks_of_another_desks_things_is_still_a_yes_here(customer: Talk, words: str) -> None:
    await told(customer, "change my flight to Wednesday", MARIA)
    assert (await customer.say(words)).startswith("Done.") and customer.state.agent == "flight"


@pytest.mark.parametrize(
    "words",
    [
        "i want my money back for the new york flight yesterday",
        "my room last weekend was dirty and I want a refund",
        "the crew on last night's flight was so rude",
        "I was charged twice for my booking",
        "we had a terrible night at your hotel two days ago",
    ],
)
async def test_what_went_wrong_in_the_past_is_for_the_staff(talk: Talk, words: str) -> None:
    reply = await talk.say(words)
    assert reply.startswith("I'm sorry about that.") and reply.endswith("Shall I call one of them?")


@pytest.mark.parametrize(
    "words", ["I booked a flight to Denver yesterday and want my money back", "cancel my room, I called last week"]
)
async def test_what_was_done_in_the_past_is_no_complaint(talk: Talk, words: str) -> None:
    assert "What is your booking code" in await talk.say(words)
