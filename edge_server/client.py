"""A small client of the realtime endpoint, for the commands that ask a server something.

It speaks the protocol over one WebSocket and gathers what one turn brings. The kiosk and the tests use the stock
`openai` client instead; this one only has to start quickly.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

import websockets
from pydantic import JsonValue, TypeAdapter
from websockets.asyncio.client import ClientConnection, connect

from edge_server.audio import CHUNK_BYTES

Event = dict[str, JsonValue]
LARGEST_FRAME = 16 * 1024 * 1024


class AskError(Exception):
    """The server cannot be asked, or did not answer; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class ToolRun:
    """One tool that ran; arguments and result are redacted by the server."""

    agent: str
    name: str
    arguments: dict[str, JsonValue]
    result: JsonValue
    duration_ms: float


@dataclass(slots=True)
class Answer:
    """What one turn brought. `audio`: PCM16 mono 24 kHz, empty when text was asked for."""

    session: str
    heard: str | None = None
    text: str = ""
    agent: str | None = None
    answered: bool = True
    changes: list[Event] = field(default_factory=list)
    tools: list[ToolRun] = field(default_factory=list)
    sources: list[Event] = field(default_factory=list)
    stages_ms: dict[str, float] = field(default_factory=dict)
    audio: bytes = b""


class Conversation:
    """One open conversation with a server."""

    def __init__(self, socket: ClientConnection, session: str) -> None:
        self._socket = socket
        self._session = session

    async def say(self, text: str, *, spoken: bool = False) -> Answer:
        """Send written words; the answer is spoken too when `spoken`. Raises AskError."""
        await self._configure(spoken)
        content = [{"type": "input_text", "text": text}]
        await self._send({"type": "conversation.item.create", "item": _message(content)})
        return await self._answer(Answer(self._session))

    async def play(self, pcm: bytes, *, spoken: bool = False) -> Answer:
        """Send one recorded turn (PCM16 mono 24 kHz). Raises AskError."""
        await self._configure(spoken)
        for start in range(0, len(pcm), CHUNK_BYTES):
            piece = base64.b64encode(pcm[start : start + CHUNK_BYTES]).decode()
            await self._send({"type": "input_audio_buffer.append", "audio": piece})
        await self._send({"type": "input_audio_buffer.commit"})
        return await self._answer(Answer(self._session, heard=""))

    async def greet(self, *, spoken: bool = False) -> Answer:
        """Let the desk speak first. Raises AskError."""
        await self._configure(spoken)
        return await self._answer(Answer(self._session))

    async def _configure(self, spoken: bool) -> None:
        config: Event = {
            "type": "realtime",
            "output_modalities": ["audio" if spoken else "text"],
            "audio": {"input": {"turn_detection": None}},
        }
        await self._send({"type": "session.update", "session": config})

    async def _answer(self, answer: Answer) -> Answer:
        await self._send({"type": "response.create"})
        audio = bytearray()
        try:
            async for frame in self._socket:
                event: Event = json.loads(frame)
                if _take(event, answer, audio):
                    answer.audio = bytes(audio)
                    return answer
        except websockets.ConnectionClosed as closed:
            raise AskError(f"the server closed the connection ({closed})") from None
        raise AskError("the server closed the connection before it had answered")

    async def _send(self, event: Event) -> None:
        try:
            await self._socket.send(json.dumps(event))
        except websockets.ConnectionClosed as closed:
            raise AskError(f"the server closed the connection ({closed})") from None


@asynccontextmanager
async def conversation(url: str, session: str, api_key: str | None = None) -> AsyncIterator[Conversation]:
    """A conversation with the server at `url` (http://host:port) under this session key. Raises AskError."""
    address = f"ws://{urlsplit(url).netloc}/realtime?session_state_key={quote(session, safe='')}&extensions=1"
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        async with connect(address, additional_headers=headers, max_size=LARGEST_FRAME, proxy=None) as socket:
            yield Conversation(socket, session)
    except websockets.InvalidStatus as refused:
        raise AskError(_refusal(refused)) from None
    except (OSError, websockets.InvalidMessage) as error:
        raise AskError(f"no Lobby server answers at {url} ({error})") from None


def _message(content: list[dict[str, str]]) -> Event:
    return TypeAdapter(Event).validate_python({"type": "message", "role": "user", "content": content})


def _refusal(refused: websockets.InvalidStatus) -> str:
    status = refused.response.status_code
    try:
        reason = json.loads(refused.response.body or b"")["error"]["message"]
    except (ValueError, KeyError, TypeError):
        reason = "no reason given"
    return f"the server refused the connection ({status}): {reason}"


def _take(event: Event, answer: Answer, audio: bytearray) -> bool:
    """Keep what `event` tells; True when it ends the turn."""
    match event:
        case {"type": "error", "error": {"message": str(message)}}:
            raise AskError(message)
        case {"type": "conversation.item.input_audio_transcription.completed", "transcript": str(words)}:
            answer.heard = words
        case {"type": "conversation.item.input_audio_transcription.failed", "error": {"message": str(message)}}:
            raise AskError(message)
        case {"type": "response.output_audio.delta", "delta": str(piece)}:
            audio += base64.b64decode(piece)
        case {"type": "response.output_audio_transcript.done", "transcript": str(words)}:
            answer.text = words
        case {"type": "response.output_text.done", "text": str(words)}:
            answer.text = words
        case {"type": "extension.agent_changed"}:
            answer.changes.append({key: event[key] for key in ("previous", "agent", "reason")})
        case {"type": "extension.tool_call"}:
            keys = ("agent", "name", "arguments", "result", "duration_ms")
            answer.tools.append(TypeAdapter(ToolRun).validate_python({key: event[key] for key in keys}))
        case {"type": "extension.sources", "sources": list(sources)}:
            answer.sources += [source for source in sources if isinstance(source, dict)]
        case {"type": "response.done", "response": {"status": "failed" | "cancelled" as status}}:
            raise AskError(f"the server's response was {status}")
        case {"type": "extension.turn_metrics", "agent": agent, "answered": answered, "stages_ms": dict(stages)}:
            answer.agent = agent if isinstance(agent, str) else None
            answer.answered = bool(answered)
            answer.stages_ms = TypeAdapter(dict[str, float]).validate_python(stages)
            return True
    return False
