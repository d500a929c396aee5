"""Codes as recognisers write them when they are spelled aloud, and the customer who spells one."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, insert, select

from agents.understand.lexicon import Lexicon
from agents.understand.spelling import example_for, spelled_roughly
from agents.understand.understanding import understand
from data.branch import Branch
from data.confusable import BOUND, distances
from data.schema import bookings
from tests.desk_tools import TODAY, Talk, written


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("My booking code is L8Q2M.", "L8Q2BM"),
        ("L8Q, Tune, VN,", "L8Q2BM"),
        ("D is in George, 5, B is in Victor, 7, B is in Victoria, D is in Denver.", "G5V7VD"),
        ("Diaz and George, 5, B is Invictor, 7, B is Invictoria, Diaz and Denver.", "G5V7VD"),
        ("Golf 5 Vick or 7 Vick or Delta.", "G5V7VD"),
        ("L is in Larry, 8, Q is in Quebec, 2, the is in Boston, M is in Mother.", "L8Q2BM"),
        ("Hotel for November 8, Tango, Papa.", "H4N8TP"),
        ("D-A-M-3-S-X, D-A-M-3-S-X, D-A-M-3-S", "D8M3SX"),
        ("H-R-N-8-D-P and my PIN is 4 0 7 1", "H4N8TP"),
        ("B8N3SX5, 4071", "B8N3SX"),
        ("my daughter wrote it down... F as in Frank, 4, F again, 8, E, M as in Mary", "F4F8EM"),
        ("h for harry, 9, u for uncle, 9 again, d for dog and x", "H9U9DX"),
        ("why as in yankee, seven, zebra, three, you, double u", "Y7Z3UW"),
    ],
)
def test_what_was_heard_is_near_the_code_that_was_spelled(text: str, code: str) -> None:
    heard = spelled_roughly(text)
    assert heard is not None
    assert distances(heard.value, [code])[0] <= BOUND


@pytest.mark.parametrize(
    "text",
    [
        "I don't have it with me",
        "what time is it",
        "customer number 1001 and 4071",
        "1001",
        "I would like to fly at seven in the morning",
        "flight LB204 to Boston tomorrow",
        "can I bring 2 bags on my flight to Boston",
        "is there parking for 3 cars",
        "",
    ],
)
def test_what_spells_nothing_is_no_code(text: str) -> None:
    assert spelled_roughly(text) is None


def test_no_part_of_a_code_that_is_spelled_with_pauses_is_a_seat() -> None:
    words = "it's F as in Frank, 4, F you see, 8, E, and M for somebody"
    heard = understand(words, lexicon=Lexicon([]), today=TODAY, asking="booking_code")
    assert not [one.value for one in heard.of("spelled") if str(one.value).startswith("8")]


def test_every_letter_has_its_word() -> None:
    assert example_for("B") == "Bravo" and example_for("X") == "Xray" and example_for("8") is None


async def test_a_code_heard_almost_right_with_its_pin_is_enough(talk: Talk) -> None:
    await talk.say("what flights am I booked on")
    await talk.say("K7 and 2 Q S, K7N2QS")
    reply = await talk.say("4071")
    assert "Maria" in reply and "LB204" in reply and "K7N2QS" not in reply


async def test_after_a_code_not_found_it_is_asked_for_with_words_and_taken_so(talk: Talk) -> None:
    await talk.say("what flights am I booked on")
    await talk.say("J4B9")
    await talk.say("Z4B9LX")
    assert "K as in Kilo" in await talk.say("4071")
    await talk.say("K is in Kilo, 7, M as in Mary, 2, Q is in Queen, X as in X-ray")
    assert "Maria" in await talk.say("4071")


async def test_the_answer_to_a_wrong_proof_is_the_same_whether_a_code_like_it_exists(talk: Talk) -> None:
    replies = []
    for code in ("K7N2QX", "W5B9LL"):
        await talk.say("what flights am I booked on")
        await talk.say(code)
        replies.append(await talk.say("1111"))
    assert replies[0] == replies[1]


async def test_a_change_of_a_code_heard_almost_right_is_read_back_with_the_true_one(
    customer: Talk, office: Branch
) -> None:
    await customer.say("what flights am I booked on")
    await customer.say("K7M2QX and my PIN is 4071")
    reply = await customer.say("please cancel my flight, the booking code is K7N2QX")
    assert "LB204" in reply and "Shall I cancel it?" in reply and "K7N2QX" not in reply
    assert (await written(office, "K7M2QX"))["status"] == "confirmed"


async def test_of_two_own_codes_alike_the_letter_that_tells_them_apart_is_asked_for(
    customer: Talk, office: Branch
) -> None:
    def book_another(conn: Connection) -> None:
        own = conn.execute(select(bookings).where(bookings.c.code == "K7M2QX")).mappings().one()
        kept = {name: value for name, value in own.items() if name != "id"}
        conn.execute(insert(bookings).values({**kept, "code": "K7N2QX", "seat": "20A"}))

    await office.write(book_another)
    await customer.say("what flights am I booked on")
    await customer.say("K7M2QX and my PIN is 4071")
    reply = await customer.say("please cancel my flight, the booking code is K72QX")
    assert "third" in reply and "M as in Mike" in reply and "N as in November" in reply
    reply = await customer.say("N as in November")
    assert "Shall I cancel it?" in reply and customer.state.flow is not None
    assert customer.state.flow.slots["booking_code"] == "K7N2QX"
