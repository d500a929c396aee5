"""Keeps one conversation in its folder while it goes on.

| file | what |
|---|---|
| `recording.json` | when, who answered, the redacted transcript, and where in the sound each item is |
| `part-N.ogg` | the turns' sound, one after another (Opus), a part for each connection |

What a customer says before they were told that it is recorded is left out. The document is written anew, whole, after
each entry. Files are written in a worker thread, in order, behind the conversation's back.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from pathlib import Path

import soundfile
from pydantic import JsonValue
from pydantic_core import to_json

from edge_server.audio import BYTES_PER_MS, RATE, from_bytes
from edge_server.lan.private_files import private_folder, write_private
from edge_server.operator.recording.turn_audio import Segment, TurnAudio
from edge_server.operator.transcript import Entry
from edge_server.realtime.effects import Effect, EngineEvent

log = logging.getLogger(__name__)

DOCUMENT = "recording.json"


class ConversationRecorder:
    """Get one from `Recordings`. `sound`: keep that too. `secret`: whether what is said now may be one."""

    def __init__(self, folder: Path, *, sound: bool, clock: Callable[[], float]) -> None:
        self.id = secrets.token_hex(8)
        self.folder = folder / self.id
        self.announced = False
        """Whether the customer has been told."""
        self._sound = sound
        self._clock = clock
        self._started_at = clock()
        self._ended_at: float | None = None
        self._entries: list[Entry] = []
        self._audio: TurnAudio | None = None
        self._part = 0
        self._file: soundfile.SoundFile | None = None
        self._length_ms = 0
        self._places: dict[str, tuple[int, int]] = {}
        self._jobs: asyncio.Queue[Segment | bool] = asyncio.Queue()
        self._writing: asyncio.Task[None] | None = None
        self._gone = False

    def connect(self, secret: Callable[[], bool]) -> None:
        """A connection begins."""
        self._ended_at = None
        if self._sound:
            self._audio = TurnAudio(self._jobs.put_nowait, lambda: secret() or not self.announced)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all(), name="recording")

    # What passes

    def heard(self, event: EngineEvent) -> None:
        """The engine says `event`."""
        if self._audio is not None:
            self._audio.heard(event)

    def did(self, effect: Effect) -> None:
        """The conversation wants `effect`."""
        if self._audio is not None:
            self._audio.did(effect)

    def told(self, entry: Entry) -> None:
        """An entry of the transcript is new or has changed."""
        self.announced = self.announced or entry.role != "customer"
        if not self.announced:
            return
        if all(entry is not known for known in self._entries):
            self._entries.append(entry)
        self._jobs.put_nowait(False)

    def away(self) -> None:
        """The connection has ended; the part is closed."""
        self._ended_at = self._clock()
        if self._audio is not None:
            self._audio.flush()
        self._jobs.put_nowait(True)

    async def finished(self) -> None:
        """Wait until all is written."""
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)

    def forget(self) -> None:
        """The recording is deleted: write no more of it."""
        self._gone = True

    # Files

    async def _write_all(self) -> None:
        over = False
        while not over:
            job = await self._jobs.get()
            over = job is True
            if self._gone:
                continue
            document = None if isinstance(job, Segment) else self._document()
            try:
                await asyncio.to_thread(self._write, job if isinstance(job, Segment) else None, document, over)
            except (OSError, soundfile.SoundFileError):
                log.exception("a recording could not be written")

    def _write(self, segment: Segment | None, document: dict[str, JsonValue] | None, over: bool) -> None:
        private_folder(self.folder)
        if segment is not None:
            self._write_sound(segment)
        if over and self._file is not None:
            self._file.close()
            self._file = None
        if document is not None:
            items = {name: list(place) for name, place in self._places.items()}
            write_private(self.folder / DOCUMENT, to_json({**document, "audio": items}))

    def _write_sound(self, segment: Segment) -> None:
        if self._file is None:
            self._part += 1
            path = self.folder / f"part-{self._part:03}.ogg"
            path.touch(mode=0o600)
            self._file = soundfile.SoundFile(path, "w", RATE, 1, format="OGG", subtype="OPUS")
        pcm = from_bytes(segment.pcm)
        for start in range(0, len(pcm), RATE):
            self._file.write(pcm[start : start + RATE])
        begins, self._length_ms = self._length_ms, self._length_ms + len(segment.pcm) // BYTES_PER_MS
        self._places[segment.item_id] = (begins, self._length_ms)

    def _document(self) -> dict[str, JsonValue]:
        agents = [entry.agent for entry in self._entries if entry.agent is not None]
        return {
            "id": self.id,
            "started_at": round(self._started_at, 3),
            "ended_at": None if self._ended_at is None else round(self._ended_at, 3),
            "last_at": round(self._clock(), 3),
            "agent": agents[-1] if agents else None,
            "turns": sum(entry.role == "customer" for entry in self._entries),
            "transcript": [entry.to_json() for entry in self._entries],
        }
