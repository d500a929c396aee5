"""What a conversation tells the terminal: the server's frames, as small values."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk_tui.extension_events import (
    AgentChanged,
    BookingChanged,
    Choice,
    EngineChanged,
    Expecting,
    Extension,
    HandedOff,
    Source,
    Sources,
    ToolCalled,
    TurnDone,
    extension,
)

if TYPE_CHECKING:
    from pydantic import JsonValue

REPLY_RUNS = "conversation_already_has_active_response"
"""Code of the protocol's error for a reply asked for while another runs."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The server answers. `again`: after it had been away in the same conversation."""

    again: bool


@dataclass(frozen=True, slots=True)
class Away:
    """The server does not answer: `reason` is one line for a person, the next attempt comes in `retry_s` seconds."""

    reason: str
    retry_s: float


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The server hears the customer speak."""


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The customer's turn is over; its words follow."""


@dataclass(frozen=True, slots=True)
class HeardPart:
    """More words of a turn that is still being recognised."""

    item_id: str
    delta: str


@dataclass(frozen=True, slots=True)
class Heard:
    """The words of a spoken turn; empty when nothing was said in it."""

    item_id: str
    text: str


@dataclass(frozen=True, slots=True)
class NotHeard:
    """Recognition failed for this turn; `message` says what to do."""

    item_id: str
    message: str


@dataclass(frozen=True, slots=True)
class ReplyBegun:
    """The desk thinks about a reply."""

    response_id: str


@dataclass(frozen=True, slots=True)
class ReplyText:
    """More words of the reply."""

    response_id: str
    delta: str


@dataclass(frozen=True, slots=True)
class ReplyAudio:
    """More speech of the reply, of its item `item_id`. `pcm`: PCM16 mono at 24 000 Hz."""

    response_id: str
    item_id: str
    pcm: bytes


@dataclass(frozen=True, slots=True)
class ReplyDone:
    """The reply has ended. `status`: completed, cancelled, incomplete or failed, then with a `message`."""

    response_id: str
    status: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The server could not carry out what was asked of it, in the client event `event_id` if that had one."""

    code: str
    message: str
    event_id: str | None = None


TalkEvent = (
    Connected
    | Away
    | SpeechStarted
    | SpeechStopped
    | HeardPart
    | Heard
    | NotHeard
    | ReplyBegun
    | ReplyText
    | ReplyAudio
    | ReplyDone
    | Refused
    | Extension
)

__all__ = [
    "AgentChanged",
    "Away",
    "BookingChanged",
    "Choice",
    "Connected",
    "EngineChanged",
    "Expecting",
    "HandedOff",
    "Heard",
    "HeardPart",
    "NotHeard",
    "Refused",
    "ReplyAudio",
    "ReplyBegun",
    "ReplyDone",
    "ReplyText",
    "Source",
    "Sources",
    "SpeechStarted",
    "SpeechStopped",
    "TalkEvent",
    "ToolCalled",
    "TurnDone",
    "title_of",
    "told",
]


def told(frame: str | bytes) -> TalkEvent | None:
    """What one frame of the server tells a terminal; None for frames that it has no use for, or cannot read."""
    try:
        event: JsonValue = json.loads(frame)
        return _told(event)
    except (ValueError, RecursionError):  # neither JSON nor base64
        return None


def _told(event: JsonValue) -> TalkEvent | None:
    match event:
        case {
            "type": "response.output_audio.delta",
            "response_id": str(response_id),
            "item_id": str(item_id),
            "delta": str(delta),
        }:
            return ReplyAudio(response_id, item_id, base64.b64decode(delta))
        case {
            "type": "response.output_audio_transcript.delta" | "response.output_text.delta",
            "response_id": str(response_id),
            "delta": str(delta),
        }:
            return ReplyText(response_id, delta)
        case {"type": "response.created", "response": {"id": str(response_id)}}:
            return ReplyBegun(response_id)
        case {"type": "response.done", "response": {"id": str(response_id), "status": str(status)}}:
            return ReplyDone(response_id, status, _failure(event))
        case {"type": "input_audio_buffer.speech_started"}:
            return SpeechStarted()
        case {"type": "input_audio_buffer.speech_stopped"}:
            return SpeechStopped()
        case {"type": "error", "error": {"message": str(message), **rest}}:
            code, event_id = rest.get("code"), rest.get("event_id")
            return Refused(
                code if isinstance(code, str) else "", message, event_id if isinstance(event_id, str) else None
            )
        case {"type": str(kind)} if kind.startswith("conversation.item.input_audio_transcription."):
            return _heard(event)
        case {"type": str(kind)} if kind.startswith("extension.") and isinstance(event, dict):
            return extension(event)
    return None


def _heard(event: JsonValue) -> TalkEvent | None:
    match event:
        case {"type": str(kind), "item_id": str(item_id), "delta": str(delta)} if kind.endswith(".delta"):
            return HeardPart(item_id, delta)
        case {"type": str(kind), "item_id": str(item_id), "transcript": str(text)} if kind.endswith(".completed"):
            return Heard(item_id, text.strip())
        case {"type": str(kind), "item_id": str(item_id), "error": {"message": str(message)}} if kind.endswith(
            ".failed"
        ):
            return NotHeard(item_id, message)
    return None


def _failure(event: JsonValue) -> str | None:
    match event:
        case {"response": {"status_details": {"error": {"message": str(message)}}}}:
            return message
    return None


def title_of(agent: str | None) -> str:
    """How an agent is called in front of customers; None: it is not known yet who answers."""
    return agent.replace("_", " ").capitalize() if agent else "Desk"
