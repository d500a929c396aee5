"""G.711 as telephones speak it: µ-law (PCMU) and A-law (PCMA), 8 000 Hz, one byte a sample.

The tables come from libsndfile's own codec (through `soundfile`): it is asked once for every value there is. A stream
then costs one table look-up a sample.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import Literal

import numpy as np
import numpy.typing as npt

from edge_server.audio import Pcm

RATE = 8_000
Law = Literal["ULAW", "ALAW"]
"""libsndfile's names of the two."""

_EVERY_SAMPLE = np.arange(-32_768, 32_768, dtype=np.int32).astype(np.int16)


@cache
def _decoding(law: Law) -> Pcm:
    import soundfile

    every_byte = BytesIO(bytes(range(256)))
    samples, _ = soundfile.read(
        every_byte, dtype="int16", samplerate=RATE, channels=1, format="RAW", subtype=law, endian="FILE"
    )
    return np.asarray(samples, dtype=np.int16)


@cache
def _encoding(law: Law) -> npt.NDArray[np.uint8]:
    import soundfile

    written = BytesIO()
    soundfile.write(written, _EVERY_SAMPLE, RATE, format="RAW", subtype=law, endian="FILE")
    return np.frombuffer(written.getvalue(), dtype=np.uint8)


def decode(data: bytes, law: Law) -> Pcm:
    """The int16 samples at 8 000 Hz of G.711 bytes."""
    return _decoding(law)[np.frombuffer(data, dtype=np.uint8)]


def encode(pcm: Pcm, law: Law) -> bytes:
    """The G.711 bytes of int16 samples at 8 000 Hz."""
    return _encoding(law)[pcm.astype(np.int32) + 32_768].tobytes()
