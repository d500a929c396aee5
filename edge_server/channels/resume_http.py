"""`POST /v1/realtime/resume_codes` and `POST /v1/realtime/resume`: a session goes on elsewhere."""

from __future__ import annotations

import logging
import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from edge_server.bodies import body_of
from edge_server.channels.ownership import LiveSessions
from edge_server.errors import error_response
from edge_server.observation.observation import Observation
from edge_server.readiness import Readiness
from edge_server.realtime.client_events import parsed
from edge_server.realtime.errors import ProtocolError
from edge_server.resume_codes import ResumeCodes, TooManyAttemptsError, UnknownSessionError
from edge_server.settings import Settings
from sync.store import StoreError

log = logging.getLogger(__name__)

LARGEST_BODY = 1_000
_CODE = re.compile(r"[\d\s-]{6,16}", re.ASCII)


async def resume_codes(request: Request) -> Response:
    """A code for the session `session_state_key`: `code`, `expires_at` (seconds since the epoch)."""
    codes = _codes(request)
    if isinstance(codes, Response):
        return codes
    key = request.query_params.get("session_state_key", "")
    if not key:
        return error_response(400, "missing_session_state_key", "Name the session: ?session_state_key=KEY.")
    try:
        given = await codes.issue(key)
    except UnknownSessionError as error:
        return error_response(404, "unknown_session", str(error))
    except StoreError as error:
        log.warning("a resume code could not be given: %s", error)
        return error_response(503, "session_store_failed", "Sessions cannot be reached now: try again in a moment.")
    return JSONResponse({"code": given.code, "expires_at": given.expires_at})


async def resume(request: Request) -> Response:
    """`{"code": "482913"}`: the key of the session that the code was given for, once."""
    codes = _codes(request)
    if isinstance(codes, Response):
        return codes
    body = await body_of(request, LARGEST_BODY)
    try:
        code = parsed(body).get("code")
    except ProtocolError as error:
        return error_response(400, error.code, error.message)
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return error_response(400, "invalid_value", 'The code has six digits: {"code": "482913"}.')
    source = request.client.host if request.client is not None else "unknown"
    try:
        key = await codes.redeem(code, source=source)
    except TooManyAttemptsError as error:
        observation: Observation = request.app.state.observation
        observation.metrics.refused("too_many_resume_attempts")
        return error_response(429, "too_many_resume_attempts", str(error))
    except StoreError as error:
        log.warning("a resume code could not be taken: %s", error)
        return error_response(503, "session_store_failed", "Sessions cannot be reached now: try again in a moment.")
    if key is None:
        return error_response(404, "unknown_resume_code", "That code is not known: it was used, or its time is over.")
    return JSONResponse({"session_state_key": key})


def _codes(request: Request) -> ResumeCodes | Response:
    """The codes, or why there are none now."""
    readiness: Readiness = request.app.state.readiness
    settings: Settings = request.app.state.settings
    live: LiveSessions = request.app.state.live_sessions
    if readiness.services is None or readiness.draining:
        return error_response(503, "not_ready", readiness.reason)
    return ResumeCodes(readiness.services.store, live, minutes=settings.resume_minutes)
