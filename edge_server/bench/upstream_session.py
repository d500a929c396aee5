"""One session of the simulated cloud (`upstream.py`): turn detection, items, responses and tool calls on the wire."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from typing import Protocol
from uuid import uuid4

from pydantic import JsonValue
from pydantic_core import from_json, to_json
from websockets.asyncio.server import ServerConnection

from edge_server.bench.upstream_script import Call, Reply, Script

BYTES_PER_MS = 48
LETTER_MS = 60
"""How long the simulated voice takes for a letter."""
CHUNK_MS = 100
STAMP_BYTES = 8
"""In echo mode the upstream's clock (ns, big-endian) stands in bytes 8 to 16 of a frame's audio."""

Event = dict[str, JsonValue]


class Cloud(Protocol):
    """What a session needs of the server."""

    script: Script

    def note(self, event: Event) -> None:
        """A client event has arrived."""
        ...

    def check(self, event: Event) -> None:
        """A server event is about to be sent."""
        ...


class CloudSession:
    """One client's realtime session."""

    def __init__(self, cloud: Cloud, connection: ServerConnection) -> None:
        self._cloud = cloud
        self._connection = connection
        self._config: dict[str, JsonValue] = {"type": "realtime", "model": "simulated", "output_modalities": ["audio"]}
        self._items: list[str] = []
        self._audio_ms = 0.0
        self._buffered_ms = 0.0
        self._speaking: str | None = None
        self._silent_ms = 0.0
        self._heard = 0
        self._response: _Response | None = None
        self._echo: str | None = None

    def cut(self) -> None:
        """Break the line without a word."""
        self._connection.transport.abort()

    async def expire(self) -> None:
        """End the session as the provider does at its time limit."""
        await self._error("session_expired", "Your session hit the maximum duration.")
        await self._connection.close(1001, "session expired")

    async def run(self) -> None:
        """Serve until the client leaves."""
        await self._send({"type": "session.created", "session": self._session()})
        async for frame in self._connection:
            if self._echo is not None and '"input_audio_buffer.append"' in frame[:60]:
                await self._echo_back(from_json(frame)["audio"])
                continue
            event: Event = from_json(frame)
            self._cloud.note(event)
            await self._take(event)

    async def _take(self, event: Event) -> None:
        match event["type"]:
            case "session.update":
                self._config = _merged(self._config, _object(event["session"]))
                await self._send({"type": "session.updated", "session": self._session()})
            case "input_audio_buffer.append":
                await self._hear(base64.b64decode(str(event["audio"])))
            case "input_audio_buffer.commit":
                if self._buffered_ms < 100:
                    await self._error("input_audio_buffer_commit_empty", "The buffer is too small.", event)
                else:
                    await self._commit(self._speaking or _new_id("item"))
            case "input_audio_buffer.clear":
                self._speaking, self._buffered_ms = None, 0.0
                await self._send({"type": "input_audio_buffer.cleared"})
            case "conversation.item.create":
                await self._add({"id": _new_id("item"), "object": "realtime.item", **_object(event["item"])}, True)
            case "conversation.item.delete" | "conversation.item.truncate":
                await self._change_item(event)
            case "response.create":
                await self._respond(event)
            case "response.cancel":
                if self._response is None:
                    await self._error("response_cancel_not_active", "There is no active response.", event)
                else:
                    await self._end(self._response, "cancelled")
            case other:
                await self._error("invalid_value", f"There is no client event {other!r}.", event)

    # Hearing

    def _detection(self) -> Mapping[str, JsonValue] | None:
        audio = _object(self._config.get("audio") or {})
        detection = _object(audio.get("input") or {}).get("turn_detection", {"type": "server_vad"})
        return None if detection is None else _object(detection)

    async def _hear(self, pcm: bytes) -> None:
        length = len(pcm) / BYTES_PER_MS
        self._audio_ms += length
        self._buffered_ms += length
        detection = self._detection()
        if detection is None:
            return
        sounds = pcm.count(0) < len(pcm)
        if sounds:
            self._silent_ms = 0.0
            if self._speaking is None:
                self._speaking = _new_id("item")
                start = max(0, round(self._audio_ms - length - _number(detection.get("prefix_padding_ms"), 300)))
                kind = "input_audio_buffer.speech_started"
                await self._send({"type": kind, "audio_start_ms": start, "item_id": self._speaking})
        elif self._speaking is not None:
            self._silent_ms += length
            if self._silent_ms >= _number(detection.get("silence_duration_ms"), 500):
                item_id, end = self._speaking, round(self._audio_ms)
                kind = "input_audio_buffer.speech_stopped"
                await self._send({"type": kind, "audio_end_ms": end, "item_id": item_id})
                await self._commit(item_id)

    async def _commit(self, item_id: str) -> None:
        self._speaking, self._buffered_ms = None, 0.0
        previous = self._items[-1] if self._items else None
        await self._send({"type": "input_audio_buffer.committed", "item_id": item_id, "previous_item_id": previous})
        content: list[JsonValue] = [{"type": "input_audio", "transcript": None}]
        await self._add(
            {"id": item_id, "type": "message", "status": "completed", "role": "user", "content": content}, True
        )
        hears = self._cloud.script.hears
        text = hears.pop(0) if hears else ""
        self._heard += 1
        where: Event = {"item_id": item_id, "content_index": 0}
        kind = "conversation.item.input_audio_transcription"
        words = text.split(" ") if text else []
        for at in range(0, len(words), 3):
            delta = ("" if at == 0 else " ") + " ".join(words[at : at + 3])
            await self._send({"type": f"{kind}.delta", **where, "delta": delta})
        usage: Event = {"type": "duration", "seconds": 1.0}
        await self._send({"type": f"{kind}.completed", **where, "transcript": text, "usage": usage})

    # Items

    async def _add(self, item: Event, done: bool) -> None:
        previous = self._items[-1] if self._items else None
        self._items.append(str(item["id"]))
        status = "completed" if done else "in_progress"
        await self._send(
            {"type": "conversation.item.added", "previous_item_id": previous, "item": {**item, "status": status}}
        )
        if done:
            await self._done(item)

    async def _done(self, item: Event) -> None:
        at = self._items.index(str(item["id"]))
        previous = self._items[at - 1] if at else None
        await self._send({"type": "conversation.item.done", "previous_item_id": previous, "item": item})

    async def _change_item(self, event: Event) -> None:
        item_id = str(event["item_id"])
        if item_id not in self._items:
            await self._error("item_not_found", f"There is no item {item_id!r}.", event)
        elif event["type"] == "conversation.item.delete":
            self._items.remove(item_id)
            await self._send({"type": "conversation.item.deleted", "item_id": item_id})
        else:
            cut: Event = {"content_index": event["content_index"], "audio_end_ms": event["audio_end_ms"]}
            await self._send({"type": "conversation.item.truncated", "item_id": item_id, **cut})

    # Responses

    async def _respond(self, event: Event) -> None:
        if self._response is not None:
            await self._error("conversation_already_has_active_response", "A response is active.", event)
            return
        script = self._cloud.script
        reply = script.replies.pop(0) if script.replies else script.otherwise
        if reply.end == "refuse":
            await self._error(reply.code, "The request was refused.", event)
        elif reply.end != "silent":
            wish = _object(event.get("response") or {})
            speaks = "audio" in (wish.get("output_modalities") or self._config["output_modalities"] or [])  # type: ignore[operator]
            self._response = _Response(_new_id("resp"), bool(speaks), wish.get("conversation") != "none")
            await self._send({"type": "response.created", "response": self._response.body("in_progress")})
            await self._say(self._response, reply)

    async def _say(self, response: _Response, reply: Reply) -> None:
        if reply.say:
            await self._speak(response, reply)
        if reply.end == "cut":
            self.cut()
            return
        for call in reply.calls:
            await self._call(response, call)
        if reply.end == "fail":
            await self._end(response, "failed", reply.code)
        elif reply.end == "done":
            await self._end(response, "completed")

    async def _speak(self, response: _Response, reply: Reply) -> None:
        item: Event = {"id": _new_id("item"), "type": "message", "role": "assistant", "status": "in_progress"}
        index = len(response.output)
        await self._begin_item(response, {**item, "content": []})
        where: Event = {"response_id": response.id, "item_id": item["id"], "output_index": index, "content_index": 0}
        part: Event = {"type": "audio", "transcript": ""} if response.speaks else {"type": "text", "text": ""}
        await self._send({"type": "response.content_part.added", **where, "part": part})
        words = "response.output_audio_transcript" if response.speaks else "response.output_text"
        spoken = reply.say[: len(reply.say) // 2] if reply.end == "cut" else reply.say
        for at, word in enumerate(spoken.split(" ")):
            await self._send({"type": f"{words}.delta", **where, "delta": word if at == 0 else f" {word}"})
        if reply.end == "echo":
            self._echo = "".join(
                (
                    '{"type":"response.output_audio.delta",',
                    *(f'"{key}":{to_json(value).decode()},' for key, value in where.items()),
                )
            )
            await self._send({"type": f"{words}.done", **where, "transcript": spoken})
            response.open = item
            return
        if response.speaks:
            await self._sound(where, len(spoken) * LETTER_MS)
        if reply.end in ("wait", "cut"):
            response.open = item
            return
        if response.speaks:
            await self._send({"type": "response.output_audio.done", **where})
        named = {"transcript": spoken} if response.speaks else {"text": spoken}
        await self._send({"type": f"{words}.done", **where, **named})
        await self._send({"type": "response.content_part.done", **where, "part": {**part, **named}})
        content: list[JsonValue] = [{"type": "output_audio" if response.speaks else "output_text", **named}]
        await self._finish_item(response, {**item, "status": "completed", "content": content})

    async def _sound(self, where: Event, length_ms: int) -> None:
        for start in range(0, length_ms, CHUNK_MS):
            tone = bytes([16, 1]) * (min(CHUNK_MS, length_ms - start) * BYTES_PER_MS // 2)
            delta = base64.b64encode(tone).decode()
            await self._send({"type": "response.output_audio.delta", **where, "delta": delta})

    async def _echo_back(self, audio: str) -> None:
        head = base64.b64decode(audio[:24])
        stamped = head[:STAMP_BYTES] + time.monotonic_ns().to_bytes(STAMP_BYTES, "big") + head[2 * STAMP_BYTES :]
        delta = base64.b64encode(stamped).decode() + audio[24:]
        await self._connection.send(f'{self._echo}"event_id":"event_echo","delta":"{delta}"}}')

    async def _call(self, response: _Response, call: Call) -> None:
        item: Event = {
            "id": _new_id("item"), "type": "function_call", "status": "in_progress", "call_id": _new_id("call"),
            "name": call.name, "arguments": "",
        }  # fmt: skip
        index = len(response.output)
        await self._begin_item(response, item)
        arguments = to_json(call.arguments).decode()
        where: Event = {"response_id": response.id, "item_id": item["id"], "output_index": index}
        where["call_id"] = item["call_id"]
        kind = "response.function_call_arguments"
        await self._send({"type": f"{kind}.delta", **where, "delta": arguments})
        await self._send({"type": f"{kind}.done", **where, "name": call.name, "arguments": arguments})
        await self._finish_item(response, {**item, "status": "completed", "arguments": arguments})

    async def _begin_item(self, response: _Response, item: Event) -> None:
        index = len(response.output)
        response.output.append(item)
        where: Event = {"response_id": response.id, "output_index": index}
        await self._send({"type": "response.output_item.added", **where, "item": item})
        if response.remembered:
            await self._add(item, False)

    async def _finish_item(self, response: _Response, item: Event) -> None:
        index = next(at for at, one in enumerate(response.output) if one["id"] == item["id"])
        response.output[index] = item
        where: Event = {"response_id": response.id, "output_index": index}
        await self._send({"type": "response.output_item.done", **where, "item": item})
        if response.remembered:
            await self._done(item)

    async def _end(self, response: _Response, status: str, code: str = "") -> None:
        self._response = self._echo = None
        if response.open is not None:
            await self._finish_item(response, {**response.open, "status": "incomplete", "content": []})
        await self._send({"type": "response.done", "response": response.body(status, code)})
        limit: Event = {"name": "requests", "limit": 1000, "remaining": 999, "reset_seconds": 60.0}
        await self._send({"type": "rate_limits.updated", "rate_limits": [limit]})

    # The wire

    def _session(self) -> Event:
        return {
            **self._config,
            "object": "realtime.session",
            "id": "sess_simulated",
            "expires_at": int(time.time()) + 3600,
        }

    async def _error(self, code: str, message: str, event: Event | None = None) -> None:
        about = (event or {}).get("event_id")
        error: Event = {"type": "invalid_request_error", "code": code, "message": message, "param": None}
        await self._send({"type": "error", "error": {**error, "event_id": about}})

    async def _send(self, event: Event) -> None:
        whole = {"event_id": _new_id("event"), **event}
        self._cloud.check(whole)
        await self._connection.send(to_json(whole).decode())


class _Response:
    """The response under way. `open`: the message that has not ended."""

    def __init__(self, response_id: str, speaks: bool, remembered: bool) -> None:
        self.id = response_id
        self.speaks = speaks
        self.remembered = remembered
        self.output: list[Event] = []
        self.open: Event | None = None

    def body(self, status: str, code: str = "") -> Event:
        """The response object of `response.created` and `response.done`."""
        details: Event = {"type": status}
        if status == "failed":
            details["error"] = {"type": "server_error", "code": code, "message": "The response failed."}
        if status == "cancelled":
            details["reason"] = "client_cancelled"
        return {
            "object": "realtime.response", "id": self.id, "status": status, "output": list[JsonValue](self.output),
            "status_details": details if status in ("failed", "cancelled") else None,
            "conversation_id": "conv_simulated" if self.remembered else None,
            "output_modalities": ["audio" if self.speaks else "text"], "max_output_tokens": "inf", "metadata": None,
            "usage": None,
        }  # fmt: skip


def _merged(old: Mapping[str, JsonValue], new: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    both = dict(old)
    for name, value in new.items():
        known = both.get(name)
        both[name] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return both


def _object(value: JsonValue) -> dict[str, JsonValue]:
    assert isinstance(value, dict), value
    return value


def _number(value: JsonValue, default: float) -> float:
    return float(value) if isinstance(value, int | float) else default


def _new_id(kind: str) -> str:
    return f"{kind}_{uuid4().hex[:20]}"
