"""Speech of one server: voice activity, recognition and synthesis behind one door."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from edge_server.audio import Pcm
from edge_server.speech import jobs
from edge_server.speech.recogniser import Transcript
from edge_server.speech.vad import VoiceActivity, VoiceModel
from edge_server.speech.workers import WorkerPool

Progress = Callable[[str, int, int], None]
"""Called with what was just loaded, how many parts are ready and how many there are."""

PARTS = 3


class SpeechService:
    """Warm workers for recognition and synthesis, and the model for voice activity detection.

    `models_dir` is the operator's own folder of models (None: those that packages carry); each worker is a process
    that loads its own model. Recognition and synthesis raise `workers.WorkersBusyError` when too much waits, and
    `workers.WorkerError` when a job cannot be done.
    """

    def __init__(
        self, models_dir: Path | None = None, recognition_workers: int = 1, synthesis_workers: int = 1
    ) -> None:
        self._models_dir = models_dir
        self._recognition = WorkerPool(
            "speech recognition", partial(jobs.load_recogniser, models_dir), workers=recognition_workers
        )
        self._synthesis = WorkerPool(
            "speech synthesis", partial(jobs.load_synthesiser, models_dir), workers=synthesis_workers
        )
        self._voice_model: VoiceModel | None = None
        self._voices: tuple[str, ...] = ()
        self._ready = False

    async def start(self, progress: Progress | None = None) -> None:
        """Load, verify and warm up everything at the same time; a part that fails stops the others.

        Raises data.model_files.ModelError when a model is missing or damaged, and workers.WorkerError when a worker
        does not come up.
        """
        done = 0

        async def part(name: str, loading: Awaitable[None]) -> None:
            nonlocal done
            await loading
            done += 1
            if progress is not None:
                progress(f"speech: {name}", done, PARTS)

        if progress is not None:
            progress("speech", 0, PARTS)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(part("voice activity", self._load_voice_model()))
                group.create_task(part("recognition", self._recognition.start()))
                group.create_task(part("synthesis", self._synthesis.start()))
        except BaseExceptionGroup as errors:
            await self.close()
            raise errors.exceptions[0] from None
        self._voices = await self._synthesis.run(jobs.voices)
        self._ready = True

    async def _load_voice_model(self) -> None:
        self._voice_model = await asyncio.to_thread(VoiceModel.load, self._models_dir)

    @property
    def ready(self) -> bool:
        """True from the end of `start` until `close`."""
        return self._ready

    @property
    def voices(self) -> tuple[str, ...]:
        """The names of the voices, the default one first; () before `start`."""
        return self._voices

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the workers, recognition first."""
        return self._recognition.pids + self._synthesis.pids

    @property
    def restarts(self) -> dict[str, int]:
        """How often workers had to be started again, by what they do."""
        return {pool.name: pool.restarts for pool in (self._recognition, self._synthesis)}

    def voice_activity(self) -> VoiceActivity:
        """A detector for one session. Raises RuntimeError before `start`."""
        if self._voice_model is None:
            raise RuntimeError("speech is not started: await start() first")
        return VoiceActivity(self._voice_model)

    async def transcribe(self, pcm24k: bytes | Pcm, vocabulary: str = "") -> Transcript:
        """What was said in one utterance (PCM16 mono 24 kHz, bytes or int16); `vocabulary` are words to expect."""
        pcm = pcm24k if isinstance(pcm24k, bytes) else pcm24k.tobytes()
        return await self._recognition.run(jobs.recognise, pcm, vocabulary)

    async def synthesise(self, text: str, *, voice: str = "joe", speed: float = 1.0) -> bytes:
        """The written `text` (a clause or a few sentences) spoken: PCM16 mono 24 kHz.

        Times, codes and amounts in `text` are turned into words here. An unknown `voice` is spoken by the default
        one; `speed` is 0.25 to 1.5.
        """
        return await self._synthesis.run(jobs.synthesise, text, voice, speed)

    async def close(self) -> None:
        """Stop the workers, whatever they do, in a fraction of a second. The service cannot start again."""
        self._ready = False
        await asyncio.gather(self._recognition.close(), self._synthesis.close())
