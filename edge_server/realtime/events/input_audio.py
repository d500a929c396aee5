"""The input audio buffer: what clients append, and what the voice activity detector hears in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from edge_server.realtime.events.base import AudioBytes, ClientEvent, ServerEvent


class AppendAudio(ClientEvent):
    """`audio`: mono, in the session's input format; PCM16 little-endian at 24 000 Hz once the channel has taken it."""

    type: Literal["input_audio_buffer.append"]
    audio: AudioBytes


class CommitAudio(ClientEvent):
    type: Literal["input_audio_buffer.commit"]


class ClearAudio(ClientEvent):
    type: Literal["input_audio_buffer.clear"]


class ClearOutputAudio(ClientEvent):
    """Only WebRTC has an output buffer on the server's side; over a socket it means: stop speaking."""

    type: Literal["output_audio_buffer.clear"]


@dataclass(frozen=True, slots=True)
class AudioCommitted(ServerEvent):
    type: ClassVar[str] = "input_audio_buffer.committed"
    nullable: ClassVar[frozenset[str]] = frozenset({"previous_item_id"})
    item_id: str
    previous_item_id: str | None = None


@dataclass(frozen=True, slots=True)
class AudioCleared(ServerEvent):
    type: ClassVar[str] = "input_audio_buffer.cleared"


@dataclass(frozen=True, slots=True)
class SpeechStarted(ServerEvent):
    """`audio_start_ms`: onset (less the prefix padding) in the audio appended so far."""

    type: ClassVar[str] = "input_audio_buffer.speech_started"
    item_id: str
    audio_start_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped(ServerEvent):
    type: ClassVar[str] = "input_audio_buffer.speech_stopped"
    item_id: str
    audio_end_ms: int


@dataclass(frozen=True, slots=True)
class TimeoutTriggered(ServerEvent):
    """Nobody spoke for `idle_timeout_ms`. The stretch of input audio that was silent, in ms, becomes item `item_id`."""

    type: ClassVar[str] = "input_audio_buffer.timeout_triggered"
    audio_start_ms: int
    audio_end_ms: int
    item_id: str
