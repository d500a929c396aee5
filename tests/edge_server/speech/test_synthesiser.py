"""Synthesis: what Lobby says is understood by another recogniser."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from edge_server.audio import RATE, Pcm, duration_ms
from edge_server.speech.kokoro_voice import KokoroVoice
from edge_server.speech.network_halves import CutError, halves
from edge_server.speech.piper_voice import PiperVoice, piper_voices
from edge_server.speech.synthesiser import Synthesiser, trimmed
from edge_server.speech.voice import Floats
from tests.speech_tools import transcribe_with_other_recogniser

if TYPE_CHECKING:
    import onnxruntime


@pytest.fixture(scope="module")
def synthesiser() -> Synthesiser:
    return Synthesiser.load()


@pytest.mark.parametrize(
    ("said", "facts"),
    [
        (
            "Flight LB204 from Boston to Denver is delayed by 35 minutes. It now leaves at 7:15 PM from gate B12.",
            ["35", "B12", "15", "Boston", "Denver"],
        ),
        ("A second checked bag costs $45, up to 50 pounds.", ["$45", "50"]),
        ("Parking at Harbor House is $28 a night.", ["$28"]),
        ("You are in seat 14C.", ["14"]),
        ("LB118 leaves from gate A4.", ["A4"]),
    ],
)
def test_another_recogniser_gets_the_facts(synthesiser: Synthesiser, said: str, facts: list[str]) -> None:
    heard = transcribe_with_other_recogniser(synthesiser.synthesise(said)).replace("-", "")
    assert [fact for fact in facts if fact not in heard] == []


@pytest.mark.parametrize("voice", ["june", "alma"])
def test_every_voice_is_understood_and_sounds_like_no_other(synthesiser: Synthesiser, voice: str) -> None:
    said = "Your flight from Boston to Seattle leaves from gate B12."
    spoken = synthesiser.synthesise(said, voice=voice)
    heard = transcribe_with_other_recogniser(spoken).replace("-", "")
    assert [fact for fact in ("Boston", "Seattle", "B12") if fact not in heard] == []
    assert pitch_hz(spoken) > 1.1 * pitch_hz(synthesiser.synthesise(said))
    fast, slow = (synthesiser.synthesise("One moment.", voice=voice, speed=speed) for speed in (1.4, 0.7))
    assert len(slow) > 1.3 * len(fast)


class Network:
    """Stands for Kokoro's network: remembers what it is given, and says one sample a symbol."""

    def __init__(self) -> None:
        self.taken: list[int] = []

    def run(self, names: None, taken: dict[str, Floats]) -> list[Floats]:
        symbols = taken["tokens"].shape[1] - 2
        assert taken["style"].shape == (1, 256)
        self.taken.append(symbols)
        return [np.ones((1, symbols), dtype=np.float32)]


def test_a_sentence_too_long_for_the_network_is_cut_at_words() -> None:
    network, symbols = Network(), {sign: at for at, sign in enumerate(" aeiou\u026a\u02c8wndztkl\u0259\u025b")}
    voice = KokoroVoice(cast("onnxruntime.InferenceSession", network), np.zeros((31, 256), np.float32), symbols)
    spoken = np.concatenate(list(voice.speak("one two nine ten, and one more window in an attic", 1.0)))
    assert len(network.taken) > 1
    assert max(network.taken) <= 30
    assert len(spoken) == sum(network.taken)


