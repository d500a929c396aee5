"""How well recordings are understood: word errors, codes character by character, and words written on noise.

A recording goes the way of a customer's turn: voice activity finds the speech, the recogniser gets it from the first
onset to the last end, with the words that the desk expects where the customer stands (a code where a code was asked
for). What voice activity does not take for speech has no words.

`kind` of a recording decides how it counts:

| kind | counts as |
|---|---|
| code, digits, letters | a code: exact or not, besides its words |
| noise, silence, music, tone, hiss, click, cough (or any with the text "") | noise: every word is a false one |
| any other, with a text | speech: word errors |
| any other, without one | left out |

`condition` is free, but for `clean` and what names a telephone ("telephone", "phone", "ulaw"), whose sentences make
`wer_clean` and `wer_telephone`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from data.code_sounds import CodeSound
from edge_server.audio import BYTES_PER_MS, Pcm, duration_ms
from edge_server.bench.figures import p50, p95
from edge_server.evaluation import sound
from edge_server.evaluation.files import Recording
from edge_server.evaluation.found_codes import SaidCode, branch_codes, known
from edge_server.evaluation.wording import WordErrors, characters_apart, total, word_errors
from edge_server.speech import vad
from edge_server.speech.end_pointing import Waits
from edge_server.speech.service import SpeechService

Progress = Callable[[str, int, int], None]

CODE = "code"
CODE_KINDS = frozenset({CODE, "digits", "letters"})
SPELLED_KINDS = CODE_KINDS | {"digit", "letter"}
"""Kinds that are said where the desk has asked for a code."""
NOISE_KINDS = frozenset({"noise", "silence", "music", "tone", "hiss", "click", "cough"})
SENTENCE = "sentence"
WORST = 20
FED_MS = 100
TAIL_MS = 2_000
"""Silence after a recording, so that its last words end as they do before a customer who waits."""
SAMPLES_PER_MS = BYTES_PER_MS // 2

Counts = Literal["speech", "code", "noise", "nothing"]


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording with its sound."""

    name: str
    text: str | None
    kind: str
    condition: str
    pcm: Pcm
    speaker: str = ""
    hearing: int = 1

    @classmethod
    def of(cls, recording: Recording, pcm: Pcm) -> Clip:
        """The clip of a manifest's line."""
        told = (recording.file, recording.text, recording.kind, recording.condition)
        return cls(*told, pcm, recording.speaker, recording.hearing)

    @property
    def counts(self) -> Counts:
        """How it counts, by its kind and text."""
        if self.kind in NOISE_KINDS or (self.text is not None and not self.text.strip()):
            return "noise"
        if self.text is None:
            return "nothing"
        return "code" if self.kind in CODE_KINDS else "speech"


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood of a clip. `took_ms`: the recogniser's time, None where there was no speech to recognise;
    `code`: how it sounded as a code."""

    clip: Clip
    text: str
    took_ms: float | None
    code: CodeSound | None = None

    @property
    def errors(self) -> WordErrors:
        """Its word errors."""
        return word_errors(self.clip.text or "", self.text)

    @property
    def apart(self) -> int:
        """How many characters of its code are wrong."""
        return characters_apart(self.clip.text or "", self.text)


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One kind in one condition. `exact`: the share understood without an error; of codes character by character, of
    noise the share that had no words."""

    kind: str
    condition: str
    clips: int
    words: int
    wer: float | None
    exact: float


@dataclass(frozen=True, slots=True)
class Mistake:
    """A clip that was not understood exactly."""

    clip: str
    kind: str
    condition: str
    said: str
    understood: str


@dataclass(frozen=True, slots=True)
class SpeechFigures:
    """`wer_clean`, `wer_telephone`: word error rates of sentences. `exact_codes`: share of codes right in every
    character at the first hearing; `codes_one_off`: share with one wrong, which one question settles. `codes_known`:
    share of them that the desk knows at the first hearing (`evaluation.found_codes`);
    `exact_codes_after_confirmation`: of those that are said twice, after the second at the latest.
    `false_words_on_noise`: how many words were written on noise, `noise_with_words` the share of noises that got any.
    A figure of nothing is None. Times are ms of the recogniser's work on a clip."""

    wer_clean: float | None
    wer_telephone: float | None
    exact_codes: float | None
    codes_one_off: float | None
    codes_known: float | None
    exact_codes_after_confirmation: float | None
    false_words_on_noise: int | None
    noise_with_words: float | None
    wer_speech: float | None
    clips: int
    left_out: int
    groups: list[GroupFigures]
    worst: list[Mistake]
    recognition_ms_p50: float | None
    recognition_ms_p95: float | None


async def evaluate_speech(
    clips: Sequence[Clip], speech: SpeechService, vocabulary: Mapping[bool, str], progress: Progress
) -> SpeechFigures:
    """Recognise every clip with `speech`, which must be started.

    `vocabulary`: the words that the desk expects, by whether it has asked for a code.
    """
    counted = [clip for clip in clips if clip.counts != "nothing"]
    understood: list[Understood] = []
    for clip in counted:
        spelled = clip.kind in SPELLED_KINDS
        understood.append(await understand(clip, speech, vocabulary[spelled], spelled=spelled))
        progress("recordings", len(understood), len(counted))
    return figures_of(understood, left_out=len(clips) - len(counted))


