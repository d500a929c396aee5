"""What a client did wrong, in the protocol's own words."""

from __future__ import annotations


class ProtocolError(Exception):
    """A client event that cannot be carried out. It becomes an `error` event; the session goes on.

    `code` is the protocol's machine-readable reason, `param` the path of the offending field, `event_id` the
    client's own id of the event, where it gave one.
    """

    def __init__(self, code: str, message: str, *, param: str | None = None, event_id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.event_id = event_id
