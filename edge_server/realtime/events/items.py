"""Conversation items, and the events that add, show, cut and remove them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from edge_server.realtime.events.base import AudioBytes, ClientEvent, Part, ServerEvent

ItemStatus = Literal["in_progress", "completed", "incomplete"]
Role = Literal["user", "assistant", "system"]

LONGEST_TEXT = 262_144
"""Characters that one text of an item may have; far more than anybody says in a turn."""


@dataclass(frozen=True, slots=True)
class ContentPart(Part):
    """One part of a message: `input_text`, `input_audio`, `output_text` or `output_audio`.

    `transcript` of an `input_audio` part is null until recognition has ended.
    """

    type: Literal["input_text", "input_audio", "output_text", "output_audio"]
    text: str | None = None
    transcript: str | None = None

    def nulls(self) -> frozenset[str]:
        """`transcript` of an `input_audio` part: strict clients refuse an item where it is absent."""
        return frozenset({"transcript"}) if self.type == "input_audio" else self.nullable

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
    role: Role | None = None
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
    """A content part as a client sends it. `audio`: a whole clip, by the rule of `AppendAudio`.

    `text` and `audio` are the older names of an assistant's parts.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Literal["input_text", "input_audio", "output_text", "output_audio", "text", "audio"]
    text: str | None = Field(default=None, max_length=LONGEST_TEXT)
    audio: AudioBytes | None = None
    transcript: str | None = Field(default=None, max_length=LONGEST_TEXT)

    def as_part(self, role: Role | None) -> ContentPart:
        """The part as the conversation keeps it in a message of `role`: without its audio, named as the role has it."""
        written = self.text is not None or self.type in ("input_text", "output_text", "text")
        if role == "assistant":
            kind: Literal["output_text", "output_audio"] = "output_text" if written else "output_audio"
            return ContentPart(kind, text=self.text or "") if written else ContentPart(kind, transcript=self.transcript)
        if written or role == "system":
            return ContentPart("input_text", text=self.text or self.transcript or "")
        return ContentPart("input_audio", transcript=self.transcript)


class NewItem(BaseModel):
    """An item as a client sends it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Literal["message", "function_call", "function_call_output"]
    id: str | None = Field(default=None, min_length=1, max_length=64)
    role: Role | None = None
    content: tuple[NewContent, ...] = Field(default=(), max_length=64)
    name: str | None = Field(default=None, max_length=64)
    call_id: str | None = Field(default=None, max_length=64)
    arguments: str | None = Field(default=None, max_length=LONGEST_TEXT)
    output: str | None = Field(default=None, max_length=LONGEST_TEXT)

    @model_validator(mode="after")
    def _complete(self) -> NewItem:
        if self.type == "message" and self.role is None:
            raise ValueError("a message needs a role")
        if self.role != "user" and any(part.audio for part in self.content):
            raise ValueError("only a message of the user may hold audio")
        if self.type == "function_call_output" and (self.call_id is None or self.output is None):
            raise ValueError("a function call output needs call_id and output")
        if self.type == "function_call" and (self.name is None or self.arguments is None):
            raise ValueError("a function call needs name and arguments")
        return self

    def as_item(self, item_id: str) -> Item:
        """The item as the conversation keeps it, under `item_id`."""
        return Item(
            item_id,
            self.type,
            "completed",
            role=self.role if self.type == "message" else None,
            content=tuple(part.as_part(self.role) for part in self.content) if self.type == "message" else None,
            name=self.name if self.type == "function_call" else None,
            call_id=self.call_id if self.type != "message" else None,
            arguments=self.arguments if self.type == "function_call" else None,
            output=self.output if self.type == "function_call_output" else None,
        )


class ItemReference(BaseModel):
    """Stands for an item that the conversation has, in the input of one response."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Literal["item_reference"]
    id: str = Field(min_length=1, max_length=64)


InputItem = Annotated[NewItem | ItemReference, Field(discriminator="type")]


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
