"""A sound card for machines that have none: stands in for the `sounddevice` module, with its own names and errors.

The test is its clock: it hands blocks to the microphone and takes them from the loudspeaker.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

Callback = Callable[[bytearray, int, object, object], None]


class PortAudioError(Exception):
    """As sounddevice raises it: a text, and PortAudio's number."""


class Stream:
    """An open side of the card."""

    def __init__(self, *, samplerate: int, blocksize: int, channels: int, dtype: str, callback: Callback) -> None:
        assert (channels, dtype) == (1, "int16")
        self.rate, self.block = samplerate, blocksize
        self.latency = 0.0
        self.active = False
        self.closed = False
        self._callback = callback

    def start(self) -> None:
        self.active = True

    def abort(self) -> None:
        self.active = False

    def close(self) -> None:
        self.closed = True

    def pass_on(self, block: bytearray) -> None:
        """One call of the device's thread."""
        assert len(block) == self.block * 2
        self._callback(block, self.block, None, None)


class SoundCard(ModuleType):
    """A card whose devices do only the rates in `rates`. `missing` and `busy` name sides: input, output."""

    PortAudioError = PortAudioError

    def __init__(
        self, *, rates: tuple[int, ...] = (24_000,), missing: tuple[str, ...] = (), busy: tuple[str, ...] = ()
    ) -> None:
        super().__init__("sounddevice")
        self.rates, self.missing, self.busy = rates, missing, busy
        self.microphone: Stream | None = None
        self.loudspeaker: Stream | None = None

    def _terminate(self) -> None:
        """PortAudio is closed, to be opened anew."""

    _initialize = _terminate

    def query_devices(self, *, kind: str | None = None) -> dict[str, float] | list[dict[str, float]]:
        if kind is None:
            return []
        if kind in self.missing:
            raise PortAudioError("Error querying device -1")
        return {"default_samplerate": float(self.rates[0])}

    def check_input_settings(self, *, channels: int, dtype: str, samplerate: int) -> None:
        if samplerate not in self.rates:
            raise PortAudioError("Invalid sample rate [PaErrorCode -9997]", -9997)

    check_output_settings = check_input_settings

    def RawInputStream(self, **options: object) -> Stream:  # noqa: N802, its name in sounddevice
        self.microphone = self._open("input", options)
        return self.microphone

    def RawOutputStream(self, **options: object) -> Stream:  # noqa: N802
        self.loudspeaker = self._open("output", options)
        return self.loudspeaker

    def _open(self, side: str, options: dict[str, object]) -> Stream:
        if side in self.busy:
            raise PortAudioError("Error opening RawStream: Device unavailable [PaErrorCode -9985]", -9985)
        return Stream(**options)  # type: ignore[arg-type]

    def speak(self, pcm: bytes) -> None:
        """Let the microphone hear `pcm` (int16 mono at its own rate), padded to whole blocks."""
        assert self.microphone is not None
        size = self.microphone.block * 2
        for start in range(0, len(pcm), size):
            self.microphone.pass_on(bytearray(pcm[start : start + size].ljust(size, b"\0")))

    def play(self) -> bytes:
        """The next block that the loudspeaker plays."""
        assert self.loudspeaker is not None
        block = bytearray(self.loudspeaker.block * 2)
        self.loudspeaker.pass_on(block)
        return bytes(block)
