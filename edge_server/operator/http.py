"""The operator API: `/v1/operator/...` (docs/operator.md). The guard has asked for the operator's key before."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from edge_server.bodies import body_of
from edge_server.engines.attended import Attended, SeatError
from edge_server.errors import error_response
from edge_server.lan.pairing import PairingCode
from edge_server.operator.events import Event, TooManyListenersError
from edge_server.operator.live import LiveSession
from edge_server.operator.operator import Operator

LARGEST_BODY = 20_000
KEEP_ALIVE_S = 15.0
Wish = TypeVar("Wish", bound=BaseModel)
NOT_STORED = {"cache-control": "no-store"}


class TakeOver(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str | None = Field(default=None, min_length=1, max_length=60)


class Say(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)

    text: str = Field(min_length=1, max_length=2_000)


class _RefusedError(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.response = error_response(status, code, message)


def _operator(request: Request) -> Operator:
    operator: Operator = request.app.state.operator
    return operator


def _json(body: JsonValue) -> Response:
    return JSONResponse(body, headers=NOT_STORED)


async def status(request: Request) -> Response:
    """How the server is."""
    return _json(dict(await _operator(request).status()))


async def sessions(request: Request) -> Response:
    """The sessions that are live, or were a moment ago."""
    return _json({"sessions": [session.row() for session in _operator(request).live.sessions()]})


async def session(request: Request) -> Response:
    """One session with its transcript."""
    found = _operator(request).live.find(request.path_params["id"])
    if found is None:
        return error_response(404, "unknown_session", "There is no such session now.")
    return _json({**found.row(), "transcript": [entry.to_json() for entry in found.transcript.entries]})


async def latency(request: Request) -> Response:
    """What turns took lately."""
    return _json(_operator(request).latency.to_json())


async def events(request: Request) -> Response:
    """What happens, as server-sent events; first a row of each session."""
    operator = _operator(request)
    try:
        told = operator.events.listen(KEEP_ALIVE_S)
    except TooManyListenersError as error:
        return error_response(429, "too_many_listeners", str(error))
    first = [Event("session", one.row()) for one in operator.live.sessions()]

    async def stream() -> AsyncIterator[str]:
        for event in first:
            yield _frame(event)
        async for happened in told:
            yield ": still here\n\n" if happened is None else _frame(happened)

    headers = NOT_STORED | {"x-accel-buffering": "no"}
    return StreamingResponse(stream(), media_type="text/event-stream", headers=headers)


async def take_over(request: Request) -> Response:
    """A person answers this session from now on."""
    return await _seat(request, TakeOver, lambda seat, wish: seat.take_over(wish.name))


async def say(request: Request) -> Response:
    """Have the person's words said."""
    return await _seat(request, Say, lambda seat, wish: seat.say(wish.text))


async def give_back(request: Request) -> Response:
    """The agents answer this session again."""
    return await _seat(request, TakeOver, lambda seat, wish: seat.give_back())


async def end(request: Request) -> Response:
    """End a session's connection."""
    try:
        found = _live(request)
    except _RefusedError as refused:
        return refused.response
    found.end()
    return _json(found.row())


def _live(request: Request) -> LiveSession:
    found = _operator(request).live.find(request.path_params["id"])
    if found is None:
        raise _RefusedError(404, "unknown_session", "There is no such session now.")
    if not found.live:
        raise _RefusedError(409, "session_not_live", "That session's customer is not connected.")
    return found


async def _seat(request: Request, wish: type[Wish], act: Callable[[Attended, Wish], None]) -> Response:
    try:
        body = await body_of(request, LARGEST_BODY)
        wanted = wish.model_validate_json(body or b"{}")
        found = _live(request)
        assert found.engine is not None, "a live session has an engine"
        act(found.engine.attended, wanted)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "body"
        return error_response(400, "invalid_value", f"{where}: {first['msg']}")
    except SeatError as error:
        return error_response(409, "does_not_fit", str(error))
    except _RefusedError as refused:
        return refused.response
    return _json(found.row() | {"taken_over": found.engine.attended.taken_over})


async def pairing_code(request: Request) -> Response:
    """The code that pairs a device; POST makes another."""
    pairing = _operator(request).pairing
    code: PairingCode = await asyncio.to_thread(pairing.new if request.method == "POST" else pairing.current)
    return _json({"code": code.code, "expires_at": int(code.expires_at)})


async def recordings(request: Request) -> Response:
    """The recordings that are kept, the newest first."""
    kept = _operator(request).recordings
    return _json({"recordings": [] if kept is None else await kept.rows()})


async def recording(request: Request) -> Response:
    """One recording with its transcript; DELETE forgets it."""
    kept, id = _operator(request).recordings, request.path_params["id"]
    if request.method == "DELETE":
        gone = kept is not None and await kept.delete(id)
        return Response(status_code=204) if gone else _unknown_recording()
    found = None if kept is None else await kept.read(id)
    return _unknown_recording() if found is None else _json(found)


async def audio(request: Request) -> Response:
    """A recording's sound as WAV: the turns one after another."""
    kept = _operator(request).recordings
    wav = None if kept is None else await kept.wav(request.path_params["id"])
    if wav is None:
        return error_response(404, "no_audio", "There is no such recording, or it has no sound.")
    return Response(wav, media_type="audio/wav", headers=NOT_STORED)


def _unknown_recording() -> Response:
    return error_response(404, "unknown_recording", "There is no such recording.")


def _frame(event: Event) -> str:
    return f"event: {event.name}\ndata: {json.dumps(event.data)}\n\n"


ROUTES = [
    Route("/v1/operator/status", status),
    Route("/v1/operator/sessions", sessions),
    Route("/v1/operator/sessions/{id}", session),
    Route("/v1/operator/sessions/{id}/take_over", take_over, methods=["POST"]),
    Route("/v1/operator/sessions/{id}/say", say, methods=["POST"]),
    Route("/v1/operator/sessions/{id}/give_back", give_back, methods=["POST"]),
    Route("/v1/operator/sessions/{id}/end", end, methods=["POST"]),
    Route("/v1/operator/latency", latency),
    Route("/v1/operator/events", events),
    Route("/v1/operator/pairing_code", pairing_code, methods=["GET", "POST"]),
    Route("/v1/operator/recordings", recordings),
    Route("/v1/operator/recordings/{id}", recording, methods=["GET", "DELETE"]),
    Route("/v1/operator/recordings/{id}/audio", audio),
]
