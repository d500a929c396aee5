"""Speech recognition: Whisper in CTranslate2 format with a mel front end of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was understood of one utterance.

    `text` is "" when `refused` says why nothing is believed. `avg_logprob` is the mean log probability of a
    token, `no_speech_prob` Whisper's own doubt that anybody spoke; `audio_ms` the length of the utterance,
    `took_ms` the time that recognition took.
    """

    text: str
    avg_logprob: float
    no_speech_prob: float
    audio_ms: float
    took_ms: float
    refused: str | None = None
