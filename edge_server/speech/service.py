"""Speech of one server: voice activity, recognition and synthesis behind one door."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edge_server.audio import Pcm
from edge_server.speech.recogniser import Transcript
from edge_server.speech.vad import VoiceActivity

Progress = Callable[[str, int, int], None]
"""Called with what was just loaded, how many parts are ready and how many there are."""


class SpeechService:
    """Warm workers for recognition and synthesis, and the model for voice activity detection."""

    def __init__(
        self, models_dir: Path | None = None, recognition_workers: int = 1, synthesis_workers: int = 1
    ) -> None: ...

    async def start(self, progress: Progress | None = None) -> None:
        """Load, verify and warm up everything. Raises data.model_files.ModelError."""
        raise NotImplementedError

    @property
    def ready(self) -> bool:
        """True from the end of `start` until `close`."""
        raise NotImplementedError

    def voice_activity(self) -> VoiceActivity:
        """A detector for one session."""
        raise NotImplementedError

    async def transcribe(self, pcm24k: bytes | Pcm, vocabulary: str = "") -> Transcript:
        """What was said in one utterance."""
        raise NotImplementedError

    async def synthesise(self, text: str, *, voice: str = "joe", speed: float = 1.0) -> bytes:
        """The written `text` spoken: PCM16 mono 24 kHz."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop the workers."""
        raise NotImplementedError
