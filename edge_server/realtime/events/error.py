"""The `error` event: what went wrong with something the client asked, without ending the session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events.base import Part, ServerEvent


@dataclass(frozen=True, slots=True)
class ErrorDetails(Part):
    nullable: ClassVar[frozenset[str]] = frozenset({"code", "param", "event_id"})
    type: str
    code: str | None
    message: str
    param: str | None = None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorEvent(ServerEvent):
    type: ClassVar[str] = "error"
    error: ErrorDetails

    @classmethod
    def of(cls, error: ProtocolError) -> ErrorEvent:
        """The event that tells the client about `error`."""
        return cls(ErrorDetails("invalid_request_error", error.code, error.message, error.param, error.event_id))
