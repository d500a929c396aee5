"""The ASGI application: which path is answered by what."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from edge_server.bodies import BodyTooLargeError, body_too_large
from edge_server.channels.client_secrets import ClientSecrets
from edge_server.channels.ownership import LiveSessions
from edge_server.channels.resume_http import resume, resume_codes
from edge_server.channels.secrets_http import client_secrets, sessions
from edge_server.channels.websocket import realtime
from edge_server.errors import error_response
from edge_server.guard import Guard
from edge_server.lan import http as lan_http
from edge_server.lan.http import Lan, lan_of
from edge_server.observation.observation import Observation, metrics
from edge_server.operator import http as operator_http
from edge_server.operator.operator import Operator
from edge_server.page import Page
from edge_server.readiness import Readiness
from edge_server.settings import Settings


async def healthz(request: Request) -> Response:
    """The process is up."""
    return JSONResponse({"status": "up"})


async def readyz(request: Request) -> Response:
    """Models loaded and data open: 200; 503 with the reasons until then, and while a database server does not answer.
    `sessions` is `local` while Redis is gone."""
    readiness: Readiness = request.app.state.readiness
    if readiness.services is None or readiness.draining:
        status = "draining" if readiness.draining else "loading"
        reasons = {"draining": readiness.reason} if readiness.draining else dict(readiness.loading)
        return JSONResponse({"status": status, "reasons": reasons}, status_code=503)
    if (trouble := await readiness.services.branch.check()) is not None:
        return JSONResponse({"status": "unavailable", "reasons": {"data": trouble}}, status_code=503)
    version = readiness.services.branch.data_version
    engine, store = request.app.state.settings.engine, readiness.services.store.health()
    body = {"status": "ready", "engine": engine, "data_schema": version.schema, "sessions": store.state}
    return JSONResponse(body)


async def http_error(request: Request, error: Exception) -> Response:
    """Any HTTP error in the shape that clients read."""
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
    return error_response(error.status_code, code, str(error.detail))


async def server_error(request: Request, error: Exception) -> Response:
    """A defect of ours: said as such, without its details."""
    return error_response(500, "server_error", "Something went wrong in the server; its log says what.")


def make_app(
    settings: Settings,
    readiness: Readiness,
    live_sessions: LiveSessions | None = None,
    observation: Observation | None = None,
    lan: Lan | None = None,
    operator: Operator | None = None,
    phone: Sequence[BaseRoute] = (),
) -> Starlette:
    """The application. Until `readiness.services` is set it answers probes only.

    `live_sessions` takes its sessions, `observation` watches them; `lan` is what it is on the local network,
    `operator` what the people who look after it see; None: the operator API is off. `phone`: the paths that a carrier
    calls.
    """
    key = settings.api_key.get_secret_value() if settings.api_key else None
    secrets = ClientSecrets()
    lan = lan or lan_of(settings)
    guard = Middleware(
        Guard,
        api_key=key,
        allowed_origins=settings.allowed_origins,
        secrets=secrets,
        devices=lan.devices,
        operator_key=operator.key if operator is not None else lambda: None,
    )
    app = Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            WebSocketRoute("/realtime", realtime),
            WebSocketRoute("/v1/realtime", realtime),
            Route("/v1/realtime/client_secrets", client_secrets, methods=["POST"]),
            Route("/v1/realtime/sessions", sessions, methods=["POST"]),
            *lan_http.ROUTES,
            *operator_http.ROUTES,
            Route("/v1/realtime/resume_codes", resume_codes, methods=["POST"]),
            Route("/v1/realtime/resume", resume, methods=["POST"]),
            *Page.load().routes(),
            *phone,
        ],
        middleware=[guard],
        exception_handlers={HTTPException: http_error, BodyTooLargeError: body_too_large, Exception: server_error},
    )
    app.state.readiness = readiness
    app.state.settings = settings
    app.state.client_secrets = secrets
    app.state.lan = lan
    app.state.operator = operator
    app.state.live_sessions = LiveSessions() if live_sessions is None else live_sessions
    app.state.observation = observation or Observation(settings.otlp_endpoint)
    return app
