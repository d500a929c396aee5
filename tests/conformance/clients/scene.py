"""The scripted conversation that every client holds, in plain Python: no package but the client's own is needed.

A client is wrapped as a `Desk` that can connect, send microphone audio and drop its connection, and that tells an `Ear`
what the client library reports. `hold` then speaks the recorded questions at it, in real time and as a microphone does:
silence flows between the words. It waits until a reply has been heard to its end, but for the one that it interrupts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

RATE = 24_000
"""Samples a second of everything that is sent and heard: PCM16 mono."""
FRAME_MS = 40
"""How much sound a microphone hands over at a time."""
FRAME_BYTES = RATE * FRAME_MS // 1000 * 2
PATIENCE_S = 30.0
"""How long a reply may take before the conversation is given up."""
SPEAK_OVER_AFTER_S = 0.8
"""How much of the reply that is interrupted is heard first."""

LOCKER = "open_locker"
"""The function tool that the client brings along, and what it does."""
LOCKER_DOES = "Open a parcel locker for the customer."
LOCKER_TAKES = {
    "type": "object",
    "properties": {"number": {"type": "integer", "description": "the number of the parcel locker"}},
    "required": ["number"],
    "additionalProperties": False,
}


def locker_says(number: int) -> str:
    """What the client's tool gives back."""
    return json.dumps({"message": f"Locker {number} is open, and closes again in 2 minutes."})


@dataclass
class Reply:
    """One reply as the client library reports it."""

    words: str = ""
    audio: bytearray = field(default_factory=bytearray)
    began_at: float | None = None
    interrupted: bool = False
    over: bool = False

    def heard_at(self) -> float:
        """When the last of it has been played, on the clock of `time.monotonic`."""
        return (self.began_at or 0.0) + len(self.audio) / (RATE * 2)


@dataclass
class ToolCall:
    """A call of the client's own tool."""

    name: str
    arguments: str
    output: str


