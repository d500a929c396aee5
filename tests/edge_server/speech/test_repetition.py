"""Loops and echoes are cut; what people do say twice stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_server.speech.repetition import before_loop, without_echoes


@given(st.lists(st.integers(100, 200), max_size=8), st.lists(st.integers(0, 9), min_size=3, max_size=6, unique=True))
def test_a_loop_is_cut_after_its_first_round(before: list[int], phrase: list[int]) -> None:
    assert before_loop([*before, *phrase * 4]) == len(before) + len(phrase)


@given(st.lists(st.integers(0, 9), unique=True))
def test_what_does_not_repeat_is_kept_whole(tokens: list[int]) -> None:
    assert before_loop(tokens) == len(tokens)


def test_a_digit_said_four_times_is_no_loop() -> None:
    assert before_loop([9, 9, 9, 9]) == 4


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("What is the status of LB204? What is the status of LB204?", "What is the status of LB204?"),
        ("What is the status of LB204? What is the status of", "What is the status of LB204?"),
        ("Is it late? Is it at gate four now?", "Is it late? Is it at gate four now?"),
        ("It's K-7M2. It's K-7M2.", "It's K-7M2."),
        ("4, 0, 7. 4", "4, 0, 7."),
        ("4, 0, 7. 1", "4, 0, 7. 1"),
        ("It is too late. Is there another one? It is too late. Is there", "It is too late. Is there another one?"),
        ("No. No.", "No. No."),
        ("", ""),
        ("Is breakfast included? Is Breakfast Inc", "Is breakfast included?"),
        ("It is on Monday. It is on", "It is on Monday."),
        ("It is on Monday. It was in", "It is on Monday. It was in"),
    ],
)  # fmt: skip
def test_an_echo_of_a_sentence_is_dropped(written: str, kept: str) -> None:
    assert without_echoes(written) == kept
