from __future__ import annotations

from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from agents.clauses import SHORT_FIRST, clauses, spoken

REPLIES = st.text("abc ,.;?!AB1'", max_size=200)


def test_a_reply_is_cut_into_sentences() -> None:
    assert clauses("Flight LB204 is late. It leaves at 7:15 PM from gate B12.") == (
        "Flight LB204 is late.",
        "It leaves at 7:15 PM from gate B12.",
    )


def test_a_long_first_sentence_is_cut_at_a_comma_so_that_speech_begins_early() -> None:
    pieces = clauses("I couldn't confirm who you are, so I can't try that again for the next fifteen minutes.")
    assert len(pieces) == 2 and len(pieces[0]) < SHORT_FIRST


def test_initials_and_times_do_not_end_a_sentence() -> None:
    assert len(clauses("Ask Dr. Lee at the St. James desk, 7.30 PM.")) == 1


@given(REPLIES)
def test_the_pieces_joined_are_the_reply(text: str) -> None:
    assert " ".join(clauses(text)) == " ".join(text.split())


async def test_a_reply_that_streams_is_spoken_sentence_by_sentence() -> None:
    async def bits() -> AsyncIterator[str]:
        for bit in ("Parking is ", "free. You ", "do not need", " to reserve."):
            yield bit

    assert [piece async for piece in spoken(bits())] == ["Parking is free.", "You do not need to reserve."]
