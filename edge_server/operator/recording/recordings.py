"""The recordings that are kept: listed, read, played, deleted, and gone by themselves when their time is over."""

from __future__ import annotations

import asyncio
import io
import logging
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np
import soundfile
from pydantic import JsonValue
from pydantic_core import from_json

from edge_server.audio import RATE
from edge_server.engines.announced import Announced
from edge_server.lan.private_files import private_folder
from edge_server.operator.live import LiveSession
from edge_server.operator.recording.recorder import DOCUMENT, ConversationRecorder
from edge_server.settings import Settings

log = logging.getLogger(__name__)

FOLDER = "recordings"
LOOK_EVERY_S = 600.0
_ID = re.compile("[0-9a-f]{16}")

Document = dict[str, JsonValue]


def recordings_of(settings: Settings, clock: Callable[[], float]) -> Recordings | None:
    """As the settings say. None: nothing is recorded, and nothing was before."""
    folder = settings.data_dir / FOLDER
    if settings.recording == "off" and not folder.exists():
        return None
    return Recordings(
        folder,
        wanted=settings.recording != "off",
        sound=settings.recording == "audio",
        notice=settings.recording_notice,
        seconds=settings.recording_days * 24 * 3600,
        clock=clock,
    )


class Recordings:
    """All recordings of one server. Not `wanted`: no new ones are made, and old ones go when their time is over."""

    def __init__(
        self, folder: Path, *, wanted: bool, sound: bool, notice: str, seconds: float, clock: Callable[[], float]
    ) -> None:
        self._folder = folder
        self._wanted = wanted
        self._sound = sound
        self._notice = notice
        self._seconds = seconds
        self._clock = clock
        self._open: WeakValueDictionary[str, ConversationRecorder] = WeakValueDictionary()
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Delete what is over, now and from time to time."""
        await asyncio.to_thread(private_folder, self._folder)
        self._looking = asyncio.create_task(self._look(), name="recordings")

    async def close(self) -> None:
        """Write what is left to be written."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        for recorder in list(self._open.values()):
            await recorder.finished()

    def record(self, session: LiveSession, engine: Announced) -> ConversationRecorder | None:
        """Record a session that is connected now, and have its customer told."""
        if not self._wanted:
            return None
        recorder = session.recorder
        if not isinstance(recorder, ConversationRecorder):
            recorder = ConversationRecorder(self._folder, sound=self._sound, clock=self._clock)
            self._open[recorder.id] = recorder
        recorder.connect(lambda: engine.attended.secret_asked)
        if not recorder.announced:
            engine.announce(self._notice)
        return recorder

    async def rows(self) -> list[JsonValue]:
        """A row of each recording, the newest first."""

        def found() -> list[Document]:
            rows = [self._row(document) for document in self._documents()]
            return sorted(rows, key=lambda row: -_seconds(row["started_at"]))

        return list(await asyncio.to_thread(found))

    async def read(self, id: str) -> Document | None:
        """One recording, with its transcript and where in the sound (ms) each entry is; None when there is none."""
        document = await asyncio.to_thread(self._document, id)
        if document is None:
            return None
        places = document.get("audio")
        entries = document["transcript"]
        assert isinstance(entries, list), "the document was written here"
        known = places if isinstance(places, dict) else {}
        told: list[JsonValue] = [
            {**entry, "audio_ms": known.get(str(entry.get("item_id")))} for entry in entries if isinstance(entry, dict)
        ]
        return {**self._row(document), "transcript": told}

    async def wav(self, id: str) -> bytes | None:
        """A recording's sound as a WAV file; None when there is none."""
        return await asyncio.to_thread(self._wav, id)

    async def delete(self, id: str) -> bool:
        """Forget a recording; whether there was one."""
        return await asyncio.to_thread(self._delete, id)

    async def expire(self) -> int:
        """Delete what is over; how many."""

        def expired() -> int:
            over = self._clock() - self._seconds
            gone = [str(one["id"]) for one in self._documents() if _seconds(one["last_at"]) <= over]
            return sum(self._delete(id) for id in gone)

        return await asyncio.to_thread(expired)

    async def _look(self) -> None:
        while True:
            try:
                if gone := await self.expire():
                    log.info("%d recordings are deleted: their time is over", gone)
            except OSError:
                log.exception("old recordings could not be deleted; it is tried again")
            await asyncio.sleep(LOOK_EVERY_S)

    # Files, in worker threads

    def _documents(self) -> list[Document]:
        found = (self._document(path.parent.name) for path in self._folder.glob(f"*/{DOCUMENT}"))
        return [document for document in found if document is not None]

    def _document(self, id: str) -> Document | None:
        if not _ID.fullmatch(id):
            return None
        with suppress(OSError, ValueError):
            document = from_json((self._folder / id / DOCUMENT).read_bytes())
            return document if isinstance(document, dict) else None
        return None

    def _row(self, document: Document) -> Document:
        """A recording as it is listed. One that a crash cut off ended with its last entry."""
        id = str(document["id"])
        names = ("id", "started_at", "ended_at", "agent", "turns")
        row: Document = {**{name: document.get(name) for name in names}, "has_audio": bool(self._parts(id))}
        if row["ended_at"] is None and id not in self._open:
            row["ended_at"] = document["last_at"]
        return row

    def _parts(self, id: str) -> list[Path]:
        return sorted((self._folder / id).glob("part-*.ogg")) if _ID.fullmatch(id) else []

    def _wav(self, id: str) -> bytes | None:
        pieces = []
        for part in self._parts(id):
            with suppress(soundfile.SoundFileError):
                pcm, rate = soundfile.read(part, dtype="int16")
                if rate == RATE:
                    pieces.append(pcm)
        if not pieces:
            return None
        wav = io.BytesIO()
        soundfile.write(wav, np.concatenate(pieces), RATE, format="WAV", subtype="PCM_16")
        return wav.getvalue()

    def _delete(self, id: str) -> bool:
        recorder = self._open.get(id)
        if recorder is not None:
            recorder.forget()
        if not _ID.fullmatch(id) or not (self._folder / id).is_dir():
            return False
        shutil.rmtree(self._folder / id)
        return True


def _seconds(at: JsonValue) -> float:
    return float(at) if isinstance(at, int | float) else 0.0
