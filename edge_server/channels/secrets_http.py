"""`POST /v1/realtime/client_secrets`, and `POST /v1/realtime/sessions`, its name in the beta dialect.

With `?session_state_key=KEY` the key that is given opens that session only. A paired device must name one, and it must
be a UUID: those of other channels, a caller's number for one, could be guessed.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from edge_server.bodies import body_of
from edge_server.channels.beta import session_from_beta, session_to_beta
from edge_server.channels.client_secrets import (
    DEFAULT_S,
    LONGEST_KEY,
    LONGEST_S,
    SHORTEST_S,
    ClientSecret,
    ClientSecrets,
    TooManySecretsError,
)
from edge_server.errors import error_response
from edge_server.guard import DEVICE
from edge_server.realtime.client_events import parsed
from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events.session import SessionConfig, SessionUpdate
from edge_server.realtime.ids import random_id

LARGEST_BODY = 1_000_000


class ExpiresAfter(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    anchor: Literal["created_at"] = "created_at"
    seconds: Annotated[int, Field(ge=SHORTEST_S, le=LONGEST_S)] = DEFAULT_S


class SecretRequest(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    expires_after: ExpiresAfter = ExpiresAfter()
    session: SessionUpdate = SessionUpdate()


async def client_secrets(request: Request) -> Response:
    """A short-lived key for sessions with the given configuration."""
    try:
        secret = _given(request, await _body(request))
    except _RefusedError as refused:
        return refused.response
    session = secret.config.model_dump(mode="json")
    return JSONResponse({"value": secret.value, "expires_at": secret.expires_at, "session": session})


async def sessions(request: Request) -> Response:
    """The same in the beta dialect: the configuration is the body itself, and so is the session in the answer."""
    try:
        body = await _body(request)
        wanted: dict[str, JsonValue] = {"session": session_from_beta(body)}
        match body.get("client_secret"):
            case {"expires_after": dict(expires_after)}:
                wanted["expires_after"] = expires_after
        secret = _given(request, wanted)
    except _RefusedError as refused:
        return refused.response
    session = session_to_beta(secret.config.model_dump(mode="json"))
    session["client_secret"] = {"value": secret.value, "expires_at": secret.expires_at}
    return JSONResponse(session)


class _RefusedError(Exception):
    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


async def _body(request: Request) -> dict[str, JsonValue]:
    received = await body_of(request, LARGEST_BODY)
    try:
        return parsed(received) if received.strip() else {}
    except ProtocolError as error:
        raise _RefusedError(error_response(400, error.code, error.message)) from None


def _given(request: Request, body: Mapping[str, JsonValue]) -> ClientSecret:
    known: ClientSecrets = request.app.state.client_secrets
    device: str | None = request.scope.get(DEVICE)
    session_key = request.query_params.get("session_state_key")
    if (device is not None or session_key is not None) and not _may_be_bound(session_key or "", device):
        message = f"session_state_key: up to {LONGEST_KEY} printable characters."
        if device is not None:
            message = "session_state_key: a paired device names the session, by a UUID."
        raise _RefusedError(error_response(400, "invalid_session_state_key", message))
    try:
        wanted = SecretRequest.model_validate({name: value for name, value in body.items() if value is not None})
        named = wanted.session.model_dump(include={"model"}, exclude_unset=True)
        config = SessionConfig(id=random_id("sess"), **named).updated(wanted.session)
        return known.give(config, wanted.expires_after.seconds, session_key=session_key, device=device)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "body"
        raise _RefusedError(error_response(400, "invalid_value", f"{where}: {first['msg']}")) from None
    except ProtocolError as error:
        raise _RefusedError(error_response(400, error.code, error.message)) from None
    except TooManySecretsError as error:
        raise _RefusedError(error_response(429, "too_many_client_secrets", str(error))) from None


def _may_be_bound(session_key: str, device: str | None) -> bool:
    if device is None:
        return 0 < len(session_key) <= LONGEST_KEY and session_key.isprintable()
    try:
        return str(uuid.UUID(session_key)) == session_key.lower()
    except ValueError:
        return False
