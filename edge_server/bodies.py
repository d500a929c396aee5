"""Bodies of HTTP requests, read no further than they may be long."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from edge_server.errors import error_response


class BodyTooLargeError(Exception):
    """A body is longer than it may be."""


async def body_of(request: Request, largest: int) -> bytes:
    """The whole body. Raises BodyTooLargeError as soon as it has more than `largest` bytes."""
    received = bytearray()
    async for piece in request.stream():
        received += piece
        if len(received) > largest:
            raise BodyTooLargeError(f"The body may have {largest} bytes.")
    return bytes(received)


async def body_too_large(request: Request, error: Exception) -> Response:
    """The answer to a request whose body was too large: 413 `body_too_large`."""
    return error_response(413, "body_too_large", str(error))