class Ear:
    """Collects what a client library reports about replies, the customer's words, tools and errors."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.said: list[str] = []
        self.tools: list[ToolCall] = []
        self.errors: list[str] = []
        self.complaints: list[str] = []
        self._changed = asyncio.Event()
        self._line_is_lost = False

    def reply_begins(self) -> None:
        last = self.replies[-1] if self.replies else None
        if last is None or last.over or last.words or last.audio:
            self.replies.append(Reply())
        self._tell()

    def reply_audio(self, pcm: bytes) -> None:
        reply = self._reply()
        if reply.began_at is None:
            reply.began_at = time.monotonic()
        reply.audio += pcm
        self._tell()

    def reply_words(self, words: str) -> None:
        self._reply().words += words
        self._tell()

    def reply_ends(self) -> None:
        if self.replies:
            self._reply().over = True
        self._tell()

    def interrupted(self) -> None:
        if self.replies and time.monotonic() < self._reply().heard_at():
            self._reply().interrupted = True
        self._tell()

    def customer_said(self, words: str) -> None:
        self.said.append(words)
        self._tell()

    def tool_called(self, name: str, arguments: str, output: str) -> None:
        self.tools.append(ToolCall(name, arguments, output))
        self._tell()

    def failed(self, error: object) -> None:
        if not self._line_is_lost:
            self.errors.append(str(error))
        self._tell()

    def complained(self, complaint: str) -> None:
        if not self._line_is_lost:
            self.complaints.append(complaint)

    @contextmanager
    def lost_line(self) -> Iterator[None]:
        """While this lasts, a library may well say that its connection is gone."""
        self._line_is_lost = True
        try:
            yield
        finally:
            self._line_is_lost = False

    async def first_audio(self, since: int) -> Reply:
        """The first reply from number `since` on that has begun to sound."""
        return await self._find(lambda reply: reply.began_at is not None, since)

    async def spoken(self, since: int) -> Reply:
        """The first reply from number `since` on that said something and has ended."""
        return await self._find(lambda reply: reply.over and bool(reply.words.strip()), since)

    async def _find(self, wanted: Callable[[Reply], bool], since: int) -> Reply:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for reply in self.replies[since:]:
                    if wanted(reply):
                        return reply
                self._changed.clear()
                await self._changed.wait()

    def _reply(self) -> Reply:
        if not self.replies:
            self.replies.append(Reply())
        return self.replies[-1]

    def _tell(self) -> None:
        self._changed.set()


class Desk(Protocol):
    """A client library, wrapped: how the scripted conversation uses it."""

    name: str
    version: str
    greets: bool
    """Whether the client asks for a reply of its own accord as soon as it is connected."""

    async def connect(self) -> None:
        """Open the connection, or open it again after `drop`; the session key stays the same."""
        ...

    async def send_audio(self, pcm: bytes) -> None:
        """Hand over what a microphone heard: PCM16 mono at 24 kHz."""
        ...

    async def drop(self) -> None:
        """Lose the connection."""
        ...

    async def close(self) -> None:
        """End the client."""
        ...

    def history(self) -> list[str]:
        """What the client library itself keeps of the conversation, a line an item; empty where it keeps none."""
        ...


class Microphone:
    """Hands sound to the client in real time: the words that were given to it, and silence between them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._words = bytearray()
        self._task: asyncio.Task[None] | None = None

    def switch_on(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def switch_off(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def speak(self, pcm: bytes) -> None:
        """Say these words; returns when the last of them has been handed over."""
        self._words += pcm
        while self._words:
            if self._task is not None and self._task.done():
                self._task.result()
            await asyncio.sleep(FRAME_MS / 1000)

    async def _run(self) -> None:
        started, frames = time.monotonic(), 0
        while True:
            piece = bytes(self._words[:FRAME_BYTES])
            del self._words[:FRAME_BYTES]
            await self._desk.send_audio(piece.ljust(FRAME_BYTES, b"\0"))
            frames += 1
            await asyncio.sleep(max(0.0, started + frames * FRAME_MS / 1000 - time.monotonic()))


class Conversation:
    """Speaks the questions of a folder at a client and keeps what came of them."""

    def __init__(self, desk: Desk, ear: Ear, questions: Path) -> None:
        self._desk, self._ear, self._questions = desk, ear, questions
        self._microphone = Microphone(desk)
        self.replies: dict[str, Reply] = {}

    async def hold(self) -> None:
        """The whole script: tool, interruption, switch of agent, client's tool, reconnect."""
        await self._connected()
        await self._ask("status")
        await self._ask_over("bag", over="flights")
        await self._ask("check_in")
        await self._ask("locker")
        await self._microphone.switch_off()
        await self._desk.drop()
        await self._connected()
        await self._ask("parking")
        await self._microphone.switch_off()

    async def _connected(self) -> None:
        since = len(self._ear.replies)
        await self._desk.connect()
        self._microphone.switch_on()
        if self._desk.greets and not self.replies:
            await self._heard_out("greeting", since)

    async def _ask(self, name: str) -> None:
        since = len(self._ear.replies)
        await self._microphone.speak(self._recording(name))
        await self._heard_out(name, since)

    async def _ask_over(self, name: str, *, over: str) -> None:
        """Ask `over`, and speak `name` into the reply once some of it was heard."""
        since = len(self._ear.replies)
        await self._microphone.speak(self._recording(over))
        self.replies[over] = await self._ear.first_audio(since)
        await asyncio.sleep(SPEAK_OVER_AFTER_S)
        await self._microphone.speak(self._recording(name))
        await self._heard_out(name, self._ear.replies.index(self.replies[over]) + 1)

    async def _heard_out(self, name: str, since: int) -> None:
        reply = self.replies[name] = await self._ear.spoken(since)
        await asyncio.sleep(max(0.0, reply.heard_at() - time.monotonic()))

    def _recording(self, name: str) -> bytes:
        with wave.open(str(self._questions / f"{name}.wav"), "rb") as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2), name
            return file.readframes(file.getnframes())


def report(conversation: Conversation, desk: Desk, ear: Ear, out: Path | None) -> dict[str, object]:
    """What the client saw and heard, ready for JSON; the sound of each reply goes to WAV files in `out`."""
    replies = {}
    for name, reply in conversation.replies.items():
        replies[name] = {
            "words": reply.words.strip(),
            "audio_ms": len(reply.audio) * 1000 // (RATE * 2),
            "interrupted": reply.interrupted,
        }
        if out is not None:
            with wave.open(str(out / f"{name}.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes(bytes(reply.audio))
    return {
        "client": desk.name,
        "version": desk.version,
        "replies": replies,
        "said": ear.said,
        "tools": [asdict(call) for call in ear.tools],
        "errors": ear.errors,
        "complaints": ear.complaints,
        "history": desk.history(),
    }


class Complaints(logging.Handler):
    """Takes down the warnings and errors that a client library logs."""

    def __init__(self, ear: Ear) -> None:
        super().__init__(logging.WARNING)
        self._ear = ear

    def emit(self, record: logging.LogRecord) -> None:
        trouble = f" ({record.exc_info[1]!r})" if record.exc_info else ""
        self._ear.complained(f"{record.name}: {record.getMessage()}{trouble}")


def main(desk: Callable[[str, str, Ear], Desk], what: str | None) -> None:
    """The command line that all clients share. `desk` wraps the library, given the server's URL, a session key, an ear.

    Prints the report as JSON, also when the conversation breaks down.
    """
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--url", required=True, help="the server, such as http://127.0.0.1:8484")
    parser.add_argument("--session", required=True, help="the session key")
    parser.add_argument("--questions", type=Path, required=True, help="the folder with the recorded questions")
    parser.add_argument("--out", type=Path, help="a folder for the sound of the replies")
    wishes = parser.parse_args()

    async def run() -> dict[str, object]:
        ear = Ear()
        logging.getLogger().addHandler(Complaints(ear))
        wrapped = desk(wishes.url, wishes.session, ear)
        conversation = Conversation(wrapped, ear, wishes.questions)
        try:
            await conversation.hold()
        except TimeoutError:
            last = ear.replies[-1] if ear.replies else None
            words = f"the last one: {last.words!r}, over: {last.over}" if last else "none came"
            ear.failed(f"a reply did not come in {PATIENCE_S:.0f} s ({words})")
        except Exception as error:
            ear.failed(repr(error))
        found = report(conversation, wrapped, ear, wishes.out)
        async with asyncio.timeout(PATIENCE_S):
            await wrapped.close()
        return found

    sys.stdout.write(json.dumps(asyncio.run(run()), indent=2) + "\n")
