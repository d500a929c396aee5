"""One call of the simulated phone network: the carrier's side of its media socket, and the person on the telephone.

In real time, 20 ms a frame: what the person says (or silence) goes to the desk, what the desk sends waits in the
carrier's buffer and is heard one frame after the other; `StopAudio` empties that buffer.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import uuid
from collections import deque
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import pybase64
from pydantic import JsonValue
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from edge_server.audio import RATE, Pcm, from_bytes, resample
from edge_server.phone.network_wire import Json, callback, identifier, now_text, post

FRAME_S = 0.02
SHORTEST_ANSWER_S = 0.24
"""Less sound in a row than this is a tone, no answer."""
LOUD = 300.0
"""Root mean square from which a frame counts as sound."""


def _now() -> float:
    """Seconds by the running loop's clock."""
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class Faults:
    """What goes wrong on purpose. `loss`: share of frames that do not arrive; `late_s`: how late callbacks come;
    `twice`: every event comes twice; `seed`: of the losses; `metadata`: what the media socket's first frame says
    otherwise."""

    loss: float = 0.0
    late_s: float = 0.0
    twice: bool = False
    seed: int = 1
    metadata: Json = field(default_factory=dict)


@dataclass(slots=True)
class NetworkCall:
    """A call that the desk has answered or made. `others`: participants besides the desk."""

    connection: str
    callback_url: str
    media_url: str
    rate: int
    others: list[str]
    faults: Faults = field(default_factory=Faults)
    state: str = "connecting"
    heard: bytearray = field(default_factory=bytearray)
    """All that the person has heard, PCM16 mono at `rate`, from the moment when the media socket opened."""
    stops: list[float] = field(default_factory=list)
    """When `StopAudio` came (s by the loop)."""
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    """When each frame of sound came (s by the loop), and how many bytes it had."""
    said_at: list[float] = field(default_factory=list)
    """When the person began to say something."""
    told_participants: int = 0
    """How often it was said who is in the call."""
    began: float = 0.0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    streaming: asyncio.Event = field(default_factory=asyncio.Event)
    refused: int | None = None
    """The HTTP status with which the desk refused the media socket."""
    _to_say: deque[bytes] = field(default_factory=deque)
    _said: asyncio.Event = field(default_factory=asyncio.Event)
    _buffer: deque[bytes] = field(default_factory=deque)
    _rest: bytes = b""
    _socket: ClientConnection | None = None
    _task: asyncio.Task[None] | None = None
    _posts: set[asyncio.Task[None]] = field(default_factory=set)

    # The carrier

    async def tell(self, kind: str, data: Json | None = None) -> None:
        """Send a callback: late, or twice, where that is asked for."""
        event = callback(kind, self.connection, data)
        await asyncio.sleep(self.faults.late_s)
        for _ in range(2 if self.faults.twice else 1):
            await post(self.callback_url, [event])

    def tell_soon(self, kind: str, data: Json | None = None) -> None:
        """Send a callback without waiting for it."""
        task = asyncio.create_task(self.tell(kind, data))
        self._posts.add(task)
        task.add_done_callback(self._posts.discard)

    async def connected(self) -> None:
        """The call is answered: say so, and open its media socket."""
        self.state = "connected"
        self.tell_soon("CallConnected")
        self.tell_participants()
        self.open_media()

    def tell_participants(self) -> None:
        """Say who is in the call."""
        people: list[JsonValue] = [{"identifier": identifier(one), "isMuted": False} for one in self.others]
        self.told_participants += 1
        self.tell_soon("ParticipantsUpdated", {"participants": people, "sequenceNumber": self.told_participants})

    def open_media(self) -> None:
        """Open the media socket (again)."""
        self._task = asyncio.create_task(self._media(), name=f"media {self.connection}")

    async def close_media(self) -> None:
        """Close the media socket; the call goes on."""
        task, self._task = self._task, None
        self.streaming.clear()
        if self._socket is not None:
            await self._socket.close()
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def drop_socket(self) -> None:
        """Lose the media socket without a word."""
        if self._socket is not None:
            self._socket.transport.abort()
        await self.close_media()

    async def end(self) -> None:
        """The call is over for all."""
        if self.state == "over":
            return
        self.state = "over"
        await self.close_media()
        await self.tell("CallDisconnected")
        self.over.set()

    async def _media(self) -> None:
        try:
            async with connect(self.media_url, max_size=None, compression=None, proxy=None) as socket:
                self._socket = socket
                metadata: Json = {
                    "subscriptionId": str(uuid.uuid4()),
                    "encoding": "PCM",
                    "sampleRate": self.rate,
                    "channels": 1,
                    "length": self.rate * 2 * 20 // 1000,
                    **self.faults.metadata,
                }
                await socket.send(json.dumps({"kind": "AudioMetadata", "audioMetadata": metadata}))
                self.began = self.began or _now()
                self.streaming.set()
                self.tell_soon("MediaStreamingStarted")
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._talk(socket))
                    tasks.create_task(self._listen(socket))
        except InvalidStatus as error:
            self.refused = error.response.status_code
        except (ConnectionClosed, OSError, ExceptionGroup):
            pass
        finally:
            self.streaming.clear()
            self._socket = None
            self._to_say.clear()  # nobody hears it
            self._said.set()

    async def _talk(self, socket: ClientConnection) -> None:
        silence = bytes(self.rate * 2 * 20 // 1000)
        lost = random.Random(self.faults.seed)
        due = _now()
        while True:
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - _now()))
            frame = self._to_say.popleft() if self._to_say else silence
            if not self._to_say:
                self._said.set()
            self.heard += self._buffer.popleft() if self._buffer else silence
            if lost.random() < self.faults.loss:
                continue
            audio = {
                "timestamp": now_text(),
                "participantRawID": f"4:{self.others[0]}" if self.others else "4:anonymous",
                "data": pybase64.b64encode_as_string(frame),
                "silent": frame is silence,
            }
            await socket.send(json.dumps({"kind": "AudioData", "audioData": audio}))

    async def _listen(self, socket: ClientConnection) -> None:
        size = self.rate * 2 * 20 // 1000
        async for text in socket:
            frame = json.loads(text)
            if frame["Kind"] == "StopAudio":
                self._buffer.clear()
                self._rest = b""
                self.stops.append(_now())
            elif frame["Kind"] == "AudioData":
                pcm = pybase64.b64decode(frame["AudioData"]["Data"])
                self.arrivals.append((_now(), len(pcm)))
                data = self._rest + pcm
                whole = len(data) - len(data) % size
                self._buffer.extend(data[at : at + size] for at in range(0, whole, size))
                self._rest = data[whole:]

    # The person

    async def say(self, pcm24k: Pcm) -> None:
        """Say `pcm24k` (int16 mono 24 kHz) and wait until it is said, or nobody hears it any more."""
        if self._socket is None:
            return
        pcm = resample(pcm24k, RATE, self.rate).astype("<i2").tobytes()
        size = self.rate * 2 * 20 // 1000
        self._said.clear()
        self.said_at.append(_now())
        self._to_say.extend(pcm[at : at + size].ljust(size, b"\0") for at in range(0, len(pcm), size))
        await self._said.wait()

    async def press(self, keys: str, *, apart_s: float = 0.2) -> None:
        """Press keys, one after the other."""
        for key in keys:
            if self._socket is not None:
                with contextlib.suppress(ConnectionClosed):
                    await self._socket.send(json.dumps({"kind": "DtmfData", "dtmfData": {"data": key}}))
            await asyncio.sleep(apart_s)

    async def send_raw(self, frame: str | bytes) -> None:
        """Have the media socket bring any frame at all."""
        if self._socket is not None:
            await self._socket.send(frame)

    async def hang_up(self) -> None:
        """Put the telephone down."""
        await self.end()

    @property
    def now_ms(self) -> float:
        """How much has been heard, silence included."""
        return len(self.heard) / 2 / self.rate * 1000

    def sound(self, since_ms: float = 0.0) -> Pcm:
        """What was heard since then: int16 mono 24 kHz."""
        start = int(since_ms * self.rate / 1000) * 2
        return resample(from_bytes(bytes(self.heard[start:])), self.rate, RATE)

    def loud(self, since_ms: float = 0.0) -> list[bool]:
        """For every 20 ms since then, whether there was sound."""
        start, size = int(since_ms / 20), self.rate * 2 * 20 // 1000
        frames = [bytes(self.heard[at : at + size]) for at in range(start * size, len(self.heard) - size + 1, size)]
        return [
            float(np.sqrt(np.mean(np.square(np.frombuffer(frame, "<i2").astype(np.float64))))) > LOUD
            for frame in frames
        ]

    async def begins(self, *, within_s: float = 20.0, since_ms: float | None = None) -> None:
        """Wait until the desk has begun to speak (since then). Raises TimeoutError when it does not."""
        since, ends = self.now_ms if since_ms is None else since_ms, _now() + within_s
        while not any(len(list(run)) * FRAME_S >= SHORTEST_ANSWER_S for loud, run in groupby(self.loud(since)) if loud):
            if _now() > ends:
                raise TimeoutError("the desk says nothing")
            await asyncio.sleep(0.1)

    async def quiet(self, quiet_s: float = 1.0) -> None:
        """Wait until nothing has been heard for `quiet_s` (or the call is over)."""
        frames = round(quiet_s / FRAME_S)
        since = self.now_ms
        while True:
            loud = self.loud(since)[-frames:]
            if self.over.is_set() or (len(loud) == frames and not any(loud)):
                return
            await asyncio.sleep(0.1)

    async def answer(self, *, quiet_s: float = 1.2, within_s: float = 20.0) -> Pcm:
        """Wait until the desk has spoken and been quiet for `quiet_s`. Gives what was heard: int16 mono 24 kHz.

        What is heard ends early when the call does. Raises TimeoutError when nothing is heard in time.
        """
        since, ends = self.now_ms, _now() + within_s
        while not self.over.is_set():
            await asyncio.sleep(0.1)
            loud = self.loud(since)
            longest = max((len(list(run)) for sound, run in groupby(loud) if sound), default=0) * FRAME_S
            if longest >= SHORTEST_ANSWER_S and not any(loud[-round(quiet_s / FRAME_S) :]):
                break
            if longest < SHORTEST_ANSWER_S and _now() > ends:
                raise TimeoutError("the desk says nothing")
        return self.sound(since)

    async def close(self) -> None:
        """Stop everything that still runs."""
        await self.close_media()
        for task in list(self._posts):
            task.cancel()
        await asyncio.gather(*self._posts, return_exceptions=True)
