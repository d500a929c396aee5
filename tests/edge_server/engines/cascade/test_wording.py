"""What a chat model writes, made speakable; no model and no network."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_server.engines.cascade.wording import speakable, without_thoughts


async def spoken(pieces: list[str]) -> str:
    async def stream() -> AsyncIterator[str]:
        for piece in pieces:
            yield piece

    return "".join([text async for text in without_thoughts(stream())])


@given(st.lists(st.sampled_from(["a < b ", "<thi", "think", "<think>", "nk>", "</think>", "Hello. ", "</", "/think>"])))
async def test_however_an_answer_is_cut_into_pieces_the_same_is_spoken(pieces: list[str]) -> None:
    whole = "".join(pieces)
    assert await spoken(pieces) == await spoken([whole]) == await spoken(list(whole))


async def test_thoughts_are_left_out_and_what_only_looks_like_them_is_not() -> None:
    assert await spoken(["<think>hm", "m</th", "ink>It is < five. <thin", "gs"]) == "It is < five. <things"
    assert await spoken(["Yes. <think>never ended"]) == "Yes. "


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("**Flight LB204** is on time.", "Flight LB204 is on time."),
        ("# Your bookings\n- LB204\n- LB118", "Your bookings LB204 LB118"),
        ("It leaves at 7:15 PM from gate B12.", "It leaves at 7:15 PM from gate B12."),
        ("Use `K7M2QX`, please.", "Use K7M2QX, please."),
        ("2 * 3 is 6", "2 * 3 is 6"),
    ],
)
def test_signs_of_markdown_are_not_spoken(written: str, said: str) -> None:
    assert speakable(written) == said
