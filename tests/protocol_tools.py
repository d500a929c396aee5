"""Checks every frame that is sent against the models of the `openai` SDK: the ones that stock clients read with.

Stricter than the SDK: a field that its model does not know fails, and so does a null outside the places where the
protocol has one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, get_args

from openai._models import BaseModel as SdkModel
from openai.types.beta.realtime import RealtimeServerEvent as BetaServerEvent
from openai.types.realtime import RealtimeServerEvent as GaServerEvent
from pydantic import Field, TypeAdapter

NULLS = frozenset(
    {
        "error.code",
        "error.param",
        "error.event_id",
        "item.content.transcript",
        "previous_item_id",
        "response.status_details",
        "response.usage",
        "response.metadata",
        "response.conversation_id",
        "session.tracing",
        "session.prompt",
        "session.include",
        "session.audio.input.turn_detection",
        "session.audio.input.turn_detection.idle_timeout_ms",
        "session.audio.input.transcription",
        "session.audio.input.transcription.language",
        "session.audio.input.transcription.prompt",
        "session.audio.input.noise_reduction",
    }
)
"""Where the protocol's own server writes a null too."""
BETA_NULLS = NULLS | {
    "session.turn_detection",
    "session.turn_detection.idle_timeout_ms",
    "session.input_audio_transcription",
    "session.input_audio_transcription.language",
    "session.input_audio_transcription.prompt",
    "session.input_audio_noise_reduction",
}
BEYOND_THE_MODELS = frozenset({"session.id", "session.object", "session.expires_at"})
"""Fields that the protocol's own server sends and the SDK's models leave out."""
BEYOND_THE_BETA_MODELS = frozenset(
    {
        "session.object",
        "session.expires_at",
        "session.turn_detection.idle_timeout_ms",
        "response.voice",
        "response.usage.input_token_details.image_tokens",
        "response.usage.input_token_details.cached_tokens_details",
        "name",
    }
)
"""The same for the beta."""


def _adapter(union: object) -> TypeAdapter[SdkModel]:
    members = get_args(get_args(union)[0])
    kind: object = members[0]
    for member in members[1:]:
        kind = kind | member
    return TypeAdapter(Annotated[kind, Field(discriminator="type")])


_GA = _adapter(GaServerEvent)
_BETA = _adapter(BetaServerEvent)


def check_ga(frame: str) -> dict[str, object]:
    """The event in a frame. Fails when it is not one that a GA client understands, whole and nothing else."""
    return _check(frame, _GA, NULLS, BEYOND_THE_MODELS)


def check_beta(frame: str) -> dict[str, object]:
    """The same for a client of the beta dialect."""
    return _check(frame, _BETA, BETA_NULLS, BEYOND_THE_BETA_MODELS)


def _check(
    frame: str, adapter: TypeAdapter[SdkModel], nulls: frozenset[str], beyond: frozenset[str]
) -> dict[str, object]:
    event = json.loads(frame)
    assert isinstance(event, dict)
    model = adapter.validate_json(frame, strict=True)
    unknown = set(_unknown(model, "")) - beyond
    assert not unknown, f"{event['type']} has fields that no client knows: {sorted(unknown)}"
    empty = set(_nulls(event, "")) - nulls
    assert not empty, f"{event['type']} has nulls where clients expect absence: {sorted(empty)}"
    return event


def _unknown(value: object, path: str) -> Iterator[str]:
    if isinstance(value, SdkModel):
        yield from (f"{path}{name}" for name in value.model_extra or {})
        for name in type(value).model_fields:
            yield from _unknown(getattr(value, name), f"{path}{name}.")
    elif isinstance(value, list):
        for one in value:
            yield from _unknown(one, path)


def _nulls(value: object, path: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if inner is None:
                yield f"{path}{name}"
            yield from _nulls(inner, f"{path}{name}.")
    elif isinstance(value, list):
        for one in value:
            yield from _nulls(one, path)
