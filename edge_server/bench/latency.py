"""How long a customer waits for an answer, from voice to voice, and where the time goes.

| time | from | to |
|---|---|---|
| `voice_to_voice` | the frame with the last sample of speech is sent | the first audible sample of the reply is heard |
| `end_pointing` | the same | `input_audio_buffer.speech_stopped` arrives |
| `first_audio` | `speech_stopped` arrives | the first audible sample of the reply is heard |

Heard is what a client hears that plays each piece of sound as soon as it can, so silence that leads a reply counts.
`steps` cut the first of these into parts that add up to it, as the client sees them: end-pointing, words (until the
transcript arrives), first text, first sound (its first packet) and audible (the silence that leads it). `stages` are
what the server itself says of the turn in `extension.turn_metrics` (docs/protocol.md).
"""

from __future__ import annotations

import statistics
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from edge_server.bench.caller import Caller, Received, Said, call, played
from edge_server.bench.figures import p50, p95
from edge_server.bench.questions import Question, Script
from edge_server.client import AskError

Progress = Callable[[str, int, int], None]

LONGEST_WAIT_S = 15.0
"""A reply that has not begun by then never will."""
LONGEST_REPLY_S = 60.0
SLOWEST = 5

_STAGES = TypeAdapter(dict[str, float])
STOPPED = "input_audio_buffer.speech_stopped"
TRANSCRIBED = "conversation.item.input_audio_transcription.completed"
METRICS = "extension.turn_metrics"
SOUND = "response.output_audio.delta"


@dataclass(frozen=True, slots=True)
class TurnTiming:
    """One answered turn, in ms. `steps` are the parts of `voice_to_voice_ms` as the client sees them, in order: they
    add up to it. `stages_ms` is what the server says."""

    question: str
    heard: str
    voice_to_voice_ms: float
    end_pointing_ms: float
    first_audio_ms: float
    steps: dict[str, float]
    stages_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Stage:
    """Median and 95th percentile of one stage, ms."""

    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """Medians over the `turns` in which this was asked, ms."""

    question: str
    turns: int
    voice_to_voice_ms_p50: float
    steps: dict[str, float]


