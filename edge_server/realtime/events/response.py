"""Responses: how a client asks for one and stops it, and everything the server says while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pybase64 import b64encode_as_string
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from edge_server.realtime.events.base import ClientEvent, Part, ServerEvent
from edge_server.realtime.events.items import InputItem, Item
from edge_server.realtime.events.session import (
    LONGEST_INSTRUCTIONS,
    AudioFormat,
    FunctionTool,
    MaxTokens,
    Modality,
    ToolChoice,
    Voice,
)

ResponseState = Literal["in_progress", "completed", "cancelled", "failed", "incomplete"]
Reason = Literal["turn_detected", "client_cancelled", "max_output_tokens", "content_filter"]


MetadataKey = Annotated[str, StringConstraints(max_length=64)]
MetadataValue = Annotated[str, StringConstraints(max_length=512)]


class AudioOutputWish(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    format: AudioFormat | None = None
    voice: Voice | None = None


class AudioWish(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    output: AudioOutputWish = AudioOutputWish()


class ResponseRequest(BaseModel):
    """What a `response.create` may say about this one response; the session's configuration fills the rest."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    output_modalities: tuple[Modality, ...] | None = Field(default=None, min_length=1, max_length=2)
    instructions: str | None = Field(default=None, max_length=LONGEST_INSTRUCTIONS)
    conversation: Literal["auto", "none"] | None = None
    input: tuple[InputItem, ...] | None = Field(default=None, max_length=1000)
    metadata: dict[MetadataKey, MetadataValue] | None = Field(default=None, max_length=16)
    max_output_tokens: MaxTokens | None = None
    tools: tuple[FunctionTool, ...] | None = Field(default=None, max_length=128)
    tool_choice: ToolChoice | None = None
    audio: AudioWish | None = None

    @property
    def out_of_band(self) -> bool:
        """Whether the response stays outside the conversation."""
        return self.conversation == "none"


class CreateResponse(ClientEvent):
    type: Literal["response.create"]
    response: ResponseRequest | None = None


class CancelResponse(ClientEvent):
    type: Literal["response.cancel"]
    response_id: str | None = None


@dataclass(frozen=True, slots=True)
class CachedTokens(Part):
    text_tokens: int = 0
    audio_tokens: int = 0


@dataclass(frozen=True, slots=True)
class InputTokens(Part):
    text_tokens: int = 0
    audio_tokens: int = 0
    image_tokens: int = 0
    cached_tokens: int = 0
    cached_tokens_details: CachedTokens = CachedTokens()


@dataclass(frozen=True, slots=True)
class OutputTokens(Part):
    text_tokens: int = 0
    audio_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Usage(Part):
    """What the response used, in tokens. No tokens are metered here, so words are counted in their place."""

    total_tokens: int
    input_tokens: int
    output_tokens: int
    input_token_details: InputTokens
    output_token_details: OutputTokens


@dataclass(frozen=True, slots=True)
class StatusError(Part):
    type: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class StatusDetails(Part):
    """Why a response ended. Absent details are left out, as the protocol's own server does."""

    type: ResponseState
    reason: Reason | None = None
    error: StatusError | None = None


@dataclass(frozen=True, slots=True)
class ResponseAudioOutput(Part):
    format: AudioFormat
    voice: str


@dataclass(frozen=True, slots=True)
class ResponseAudio(Part):
    output: ResponseAudioOutput


@dataclass(frozen=True, slots=True)
class Response(Part):
    """The response object of `response.created` and `response.done`."""

    nullable: ClassVar[frozenset[str]] = frozenset({"status_details", "usage", "metadata", "conversation_id"})
    id: str
    status: ResponseState
    output: tuple[Item, ...]
    conversation_id: str | None
    output_modalities: tuple[Modality, ...]
    max_output_tokens: int | Literal["inf"]
    audio: ResponseAudio
    status_details: StatusDetails | None = None
    usage: Usage | None = None
    metadata: dict[str, str] | None = None
    object: Literal["realtime.response"] = "realtime.response"


@dataclass(frozen=True, slots=True)
class ResponseCreated(ServerEvent):
    type: ClassVar[str] = "response.created"
    response: Response


@dataclass(frozen=True, slots=True)
class ResponseDone(ServerEvent):
    type: ClassVar[str] = "response.done"
    response: Response


@dataclass(frozen=True, slots=True)
class OutputItemAdded(ServerEvent):
    type: ClassVar[str] = "response.output_item.added"
    response_id: str
    output_index: int
    item: Item


@dataclass(frozen=True, slots=True)
class OutputItemDone(ServerEvent):
    type: ClassVar[str] = "response.output_item.done"
    response_id: str
    output_index: int
    item: Item


@dataclass(frozen=True, slots=True)
class SpokenPart(Part):
    """A content part as the response events show it: `audio` with a transcript, or `text`."""

    type: Literal["audio", "text"]
    text: str | None = None
    transcript: str | None = None


@dataclass(frozen=True, slots=True)
class _InPart(ServerEvent):
    """Where in the response's output an event belongs."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int


@dataclass(frozen=True, slots=True)
class ContentPartAdded(_InPart):
    type: ClassVar[str] = "response.content_part.added"
    part: SpokenPart


@dataclass(frozen=True, slots=True)
class ContentPartDone(_InPart):
    type: ClassVar[str] = "response.content_part.done"
    part: SpokenPart


@dataclass(frozen=True, slots=True)
class AudioDelta(_InPart):
    """`delta`: PCM16 mono 24 kHz; the channel turns it into the response's output format."""

    type: ClassVar[str] = "response.output_audio.delta"
    delta: bytes

    def to_wire(self, event_id: str) -> str:
        """As of any event, written by hand: it comes more often than all others together, and its ids are made here."""
        audio = b64encode_as_string(self.delta)
        return (
            f'{{"type":"{self.type}","event_id":"{event_id}","response_id":"{self.response_id}",'
            f'"item_id":"{self.item_id}","output_index":{self.output_index},"content_index":{self.content_index},'
            f'"delta":"{audio}"}}'
        )


@dataclass(frozen=True, slots=True)
class AudioDone(_InPart):
    type: ClassVar[str] = "response.output_audio.done"


@dataclass(frozen=True, slots=True)
class TranscriptDelta(_InPart):
    type: ClassVar[str] = "response.output_audio_transcript.delta"
    delta: str


@dataclass(frozen=True, slots=True)
class TranscriptDone(_InPart):
    type: ClassVar[str] = "response.output_audio_transcript.done"
    transcript: str


@dataclass(frozen=True, slots=True)
class TextDelta(_InPart):
    type: ClassVar[str] = "response.output_text.delta"
    delta: str


@dataclass(frozen=True, slots=True)
class TextDone(_InPart):
    type: ClassVar[str] = "response.output_text.done"
    text: str


@dataclass(frozen=True, slots=True)
class ArgumentsDelta(ServerEvent):
    """More of the arguments (JSON text) of a call that the client is to carry out."""

    type: ClassVar[str] = "response.function_call_arguments.delta"
    response_id: str
    item_id: str
    output_index: int
    call_id: str
    delta: str


@dataclass(frozen=True, slots=True)
class ArgumentsDone(ServerEvent):
    type: ClassVar[str] = "response.function_call_arguments.done"
    response_id: str
    item_id: str
    output_index: int
    call_id: str
    name: str
    arguments: str
