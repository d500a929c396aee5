"""A desk that says what a test wants, over a real socket in the true wire format: for screens whose events depend on
a branch's data and the day. It answers the n-th `response.create` with the n-th reply.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

Json = dict[str, object]


@dataclass(frozen=True)
class Reply:
    """What the desk says, the extension events before `response.done`, those after it, and the agent who said it."""

    text: str
    before: Sequence[Json] = ()
    after: Sequence[Json] = ()
    by: str = "flight"


@dataclass
class ScriptedDesk:
    """`heard`: what customers wrote. `http`: answers to other requests, by path: status and document."""

    replies: list[Reply]
    heard: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    http: dict[str, tuple[int, Json]] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    connections: list[WebSocket] = field(default_factory=list)
    _number: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def begin_anew(self, *replies: Reply) -> None:
        """Say these from the first on, and forget what was heard."""
        self.replies[:] = replies
        self._number = 0
        for kept in (self.heard, self.keys, self.asked, self.connections):
            kept.clear()

    async def talk(self, connection: WebSocket) -> None:
        self.keys.append(connection.headers.get("Authorization", ""))
        await connection.accept()
        self.connections.append(connection)
        await self._send(connection, {"type": "session.created", "session": {"type": "realtime", "id": "s"}})
        while True:
            try:
                event = json.loads(await connection.receive_text())
            except (WebSocketDisconnect, RuntimeError):
                return
            match event:
                case {"type": "conversation.item.create", "item": {"content": [{"text": str(text)}]}}:
                    self.heard.append(text)
                case {"type": "response.create"}:
                    await self.reply(connection)

    async def reply(self, connection: WebSocket) -> None:
        reply = self.replies[min(self._number, len(self.replies) - 1)]
        self._number += 1
        of = f"resp_{self._number}"
        await self._send(connection, {"type": "response.created", "response": {"id": of, "status": "in_progress"}})
        for event in reply.before:
            await self._send(connection, {"response_id": of, **event})
        for word in reply.text.split(" "):
            delta: Json = {
                "type": "response.output_text.delta",
                "response_id": of,
                "item_id": f"i{of}",
                "delta": word + " ",
            }
            await self._send(connection, delta)
        await self._send(connection, {"type": "response.done", "response": {"id": of, "status": "completed"}})
        for event in reply.after:
            await self._send(connection, {"response_id": of, **event})
        done = {"type": "extension.turn_metrics", "response_id": of, "agent": reply.by, "answered": True}
        await self._send(connection, {**done, "stages_ms": {}})

    async def _send(self, connection: WebSocket, event: Json) -> None:
        await connection.send_text(json.dumps({"event_id": f"event_{self._number}", **event}))

    async def answer(self, request: Request) -> Response:
        """Other requests than the WebSocket's."""
        path = request.url.path
        self.asked.append(f"{path}?{request.url.query}")
        self.keys.append(request.headers.get("Authorization", ""))
        if path in self.pages:
            return Response(self.pages[path], media_type="text/plain")
        status, document = self.http.get(path, (404, {"error": {"code": "not_found", "message": "no such page"}}))
        return JSONResponse(document, status)


@asynccontextmanager
async def scripted_desk(*replies: Reply, tls: tuple[str, str] | None = None) -> AsyncIterator[ScriptedDesk]:
    """A desk that is ready, on a free port. `tls`: files of its certificate and key."""
    desk = ScriptedDesk(list(replies) or [Reply("Welcome to the desk.")])
    desk.http["/readyz"] = (200, {"status": "ready"})
    pages = Route("/{path:path}", desk.answer, methods=["GET", "POST"])
    app = Starlette(routes=[WebSocketRoute("/v1/realtime", desk.talk), pages])
    listener = socket.create_server(("127.0.0.1", 0))
    desk.port = listener.getsockname()[1]
    certificate, key = tls or (None, None)
    config = uvicorn.Config(
        app,
        log_config=None,
        lifespan="off",
        ws="websockets-sansio",
        timeout_graceful_shutdown=1,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield desk
    finally:
        server.should_exit = True
        await serving


def agent(name: str, previous: str | None = None) -> Json:
    return {"type": "extension.agent_changed", "previous": previous, "agent": name, "reason": "test"}


def tool(name: str, result: Mapping[str, object], of: str = "flight") -> Json:
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
