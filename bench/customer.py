"""A customer of a bench: a client on one socket that keeps what comes, and notes when."""

from __future__ import annotations

import asyncio
import base64
import json
import time

from websockets.asyncio.client import ClientConnection

TOO_LONG_S = 20.0
"""How long is waited for anything."""


class Customer:
    """A client on one session, which notes when audio comes."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.events: list[dict[str, object]] = []
        self.at: list[float] = []
        self._came = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for frame in self._socket:
            self.at.append(time.monotonic())
            self.events.append(json.loads(frame))
            self._came.set()

    async def say(self, words: str) -> int:
        """Write `words` to the desk. Gives where its answer's events begin."""
        begin = len(self.events)
        message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}]}
        await self._socket.send(json.dumps({"type": "conversation.item.create", "item": message}))
        await self._socket.send(json.dumps({"type": "response.create"}))
        return begin

    async def until(self, kind: str, begin: int) -> int:
        """Where the first event of that kind since `begin` is."""
        async with asyncio.timeout(TOO_LONG_S):
            while True:
                for at in range(begin, len(self.events)):
                    if self.events[at]["type"] == kind:
                        return at
                await self.more()

    async def more(self) -> None:
        """Wait for the next event."""
        self._came.clear()
        await self._came.wait()

    async def asked(self, words: str) -> str:
        """The whole answer to `words`."""
        begin = await self.say(words)
        await self.until("response.done", begin)
        return self.said(begin)

    def said(self, begin: int) -> str:
        """The reply's words in events since `begin`."""
        kind = "response.output_audio_transcript.delta"
        return "".join(str(one["delta"]) for one in self.events[begin:] if one["type"] == kind)

    def heard_ms(self, begin: int) -> float:
        """Length of the audio since `begin`."""
        audio = (str(one["delta"]) for one in self.events[begin:] if one["type"] == "response.output_audio.delta")
        return sum(len(base64.b64decode(one)) for one in audio) / 48

    def outcomes(self, begin: int = 0) -> list[tuple[str, object]]:
        """Tools that ran since `begin`, and what they answered."""
        calls = (one for one in self.events[begin:] if one["type"] == "extension.tool_call")
        return [(str(one["name"]), dict(one["result"]).get("outcome")) for one in calls]  # type: ignore[call-overload]

    async def close(self) -> None:
        """Leave."""
        await self._socket.close()
        await asyncio.gather(self._reader, return_exceptions=True)
