"""One session of the simulated cloud: its configuration, items, turns and responses on the wire."""

from __future__ import annotations

import asyncio
import base64
import time
from collections import deque
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue
from pydantic_core import from_json, to_json
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from edge_server.simulated_cloud.responses import Event, Response, answer_of, new_id
from edge_server.simulated_cloud.script import Reply, Script
from edge_server.simulated_cloud.turns import Began, Turns

if TYPE_CHECKING:
    from edge_server.speech.service import SpeechService

STAMP_BYTES = 8
"""In echo mode the upstream's clock (ns, big-endian) stands in bytes 8 to 16 of a frame's audio."""
LEAST_COMMIT_MS = 100


class Cloud(Protocol):
    """What a session needs of the server."""

    script: Script
    speech: SpeechService | None

    def note(self, event: Event) -> None:
        """A client event has arrived."""
        ...

    def check(self, event: Event) -> None:
        """A server event is about to be sent."""
        ...

    def going(self, reply: Reply) -> Reply:
        """`reply` as it will go."""
        ...

    def failed(self) -> None:
        """A line was cut, or a session has failed."""
        ...


class CloudSession:
    """One client's realtime session."""

    def __init__(self, cloud: Cloud, connection: ServerConnection) -> None:
        self._cloud = cloud
        self._connection = connection
        self._config: dict[str, JsonValue] = {"type": "realtime", "model": "simulated", "output_modalities": ["audio"]}
        self._items: list[str] = []
        self._turns = Turns(cloud.speech.voice_activity() if cloud.speech is not None else None)
        self._turn_item: str | None = None
        self._words = ""
        self._answer: Mapping[str, JsonValue] = {}
        self._to_say: deque[Reply] = deque()
        self._response: Response | None = None
        self._saying: asyncio.Task[None] | None = None
        self._work: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """Break the line without a word."""
        self._cloud.failed()
        self._connection.transport.abort()

    fail = cut

    async def expire(self) -> None:
        """End the session as the provider does at its time limit."""
        await self._error("session_expired", "Your session hit the maximum duration.")
        await self._connection.close(1001, "session expired")

    async def run(self) -> None:
        """Serve until the client leaves."""
        await self.send({"type": "session.created", "session": self._session()})
        if self._cloud.script.session_s is not None:
            self._begin(self._expire_later(self._cloud.script.session_s))
        try:
            async for frame in self._connection:
                response = self._response
                if response is not None and response.echo and '"input_audio_buffer.append"' in frame[:60]:
                    await self._echo_back(response.echo, from_json(frame)["audio"])
                    continue
                event: Event = from_json(frame)
                self._cloud.note(event)
                await self._take(event)
        finally:
            for task in self._work:
                task.cancel()
            await asyncio.gather(*self._work, return_exceptions=True)

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        async def guarded() -> None:
            with suppress(ConnectionClosed):
                await work

        task = asyncio.create_task(guarded())
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return task

    async def _expire_later(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.expire()

    async def _take(self, event: Event) -> None:
        match event["type"]:
            case "session.update":
                self._config = _merged(self._config, _object(event["session"]))
                await self.send({"type": "session.updated", "session": self._session()})
            case "input_audio_buffer.append":
                await self._hear(base64.b64decode(str(event["audio"])))
            case "input_audio_buffer.commit":
                if self._turns.buffered_ms < LEAST_COMMIT_MS:
                    await self._error("input_audio_buffer_commit_empty", "The buffer is too small.", event)
                else:
                    await self._commit()
            case "input_audio_buffer.clear":
                self._turns.taken()
                self._turn_item = None
                await self.send({"type": "input_audio_buffer.cleared"})
            case "conversation.item.create":
                item = _object(event["item"])
                self._read(item)
                await self.add({"id": new_id("item"), "object": "realtime.item", **item}, True)
            case "conversation.item.delete" | "conversation.item.truncate":
                await self._change_item(event)
            case "response.create":
                await self._respond(event)
            case "response.cancel":
                if self._response is None or self._response.ended:
                    await self._error("response_cancel_not_active", "There is no active response.", event)
                else:
                    await self._cancel(self._response)
            case other:
                await self._error("invalid_value", f"There is no client event {other!r}.", event)

    # Hearing

    async def _hear(self, pcm: bytes) -> None:
        for event in self._turns.hear(pcm, self._detection()):
            if isinstance(event, Began):
                self._turn_item = new_id("item")
                kind = "input_audio_buffer.speech_started"
                await self.send({"type": kind, "audio_start_ms": event.at_ms, "item_id": self._turn_item})
            else:
                kind = "input_audio_buffer.speech_stopped"
                await self.send({"type": kind, "audio_end_ms": event.at_ms, "item_id": self._turn_item})
                await self._commit()

    def _detection(self) -> Mapping[str, JsonValue] | None:
        audio = _object(self._config.get("audio") or {})
        detection = _object(audio.get("input") or {}).get("turn_detection", {"type": "server_vad"})
        return None if detection is None else _object(detection)

    async def _commit(self) -> None:
        item_id, self._turn_item = self._turn_item or new_id("item"), None
        clip = self._turns.taken()
        previous = self._items[-1] if self._items else None
        await self.send({"type": "input_audio_buffer.committed", "item_id": item_id, "previous_item_id": previous})
        content: list[JsonValue] = [{"type": "input_audio", "transcript": None}]
        item: Event = {"id": item_id, "type": "message", "status": "completed", "role": "user", "content": content}
        await self.add(item, True)
        hears, speech = self._cloud.script.hears, self._cloud.speech
        if hears or speech is None:
            await self._tell_words(item_id, hears.pop(0) if hears else "")
        else:
            self._begin(self._write_down(item_id, clip, speech))

    async def _write_down(self, item_id: str, clip: bytes, speech: SpeechService) -> None:
        heard = await speech.transcribe(clip)
        await self._tell_words(item_id, heard.text)

    async def _tell_words(self, item_id: str, text: str) -> None:
        self._words = text or self._words
        where: Event = {"item_id": item_id, "content_index": 0}
        kind = "conversation.item.input_audio_transcription"
        words = text.split(" ") if text else []
        for at in range(0, len(words), 3):
            delta = ("" if at == 0 else " ") + " ".join(words[at : at + 3])
            await self.send({"type": f"{kind}.delta", **where, "delta": delta})
        usage: Event = {"type": "duration", "seconds": 1.0}
        await self.send({"type": f"{kind}.completed", **where, "transcript": text, "usage": usage})

    # Items

    def _read(self, item: Event) -> None:
        """Notice what the customer wrote, and what a tool answered."""
        if item.get("type") == "function_call_output":
            self._answer = answer_of(str(item.get("output")))
        elif item.get("role") == "user":
            parts = item.get("content") or []
            texts = [str(one.get("text") or "") for one in parts if isinstance(one, dict)]  # type: ignore[union-attr]
            self._words = " ".join(texts).strip() or self._words

    async def add(self, item: Event, done: bool) -> None:
        """An item joins the conversation."""
        previous = self._items[-1] if self._items else None
        self._items.append(str(item["id"]))
        whole = {**item, "status": "completed" if done else "in_progress"}
        await self.send({"type": "conversation.item.added", "previous_item_id": previous, "item": whole})
        if done:
            await self.done(item)

    async def done(self, item: Event) -> None:
        """An item is whole."""
        if str(item["id"]) not in self._items:
            return  # deleted meanwhile
        at = self._items.index(str(item["id"]))
        previous = self._items[at - 1] if at else None
        await self.send({"type": "conversation.item.done", "previous_item_id": previous, "item": item})

    async def _change_item(self, event: Event) -> None:
        item_id = str(event["item_id"])
        if item_id not in self._items:
            await self._error("item_not_found", f"There is no item {item_id!r}.", event)
        elif event["type"] == "conversation.item.delete":
            self._items.remove(item_id)
            await self.send({"type": "conversation.item.deleted", "item_id": item_id})
        else:
            cut: Event = {"content_index": event["content_index"], "audio_end_ms": event["audio_end_ms"]}
            await self.send({"type": "conversation.item.truncated", "item_id": item_id, **cut})

    # Responses

    async def _respond(self, event: Event) -> None:
        if self._response is not None and not self._response.ended:
            await self._error("conversation_already_has_active_response", "A response is active.", event)
            return
        wish = _object(event.get("response") or {})
        reply = self._cloud.going(self._next(wish))
        if reply.end == "refuse":
            await self._error(reply.code, "The request was refused.", event)
        elif reply.end == "expire":
            await self.expire()
        elif reply.end != "silent":
            speaks = "audio" in (wish.get("output_modalities") or self._config["output_modalities"] or [])  # type: ignore[operator]
            self._response = Response(
                self,
                reply,
                speaks=bool(speaks),
                remembered=wish.get("conversation") != "none",
                answer=self._answer,
                speech=self._cloud.speech,
            )
            self._saying = self._begin(self._response.run())

    def _next(self, wish: Event) -> Reply:
        """What is said now: what the client wants said word for word, else what the script tells."""
        script = self._cloud.script
        exact = str(wish.get("instructions") or "").partition(EXACTLY)[2]
        if exact and script.obedient:
            return Reply(say=exact)
        if script.replies:
            return script.replies.pop(0)
        if not self._to_say:
            self._to_say.extend(script.to(self._words))
        return self._to_say.popleft()

    async def _cancel(self, response: Response) -> None:
        if self._saying is not None:
            self._saying.cancel()
            await asyncio.gather(self._saying, return_exceptions=True)
        self._to_say.clear()
        await response.end("cancelled")

    async def _echo_back(self, head: str, audio: str) -> None:
        known = base64.b64decode(audio[:24])
        stamped = known[:STAMP_BYTES] + time.monotonic_ns().to_bytes(STAMP_BYTES, "big") + known[2 * STAMP_BYTES :]
        delta = base64.b64encode(stamped).decode() + audio[24:]
        await self._connection.send(f'{head}"event_id":"event_echo","delta":"{delta}"}}')

    # The wire

    def _session(self) -> Event:
        lasts = self._cloud.script.session_s or 3600
        expires = int(time.time() + lasts)
        return {**self._config, "object": "realtime.session", "id": "sess_simulated", "expires_at": expires}

    async def _error(self, code: str, message: str, event: Event | None = None) -> None:
        about = (event or {}).get("event_id")
        error: Event = {"type": "invalid_request_error", "code": code, "message": message, "param": None}
        await self.send({"type": "error", "error": {**error, "event_id": about}})

    async def send(self, event: Event) -> None:
        """Send a server event."""
        whole = {"event_id": new_id("event"), **event}
        self._cloud.check(whole)
        await self._connection.send(to_json(whole).decode())


EXACTLY = "Say exactly this and nothing else: "
"""How the edge server asks for certain words; a model that follows instructions says them."""


def _merged(old: Mapping[str, JsonValue], new: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    both = dict(old)
    for name, value in new.items():
        known = both.get(name)
        both[name] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return both


def _object(value: JsonValue) -> dict[str, JsonValue]:
    assert isinstance(value, dict), value
    return value
