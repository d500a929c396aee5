"""A desk that says what a test wants, over a real socket in the true wire format: for screens whose events depend on
a branch's data and the day. It answers the n-th `response.create` with the n-th reply.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

Json = dict[str, object]


@dataclass(frozen=True)
class Reply:
    """What the desk says, the extension events before `response.done`, and those after it."""

    text: str
    before: Sequence[Json] = ()
    after: Sequence[Json] = ()


@dataclass
class ScriptedDesk:
    """`heard`: what customers wrote. `http`: answers to other requests, by path: status and document."""

    replies: list[Reply]
    heard: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    http: dict[str, tuple[int, Json]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    connections: list[ServerConnection] = field(default_factory=list)
    _number: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.keys.append(connection.request.headers.get("Authorization", ""))
        self.connections.append(connection)
        with suppress(ConnectionClosed):
            await self._send(connection, {"type": "session.created", "session": {"type": "realtime", "id": "s"}})
            async for frame in connection:
                event = json.loads(frame)
                match event:
                    case {"type": "conversation.item.create", "item": {"content": [{"text": str(text)}]}}:
                        self.heard.append(text)
                    case {"type": "response.create"}:
                        await self.reply(connection)

    async def reply(self, connection: ServerConnection) -> None:
        reply = self.replies[min(self._number, len(self.replies) - 1)]
        self._number += 1
        of = f"resp_{self._number}"
        await self._send(connection, {"type": "response.created", "response": {"id": of, "status": "in_progress"}})
        for event in reply.before:
            await self._send(connection, {"response_id": of, **event})
        for word in reply.text.split(" "):
            delta = {"type": "response.output_text.delta", "response_id": of, "item_id": f"i{of}", "delta": word + " "}
            await self._send(connection, delta)
        await self._send(connection, {"type": "response.done", "response": {"id": of, "status": "completed"}})
        for event in reply.after:
            await self._send(connection, {"response_id": of, **event})
        done = {"type": "extension.turn_metrics", "response_id": of, "agent": "flight", "answered": True}
        await self._send(connection, {**done, "stages_ms": {}})

    async def _send(self, connection: ServerConnection, event: Json) -> None:
        await connection.send(json.dumps({"event_id": f"event_{self._number}", **event}))

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """Other requests than the WebSocket's."""
        path = request.path.split("?")[0]
        if path.endswith("/realtime"):
            return None
        self.asked.append(request.path)
        status, document = self.http.get(path, (404, {"error": {"code": "not_found", "message": "no such page"}}))
        body = json.dumps(document).encode()
        headers = Headers({"Content-Type": "application/json", "Content-Length": str(len(body))})
        return Response(status, "answer", headers, body)


@asynccontextmanager
async def scripted_desk(*replies: Reply) -> AsyncIterator[ScriptedDesk]:
    """A desk that is ready, on a free port."""
    desk = ScriptedDesk(list(replies) or [Reply("Welcome to the desk.")])
    desk.http["/readyz"] = (200, {"status": "ready"})
    server: Server
    async with serve(desk.talk, "127.0.0.1", 0, process_request=desk.answer) as server:
        desk.port = next(iter(server.sockets)).getsockname()[1]
        yield desk
        for connection in desk.connections:
            connection.transport.abort()
        await asyncio.sleep(0)


def agent(name: str, previous: str | None = None) -> Json:
    return {"type": "extension.agent_changed", "previous": previous, "agent": name, "reason": "test"}


def tool(name: str, result: Json, of: str = "flight") -> Json:
    return {
        "type": "extension.tool_call",
        "call_id": "c",
        "agent": of,
        "name": name,
        "arguments": {},
        "result": result,
        "duration_ms": 1.0,
    }


def expecting(
    asks: str | None, *, secret: bool = False, choices: Sequence[tuple[str, str]] = (), quote: Json | None = None
) -> Json:
    listed = [{"label": label, "say": say} for label, say in choices]
    return {
        "type": "extension.expecting",
        "agent": "flight",
        "asks": asks,
        "secret": secret,
        "choices": listed,
        "quote": quote,
    }