async def understand(clip: Clip, speech: SpeechService, vocabulary: str, *, spelled: bool = False) -> Understood:
    """What is understood of a clip, as of one turn of a customer; `spelled`: the desk has asked for a code."""
    activity = speech.voice_activity()
    if spelled:
        activity.silence_duration_ms = Waits().spelling_ms  # as the ear waits inside a code
    window = await asyncio.to_thread(speech_window, clip.pcm, activity)
    if window is None:
        return Understood(clip, "", None)
    transcript = await speech.transcribe(window, vocabulary, spelled=spelled)
    return Understood(clip, transcript.text, transcript.took_ms, transcript.code)


def speech_window(pcm: Pcm, activity: vad.VoiceActivity) -> Pcm | None:
    """`pcm` from its first onset, padded in front, to its last end and the pause that starts recognition; None when
    nothing in it is taken for speech."""
    whole = np.concatenate((pcm, sound.silence(TAIL_MS)))
    begins: int | None = None
    ends = 0
    step = FED_MS * SAMPLES_PER_MS
    for start in range(0, len(whole), step):
        for event in activity.feed(whole[start : start + step]):
            if isinstance(event, vad.SpeechStarted):
                begins = event.audio_start_ms if begins is None else begins
            elif isinstance(event, vad.SpeechStopped):
                ends = event.speech_end_ms
    if begins is None:
        return None
    ends = ends if not activity.speaking else int(duration_ms(pcm))
    return whole[begins * SAMPLES_PER_MS : (ends + vad.PAUSE_MS) * SAMPLES_PER_MS]


def figures_of(understood: Sequence[Understood], *, left_out: int) -> SpeechFigures:
    """What the clips come to."""
    speech = [one for one in understood if one.clip.counts == "speech"]
    codes = [one for one in understood if one.clip.counts == "code" and one.clip.hearing == 1]
    again = {_of_one(one): one for one in understood if one.clip.counts == "code" and one.clip.hearing == 2}
    twice = [(one, again[_of_one(one)]) for one in codes if _of_one(one) in again]
    branch = branch_codes([one.clip.text or "" for one in codes if one.clip.kind == CODE])
    noise = [one for one in understood if one.clip.counts == "noise"]
    sentences = [one for one in speech if one.clip.kind == SENTENCE]
    took = [one.took_ms for one in understood if one.took_ms is not None]
    return SpeechFigures(
        wer_clean=_wer(one for one in sentences if one.clip.condition == "clean"),
        wer_telephone=_wer(one for one in sentences if is_telephone(one.clip.condition)),
        exact_codes=_share([not one.apart for one in codes]),
        codes_one_off=_share([one.apart == 1 for one in codes]),
        codes_known=_share([known(_said(one), None, branch) for one in codes]),
        exact_codes_after_confirmation=_share([known(_said(one), _said(other), branch) for one, other in twice]),
        false_words_on_noise=sum(len(one.text.split()) for one in noise) if noise else None,
        noise_with_words=_share([bool(one.text) for one in noise]),
        wer_speech=_wer(speech),
        clips=len(understood),
        left_out=left_out,
        groups=_groups(understood),
        worst=_worst(understood),
        recognition_ms_p50=p50(took),
        recognition_ms_p95=p95(took),
    )


def _of_one(one: Understood) -> tuple[str, str, str, str]:
    return one.clip.speaker, one.clip.kind, one.clip.condition, one.clip.text or ""


def _said(one: Understood) -> SaidCode:
    return SaidCode(one.clip.text or "", one.text, one.code, not one.apart, one.clip.kind == CODE)


def is_telephone(condition: str) -> bool:
    """Whether a condition names a telephone line."""
    return any(name in condition.lower() for name in ("phone", "ulaw", "mulaw", "g711"))


def _groups(understood: Sequence[Understood]) -> list[GroupFigures]:
    groups: dict[tuple[str, str], list[Understood]] = {}
    for one in understood:
        groups.setdefault((one.clip.kind, one.clip.condition), []).append(one)
    figures = []
    for (kind, condition), members in sorted(groups.items()):
        errors = total(one.errors for one in members)
        exact = sum(_exact(one) for one in members) / len(members)
        figures.append(
            GroupFigures(kind, condition, len(members), errors.words, _rounded(errors.rate), round(exact, 4))
        )
    return figures


def _exact(one: Understood) -> bool:
    match one.clip.counts:
        case "code":
            return not one.apart
        case "noise":
            return not one.text
        case _:
            return not one.errors.errors


def _worst(understood: Sequence[Understood]) -> list[Mistake]:
    wrong = sorted((one for one in understood if not _exact(one)), key=lambda one: -one.errors.errors)
    return [
        Mistake(one.clip.name, one.clip.kind, one.clip.condition, one.clip.text or "", one.text)
        for one in wrong[:WORST]
    ]


def _wer(understood: Iterable[Understood]) -> float | None:
    return _rounded(total(one.errors for one in understood).rate)


def _share(hits: Sequence[bool]) -> float | None:
    return _rounded(sum(hits) / len(hits)) if hits else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
