"""What all events share: how client events are checked and how server events become JSON."""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, ClassVar

import pybase64
from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError, to_json


class ClientEvent(BaseModel):
    """An event from the client. Unknown fields are ignored, as the protocol's own server does."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """An event to the client. `type` is its name on the wire.

    A field that is None is left out, unless it is named in `nullable`: there clients expect a null.
    """

    type: ClassVar[str]
    nullable: ClassVar[frozenset[str]] = frozenset()

    def to_body(self, event_id: str) -> dict[str, object]:
        """The event as the JSON object of one frame; bytes are written as base64."""
        return {"type": self.type, "event_id": event_id, **_present(self)}

    def nulls(self) -> frozenset[str]:
        """The fields that are null when they are None."""
        return self.nullable

    def to_wire(self, event_id: str) -> str:
        """The event as the JSON text of one frame."""
        return to_json(self.to_body(event_id)).decode()


@dataclass(frozen=True, slots=True)
class Part:
    """An object inside an event, written by the same rule as the event itself."""

    nullable: ClassVar[frozenset[str]] = frozenset()

    def nulls(self) -> frozenset[str]:
        """The fields that are null when they are None; a part whose type decides that says so here."""
        return self.nullable


def _present(value: ServerEvent | Part) -> dict[str, object]:
    body: dict[str, object] = {}
    nulls = value.nulls()
    for field in fields(value):
        inner = getattr(value, field.name)
        if inner is None and field.name not in nulls:
            continue
        body[field.name] = _plain(inner)
    return body


def _plain(value: object) -> object:
    if isinstance(value, ServerEvent | Part):
        return _present(value)
    if isinstance(value, bytes):
        return pybase64.b64encode_as_string(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    assert not is_dataclass(value), f"{type(value).__name__} is no part of an event"
    return value


def _decoded(given: object) -> object:
    if not isinstance(given, str):
        raise PydanticCustomError("base64_type", "Audio is sent as base64 text.")
    try:
        return pybase64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        raise PydanticCustomError("base64_decode", "The audio is not base64.") from None


AudioBytes = Annotated[bytes, BeforeValidator(_decoded)]
"""Audio as a client sends it: base64 text on the wire, bytes in the session's input format here."""
