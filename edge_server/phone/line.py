"""A call's media socket: frames in, as they come; sound out, paced in real time.

The sound of the call goes on even when frames are lost or late: what is missing is filled with silence, so that a turn
ends although nothing more comes of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from edge_server.audio import RATE, Resampler, from_bytes
from edge_server.phone.frames import STOP_AUDIO, Audio, Frame, FrameError, Metadata, audio_frame, received
from edge_server.phone.pacer import Pacer

log = logging.getLogger(__name__)

METADATA_WITHIN_S = 5.0
MOST_WAITING = 1500
"""Frames that may wait to be heard: half a minute. A socket that brings more is closed."""
QUALITY = "MQ"
TICK_S = 0.1
"""`next` gives None when no frame came for so long, so that time is looked at."""


@dataclass(slots=True)
class Arrivals:
    """When sound has come, and how much is to be filled with silence since. Times in s, lengths in ms.

    Sound that is late comes in a burst when the way is free again, and is not torn by silence; single frames that are
    lost are left out.
    """

    stall_ms: float = 500.0
    """So long may no sound come before silence takes its place."""
    _until: float | None = None
    """Up to when there is sound, or silence in its place."""
    _stalled: bool = False

    def took(self, now: float) -> None:
        """Sound has come."""
        self._until, self._stalled = now, False

    def missing_ms(self, now: float) -> float:
        """How much is to be filled with silence now; it counts as come."""
        if self._until is None:
            return 0.0
        behind = (now - self._until) * 1000
        if not self._stalled and behind < self.stall_ms:
            return 0.0
        self._until, self._stalled = now, True
        return behind


class Line:
    """One media socket. Get one with `opened`; `pace` must run beside whatever reads `next`.

    `clock`: seconds that never go back. Sound on this side is PCM16 mono 24 kHz, whatever the socket has.
    """

    def __init__(self, websocket: WebSocket, rate: int, *, clock: Callable[[], float]) -> None:
        self.rate = rate
        self.pacer = Pacer(rate)
        self.clock = clock
        self._websocket = websocket
        self._in = Resampler(rate, RATE, quality=QUALITY)
        self._out = Resampler(RATE, rate, quality=QUALITY)
        self._arrivals = Arrivals()
        self._frames: asyncio.Queue[Frame | None] = asyncio.Queue()
        self._work = asyncio.Event()
        self._stop = False
        self.gone = False
        """Whether the other side has closed the socket, or lost it."""
        self.late_ms = 0.0
        """The longest gap that was heard in the midst of what was spoken, since a frame went out too late."""

    @classmethod
    async def opened(cls, websocket: WebSocket) -> Line:
        """The line over an accepted socket, once its metadata have come. Raises FrameError, WebSocketDisconnect."""
        try:
            async with asyncio.timeout(METADATA_WITHIN_S):
                first = received(await websocket.receive_text())
        except (TimeoutError, KeyError):
            raise FrameError("no metadata came") from None
        if not isinstance(first, Metadata):
            raise FrameError("the first frame must be AudioMetadata")
        return cls(websocket, first.rate, clock=asyncio.get_running_loop().time)

    # Sound out

    def speak(self, item: str, pcm24k: bytes) -> None:
        """More sound of `item`, a reply."""
        self.pacer.feed(item, self._out.feed(from_bytes(pcm24k)).tobytes())
        self._work.set()

    def spoken(self, item: str) -> None:
        """The sound of `item` is whole."""
        if self.rate != RATE:
            self.pacer.feed(item, self._out.feed(from_bytes(b""), last=True).tobytes())
            self._out.reset()
        self.pacer.end()
        self._work.set()

    def hush(self) -> bool:
        """Stop at once: what was not heard is dropped. Whether anything was."""
        playing = self.pacer.flush(self.clock())
        self._out.reset()
        if playing:
            self._stop = True
            self._work.set()
        return playing

    @property
    def speaking(self) -> bool:
        """Whether something is still to be heard."""
        return self.pacer.playing(self.clock())

    async def heard_out(self) -> None:
        """Wait until nothing is left to be heard."""
        while True:
            left_ms = self.pacer.left_ms(self.clock())
            if not self.speaking:
                return
            await asyncio.sleep(max(0.01, left_ms / 1000))

    async def pace(self) -> None:
        """Send what is due, until cancelled or the socket is gone."""
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                self._work.clear()
                if self._stop:
                    self._stop = False
                    await self._websocket.send_text(STOP_AUDIO)
                now = self.clock()
                self.late_ms = max(self.late_ms, self.pacer.late_ms(now))
                for frame in self.pacer.due(now):
                    await self._websocket.send_text(audio_frame(frame))
                due = self.pacer.wakes_at()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(None if due is None else max(0.0, due - self.clock())):
                        await self._work.wait()

    # Sound in

    async def read(self) -> None:
        """Take frames from the socket until it is gone; `next` gives them."""
        try:
            while self._frames.qsize() < MOST_WAITING:
                with contextlib.suppress(FrameError, KeyError):  # no frame that the service sends: passed over
                    self._frames.put_nowait(received(await self._websocket.receive_text()))
            log.warning("a media socket brings more than is heard: it is closed")
        except (WebSocketDisconnect, RuntimeError):
            self.gone = True
        finally:
            self._frames.put_nowait(None)

    async def next(self) -> Frame | None:
        """The next frame; None when there was none for `TICK_S`. Raises EOFError when the socket is gone."""
        try:
            async with asyncio.timeout(TICK_S):
                frame = await self._frames.get()
        except TimeoutError:
            return None
        if frame is None:
            self._frames.put_nowait(None)
            raise EOFError
        return frame

    def heard(self, frame: Frame | None) -> bytes:
        """The call's sound that `frame` brings, and silence for what did not come: PCM16 mono 24 kHz."""
        now = self.clock()
        pcm = b""
        if isinstance(frame, Audio):
            self._arrivals.took(now)
            pcm = self._in.feed(from_bytes(frame.pcm)).tobytes()
        missing = self._arrivals.missing_ms(now)
        return pcm + bytes(2 * round(missing * RATE / 1000)) if missing else pcm

    async def close(self, code: int = 1000) -> None:
        """Close the socket; nothing happens when it is closed."""
        if self._websocket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await self._websocket.close(code)
