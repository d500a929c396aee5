"""A customer at the other end of the wire: speaks recordings in real time, keeps the line open, hears what comes back.

Like a telephone, it sends a frame of 20 ms every 20 ms, silence when nothing is said. Everything received is kept with
the time of its arrival. Times are seconds on `time.perf_counter`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

import numpy as np
import websockets
from pydantic import JsonValue
from websockets.asyncio.client import ClientConnection, connect

from edge_server.audio import RATE, Pcm, from_bytes
from edge_server.client import LARGEST_FRAME, AskError, Event

FRAME_MS = 20
FRAME = RATE * FRAME_MS // 1000
AUDIBLE = 0.006
"""Sound of 5 ms counts as audible from this level on (root mean square of full scale, -44 dB). Speech stands at
about -20 dB, and the silence that a synthesiser puts around it far below."""
_AUDIBLE_FRAME = RATE // 200
BYTES_A_CHARACTER = 3 / 4
"""Of base64: how long a piece of sound lasts is known without decoding it."""
_SILENCE = np.zeros(FRAME, dtype=np.int16)


@dataclass(frozen=True, slots=True)
class Received:
    """An event of the server and when it came."""

    at: float
    event: Event

    @property
    def type(self) -> str:
        """The event's name in the protocol."""
        return str(self.event.get("type"))

    def get(self, *path: str) -> JsonValue:
        """What stands at this path of keys; None where nothing does."""
        value: JsonValue = self.event
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value


@dataclass(frozen=True, slots=True)
class Said:
    """When speech was sent: the frames with its first and its last sample."""

    begins: float
    ends: float


