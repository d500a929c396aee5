"""Short words said alone: people's digits are heard, other words and noise are left to what was written."""

from __future__ import annotations

import numpy as np
import pytest

from edge_server.audio import RATE, Pcm
from edge_server.evaluation import sound
from edge_server.evaluation.wording import word_errors
from edge_server.speech.encoder_states import states_of
from edge_server.speech.recogniser import Recogniser
from edge_server.speech.short_words import MARGIN, PARTS, pooled, several_words
from tests.speech_tools import recording, speak_with_other_voice

DIGITS = ("two", "three", "five", "six", "nine")
UNHEARD = "en-us+f5"
"""A voice that the list was not trained on."""


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser.load()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("fsdd_9_nicolas_49.wav", "nine"),  # "Nice" without the list
        ("fsdd_3_nicolas_48.wav", "three"),  # "please"
        ("sc_stop_a9abc695_nohash_1.wav", "stop"),  # refused
        ("sc_off_439c84f4_nohash_1.wav", "off"),  # "I'll..."
    ],
)
def test_a_word_that_a_person_says_alone_is_heard(recogniser: Recogniser, file: str, said: str) -> None:
    assert not word_errors(said, recogniser.transcribe(recording(file)).text).errors


def test_digits_over_a_telephone_are_heard_in_a_voice_of_no_training_sound(
    recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [sound.telephone(speak_with_other_voice(f"{digit}.", voice=UNHEARD)) for digit in DIGITS]

    def right() -> int:
        return sum(
            not word_errors(digit, recogniser.transcribe(pcm).text).errors
            for digit, pcm in zip(DIGITS, lines, strict=True)
        )

    with_list = right()
    monkeypatch.setattr(recogniser, "_short_words", None)
    assert with_list > right()
    assert with_list >= 4


@pytest.mark.parametrize(
    "said", ["Breakfast.", "Bye.", "Boston.", "Luggage.", "No, thanks.", "Two nights, please.", "K, 8."]
)
def test_other_words_are_left_as_they_were_written(
    recogniser: Recogniser, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pcm = speak_with_other_voice(said, voice=UNHEARD)
    heard = recogniser.transcribe(pcm).text
    monkeypatch.setattr(recogniser, "_short_words", None)
    assert heard == recogniser.transcribe(pcm).text


def _noise(name: str) -> Pcm:
    random = np.random.default_rng(3)
    match name:
        case "hiss":
            return sound.hiss(600, random)
        case "rumble":
            return sound.rumble(600, random)
        case "melody":
            return sound.melody(800, random)
        case _:
            return np.concatenate((sound.bursts(2, random), sound.murmur(random)))[: RATE * 9 // 10]


@pytest.mark.parametrize("name", ["hiss", "rumble", "melody", "cough"])
def test_a_short_noise_is_no_word(recogniser: Recogniser, name: str) -> None:
    assert recogniser.transcribe(_noise(name)).text == ""


@pytest.mark.parametrize(
    ("text", "several"),
    [
        ("Bye!", False),
        ("All right.", False),
        ("Seven. Seven.", False),
        ("OK", False),
        ("", False),
        ("4, 7", True),
        ("47", True),
        ("K8N3GK", True),
        ("KNT", True),
        ("yes I do", True),
    ],
)
def test_what_may_be_one_word_by_its_text(text: str, several: bool) -> None:
    assert several_words(text) is several


def test_states_are_cut_to_the_sound_and_pooled_in_order() -> None:
    encoded = np.arange(200, dtype=np.float32)[:, np.newaxis] * np.ones((1, 2), dtype=np.float32)
    states = states_of(encoded, 0.4, 1.0, MARGIN)
    assert states[0, 0] == 17 and states[-1, 0] == 74
    means = pooled(states).reshape(PARTS, 2)
    assert np.all(np.diff(means[:, 0]) > 10)
    assert means.mean() == pytest.approx(states.mean(), abs=0.5)
    assert pooled(encoded[:1]).shape == (PARTS * 2,)
