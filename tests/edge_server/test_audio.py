"""Sound files of every usual kind come in as PCM16 mono 24 kHz; the rest is refused in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge_server.audio import RATE, AudioError, Pcm, Resampler, amplified, from_bytes, read_wav, resample, write_wav
from tests.speech_tools import speak_with_other_voice


def tone(rate: int, seconds: float = 0.5) -> Pcm:
    return (8000 * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)).astype(np.int16)


def pitch(pcm: Pcm) -> float:
    return float(np.abs(np.fft.rfft(pcm.astype(float))).argmax() * RATE / len(pcm))


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 24_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_usual_rate_is_read(tmp_path: Path, rate: int, channels: int) -> None:
    soundfile.write(tmp_path / "a.wav", np.stack([tone(rate)] * channels, axis=1), rate)
    pcm = read_wav(tmp_path / "a.wav")
    assert pcm.dtype == np.int16
    assert abs(len(pcm) - RATE // 2) <= 2
    assert pitch(pcm) == pytest.approx(440, abs=3)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"])
def test_any_usual_sample_format_is_read(tmp_path: Path, subtype: str) -> None:
    soundfile.write(tmp_path / "a.wav", tone(RATE) / 32768, RATE, subtype=subtype)
    pcm = read_wav(tmp_path / "a.wav")
    assert np.abs(pcm.astype(int) - tone(RATE)).max() < 400


def test_what_is_written_is_read_back_exactly(tmp_path: Path) -> None:
    pcm = np.random.default_rng(1).integers(-32768, 32768, 5000).astype(np.int16)
    write_wav(tmp_path / "a.wav", pcm)
    assert (read_wav(tmp_path / "a.wav") == pcm).all()


def test_a_file_that_is_no_sound_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("hello")
    with pytest.raises(AudioError, match="save it as WAV"):
        read_wav(tmp_path / "a.wav")
    with pytest.raises(AudioError, match="no such file"):
        read_wav(tmp_path / "b.wav")
    write_wav(tmp_path / "c.wav", np.zeros(0, dtype=np.int16))
    with pytest.raises(AudioError, match="holds no sound"):
        read_wav(tmp_path / "c.wav")
    with pytest.raises(AudioError, match="folder that you may write"):
        write_wav(tmp_path / "none" / "d.wav", tone(RATE))


def test_half_a_sample_is_refused() -> None:
    assert (from_bytes(tone(RATE).tobytes()) == tone(RATE)).all()
    with pytest.raises(AudioError, match="whole samples"):
        from_bytes(b"abc")


def test_a_stream_resampled_in_chunks_is_the_recording_resampled_at_once() -> None:
    pcm = tone(16_000, 1.0)
    stream = Resampler(16_000, RATE)
    chunks = [stream.feed(pcm[at : at + 320], last=at + 320 >= len(pcm)) for at in range(0, len(pcm), 320)]
    streamed, whole = np.concatenate(chunks), resample(pcm, 16_000, RATE)
    assert len(streamed) == len(whole)
    assert np.abs(streamed.astype(int) - whole).max() <= 2


def test_louder_speech_is_louder_and_is_never_cut() -> None:
    speech = speak_with_other_voice("Could you speak up?")
    louder = amplified(speech, 1.5)
    assert len(louder) == len(speech)
    assert np.sqrt(np.mean(np.square(louder, dtype=float))) > 1.2 * np.sqrt(np.mean(np.square(speech, dtype=float)))
    assert np.abs(amplified(np.full(100, 30_000, dtype=np.int16), 2.5)).max() <= 32_767
    assert np.allclose(amplified(speech, 0.5), speech / 2, atol=1.0)
