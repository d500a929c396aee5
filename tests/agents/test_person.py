"""What a person who answered in between changes for the agents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from agents.person import said_by_person
from tests.desk_tools import Kept, Talk


async def test_a_yes_after_a_persons_words_agrees_to_nothing_that_was_read_back_before(
    customer: Talk, kept: Callable[[], Awaitable[Kept]]
) -> None:
    await customer.say("change my flight to Friday")
    assert "$94" in await customer.say("K7M2QX, PIN 4071")
    before = await kept()
    customer.state = said_by_person(customer.state, "is that really so much", "It is. Shall I look for another day?")
    again = await customer.say("yes")
    assert await kept() == before
    assert "$94" in again, "it is read back again"
    assert "Done" in await customer.say("yes")
    assert await kept() != before


async def test_what_the_desk_asked_for_before_a_person_came_is_still_known_after(customer: Talk) -> None:
    await customer.say("change my flight")
    await customer.say("K7M2QX")
    customer.state = said_by_person(customer.state, "where do I find it", "It is on your card, four digits.")
    assert customer.asked.asks == "pin"
    assert "Maria" in await customer.say("4071")
