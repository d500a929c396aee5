"""Audio between a client's format and what is used inside: PCM16 mono at 24 000 Hz.

One stream in, one stream out. What is resampled lags by the filter's length, 15 ms.
"""

from __future__ import annotations

from edge_server.audio import RATE, Resampler, from_bytes
from edge_server.channels import g711
from edge_server.realtime.events.session import AudioFormat, PcmFormat, PcmuFormat

QUALITY = "MQ"
"""soxr's medium filter: 15 ms of delay instead of 21, and more than a telephone's band needs."""


def _law(format_: AudioFormat) -> g711.Law | None:
    if isinstance(format_, PcmFormat):
        return None
    return "ULAW" if isinstance(format_, PcmuFormat) else "ALAW"


def decoded(data: bytes, format_: AudioFormat) -> bytes:
    """A whole clip in `format_` as PCM16 at 24 000 Hz."""
    stream = InputAudio()
    stream.format = format_
    return stream.feed(data, last=True)


class InputAudio:
    """Audio from a client."""

    def __init__(self) -> None:
        self._format: AudioFormat = PcmFormat()
        self._resampler: Resampler | None = None

    @property
    def format(self) -> AudioFormat:
        """The client's format. Setting another one starts a new stream."""
        return self._format

    @format.setter
    def format(self, format_: AudioFormat) -> None:
        if format_ != self._format:
            self._format = format_
            self.reset()

    def reset(self) -> None:
        """The client starts anew: what the filter holds is dropped."""
        self._resampler = None if _law(self._format) is None else Resampler(g711.RATE, RATE, quality=QUALITY)

    def feed(self, data: bytes, *, last: bool = False) -> bytes:
        """More audio in the client's format, as PCM16 at 24 000 Hz. `last` gives out what the filter still holds."""
        law = _law(self._format)
        if law is None or self._resampler is None:
            return data
        return self._resampler.feed(g711.decode(data, law), last=last).astype("<i2").tobytes()


class OutputAudio:
    """Audio of one reply to a client."""

    def __init__(self, format_: AudioFormat) -> None:
        self._law = _law(format_)
        self._resampler = None if self._law is None else Resampler(RATE, g711.RATE, quality=QUALITY)

    def feed(self, pcm: bytes) -> bytes:
        """More of the reply, PCM16 at 24 000 Hz, in the client's format."""
        if self._law is None or self._resampler is None:
            return pcm
        return g711.encode(self._resampler.feed(from_bytes(pcm)), self._law)

    def flush(self) -> bytes:
        """What the filter still holds at the end of the reply."""
        if self._law is None or self._resampler is None:
            return b""
        return g711.encode(self._resampler.feed(from_bytes(b""), last=True), self._law)
