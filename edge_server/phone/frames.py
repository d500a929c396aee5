"""The frames of a call's media socket, as Azure Communication Services writes and reads them (JSON text).

In: `AudioMetadata` first, then `AudioData` and `DtmfData`. Out: `AudioData`, and `StopAudio`, which empties what
Communication Services has not played yet. Their names begin small on the way in and capital on the way out.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from typing import Annotated, Literal

import pybase64
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_core import from_json as parse_json

FRAME_MS = 20
RATES = (16_000, 24_000)
MOST_AUDIO = 256 * 1024
"""Characters of base64 that one frame may carry: seconds of audio, where 20 ms are usual."""
STOP_AUDIO = '{"Kind":"StopAudio","AudioData":null,"StopAudio":{}}'
DTMF = frozenset("0123456789*#")
_NAMED = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "pound": "#", "asterisk": "*",
}  # fmt: skip
"""Tones as the service's events name them elsewhere; taken here too."""


class FrameError(ValueError):
    """A frame that is none of the known ones, or is malformed."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the stream holds: PCM16 mono at `rate` Hz."""

    rate: int


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound of the call: PCM16 mono at the stream's rate."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Digit:
    """A key was pressed: 0 to 9, `*` or `#`."""

    key: str


@dataclass(frozen=True, slots=True)
class Other:
    """A frame of a kind that means nothing here."""

    kind: str


Frame = Metadata | Audio | Digit | Other


def _bytes(given: object) -> object:
    if not isinstance(given, str) or len(given) > MOST_AUDIO:
        raise PydanticCustomError("audio", "audio is base64 text of less than {most} characters", {"most": MOST_AUDIO})
    try:
        return pybase64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        raise PydanticCustomError("audio", "audio is base64 text") from None


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _MetadataBody(_Model):
    encoding: Literal["PCM", "pcm"]
    sample_rate: int = Field(alias="sampleRate")
    channels: Literal[1]


class _AudioBody(_Model):
    data: Annotated[bytes, BeforeValidator(_bytes)]


class _DtmfBody(_Model):
    data: str = Field(max_length=16)


_METADATA, _AUDIO, _DTMF = TypeAdapter(_MetadataBody), TypeAdapter(_AudioBody), TypeAdapter(_DtmfBody)


def received(text: str) -> Frame:
    """The frame in `text`. Raises FrameError."""
    try:
        body = parse_json(text)
    except ValueError:
        raise FrameError("a frame is a JSON object") from None
    if not isinstance(body, dict):
        raise FrameError("a frame is a JSON object")
    fields = {str(name).lower(): value for name, value in body.items()}
    kind = str(fields.get("kind", ""))[:40]
    try:
        match kind.lower():
            case "audiometadata":
                metadata = _METADATA.validate_python(fields.get("audiometadata"))
                if metadata.sample_rate not in RATES:
                    raise FrameError(f"audio of {metadata.sample_rate} Hz; 16000 and 24000 are taken")
                return Metadata(metadata.sample_rate)
            case "audiodata":
                pcm = _AUDIO.validate_python(fields.get("audiodata")).data
                if len(pcm) % 2:
                    raise FrameError("PCM16 audio has an even number of bytes")
                return Audio(pcm)
            case "dtmfdata":
                key = _DTMF.validate_python(fields.get("dtmfdata")).data
                key = _NAMED.get(key.lower(), key)
                if key not in DTMF:
                    raise FrameError("a key is a digit, * or #")
                return Digit(key)
    except ValidationError as error:
        raise FrameError(f"{kind}: {error.errors(include_url=False, include_input=False)[0]['msg']}") from None
    return Other(kind)


def audio_frame(pcm: bytes) -> str:
    """The frame that has `pcm` (PCM16 mono at the stream's rate) played."""
    return f'{{"Kind":"AudioData","AudioData":{{"Data":"{pybase64.b64encode_as_string(pcm)}"}},"StopAudio":null}}'
