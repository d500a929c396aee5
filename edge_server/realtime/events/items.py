"""Conversation items, and the events that add, show, cut and remove them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from edge_server.realtime.events.base import ClientEvent, Part, ServerEvent

ItemStatus = Literal["in_progress", "completed", "incomplete"]


@dataclass(frozen=True, slots=True)
class ContentPart(Part):
    """One part of a message: `input_text`, `input_audio`, `output_text` or `output_audio`.

    `transcript` of an `input_audio` part is null until recognition has ended.
    """

    type: Literal["input_text", "input_audio", "output_text", "output_audio"]
    text: str | None = None
    transcript: str | None = None

    @property
    def words(self) -> str:
        """What was said or written in this part; empty while it is not known."""
        return self.text or self.transcript or ""


@dataclass(frozen=True, slots=True)
class Item(Part):
    """A message, a function call or a function call's output. `id` is unique within the conversation."""

    id: str
    type: Literal["message", "function_call", "function_call_output"]
    status: ItemStatus
    object: Literal["realtime.item"] = "realtime.item"
    role: Literal["user", "assistant", "system"] | None = None
    content: tuple[ContentPart, ...] | None = None
    name: str | None = None
    call_id: str | None = None
    arguments: str | None = None
    output: str | None = None

    @property
    def words(self) -> str:
        """The words of all parts, joined by a space."""
        return " ".join(part.words for part in self.content or () if part.words)

    @property
    def spoken(self) -> bool:
        """Whether the customer said it aloud."""
        return any(part.type == "input_audio" for part in self.content or ())


class NewContent(BaseModel):
    """A content part as a client sends it. `audio` is base64 of PCM16 mono 24 kHz."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Literal["input_text", "input_audio", "output_text", "output_audio", "text"]
    text: str | None = None
    audio: str | None = None
    transcript: str | None = None

    def as_part(self) -> ContentPart:
        """The part as the conversation keeps it: without its audio."""
        match self.type:
            case "text":
                return ContentPart("input_text", text=self.text or "")
            case "input_text" | "output_text":
                return ContentPart(self.type, text=self.text or "")
            case "input_audio" | "output_audio":
                return ContentPart(self.type, transcript=self.transcript)


class NewItem(BaseModel):
    """An item as a client sends it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Literal["message", "function_call", "function_call_output"]
    id: str | None = Field(default=None, max_length=64)
    role: Literal["user", "assistant", "system"] | None = None
    content: tuple[NewContent, ...] = ()
    name: str | None = None
    call_id: str | None = None
    arguments: str | None = None
    output: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> NewItem:
        if self.type == "message" and self.role is None:
            raise ValueError("a message needs a role")
        if self.type == "function_call_output" and (self.call_id is None or self.output is None):
            raise ValueError("a function call output needs call_id and output")
        if self.type == "function_call" and (self.name is None or self.arguments is None):
            raise ValueError("a function call needs name and arguments")
        return self


class CreateItem(ClientEvent):
    type: Literal["conversation.item.create"]
    item: NewItem
    previous_item_id: str | None = None


class DeleteItem(ClientEvent):
    type: Literal["conversation.item.delete"]
    item_id: str


class RetrieveItem(ClientEvent):
    type: Literal["conversation.item.retrieve"]
    item_id: str


class TruncateItem(ClientEvent):
    """The client says that only `audio_end_ms` of an assistant's audio was heard."""

    type: Literal["conversation.item.truncate"]
    item_id: str
    content_index: int = Field(ge=0)
    audio_end_ms: int = Field(ge=0)


@dataclass(frozen=True, slots=True)
class ItemAdded(ServerEvent):
    type: ClassVar[str] = "conversation.item.added"
    nullable: ClassVar[frozenset[str]] = frozenset({"previous_item_id"})
    item: Item
    previous_item_id: str | None = None


@dataclass(frozen=True, slots=True)
class ItemDone(ServerEvent):
    type: ClassVar[str] = "conversation.item.done"
    nullable: ClassVar[frozenset[str]] = frozenset({"previous_item_id"})
    item: Item
    previous_item_id: str | None = None


@dataclass(frozen=True, slots=True)
class ItemDeleted(ServerEvent):
    type: ClassVar[str] = "conversation.item.deleted"
    item_id: str


@dataclass(frozen=True, slots=True)
class ItemRetrieved(ServerEvent):
    type: ClassVar[str] = "conversation.item.retrieved"
    item: Item


@dataclass(frozen=True, slots=True)
class ItemTruncated(ServerEvent):
    type: ClassVar[str] = "conversation.item.truncated"
    item_id: str
    content_index: int
    audio_end_ms: int


@dataclass(frozen=True, slots=True)
class TranscriptionUsage(Part):
    seconds: float
    type: Literal["duration"] = "duration"


@dataclass(frozen=True, slots=True)
class TranscriptionDelta(ServerEvent):
    type: ClassVar[str] = "conversation.item.input_audio_transcription.delta"
    item_id: str
    delta: str
    content_index: int = 0


@dataclass(frozen=True, slots=True)
class TranscriptionCompleted(ServerEvent):
    type: ClassVar[str] = "conversation.item.input_audio_transcription.completed"
    item_id: str
    transcript: str
    usage: TranscriptionUsage
    content_index: int = 0


@dataclass(frozen=True, slots=True)
class TranscriptionError(Part):
    message: str
    type: str = "transcription_error"
    code: str | None = "audio_unintelligible"


@dataclass(frozen=True, slots=True)
class TranscriptionFailed(ServerEvent):
    type: ClassVar[str] = "conversation.item.input_audio_transcription.failed"
    item_id: str
    error: TranscriptionError
    content_index: int = field(default=0)
