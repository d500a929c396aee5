"""A chat model that can be had here: an HTTP server on the true wire of OpenAI's chat completions, told what to say.

It streams server-sent events as the provider does (role, text in small pieces, tool calls in pieces, the reason why it
ended, usage, `[DONE]`), lists its models, and fails as a provider fails. A script is a list of answers, one a request:
Python, or YAML with the same fields (`Script.model_validate(yaml.safe_load(...))`).
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal, Self

import uvicorn
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

MODEL = "small-model"
KEY = "sk-chat"
_REQUEST: TypeAdapter[Any] = TypeAdapter(CompletionCreateParamsStreaming)


class ToolCall(BaseModel):
    """A tool call; `arguments` is sent as it is written, so that it may be broken JSON too."""

    model_config = ConfigDict(extra="forbid")

    name: str
    arguments: dict[str, JsonValue] | str = {}


class Answer(BaseModel):
    """What one request gets.

    `end`: `done`, `cut` (the line breaks after `say`), `stall` (nothing more comes), `error` (an error in the stream).
    `status` other than 200: an HTTP error with `code`. `waits`: nothing comes before `SimulatedChat.go_on` is set.
    """

    model_config = ConfigDict(extra="forbid")

    say: str = ""
    calls: list[ToolCall] = []
    end: Literal["done", "cut", "stall", "error"] = "done"
    status: int = 200
    code: str = "server_error"
    waits: bool = False


class Script(BaseModel):
    """Answers in order; when they are used up, `otherwise`."""

    model_config = ConfigDict(extra="forbid")

    answers: list[Answer] = []
    otherwise: Answer = Answer(say="I can help you with that.")


class SimulatedChat:
    """The server: `async with SimulatedChat(script) as chat:` serves at `chat.url` until the block ends.

    `requests` holds the bodies that came, `left` counts requests that the client gave up, `go_on` releases `waits`.
    """

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self.requests: list[dict[str, Any]] = []
        self.wrong: list[str] = []
        self.left = 0
        self.go_on = asyncio.Event()
        self.changed = asyncio.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        routes = [
            Route("/v1/chat/completions", self._complete, methods=["POST"]),
            Route("/v1/models", self._models),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes), log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The base address for clients."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"

    async def __aenter__(self) -> Self:
        self._serving = asyncio.create_task(self._server._serve([self._socket]))
        return self

    async def __aexit__(self, *ended: object) -> None:
        self.go_on.set()
        self._server.should_exit = True
        assert self._serving is not None
        await self._serving

    def says(self, *answers: Answer) -> None:
        """The answers to come."""
        self.script = Script(answers=list(answers))

    def messages(self, at: int = -1) -> list[dict[str, Any]]:
        """The messages of a request."""
        return list(self.requests[at]["messages"])

    def tool_results(self, at: int = -1) -> list[dict[str, Any]]:
        """What a request tells of tools that ran."""
        return [json.loads(one["content"]) for one in self.messages(at) if one["role"] == "tool"]

    async def until_left(self) -> None:
        """Wait until a client has given up a request."""
        while not self.left:
            self.changed.clear()
            await self.changed.wait()

    async def _models(self, request: Request) -> Response:
        if (refused := _refused(request)) is not None:
            return refused
        return JSONResponse({"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0}]})

    async def _complete(self, request: Request) -> Response:
        if (refused := _refused(request)) is not None:
            return refused
        body = await request.json()
        self.requests.append(body)
        self.changed.set()
        try:
            _REQUEST.validate_python(body)
        except ValueError as error:
            self.wrong.append(str(error))
        if body["model"] != MODEL:
            return _error(404, "model_not_found", f"The model `{body['model']}` does not exist")
        answer = self.script.answers.pop(0) if self.script.answers else self.script.otherwise
        if answer.status != 200:
            return _error(answer.status, answer.code, "Not now.")
        return StreamingResponse(self._stream(answer), media_type="text/event-stream")

    async def _stream(self, answer: Answer) -> AsyncIterator[str]:
        try:
            if answer.waits:
                await self.go_on.wait()
            yield _chunk({"role": "assistant", "content": ""})
            for at in range(0, len(answer.say), 7):
                yield _chunk({"content": answer.say[at : at + 7]})
                await asyncio.sleep(0)
            if answer.end == "cut":
                raise ConnectionResetError("as the script says")
            if answer.end == "stall":
                await self.go_on.wait()
            if answer.end == "error":
                error = {"message": "overloaded", "type": "server_error", "code": answer.code}
                yield f"data: {json.dumps({'error': error})}\n\n"
                return
            for index, call in enumerate(answer.calls):
                for piece in _pieces(index, call):
                    yield _chunk({"tool_calls": [piece]})
            yield _chunk({}, "tool_calls" if answer.calls else "stop")
            usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
            yield _event({"choices": [], "usage": usage})
            yield "data: [DONE]\n\n"
        except asyncio.CancelledError:
            self.left += 1
            self.changed.set()
            raise


def _refused(request: Request) -> Response | None:
    if request.headers.get("Authorization") == f"Bearer {KEY}":
        return None
    return _error(401, "invalid_api_key", "Incorrect API key provided.")


def _error(status: int, code: str, message: str) -> Response:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return JSONResponse({"error": error}, status_code=status)


def _pieces(index: int, call: ToolCall) -> list[dict[str, object]]:
    """A call as it is streamed: its name first, then its arguments in two halves."""
    written = call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments)
    half = len(written) // 2
    first = {"id": f"call_{index}", "type": "function", "function": {"name": call.name, "arguments": ""}}
    rest = [{"index": index, "function": {"arguments": part}} for part in (written[:half], written[half:])]
    return [{"index": index, **first}, *rest]


def _chunk(delta: Mapping[str, object], finish: str | None = None) -> str:
    return _event({"choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]})


def _event(fields: Mapping[str, object]) -> str:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
    return f"data: {json.dumps({**head, **fields})}\n\n"
