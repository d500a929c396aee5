"""What over a reply does not take the turn."""

from __future__ import annotations

import pytest

from agents.understand.backchannels import is_backchannel, is_echo


@pytest.mark.parametrize(
    "words",
    [
        "Mm-hm.",
        "Mm-hmm",
        "Uh-huh.",
        "Okay.",
        "OK",
        "Right.",
        "Yeah, okay.",
        "I see.",
        "Oh, right.",
        "Hmm.",
        "i c",
        "Mom",
    ],
)
def test_a_backchannel_is_one(words: str) -> None:
    assert is_backchannel(words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "No.",
        "No, stop.",
        "Okay, stop.",
        "Right, but on Friday.",
        "Yes, the second one.",
        "Hold on.",
        "Wait. Wait.",
        "a b",
    ],
)
def test_words_that_want_the_turn_are_none(words: str) -> None:
    assert not is_backchannel(words)


def test_a_piece_of_the_reply_is_its_echo() -> None:
    reply = "Flight LB204 from Boston to Denver is on time. It leaves today at 9:00 AM."
    assert is_echo("from Boston to Denver is", reply)
    assert not is_echo("to Denver", reply), "two words may be a question"
    assert not is_echo("from Boston to Miami", reply)
