"""The session's configuration, and the events that announce and change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events.base import ClientEvent, ServerEvent

Modality = Literal["text", "audio"]

LONGEST_INSTRUCTIONS = 262_144
"""Characters of instructions."""
LANGUAGES = ("en",)
"""Languages that personas, understanding, recogniser and voices all know."""


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
    """PCM16 little-endian mono. 24 000 Hz is the only rate that the protocol has for it."""

    type: Literal["audio/pcm"] = "audio/pcm"
    rate: Literal[24000] = 24000


class PcmuFormat(_Config):
    """G.711 µ-law, mono, 8 000 Hz."""

    type: Literal["audio/pcmu"]


class PcmaFormat(_Config):
    """G.711 A-law, mono, 8 000 Hz."""

    type: Literal["audio/pcma"]


AudioFormat = Annotated[PcmFormat | PcmuFormat | PcmaFormat, Field(discriminator="type")]


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
    format: AudioFormat = PcmFormat()
    transcription: Transcription | None = Transcription()
    noise_reduction: NoiseReduction | None = None
    turn_detection: TurnDetection | None = ServerVad()


class CustomVoice(_Config):
    id: str = Field(min_length=1, max_length=128)


Voice = str | CustomVoice


class AudioOutput(_Config):
    format: AudioFormat = PcmFormat()
    voice: Voice = "default"
    speed: float = Field(default=1.0, ge=0.25, le=1.5)


class Audio(_Config):
    input: AudioInput = AudioInput()
    output: AudioOutput = AudioOutput()


class FunctionTool(_Config):
    """A tool that the client runs itself. `parameters`: the JSON schema of its arguments, an object."""

    type: Literal["function"] = "function"
    name: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    description: str = ""
    parameters: dict[str, JsonValue] = Field(default_factory=dict)


class ChosenTool(_Config):
    type: Literal["function"] = "function"
    name: str


ToolChoice = Literal["none", "auto", "required"] | ChosenTool
MaxTokens = Annotated[int, Field(ge=1, le=4096)] | Literal["inf"]


class SessionConfig(_Config):
    """Everything a client may set on a session, with the protocol's defaults.

    `instructions` of the client are kept, shown and handed to the engine; the agents' own come from their personas.
    `tools` are the client's own: calls to them go to the client.
    """

    type: Literal["realtime"] = "realtime"
    object: Literal["realtime.session"] = "realtime.session"
    id: str = ""
    model: str = "lobby"
    output_modalities: tuple[Modality, ...] = Field(default=("audio",), min_length=1, max_length=2)
    instructions: str = Field(default="", max_length=LONGEST_INSTRUCTIONS)
    tools: tuple[FunctionTool, ...] = Field(default=(), max_length=128)
    tool_choice: ToolChoice = "auto"
    max_output_tokens: MaxTokens = "inf"
    tracing: JsonValue = None
    truncation: JsonValue = "auto"
    prompt: JsonValue = None
    include: tuple[str, ...] | None = None
    expires_at: int = 0
    audio: Audio = Audio()

    def updated(self, update: SessionUpdate) -> SessionConfig:
        """This configuration with the fields that `update` names replaced.

        `audio`, `audio.input` and `audio.output` are merged; every other field is replaced whole, so that a new
        `turn_detection` starts from its defaults. `id`, `object`, `model` and `expires_at` stay. Raises ProtocolError
        when `tool_choice` names no tool, or the customer's language is one that nobody here speaks.
        """
        chosen = update.model_dump(exclude_unset=True)
        for fixed in ("id", "object", "model", "expires_at", "type"):
            chosen.pop(fixed, None)
        merged = self.model_dump()
        detection = self.audio.input.turn_detection
        if detection is not None:  # what no client set stays unset
            merged["audio"]["input"]["turn_detection"] = {
                **detection.model_dump(exclude_unset=True),
                "type": detection.type,
            }
        audio = chosen.pop("audio", None) or {}
        for side in ("input", "output"):
            merged["audio"][side] |= audio.get(side) or {}
        config = SessionConfig.model_validate(merged | chosen)
        require_tool(config.tool_choice, config.tools, "session.tool_choice")
        spoken = config.audio.input.transcription and config.audio.input.transcription.language
        if spoken and spoken.lower().partition("-")[0] not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            message = f"Nobody here speaks {spoken[:20]!r}, only {known}. The session stays as it was."
            raise ProtocolError("language_not_available", message, param="session.audio.input.transcription.language")
        return config


def require_tool(choice: ToolChoice | None, tools: tuple[FunctionTool, ...], param: str) -> None:
    """Raises ProtocolError (`invalid_value`, naming `param`) when `choice` is a tool that is not among `tools`."""
    if isinstance(choice, ChosenTool) and all(tool.name != choice.name for tool in tools):
        raise ProtocolError("invalid_value", f"There is no tool {choice.name[:80]!r} among the tools.", param=param)


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
