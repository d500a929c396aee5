"""The session's configuration, and the events that announce and change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from edge_server.realtime.events.base import ClientEvent, ServerEvent

Modality = Literal["text", "audio"]


_MAY_BE_NULL = frozenset(
    {"turn_detection", "transcription", "noise_reduction", "idle_timeout_ms", "tracing", "prompt", "include"}
)
"""Fields whose null means something. Everywhere else a client that writes null means absence."""


class _Config(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty_fields(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        return {key: value for key, value in given.items() if value is not None or key in _MAY_BE_NULL}


class PcmFormat(_Config):
    """PCM16 little-endian mono."""

    type: Literal["audio/pcm"] = "audio/pcm"
    rate: Literal[24000] = 24000


class ServerVad(_Config):
    """Turn detection by silence: a turn ends after `silence_duration_ms` without speech."""

    type: Literal["server_vad"] = "server_vad"
    threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    prefix_padding_ms: int = Field(default=300, ge=0, le=5_000)
    silence_duration_ms: int = Field(default=500, ge=100, le=10_000)
    idle_timeout_ms: int | None = Field(default=None, ge=5_000, le=30_000)
    create_response: bool = True
    interrupt_response: bool = True


class SemanticVad(_Config):
    """Turn detection by meaning. `eagerness` chooses how long a pause may be before the turn is taken."""

    type: Literal["semantic_vad"] = "semantic_vad"
    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    create_response: bool = True
    interrupt_response: bool = True


TurnDetection = Annotated[ServerVad | SemanticVad, Field(discriminator="type")]


class Transcription(_Config):
    model: str = "whisper-base"
    language: str | None = None
    prompt: str | None = None


class NoiseReduction(_Config):
    type: Literal["near_field", "far_field"]


class AudioInput(_Config):
    format: PcmFormat = PcmFormat()
    transcription: Transcription | None = Transcription()
    noise_reduction: NoiseReduction | None = None
    turn_detection: TurnDetection | None = ServerVad()


class AudioOutput(_Config):
    format: PcmFormat = PcmFormat()
    voice: str | dict[str, str] = "default"
    speed: float = Field(default=1.0, ge=0.25, le=1.5)


class Audio(_Config):
    input: AudioInput = AudioInput()
    output: AudioOutput = AudioOutput()


class SessionConfig(_Config):
    """Everything a client may set on a session, with the protocol's defaults.

    `instructions` and `tools` of the client are kept and shown; the agents' own come from their personas.
    """

    type: Literal["realtime"] = "realtime"
    object: Literal["realtime.session"] = "realtime.session"
    id: str = ""
    model: str = "lobby"
    output_modalities: tuple[Modality, ...] = ("audio",)
    instructions: str = ""
    tools: tuple[dict[str, JsonValue], ...] = ()
    tool_choice: str | dict[str, JsonValue] = "auto"
    max_output_tokens: int | Literal["inf"] = "inf"
    tracing: JsonValue = None
    truncation: JsonValue = "auto"
    prompt: JsonValue = None
    include: tuple[str, ...] | None = None
    expires_at: int = 0
    audio: Audio = Audio()

    def updated(self, update: SessionUpdate) -> SessionConfig:
        """This configuration with the fields that `update` names replaced.

        `audio`, `audio.input` and `audio.output` are merged; every other field is replaced whole, so that a new
        `turn_detection` starts from its defaults. `id`, `object`, `model` and `expires_at` stay.
        """
        chosen = update.model_dump(exclude_unset=True)
        for fixed in ("id", "object", "model", "expires_at", "type"):
            chosen.pop(fixed, None)
        merged = self.model_dump()
        audio = chosen.pop("audio", None) or {}
        for side in ("input", "output"):
            merged["audio"][side] |= audio.get(side) or {}
        return SessionConfig.model_validate(merged | chosen)


class SessionUpdate(SessionConfig):
    """The `session` of a `session.update`: any part of the configuration."""


class UpdateSession(ClientEvent):
    type: Literal["session.update"]
    session: SessionUpdate


@dataclass(frozen=True, slots=True)
class SessionCreated(ServerEvent):
    type: ClassVar[str] = "session.created"
    session: SessionConfig


@dataclass(frozen=True, slots=True)
class SessionUpdated(ServerEvent):
    type: ClassVar[str] = "session.updated"
    session: SessionConfig
