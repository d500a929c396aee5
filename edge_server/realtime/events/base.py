"""What all events share: how client events are checked and how server events become JSON."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json

from edge_server.realtime.errors import ProtocolError


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

    def to_wire(self, event_id: str) -> str:
        """The event as the JSON text of one frame."""
        body: dict[str, object] = {"type": self.type, "event_id": event_id, **_present(self)}
        return to_json(body).decode()


@dataclass(frozen=True, slots=True)
class Part:
    """An object inside an event, written by the same rule as the event itself."""

    nullable: ClassVar[frozenset[str]] = frozenset()


def _present(value: ServerEvent | Part) -> dict[str, object]:
    body: dict[str, object] = {}
    for field in fields(value):
        inner = getattr(value, field.name)
        if inner is None and field.name not in value.nullable:
            continue
        body[field.name] = _plain(inner)
    return body


def _plain(value: object) -> object:
    if isinstance(value, ServerEvent | Part):
        return _present(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    assert not is_dataclass(value), f"{type(value).__name__} is no part of an event"
    return value


def decode_pcm(encoded: str, param: str) -> bytes:
    """The PCM16 bytes in a base64 text.

    Raises ProtocolError (`invalid_value`, naming the field `param`) for anything else than whole 16-bit samples.
    """
    try:
        pcm = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise ProtocolError("invalid_value", "The audio is not base64.", param=param) from None
    if len(pcm) % 2:
        raise ProtocolError("invalid_value", "PCM16 audio has an even number of bytes.", param=param)
    return pcm
