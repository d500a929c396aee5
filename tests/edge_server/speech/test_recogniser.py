"""Recognition: people and another voice are understood; noise gives no words."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from ctranslate2.models import WhisperGenerationResult

from data.model_files import ModelError
from edge_server.audio import RATE, Pcm, resample
from edge_server.speech.recogniser import Recogniser
from tests.speech_tools import recording, speak_with_other_voice

VOCABULARY = "Lobby Air flights, Harbor House, Front Range Inn, Pine Street Hotel, check-in, gate, booking."


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser.load()


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def test_a_person_is_understood(recogniser: Recogniser) -> None:
    transcript = recogniser.transcribe(recording("jfk.wav"))
    assert words(transcript.text) == words(
        "and so my fellow Americans ask not what your country can do for you ask what you can do for your country"
    )
    assert transcript.refused is None
    assert transcript.audio_ms == pytest.approx(11_000, abs=1)
    assert transcript.avg_logprob > -0.5


@pytest.mark.parametrize("rate", [8000, 16_000, 24_000])
def test_another_voice_is_understood_at_every_rate(recogniser: Recogniser, rate: int) -> None:
    spoken = speak_with_other_voice("I need a hotel room in Denver for two nights.", rate)
    heard = words(recogniser.transcribe(resample(spoken, rate, RATE), VOCABULARY).text)
    assert {"hotel", "room", "denver"} <= set(heard)


def test_vocabulary_brings_names_out_right(recogniser: Recogniser) -> None:
    spoken = speak_with_other_voice("And when can I check in at Front Range Inn?")
    assert "Front Range Inn" in recogniser.transcribe(spoken, VOCABULARY).text


@pytest.mark.parametrize(
    "said", ["Is my flight on time?", "Is breakfast included?", "How many bags may I take with me?"]
)
def test_no_time_is_lost_on_writing_a_sentence_over_and_over(
    recogniser: Recogniser, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    model = recogniser._model
    whole: Callable[..., list[WhisperGenerationResult]] = model.generate

    def generate(*args: object, **options: object) -> list[WhisperGenerationResult]:
        results = whole(*args, **options)
        written.extend(len(result.sequences_ids[0]) for result in results)
        return results

    monkeypatch.setattr(recogniser, "_model", SimpleNamespace(generate=generate, encode=model.encode, n_mels=80))
    text = recogniser.transcribe(speak_with_other_voice(said), VOCABULARY).text
    assert len(words(text)) <= len(words(said))
    assert max(written) < 20, "29 to 34, when it is written over and over"


def test_a_vocabulary_is_left_out_where_a_code_is_spelled(recogniser: Recogniser) -> None:
    spoken = speak_with_other_voice("nine, three, five, six.")
    assert recogniser.transcribe(spoken, VOCABULARY, spelled=True).text == recogniser.transcribe(spoken).text


def test_characters_that_came_out_as_words_are_heard_as_characters(recogniser: Recogniser) -> None:
    spoken = speak_with_other_voice("four, zero, seven, one.")
    assert "4" not in recogniser.transcribe(spoken).text, "the test needs another example"
    assert re.sub(r"\W", "", recogniser.transcribe(spoken, spelled=True).text) == "4071"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sc_yes_a7545b9f_nohash_1.wav", "yes"),
        ("sc_no_563aa4e6_nohash_2.wav", "no"),
        ("sc_stop_988e2f9a_nohash_0.wav", "stop"),
        ("sc_two_a8cb6dda_nohash_0.wav", "two"),
        ("sc_four_6272b231_nohash_1.wav", "four"),
    ],
)
def test_a_short_answer_is_written_once_whatever_the_vocabulary(recogniser: Recogniser, name: str, said: str) -> None:
    assert words(recogniser.transcribe(recording(name), VOCABULARY).text) == [said]


def noise(kind: str, seconds: float) -> Pcm:
    random = np.random.default_rng(3)
    count = int(RATE * seconds)
    time = np.arange(count) / RATE
    sound = {
        "silence": np.zeros(count),
        "hiss": random.normal(0, 60, count),
        "loud hiss": random.normal(0, 2000, count),
        "rumble": np.cumsum(random.normal(0, 60, count)) % 8000 - 4000,
        "tone": 6000 * np.sin(2 * np.pi * 440 * time),
        "dial tone": 3000 * (np.sin(2 * np.pi * 350 * time) + np.sin(2 * np.pi * 440 * time)),
        "hum": 3000 * sum(np.sin(2 * np.pi * 60 * k * time) / k for k in range(1, 9)),
        "clicks": (random.random(count) > 0.9995) * 20_000.0,
    }[kind]
    return np.clip(sound, -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("seconds", [0.5, 2.0])
@pytest.mark.parametrize("kind", ["silence", "hiss", "loud hiss", "rumble", "tone", "dial tone", "hum", "clicks"])
@pytest.mark.parametrize("vocabulary", ["", VOCABULARY])
def test_noise_gives_no_words(recogniser: Recogniser, kind: str, seconds: float, vocabulary: str) -> None:
    transcript = recogniser.transcribe(noise(kind, seconds), vocabulary)
    assert transcript.text == ""
    assert transcript.refused


def test_no_audio_at_all_is_silence(recogniser: Recogniser) -> None:
    assert recogniser.transcribe(np.zeros(0, dtype=np.int16)).refused == "silence"


def test_a_long_speech_is_understood_from_beginning_to_end(recogniser: Recogniser) -> None:
    text = recogniser.transcribe(recording("moon_two_cities.wav")).text.lower()
    assert "best of times" in text
    assert len(words(text)) > 90


def test_a_whisper_folder_without_all_its_files_says_what_is_lacking(tmp_path: Path) -> None:
    (tmp_path / "whisper").mkdir()
    (tmp_path / "whisper" / "model.bin").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"lacks config\.json, tokenizer\.json, vocabulary\.txt"):
        Recogniser.load(models_dir=tmp_path)
