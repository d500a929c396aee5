from __future__ import annotations

import numpy as np
import pytest

from edge_server.audio import RATE, Pcm
from edge_server.evaluation import sound
from edge_server.evaluation.sound import Spoken


def tone(ms: float, hertz: float = 400.0) -> Pcm:
    return sound.tones(ms, (hertz,), -20.0)


def level_db(pcm: Pcm) -> float:
    return float(20 * np.log10(np.sqrt(np.mean((pcm / 32768.0) ** 2))))


def share_above(pcm: Pcm, hertz: float) -> float:
    power = np.abs(np.fft.rfft(pcm)) ** 2
    return float(power[np.fft.rfftfreq(len(pcm), 1 / RATE) > hertz].sum() / power.sum())


def test_speech_is_found_between_its_silences() -> None:
    spoken = Spoken.found_in(np.concatenate((sound.silence(300), tone(500), sound.silence(200))))
    assert spoken.begins == pytest.approx(0.3 * RATE, abs=sound.FRAME)
    assert spoken.ends == pytest.approx(0.8 * RATE, abs=sound.FRAME)


def test_pauses_between_pieces_are_as_long_as_was_asked() -> None:
    padded = np.concatenate((sound.silence(100), tone(300), sound.silence(100)))
    whole = sound.joined([padded, padded, padded], [600, 300])
    assert whole.ends / RATE == pytest.approx(0.9 + 0.9, abs=0.05)
    quiet = np.flatnonzero(np.abs(whole.pcm.astype(int)).reshape(-1, RATE // 100).max(axis=1) == 0)
    assert len(quiet) == pytest.approx(90, abs=5)


def test_noise_is_as_much_quieter_than_the_speech_as_was_asked() -> None:
    spoken = sound.padded(Spoken.found_in(tone(1_000)), 500, 500)
    mixed = sound.in_noise(spoken, sound.hiss(3_000, np.random.default_rng(1)), 10.0)
    assert level_db(spoken.pcm[spoken.begins : spoken.ends]) - level_db(mixed[: spoken.begins]) == pytest.approx(
        10, abs=0.5
    )


def test_a_telephone_passes_its_band_only_and_keeps_the_length() -> None:
    hiss = sound.hiss(1_000, np.random.default_rng(2))
    heard = sound.telephone(hiss)
    assert len(heard) == len(hiss)
    assert share_above(hiss, 3_600) > 0.5
    assert share_above(heard, 3_600) < 0.02
    assert level_db(sound.telephone(tone(1_000))) == pytest.approx(-20, abs=1)


def test_the_same_seed_makes_the_same_sound() -> None:
    once, again = (sound.babble([tone(700), tone(900, 300)], 5_000, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(once, again)
    assert len(once) == 5_000


@pytest.mark.parametrize("made", [sound.hiss, sound.rumble, sound.melody])
def test_noises_have_their_length_and_level(made: object) -> None:
    assert callable(made)
    noise = made(1_200.0, np.random.default_rng(4), -30.0)
    assert len(noise) == 1.2 * RATE
    assert level_db(noise) == pytest.approx(-30, abs=1)
