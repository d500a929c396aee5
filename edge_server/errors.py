"""HTTP errors in the shape that OpenAI's clients read."""

from __future__ import annotations

from starlette.responses import JSONResponse

TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 503: "service_unavailable"}


def error_response(status: int, code: str, message: str) -> JSONResponse:
    """`{"error": {"type", "code", "message"}}` with this HTTP status."""
    kind = TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return JSONResponse({"error": {"type": kind, "code": code, "message": message}}, status_code=status)
