"""From the text of a frame to a checked client event."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, JsonValue, TypeAdapter, ValidationError
from pydantic_core import from_json

from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events.input_audio import AppendAudio, ClearAudio, ClearOutputAudio, CommitAudio
from edge_server.realtime.events.items import CreateItem, DeleteItem, RetrieveItem, TruncateItem
from edge_server.realtime.events.response import CancelResponse, CreateResponse
from edge_server.realtime.events.session import UpdateSession

AnyClientEvent = (
    UpdateSession
    | AppendAudio
    | CommitAudio
    | ClearAudio
    | ClearOutputAudio
    | CreateItem
    | DeleteItem
    | RetrieveItem
    | TruncateItem
    | CreateResponse
    | CancelResponse
)
_ADAPTER: TypeAdapter[AnyClientEvent] = TypeAdapter(Annotated[AnyClientEvent, Field(discriminator="type")])


_FIELD = re.compile(r"[a-z_]+|[0-9]+")
_TAGS = frozenset(
    {"server_vad", "semantic_vad", "message", "function_call", "function_call_output", "item_reference", "int", "str"}
)
"""Steps of a validation error's path that name a form of a field, not a field."""
LONGEST_EVENT_ID = 512
"""Characters of a client's own event id that an `error` event gives back."""


def parsed(frame: str | bytes) -> dict[str, JsonValue]:
    """The JSON object in one frame. Raises ProtocolError (`invalid_json`)."""
    try:
        body = from_json(frame)
    except ValueError as error:
        raise ProtocolError("invalid_json", f"The frame is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise ProtocolError("invalid_json", "An event is a JSON object with a type.")
    return body


def own_id(body: Mapping[str, JsonValue]) -> str | None:
    """The client's own id of the event, where it gave one that can be given back."""
    event_id = body.get("event_id")
    return event_id[:LONGEST_EVENT_ID] if isinstance(event_id, str) else None


def checked(body: Mapping[str, JsonValue]) -> AnyClientEvent:
    """The client event that a JSON object stands for.

    Raises ProtocolError: `missing_required_parameter` or `invalid_value`, with the path of the field in `param` and the
    client's `event_id` where it could be read.
    """
    event_id = own_id(body)
    # Some clients write null where they mean absence.
    body = {key: value for key, value in body.items() if value is not None}
    try:
        return _ADAPTER.validate_python(body)
    except ValidationError as error:
        raise _explained(error, body, event_id) from None


def _explained(error: ValidationError, body: Mapping[str, JsonValue], event_id: str | None) -> ProtocolError:
    first = error.errors(include_url=False, include_input=False)[0]
    nested = len(first["loc"]) > 1
    if first["type"] == "union_tag_not_found" and not nested:
        return ProtocolError("missing_required_parameter", "An event needs a type.", param="type", event_id=event_id)
    if first["type"] == "union_tag_invalid" and not nested:
        message = f"There is no client event {str(body.get('type'))[:80]!r}."
        return ProtocolError("invalid_value", message, param="type", event_id=event_id)
    param = ".".join(str(step) for step in first["loc"][1:] if step not in _TAGS and _FIELD.fullmatch(str(step)))
    missing = first["type"] in ("missing", "union_tag_not_found")
    code = "missing_required_parameter" if missing else "invalid_value"
    return ProtocolError(code, f"{param or 'event'}: {first['msg']}", param=param or None, event_id=event_id)
