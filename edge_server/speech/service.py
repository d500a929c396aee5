"""Speech of one server: voice activity, recognition and synthesis behind one door."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from functools import partial
from pathlib import Path

from data.model_files import ModelError
from edge_server.audio import Pcm
from edge_server.speech import jobs
from edge_server.speech.recogniser import Transcript
from edge_server.speech.spoken_texts import SpokenTexts
from edge_server.speech.vad import VoiceActivity, VoiceEvent, VoiceModel
from edge_server.speech.workers import WorkerError, WorkerPool

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with what was just loaded, how many parts are ready and how many there are."""

PARTS = 3
BREAK = 3.0
"""The rest after each fixed sentence made ahead, as a multiple of the time it took: a fourth of one core at most."""
AHEAD_S = 600.0
"""They are needed so late that everything else goes first."""
AWAY_S = 20.0
"""So long nobody must have been listened or spoken to before such sentences are made."""


class SpeechService:
    """Warm workers for recognition and synthesis, and the model for voice activity detection.

    `models_dir` is the operator's own folder of models (None: those that packages carry); each worker is a process
    that loads its own model. `voice` and `speed` are the branch's own: a voice for all agents, a factor on all
    speaking. Recognition and synthesis raise `workers.WorkersBusyError` when too much waits, and
    `workers.WorkerError` when a job cannot be done.
    """

    def __init__(
        self,
        models_dir: Path | None = None,
        recognition_workers: int = 1,
        synthesis_workers: int = 1,
        *,
        voice: str | None = None,
        speed: float = 1.0,
    ) -> None:
        self.house_voice = voice
        """The voice that speaks for every persona, whatever its own; None: each in its own."""
        self._speed = speed
        self._models_dir = models_dir
        self._recognition = WorkerPool(
            "speech recognition", partial(jobs.load_recogniser, models_dir), workers=recognition_workers
        )
        self._synthesis = WorkerPool(
            "speech synthesis", partial(jobs.load_synthesiser, models_dir), workers=synthesis_workers, lanes=2
        )
        self._voice_model: VoiceModel | None = None
        self._hearing = ThreadPoolExecutor(os.cpu_count() or 1, "voice activity")
        self._voices: dict[str, str] = {}
        self._spoken = SpokenTexts()
        self._making: dict[tuple[str, str, float], asyncio.Task[bytes]] = {}
        """Fixed texts that are being spoken now, with their voice and speed."""
        self._used_at = float("-inf")
        self._preparing: asyncio.Task[None] | None = None
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
        if self.house_voice is not None and self.house_voice not in self._voices:
            await self.close()
            there = ", ".join(self._voices)
            raise ModelError(f"there is no voice {self.house_voice!r}, only {there}: set LOBBY_VOICE to one of these")
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
        return tuple(self._voices)

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

    async def listen(self, activity: VoiceActivity, samples: Pcm) -> list[VoiceEvent]:
        """What `activity` notices in `samples` (int16 mono 24 kHz). In threads of its own: nothing else on this server
        keeps a reply going when its customer speaks."""
        return await asyncio.get_running_loop().run_in_executor(self._hearing, activity.feed, samples)

    async def transcribe(
        self, pcm24k: bytes | Pcm, vocabulary: str = "", *, spelled: bool = False, digits: bool = True
    ) -> Transcript:
        """What was said in one utterance (PCM16 mono 24 kHz, bytes or int16).

        `vocabulary` are words to expect, `spelled` says that letters and digits one by one are,
        `digits` that a digit alone would mean something.
        """
        pcm = pcm24k if isinstance(pcm24k, bytes) else pcm24k.tobytes()
        self._used_at = time.monotonic()
        return await self._recognition.run(jobs.recognise, pcm, vocabulary, spelled, digits)

    async def synthesise(self, text: str, *, voice: str = "joe", speed: float = 1.0, due_in_s: float = 0.0) -> bytes:
        """All that `speak` gives, in one."""
        return b"".join([piece async for piece in self.speak(text, voice=voice, speed=speed, due_in_s=due_in_s)])

    async def speak(
        self, text: str, *, voice: str = "joe", speed: float = 1.0, due_in_s: float = 0.0
    ) -> AsyncGenerator[bytes]:
        """The written `text` (a clause or a few sentences) spoken, piece by piece as it is made: PCM16 mono 24 kHz.

        Times, codes and amounts in `text` are turned into words here. An unknown `voice` is spoken by the default
        one; `speed` is 0.25 to 1.5. Its beginning is needed in `due_in_s`: what others need before goes first. Close it
        where it is given up, so that no more is made.
        """
        self._used_at = time.monotonic()
        if self._spoken.expects(text):
            yield await self._speech_of(text, voice, speed * self._speed, due_in_s)
            return
        made = self._synthesis.stream(
            due_in_s, jobs.speak, jobs.speak_on, text, self._there(voice), speed * self._speed
        )
        async with aclosing(made) as pieces:
            async for piece in pieces:
                yield piece

    def _there(self, voice: str) -> str:
        """`voice`, or the default one in its place."""
        return voice if voice in self._voices else next(iter(self._voices), voice)

    async def _speech_of(self, text: str, voice: str, speed: float, due_in_s: float) -> bytes:
        """A fixed text, spoken before or now; whoever wants the same one meanwhile waits for it."""
        voice = self._there(voice)
        known = f"{voice} {self._voices.get(voice, '')}"
        if (pcm := self._spoken.at_hand(text, known, speed)) is not None:
            return pcm
        making = self._making.get(wanted := (text, known, speed))
        if making is None:
            making = self._making[wanted] = asyncio.create_task(self._fixed(text, voice, known, speed, due_in_s))
            making.add_done_callback(lambda done: self._made(wanted, done))
        return await asyncio.shield(making)

    async def _fixed(self, text: str, voice: str, known: str, speed: float, due_in_s: float) -> bytes:
        pcm = await asyncio.to_thread(self._spoken.get, text, known, speed)
        if pcm is None:
            pcm = await self._synthesis.run_within(due_in_s, jobs.synthesise, text, voice, speed)
            await asyncio.to_thread(self._spoken.put, text, known, speed, pcm)
        return pcm

    def _made(self, wanted: tuple[str, str, float], done: asyncio.Task[bytes]) -> None:
        del self._making[wanted]
        if not done.cancelled():
            done.exception()  # whoever waited has it; there may be nobody left

    def prepare(self, fixed: Mapping[str, Sequence[str]], kept: SpokenTexts) -> None:
        """Have the `fixed` texts of each voice spoken ahead into `kept`, one by one, while no customer is there.

        Only texts without anything about a customer belong there.
        """
        self._spoken = kept
        if self.house_voice is not None:
            fixed = {self.house_voice: [text for texts in fixed.values() for text in texts]}
        # the default voice, which is loaded already, stands in for those that are not there
        others = [voice for voice in fixed if voice in self._voices and voice != next(iter(self._voices))]
        wanted = [(voice, text) for voice, texts in fixed.items() for text in texts]
        self._spoken.expect(text for _, text in wanted)
        self._preparing = asyncio.create_task(self._prepare(others, wanted), name="fixed sentences")

    async def _prepare(self, voices: Sequence[str], wanted: Sequence[tuple[str, str]]) -> None:
        try:
            for voice in voices:
                await self._synthesis.run_within(AHEAD_S, jobs.warm, voice)
            for voice, text in wanted:
                await self._unused()
                began = time.monotonic()
                await self._speech_of(text, voice, self._speed, AHEAD_S)
                await asyncio.sleep(BREAK * (time.monotonic() - began))
        except WorkerError:
            log.warning("fixed sentences are not spoken ahead: speech synthesis is not there")

    async def _unused(self) -> None:
        """Wait until nobody has been listened or spoken to for a while."""
        while True:
            left = self._used_at + AWAY_S - time.monotonic()
            if left <= 0:
                return
            await asyncio.sleep(left)

    async def close(self) -> None:
        """Stop the workers, whatever they do, in a fraction of a second. The service cannot start again."""
        self._ready = False
        if self._preparing is not None:
            self._preparing.cancel()
        self._hearing.shutdown(wait=False, cancel_futures=True)
        await asyncio.gather(self._recognition.close(), self._synthesis.close())