@dataclass(frozen=True, slots=True)
class LatencyFigures:
    """`turns` were spoken, `answered` of them got an answer; `cut_early` are those whose end was decided before the
    customer had ended, which count in the times only when the answer came after all was said."""

    voice_to_voice_ms_p50: float | None
    voice_to_voice_ms_p95: float | None
    first_audio_ms_p50: float | None
    first_audio_ms_p95: float | None
    end_pointing_ms_p50: float | None
    end_pointing_ms_p95: float | None
    turns: int
    answered: int
    cut_early: int
    steps: dict[str, Stage]
    stages: dict[str, Stage]
    questions: list[QuestionFigures]
    slowest: list[TurnTiming]


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one question. `timing`: None when no answer came, or it came before all was said."""

    timing: TurnTiming | None
    answered: bool
    cut_early: bool


async def measure_latency(
    url: str, scripts: Sequence[Script], *, repeat: int, api_key: str | None, progress: Progress
) -> LatencyFigures:
    """Play every script `repeat` times, one customer after the other, each in a session of its own.

    Raises AskError when the server cannot be reached or ends the connection.
    """
    turns: list[Turn] = []
    total = repeat * sum(map(len, scripts))
    for _ in range(repeat):
        for script in scripts:
            async with call(url, f"bench-{uuid.uuid4()}", api_key) as caller:
                for question in script:
                    turns.append(await ask(caller, question))
                    progress("turns", len(turns), total)
    return figures_of(turns)


async def ask(caller: Caller, question: Question) -> Turn:
    """Speak one question and listen to the whole answer."""
    since = len(caller.log)
    spoken = question.spoken
    said = await caller.say(spoken.pcm, spoken.begins, spoken.ends)
    answer = await caller.until(lambda one: one.type == SOUND and one.at > said.ends, since, LONGEST_WAIT_S)
    if answer is not None and not await caller.quiet(since, LONGEST_REPLY_S):
        raise AskError(f"the reply to {question.words!r} did not end within {LONGEST_REPLY_S:.0f} s")
    return turn_of(question.words, said, caller.log[since:])


def turn_of(words: str, said: Said, log: Sequence[Received]) -> Turn:
    """The times of one turn, from what was received since it began."""
    cut_early = any(one.type == STOPPED and one.at < said.ends for one in log)
    after = [one for one in log if one.at >= said.ends or one.type in (STOPPED, TRANSCRIBED)]
    sound = played(one for one in after if one.at >= said.ends)
    stopped = [one.at for one in after if one.type == STOPPED]
    if sound is None or sound.audible is None or not stopped:
        return Turn(None, answered=False, cut_early=cut_early)
    decided = max((at for at in stopped if at <= sound.audible), default=stopped[0])
    heard = [one for one in after if one.type == TRANSCRIBED and one.at <= sound.audible]
    if decided < said.ends and any(one.type == SOUND and one.at < said.ends for one in log):
        return Turn(None, answered=True, cut_early=True)
    marks = {
        "end-pointing": decided,
        "words": max((one.at for one in heard), default=decided),
        "first text": _first(after, "response.output_audio_transcript.delta", decided),
        "first sound": _first(after, SOUND, decided),
        "audible": sound.audible,
    }
    metrics = [one for one in after if one.type == METRICS]
    return Turn(
        TurnTiming(
            question=words,
            heard=" ".join(str(one.get("transcript")) for one in heard),
            voice_to_voice_ms=_ms(said.ends, sound.audible),
            end_pointing_ms=_ms(said.ends, decided),
            first_audio_ms=_ms(decided, sound.audible),
            steps=_steps(said.ends, marks),
            stages_ms=_STAGES.validate_python(metrics[0].get("stages_ms")) if metrics else {},
        ),
        answered=True,
        cut_early=cut_early,
    )


def figures_of(turns: Sequence[Turn]) -> LatencyFigures:
    """What the turns come to."""
    timings = [turn.timing for turn in turns if turn.timing is not None]
    voice = [one.voice_to_voice_ms for one in timings]
    first = [one.first_audio_ms for one in timings]
    ends = [one.end_pointing_ms for one in timings]
    return LatencyFigures(
        voice_to_voice_ms_p50=p50(voice),
        voice_to_voice_ms_p95=p95(voice),
        first_audio_ms_p50=p50(first),
        first_audio_ms_p95=p95(first),
        end_pointing_ms_p50=p50(ends),
        end_pointing_ms_p95=p95(ends),
        turns=len(turns),
        answered=sum(turn.answered for turn in turns),
        cut_early=sum(turn.cut_early for turn in turns),
        steps=_stages([one.steps for one in timings]),
        stages=_stages([one.stages_ms for one in timings]),
        questions=[_question(words, timings) for words in dict.fromkeys(one.question for one in timings)],
        slowest=sorted(timings, key=lambda one: -one.voice_to_voice_ms)[:SLOWEST],
    )


def _question(words: str, timings: Sequence[TurnTiming]) -> QuestionFigures:
    asked = [one for one in timings if one.question == words]
    steps = {name: statistics.median(one.steps[name] for one in asked) for name in asked[0].steps}
    total = statistics.median(one.voice_to_voice_ms for one in asked)
    return QuestionFigures(words, len(asked), round(total, 1), {name: round(ms, 1) for name, ms in steps.items()})


def _stages(turns: Sequence[dict[str, float]]) -> dict[str, Stage]:
    names = dict.fromkeys(name for turn in turns for name in turn)
    return {name: Stage(p50(found), p95(found)) for name in names if (found := [t[name] for t in turns if name in t])}


def _steps(begins: float, marks: dict[str, float]) -> dict[str, float]:
    """The marks as lengths that add up, ms; one that was passed before the mark in front of it took no time."""
    steps: dict[str, float] = {}
    at = begins
    for name, mark in marks.items():
        steps[name] = _ms(at, max(at, mark))
        at = max(at, mark)
    return steps


def _first(log: Sequence[Received], type_: str, otherwise: float) -> float:
    return next((one.at for one in log if one.type == type_ and one.at >= otherwise), otherwise)


def _ms(begins: float, ends: float) -> float:
    return round((ends - begins) * 1000, 1)


async def warm_up(url: str, scripts: Sequence[Script], api_key: str | None) -> None:
    """Ask the first question once, unmeasured: a server's first turn ever loads what the others find loaded."""
    async with call(url, f"bench-{uuid.uuid4()}", api_key) as caller:
        await ask(caller, scripts[0][0])