class Caller:
    """One open conversation. `log` holds everything received so far, in order."""

    def __init__(self, socket: ClientConnection) -> None:
        self.log: list[Received] = []
        self._socket = socket
        self._to_say: deque[tuple[Pcm, asyncio.Future[float] | None]] = deque()
        self._news = asyncio.Event()
        self._ended: str | None = None

    async def configure(self, session: Event) -> None:
        """Change the session (`session.update`)."""
        await self.send({"type": "session.update", "session": {"type": "realtime", **session}})

    async def write(self, text: str) -> str:
        """Say `text` in writing and read the whole reply's text, without sound. Raises AskError."""
        since = len(self.log)
        await self.ask_in_writing(text, "text")
        done = await self.until(lambda one: one.type in ("response.done", "error"), since, 20.0)
        if done is None or done.type == "error":
            message = done.get("error", "message") if done is not None else "no answer within 20 s"
            raise AskError(f"the server did not answer {text!r} ({message})")
        texts = [one.get("text") for one in self.log[since:] if one.type == "response.output_text.done"]
        return " ".join(str(text) for text in texts)

    async def ask_in_writing(self, text: str, modality: Literal["audio", "text"] = "audio") -> None:
        """Say `text` in writing, and ask for a reply."""
        content: list[JsonValue] = [{"type": "input_text", "text": text}]
        item: Event = {"type": "message", "role": "user", "content": content}
        await self.send({"type": "conversation.item.create", "item": item})
        await self.send({"type": "response.create", "response": {"output_modalities": [modality]}})

    async def say(self, pcm: Pcm, begins: int = 0, ends: int | None = None) -> Said:
        """Speak `pcm` in real time, its speech between two of its samples; returns when the last of that is sent.

        What comes after `ends` is sent too, behind the caller's back.
        """
        if self._ended is not None:
            raise AskError(self._ended)
        ends = len(pcm) if ends is None else ends
        loop = asyncio.get_running_loop()
        first: asyncio.Future[float] = loop.create_future()
        last: asyncio.Future[float] = loop.create_future()
        frames = np.pad(pcm, (0, -len(pcm) % FRAME)).reshape(-1, FRAME)
        for number, frame in enumerate(frames):
            told = {begins // FRAME: first, max(begins, ends - 1) // FRAME: last}.get(number)
            self._to_say.append((frame, told))
        if begins // FRAME == max(begins, ends - 1) // FRAME:
            first = last
        ended = await last
        return Said(await first, ended)

    async def send(self, event: Event) -> None:
        """Send a client event. Raises AskError when the connection is gone."""
        try:
            await self._socket.send(json.dumps(event))
        except websockets.ConnectionClosed as closed:
            raise AskError(f"the server closed the connection ({closed})") from None

    async def until(self, wanted: Callable[[Received], bool], since: int, seconds: float) -> Received | None:
        """The first event `wanted` of those from `log[since]` on; None when none came within `seconds`.

        Raises AskError when the connection ends before.
        """
        seen = since
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    while seen < len(self.log):
                        if wanted(self.log[seen]):
                            return self.log[seen]
                        seen += 1
                    if self._ended is not None:
                        raise AskError(self._ended)
                    self._news.clear()
                    await self._news.wait()
        return None

    async def quiet(self, since: int, seconds: float, calm_s: float = 0.3) -> bool:
        """Wait until no response runs and all its sound has been heard, for `calm_s`. False: not within `seconds`."""
        deadline = time.perf_counter() + seconds
        running, ends, seen = 0, 0.0, since
        while (now := time.perf_counter()) < deadline:
            for one in self.log[seen:]:
                running += {"response.created": 1, "response.done": -1}.get(one.type, 0)
                if (piece := _sound(one)) is not None:
                    ends = max(one.at, ends) + len(piece) * BYTES_A_CHARACTER / 2 / RATE
            seen = len(self.log)
            last = self.log[-1].at if self.log else 0.0
            if not running and now >= max(ends, last) + calm_s:
                return True
            if self._ended is not None:
                raise AskError(self._ended)
            await asyncio.sleep(FRAME_MS / 1000)
        return False

    async def _microphone(self) -> None:
        began = time.perf_counter()
        number = 0
        while True:
            frame, told = self._to_say.popleft() if self._to_say else (_SILENCE, None)
            audio = base64.b64encode(frame.tobytes()).decode()
            await self.send({"type": "input_audio_buffer.append", "audio": audio})
            if told is not None and not told.done():
                told.set_result(time.perf_counter())
            number += 1
            await asyncio.sleep(max(0.0, began + number * FRAME_MS / 1000 - time.perf_counter()))

    async def _ear(self) -> None:
        async for frame in self._socket:
            self.log.append(Received(time.perf_counter(), json.loads(frame)))
            self._news.set()

    async def _hold_the_line(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._microphone())
                await self._ear()
                raise AskError("the server closed the connection")
        except* (AskError, websockets.ConnectionClosed) as gone:
            self._ended = _why(gone.exceptions[0])
            self._news.set()
            for _, told in self._to_say:
                if told is not None and not told.done():
                    told.set_exception(AskError(self._ended))


def _why(gone: BaseException) -> str:
    return str(gone) if isinstance(gone, AskError) else f"the server closed the connection ({gone})"


@asynccontextmanager
async def call(url: str, session: str, api_key: str | None = None) -> AsyncIterator[Caller]:
    """A caller connected to the server at `url` under this session key, with extension events. Raises AskError."""
    split = urlsplit(url)
    scheme = "wss" if split.scheme in ("https", "wss") else "ws"
    address = f"{scheme}://{split.netloc}/realtime?session_state_key={quote(session, safe='')}&extensions=1"
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        async with connect(address, additional_headers=headers, max_size=LARGEST_FRAME, proxy=None) as socket:
            caller = Caller(socket)
            line = asyncio.create_task(caller._hold_the_line(), name="line")
            try:
                yield caller
            finally:
                line.cancel()
                await asyncio.gather(line, return_exceptions=True)
    except websockets.InvalidStatus as refused:
        raise AskError(f"the server at {url} refused the connection ({refused.response.status_code})") from None
    except (OSError, websockets.InvalidMessage) as error:
        raise AskError(f"no Lobby server answers at {url} ({error})") from None


@dataclass(frozen=True, slots=True)
class Played:
    """Sound as a client plays it that plays every piece as soon as it can: when the first audible sample is heard
    (None: it is all silence), and when the last one is."""

    audible: float | None
    ends: float


def played(log: Iterable[Received]) -> Played | None:
    """When the sound in these events is heard; None when there is none."""
    audible: float | None = None
    ends = 0.0
    sound = False
    for one in log:
        if (piece := _sound(one)) is None:
            continue
        sound = True
        pcm = from_bytes(base64.b64decode(piece))
        begins = max(one.at, ends)
        ends = begins + len(pcm) / RATE
        if audible is None and (place := first_audible(pcm)) is not None:
            audible = begins + place / RATE
    return Played(audible, ends) if sound else None


def _sound(one: Received) -> str | None:
    """The sound that an event brings (PCM16 in base64), None when it brings none."""
    piece = one.event.get("delta") if one.type == "response.output_audio.delta" else None
    return piece if isinstance(piece, str) else None


def first_audible(pcm: Pcm) -> int | None:
    """The sample that begins the first 5 ms of audible sound; None when there are none."""
    samples = np.pad(pcm, (0, -len(pcm) % _AUDIBLE_FRAME)).reshape(-1, _AUDIBLE_FRAME).astype(np.float64) / 32768.0
    loud = np.flatnonzero(np.sqrt(np.mean(samples**2, axis=1)) >= AUDIBLE)
    return int(loud[0]) * _AUDIBLE_FRAME if len(loud) else None
