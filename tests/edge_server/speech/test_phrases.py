"""Where the first clause of a reply is cut, so that its first sound is there early."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_server.speech.phrases import phrases


@pytest.mark.parametrize(
    ("clause", "first"),
    [
        ("Flight LB204 from Boston to Denver is on time.", "Flight LB204"),
        ("A second checked bag costs $45.", "A second checked bag"),
        ("It's 3:50 PM on Sunday, November 22.", "It's 3:50 PM"),
    ],
)
def test_a_long_clause_is_cut_where_speakers_pause(clause: str, first: str) -> None:
    assert phrases(clause)[0] == first


def test_a_short_clause_is_spoken_in_one() -> None:
    assert phrases("One moment.") == ("One moment.",)


def test_a_list_without_a_place_to_pause_stays_whole() -> None:
    clause = "Aspen Boston Chicago Miami Phoenix Portland Seattle"
    assert phrases(clause) == (clause,)


def test_a_very_long_clause_comes_in_pieces_that_are_made_while_the_one_before_is_heard() -> None:
    clause = "I can help with changing, cancelling and checking in your flight, and the rules of the airline, " * 3
    pieces = phrases(clause, first=False)
    assert len(pieces) >= 3
    assert all(len(piece) <= 90 for piece in pieces)


@given(
    st.text(max_size=200) | st.lists(st.sampled_from(["to", "Boston,", "is", "flight", "LB204"])).map(" ".join),
    st.booleans(),
)
def test_no_word_is_lost(clause: str, first: bool) -> None:
    assert " ".join(phrases(clause, first=first)) == " ".join(clause.split())
