"""What the simulated model says: one response at a time, sent in a task of its own, so that it can be cancelled."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from pydantic import JsonValue
from pydantic_core import from_json, to_json

from edge_server.simulated_cloud.script import Call, Reply

if TYPE_CHECKING:
    from edge_server.speech.service import SpeechService

BYTES_PER_MS = 48
LETTER_MS = 60
"""How long the simulated voice takes for a letter, where there is no real one."""
CHUNK_MS = 100

Event = dict[str, JsonValue]


class Wire(Protocol):
    """What a response needs of its session."""

    async def send(self, event: Event) -> None:
        """Send a server event."""
        ...

    async def add(self, item: Event, done: bool) -> None:
        """An item joins the conversation."""
        ...

    async def done(self, item: Event) -> None:
        """An item is whole."""
        ...

    def fail(self) -> None:
        """Break the line without a word."""
        ...


class Response:
    """One response: `reply` said over `wire`. `run` it in a task; it ends with `response.done`, or as it is told to.

    `answer`: what the last tool answered; `speech`: a real voice. `echo` holds, in echo mode, the head of the frames to
    come.
    """

    def __init__(
        self,
        wire: Wire,
        reply: Reply,
        *,
        speaks: bool,
        remembered: bool,
        answer: Mapping[str, JsonValue],
        speech: SpeechService | None,
    ) -> None:
        self.id = new_id("resp")
        self.echo: str | None = None
        self.ended = False
        self._wire = wire
        self._reply = reply
        self._speaks = speaks
        self._remembered = remembered
        self._answer = answer
        self._speech = speech
        self._output: list[Event] = []
        self._open: Event | None = None

    async def run(self) -> None:
        """Say it."""
        reply = self._reply
        await self._wire.send({"type": "response.created", "response": self._body("in_progress")})
        if reply.after_ms:
            await asyncio.sleep(reply.after_ms / 1000)
        if reply.say:
            await self._speak(reply)
        if reply.end == "cut":
            self._wire.fail()
            return
        for call in reply.calls:
            await self._call(call)
        if reply.end == "fail":
            await self.end("failed", reply.code)
        elif reply.end == "done":
            await self.end("completed")

    async def end(self, status: str, code: str = "") -> None:
        """It is over."""
        if self.ended:
            return
        self.ended, self.echo = True, None
        if self._open is not None:
            await self._finish_item({**self._open, "status": "incomplete", "content": []})
        await self._wire.send({"type": "response.done", "response": self._body(status, code)})
        limit: Event = {"name": "requests", "limit": 1000, "remaining": 999, "reset_seconds": 60.0}
        await self._wire.send({"type": "rate_limits.updated", "rate_limits": [limit]})

    async def _speak(self, reply: Reply) -> None:
        item: Event = {"id": new_id("item"), "type": "message", "role": "assistant", "status": "in_progress"}
        index = len(self._output)
        await self._begin_item({**item, "content": []})
        self._open = item
        where: Event = {"response_id": self.id, "item_id": item["id"], "output_index": index, "content_index": 0}
        part: Event = {"type": "audio", "transcript": ""} if self._speaks else {"type": "text", "text": ""}
        await self._wire.send({"type": "response.content_part.added", **where, "part": part})
        words = "response.output_audio_transcript" if self._speaks else "response.output_text"
        whole = reply.words(self._answer)
        spoken = whole[: round(len(whole) * reply.cut_at)] if reply.end == "cut" else whole
        for at, word in enumerate(spoken.split(" ")):
            await self._wire.send({"type": f"{words}.delta", **where, "delta": word if at == 0 else f" {word}"})
        if reply.end == "echo":
            fields = (f'"{key}":{to_json(value).decode()},' for key, value in where.items())
            self.echo = "".join(('{"type":"response.output_audio.delta",', *fields))
            await self._wire.send({"type": f"{words}.done", **where, "transcript": spoken})
            return
        if self._speaks:
            await self._sound(where, spoken, real_time=reply.real_time)
        if reply.end in ("wait", "cut"):
            return
        if self._speaks:
            await self._wire.send({"type": "response.output_audio.done", **where})
        named = {"transcript": spoken} if self._speaks else {"text": spoken}
        await self._wire.send({"type": f"{words}.done", **where, **named})
        await self._wire.send({"type": "response.content_part.done", **where, "part": {**part, **named}})
        content: list[JsonValue] = [{"type": "output_audio" if self._speaks else "output_text", **named}]
        self._open = None
        await self._finish_item({**item, "status": "completed", "content": content})

    async def _sound(self, where: Event, words: str, *, real_time: bool) -> None:
        if self._speech is not None and words:
            pcm = await self._speech.synthesise(words)
        else:
            pcm = bytes([16, 1]) * (len(words) * LETTER_MS * BYTES_PER_MS // 2)
        step = CHUNK_MS * BYTES_PER_MS
        for start in range(0, len(pcm), step):
            delta = base64.b64encode(pcm[start : start + step]).decode()
            await self._wire.send({"type": "response.output_audio.delta", **where, "delta": delta})
            if real_time:
                await asyncio.sleep(CHUNK_MS / 1000)

    async def _call(self, call: Call) -> None:
        item: Event = {
            "id": new_id("item"), "type": "function_call", "status": "in_progress", "call_id": new_id("call"),
            "name": call.name, "arguments": "",
        }  # fmt: skip
        index = len(self._output)
        await self._begin_item(item)
        arguments = to_json(call.arguments).decode()
        where: Event = {"response_id": self.id, "item_id": item["id"], "output_index": index}
        where["call_id"] = item["call_id"]
        kind = "response.function_call_arguments"
        await self._wire.send({"type": f"{kind}.delta", **where, "delta": arguments})
        await self._wire.send({"type": f"{kind}.done", **where, "name": call.name, "arguments": arguments})
        await self._finish_item({**item, "status": "completed", "arguments": arguments})

    async def _begin_item(self, item: Event) -> None:
        index = len(self._output)
        self._output.append(item)
        where: Event = {"response_id": self.id, "output_index": index}
        await self._wire.send({"type": "response.output_item.added", **where, "item": item})
        if self._remembered:
            await self._wire.add(item, False)

    async def _finish_item(self, item: Event) -> None:
        index = next(at for at, one in enumerate(self._output) if one["id"] == item["id"])
        self._output[index] = item
        where: Event = {"response_id": self.id, "output_index": index}
        await self._wire.send({"type": "response.output_item.done", **where, "item": item})
        if self._remembered:
            await self._wire.done(item)

    def _body(self, status: str, code: str = "") -> Event:
        """The response object of `response.created` and `response.done`."""
        details: Event = {"type": status}
        if status == "failed":
            details["error"] = {"type": "server_error", "code": code, "message": "The response failed."}
        if status == "cancelled":
            details["reason"] = "client_cancelled"
        return {
            "object": "realtime.response", "id": self.id, "status": status, "output": list[JsonValue](self._output),
            "status_details": details if status in ("failed", "cancelled") else None,
            "conversation_id": "conv_simulated" if self._remembered else None,
            "output_modalities": ["audio" if self._speaks else "text"], "max_output_tokens": "inf", "metadata": None,
            "usage": None,
        }  # fmt: skip


def answer_of(output: str) -> Mapping[str, JsonValue]:
    """What a tool answered, as fields."""
    try:
        value = from_json(output)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def new_id(kind: str) -> str:
    """A fresh id, as the provider writes them."""
    return f"{kind}_{uuid4().hex[:20]}"
