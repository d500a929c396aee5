"""How likely each character of a code is at each place, by what the network makes of a sound."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import pytest

from edge_server.speech.code_shape import CHARACTERS, CodeRead, code_in, code_read
from edge_server.speech.mel import Floats
from edge_server.speech.spelled_signs import SIGNS, WORD

NOTHING = ""


def frames(*heard: Mapping[str, float]) -> Floats:
    """Frames in which each sign of `heard` has that probability ("" for nothing new), and the others the rest."""
    rows = np.zeros((len(heard), 1 + len(SIGNS)))
    for row, one in zip(rows, heard, strict=True):
        row[:] = (1.0 - sum(one.values())) / len(SIGNS)
        for sign, share in one.items():
            row[0 if sign == NOTHING else 1 + SIGNS.index(sign)] = share
    return np.log(rows).astype(np.float32)


def said(text: str, **unsure: Mapping[str, float]) -> list[Mapping[str, float]]:
    """`text` said sign by sign; of the signs in `unsure` it is not clear which it was."""
    quiet: Mapping[str, float] = {NOTHING: 0.99}
    return [one for sign in text for one in (quiet, unsure.get(sign, {sign: 0.98}), quiet)]


def read(heard: Floats) -> CodeRead:
    found = code_read(heard)
    assert found is not None
    return found


def test_two_letters_that_sound_alike_are_both_likely_and_the_rest_is_sure() -> None:
    sound = read(frames(*said("K7B2QX", B={"B": 0.5, "D": 0.45}))).sound
    assert sound.likeliest == "K7B2QX"
    either = np.exp(sound.logprobs(["K7B2QX", "K7D2QX", "K7M2QX"]))
    assert either[0] / either[1] == pytest.approx(0.5 / 0.45, rel=0.01) and either[2] < 0.02


def test_words_before_and_behind_a_code_and_a_doubled_letter() -> None:
    found = read(frames(*said(f"{WORD}K7M2QQ{WORD}")))
    assert found.likely and found.sound.likeliest == "K7M2QQ"


@pytest.mark.parametrize("text", ["", WORD, "4071", "KMQ", "617402", "K7M2QX4071"])
def test_what_is_no_code_has_no_sound_of_one(text: str) -> None:
    heard = frames({NOTHING: 0.99}, *said(text), {NOTHING: 0.99})
    found = code_read(heard)
    assert found is None or (not found.likely and code_in(found, heard, None) is None)


def test_a_written_code_gives_way_only_to_one_that_is_surely_likelier() -> None:
    heard = frames(*said("K7B2QX", B={"B": 0.5, "D": 0.45}, X={"X": 0.9, "S": 0.05}))
    found = read(heard)
    assert code_in(found, heard, "K7B2QX") is None and code_in(found, heard, "K7D2QX") is None
    for written in ("K7B2QS", None):
        instead = code_in(found, heard, written)
        assert instead is not None and instead.text == "K7B2QX"


def test_the_shares_are_those_of_all_ways_to_say_each_code() -> None:
    dice = np.random.default_rng(3)
    few = ["A", "B", "7"]  # all other signs are as good as impossible
    probabilities = np.full((8, 1 + len(SIGNS)), 1e-12)
    for sign in (*(1 + SIGNS.index(one) for one in few), 0):
        probabilities[:, sign] = dice.uniform(0.05, 1.0, 8)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    found = read(np.log(probabilities).astype(np.float32))
    letters = list(itertools.product("AB", repeat=4))
    codes = [f"{first}7{second}7{third}{last}" for first, second, third, last in letters]
    ways = np.array([_all_ways(probabilities, code) for code in codes])
    assert found.logprob == pytest.approx(float(np.log(ways.sum())), abs=1e-3)
    for at in (0, 2, 4, 5):
        share = ways[[code[at] == "A" for code in codes]].sum() / ways.sum()
        assert np.exp(found.sound.places[at]["A"]) == pytest.approx(share, abs=1e-4)
    assert set(found.sound.places[1]) <= set(CHARACTERS)


def _all_ways(probabilities: np.ndarray[tuple[int, int], np.dtype[np.float64]], code: str) -> float:
    """The probability of a code, summed over every single path (connectionist temporal classification)."""
    columns = [0, *(1 + SIGNS.index(one) for one in dict.fromkeys(code))]
    names = {0: NOTHING} | {column: SIGNS[column - 1] for column in columns if column}
    paths: dict[tuple[str, str], float] = {("", NOTHING): 1.0}
    for row in probabilities:
        onward: dict[tuple[str, str], float] = {}
        for (text, last), share in paths.items():
            for column in columns:
                sign = names[column]
                longer = text if sign in (NOTHING, last) else text + sign
                if code.startswith(longer):
                    onward[longer, sign] = onward.get((longer, sign), 0.0) + share * float(row[column])
        paths = onward
    return sum(share for (text, _), share in paths.items() if text == code)