def pitch_hz(pcm: Pcm) -> float:
    """The median pitch of the voiced frames (40 ms), by autocorrelation."""
    frames = pcm[: len(pcm) // 960 * 960].reshape(-1, 960).astype(float)
    frames = frames[np.sqrt(np.mean(np.square(frames), axis=1)) > 1_000]
    found = []
    for frame in frames - frames.mean(axis=1, keepdims=True):
        alike = np.correlate(frame, frame, "full")[len(frame) - 1 :]
        lag = int(alike[RATE // 350 : RATE // 70].argmax()) + RATE // 350
        if alike[lag] > 0.5 * alike[0]:
            found.append(RATE / lag)
    return float(np.median(found))


def level(pcm: Pcm) -> float:
    frames = pcm[: len(pcm) // 240 * 240].reshape(-1, 240).astype(float)
    levels = np.sqrt(np.mean(np.square(frames), axis=1))
    return float(np.sqrt(np.mean(np.square(levels[levels > 300]))))


def test_every_clause_is_equally_loud_and_none_clips(synthesiser: Synthesiser) -> None:
    clauses = [synthesiser.synthesise(text) for text in ("One moment, please.", "You are welcome.", "Gate B12.")]
    levels = [level(pcm) for pcm in clauses]
    assert max(levels) / min(levels) < 1.6
    assert all(np.abs(pcm.astype(int)).max() < 32_000 for pcm in clauses)


def test_a_clause_begins_at_once_and_ends_with_a_pause(synthesiser: Synthesiser) -> None:
    pcm = synthesiser.synthesise("Your flight is on time.")
    loud = np.flatnonzero(np.abs(pcm.astype(int)) > 500)
    assert loud[0] < 0.03 * RATE
    assert 0.25 * RATE < len(pcm) - loud[-1] < 0.5 * RATE
    assert np.abs(pcm[: RATE // 1000].astype(int)).max() < 1_000, "it begins with a click"


def test_a_long_clause_comes_in_pieces_that_are_worth_their_own_making(synthesiser: Synthesiser) -> None:
    text = "Flight LB204 from Boston to Denver is delayed by 35 minutes."
    first, second, *rest = synthesiser.pieces(text)
    assert 100 < duration_ms(first) < 400, "the first is made quickly"
    assert duration_ms(second) > duration_ms(first)
    whole = np.concatenate((first, second, *rest))
    assert np.abs(np.diff(whole.astype(int))).max() < 16_000, "no click where they meet"
    heard = transcribe_with_other_recogniser(whole).replace("-", "")
    assert [fact for fact in ("Boston", "Denver", "35") if fact not in heard] == []


def test_a_network_in_two_halves_says_the_same_in_pieces_as_at_once() -> None:
    voice = piper_voices(None)["joe"].load()
    assert isinstance(voice, PiperVoice)
    features = np.random.default_rng(1).normal(0.0, 1.0, (1, 192, 150)).astype(np.float32)
    assert voice._decoder is not None
    whole = voice._decoder.run(None, {voice._decoder.get_inputs()[0].name: features})[0].reshape(-1)
    pieces = list(voice._decoded(features[0]))
    assert len(pieces) > 2
    assert np.allclose(np.concatenate(pieces), whole, atol=1e-4)


def test_a_network_that_cannot_be_cut_is_told() -> None:
    for network in (b"", b"no network at all", b"\x3a\x02\x0a"):
        with pytest.raises(CutError):
            halves(network, "dec.conv_pre.weight")


@pytest.mark.parametrize("lengths", [(4000,), (1000,) * 4, (700, 1300, 150, 1850)])
def test_silence_around_speech_goes_and_the_pauses_in_it_stay(lengths: tuple[int, ...]) -> None:
    said = np.zeros(4000, dtype=np.float32)
    said[1000:1500] = said[2000:2500] = 0.2
    said[990:1000] = 0.004
    pieces = np.split(said, np.cumsum(lengths)[:-1])
    heard = np.concatenate(list(trimmed(pieces, 1000)))
    assert len(heard) == 5 + 10 + 1500 + 30
    assert heard[0] == 0.0
    assert np.all(heard[15:515] == np.float32(0.2)) and not heard[520:1000].any()
    assert list(trimmed([np.zeros(500, dtype=np.float32)], 1000)) == []


def test_speed_makes_it_faster_and_slower(synthesiser: Synthesiser) -> None:
    text = "Your flight leaves tomorrow morning."
    slow, usual, fast = (duration_ms(synthesiser.synthesise(text, speed=speed)) for speed in (0.7, 1.0, 1.4))
    assert slow > 1.2 * usual > 1.2 * 1.15 * fast


def test_a_voice_that_is_not_there_is_spoken_by_the_default_one(synthesiser: Synthesiser) -> None:
    assert (
        "flight"
        in transcribe_with_other_recogniser(synthesiser.synthesise("Your flight is on time.", voice="marin")).lower()
    )


@pytest.mark.parametrize("text", ["", "  ", "***", "\u2600"])
def test_nothing_to_say_is_no_sound(synthesiser: Synthesiser, text: str) -> None:
    assert len(synthesiser.synthesise(text)) == 0
