from __future__ import annotations

import json
from math import log
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from data.code_sounds import CodeSound
from edge_server.audio import write_wav
from edge_server.cli.main import cli
from edge_server.evaluation import sound
from edge_server.evaluation.files import EvaluationError, read_recordings
from edge_server.evaluation.own_speech import NOISES, noise
from edge_server.evaluation.speech import Clip, Understood, evaluate_speech, figures_of, is_telephone
from edge_server.speech.service import SpeechService
from tests.speech_tools import speak_with_other_voice

EMPTY = np.zeros(0, dtype=np.int16)


def understood(text: str | None, heard: str, kind: str = "sentence", condition: str = "clean") -> Understood:
    return Understood(Clip("clip", text, kind, condition, EMPTY), heard, 10.0)


def test_sentences_make_the_word_error_rates_by_their_condition() -> None:
    figures = figures_of(
        [
            understood("is the flight late", "is the flight late"),
            understood("a room for two", "a room for too many", condition="telephone"),
            understood("stop", "shop", kind="word"),
        ],
        left_out=0,
    )
    assert (figures.wer_clean, figures.wer_telephone, figures.wer_speech) == (0.0, 0.5, round(3 / 9, 4))


def test_codes_are_exact_one_off_or_wrong() -> None:
    heard = ("K7M2QX", "K-7-M-2-Q-X", "K7N2QX", "hello there")
    figures = figures_of([understood("K7M2QX", text, kind="code") for text in heard], left_out=0)
    assert (figures.exact_codes, figures.codes_one_off) == (0.5, 0.25)
    assert figures.wer_clean is None


def test_a_code_said_again_is_known_by_both_hearings_and_digits_by_either() -> None:
    def said(text: str, heard: str, hearing: int, kind: str = "code", code: CodeSound | None = None) -> Understood:
        return Understood(Clip(text, text, kind, "clean", EMPTY, hearing=hearing), heard, 10.0, code)

    unsure = CodeSound(tuple({one: log(0.6), other: log(0.4)} for one, other in zip("H3L8JS", "K7M2QX", strict=True)))
    figures = figures_of(
        [
            said("K7M2QX", "H 3 L 8 J S", 1, code=unsure),  # known by its sound
            said("R3W9ZD", "are three", 1),
            said("R3W9ZD", "R 3 W 9 Z T", 2),  # known once it is said again
            said("4071", "41", 1, kind="digits"),
            said("4071", "4 0 7 1", 2, kind="digits"),
            said("9356", "936", 1, kind="digits"),
            said("9356", "956", 2, kind="digits"),
        ],
        left_out=0,
    )
    assert (figures.exact_codes, figures.codes_known) == (0.0, 0.25)
    assert figures.exact_codes_after_confirmation == round(2 / 3, 4)


def test_every_word_on_noise_is_a_false_one() -> None:
    figures = figures_of(
        [
            understood(None, "", kind="noise"),
            understood(None, "Thank you.", kind="noise", condition="hiss"),
            understood("", "Bye.", kind="anything"),
        ],
        left_out=0,
    )
    assert (figures.false_words_on_noise, figures.noise_with_words) == (3, 0.6667)


def test_speech_that_nobody_wrote_down_is_not_taken_for_noise() -> None:
    assert Clip("clip", None, "long_untranscribed", "clean", EMPTY).counts == "nothing"
    assert Clip("clip", None, "noise", "kitchen", EMPTY).counts == "noise"


@pytest.mark.parametrize(("condition", "is_one"), [("telephone", True), ("telephone_ulaw", True), ("babble", False)])
def test_telephone_conditions_are_known_by_their_names(condition: str, is_one: bool) -> None:
    assert is_telephone(condition) is is_one


def test_a_manifest_that_names_a_missing_file_is_refused(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text('{"file": "gone.wav", "text": "hello"}\n', "utf-8")
    with pytest.raises(EvaluationError, match="gone.wav"):
        read_recordings(manifest)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    question = "When does the flight to Denver leave?"
    write_wav(folder / "q.wav", speak_with_other_voice(question))
    write_wav(folder / "hiss.wav", sound.hiss(2_000, np.random.default_rng(5)))
    lines = [
        {"file": "q.wav", "text": question.lower(), "kind": "sentence", "condition": "clean", "licence": "own"},
        {"file": "hiss.wav", "text": None, "kind": "noise", "condition": "hiss"},
        {"file": "q.wav", "text": None, "kind": "long_untranscribed", "condition": "clean"},
    ]
    (folder / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return folder / "manifest.jsonl"


@pytest.mark.slow
@pytest.mark.timeout(300)  # a sample branch and all models are made ready first
def test_the_command_measures_a_manifest_with_its_files_beside_it(manifest: Path) -> None:
    result = CliRunner().invoke(cli, ["eval", "speech", "--file", str(manifest), "--json"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["wer_clean"] <= 0.3
    assert (figures["false_words_on_noise"], figures["clips"], figures["left_out"]) == (0, 2, 1)
    assert figures["wer_telephone"] is None and figures["exact_codes"] is None


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_our_own_noises_have_no_words() -> None:
    random = np.random.default_rng(6)
    clips = [Clip(name, "", "noise", name, noise(name, random)) for name in NOISES]
    service = SpeechService()
    await service.start()
    try:
        figures = await evaluate_speech(clips, service, {False: "", True: ""}, lambda *_: None)
    finally:
        await service.close()
    assert (figures.false_words_on_noise, figures.clips) == (0, len(NOISES))
