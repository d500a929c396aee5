"""Digits said one after another: read from the encoder's states, whatever sentence the decoder makes of them."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from bench.spelled_signs import slopes
from edge_server.evaluation import sound
from edge_server.speech.mel import Floats
from edge_server.speech.recogniser import Recogniser
from edge_server.speech.spelled_signs import AROUND, SIGNS, WORD, around, code_alone_in, likeliest, run_in
from tests.speech_tools import recording, speak_with_other_voice


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser.load()


def _frames(*said: dict[str, float]) -> Floats:
    """Log probabilities of frames in which each sign ("" for nothing new) has that probability, all others hardly."""
    frames = np.full((len(said), 1 + len(SIGNS)), 1e-6, dtype=np.float32)
    for frame, shares in zip(frames, said, strict=True):
        for sign, share in shares.items():
            frame[1 + SIGNS.index(sign) if sign else 0] = share
    return np.asarray(np.log(frames / frames.sum(axis=1, keepdims=True)), dtype=np.float32)


def test_a_sign_that_sounds_on_is_one_and_is_two_when_something_lies_between() -> None:
    four, rest = {"4": 0.99, "": 0.01}, {"": 0.99, "4": 0.01}
    assert likeliest(_frames(four, four, rest, {"0": 1.0}))[0].text == "40"
    assert likeliest(_frames(four, rest, four, {"0": 1.0}))[0].text == "440"


def test_a_text_is_as_likely_as_all_ways_to_say_it() -> None:
    # "7" in one frame, in the other, or in both: 0.4 * 0.6 + 0.6 * 0.4 + 0.4 * 0.4, more than nothing in either
    [first, second, *_] = likeliest(_frames(*[{"7": 0.4, "": 0.6}] * 2))
    assert (first.text, second.text) == ("7", "")
    assert np.exp(first.logprob) == pytest.approx(0.64, abs=1e-3)
    assert np.exp(second.logprob) == pytest.approx(0.36, abs=1e-3)


@pytest.mark.parametrize(
    ("said", "alone", "run"),
    [
        ("K7M2QX", "K7M2QX", "K7M2QX"),
        ("K7M", "K7M", None),
        ("K7M2Q", None, None),  # a character may have been swallowed
        ("K", None, None),
        ("4071", None, "4071"),
        (f"{WORD}K7M2QX", None, "K7M2QX"),  # the words before it are the decoder's
        (f"K{WORD}7", None, None),
        ("KM7", None, None),
    ],
)
def test_a_code_alone_or_its_beginning_needs_no_words(said: str, alone: str | None, run: str | None) -> None:
    clear = _frames(*({sign: 0.97, "": 0.03} for one in said for sign in (one, "")))
    found = code_alone_in(clear), run_in(clear)
    assert tuple(one.text if one else None for one in found) == (alone, run)


def test_a_code_that_is_one_of_several_likely_ones_is_left_to_the_decoder() -> None:
    doubtful = _frames(*({sign: 0.55, "B": 0.44} for one in "K7M2QX" for sign in (one, "")))
    assert code_alone_in(doubtful) is None


def test_a_frame_is_judged_with_those_around_it() -> None:
    points = np.arange(20, dtype=np.float32)[:, np.newaxis]
    seen = around(points)
    assert list(seen[10]) == [10 + offset for offset in AROUND]
    assert list(seen[0, : AROUND.index(0)]) == [0.0] * AROUND.index(0)


def test_training_goes_down_the_slope_of_the_likelihood_over_all_ways() -> None:
    dice = np.random.default_rng(1)
    scores = dice.normal(size=(1, 5, 1 + len(SIGNS)))
    text = np.array([1, 1, 2])

    def loss_of(scores: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
        logprobs = scores - np.log(np.exp(scores).sum(axis=2, keepdims=True))
        ways = [
            way
            for way in itertools.product((0, 1, 2), repeat=5)
            if [sign for sign, _ in itertools.groupby(way) if sign] == list(text)
        ]
        return -float(np.log(sum(np.exp(sum(logprobs[0, at, sign] for at, sign in enumerate(way))) for way in ways)))

    logprobs = (scores - np.log(np.exp(scores).sum(axis=2, keepdims=True))).astype(np.float32)
    loss, slope = slopes(logprobs, [text], np.array([5]))
    assert loss == pytest.approx(loss_of(scores), rel=1e-4)
    for at, column in ((0, 1), (2, 0), (3, 2), (4, 7)):
        moved = scores.copy()
        moved[0, at, column] += 1e-4
        assert slope[0, at, column] == pytest.approx((loss_of(moved) - loss_of(scores)) / 1e-4, abs=1e-3)


@pytest.mark.parametrize(
    ("speaker", "files"),
    [
        ("lucas", ("0_lucas_39", "1_lucas_47", "4_lucas_6", "0_lucas_39")),
        ("nicolas", ("0_nicolas_32", "1_nicolas_17", "5_nicolas_41", "0_nicolas_32")),
    ],
)
def test_a_persons_digits_are_read_over_a_telephone(recogniser: Recogniser, speaker: str, files: tuple[str]) -> None:
    said = sound.joined([recording(f"fsdd_{file}.wav") for file in files], [120] * (len(files) - 1))
    heard = recogniser.transcribe(sound.telephone(sound.padded(said, 200, 200).pcm), spelled=True).text
    assert re.sub(r"\W", "", heard) == "".join(file[0] for file in files)


@pytest.mark.parametrize(
    "said",
    [
        "forty, seventy one.",
        "I don't have it with me.",
        "K, seven, M, two, Q, X.",
        "Two rooms for the ninth, please.",
    ],
)
def test_what_is_no_row_of_digits_is_left_as_it_was_written(
    recogniser: Recogniser, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pcm = speak_with_other_voice(said)
    heard = recogniser.transcribe(pcm, spelled=True).text
    monkeypatch.setattr(recogniser, "_spelled_signs", None)
    assert heard == recogniser.transcribe(pcm, spelled=True).text
