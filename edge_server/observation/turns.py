"""What a turn took, put together from the events of one session as they pass.

The observer is pure: it takes the events that the engine says (`heard`) and the effects that the conversation wants
(`did`), each with a reading of the caller's monotonic clock, and gives `TurnRecord`s and `BargeIn`s to whoever listens.

| state | event | next |
|---|---|---|
| nothing | `SpeechStopped` | decided: the turn's end |
| decided | `Transcribed` | decided, with its words |
| nothing, decided | `Think` | answering; without a decision, from now on (a written turn) |
| answering | first `ReplyText`, first `ReplyAudio`, tools | answering |
| answering | `ReplyDone`, `ReplyBroke`, `StopThinking` | nothing; a record is given |
| any | `SpeechStarted`, and in its wake `KeepHeard` | the same; a barge-in is given |

Stages of a record, in ms. Moments, counted from the decision that the turn had ended: `transcript`, `first_clause`,
`first_audio`, `desk` (the desk had finished). Lengths: `end_pointing` (from the end of the speech to the decision),
`tools` (all of them together), `barge_in` (from the onset of speech over a reply to its stop), and
what the engine says of `route`, `plan` and `synthesis`, which may have passed in the wait before the decision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from agents.turn import ToolCalled
from edge_server.audio import BYTES_PER_MS
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import Effect, EngineEvent

Status = Literal["completed", "cancelled", "failed"]
FROM_ENGINE = ("route", "plan", "synthesis")
"""Lengths that only the engine knows."""


@dataclass(frozen=True, slots=True)
class ToolRun:
    """A tool that ran: whose it is, its name, and how long it took (ms)."""

    agent: str
    name: str
    ms: float


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One answered turn. `by_voice`: the customer spoke. `stages_ms`: see the module. `took_ms`: from the decision to
    the end of the reply's making. `ungrounded`: clauses that were not spoken because nothing gave what they said."""

    status: Status
    by_voice: bool
    agent: str | None
    answered: bool
    took_ms: float
    stages_ms: dict[str, float]
    tools: tuple[ToolRun, ...] = ()
    ungrounded: int = 0

    @property
    def voice_to_voice_ms(self) -> float | None:
        """From the customer's last sound to the reply's first; None where one of them is missing."""
        end_pointing, first = self.stages_ms.get("end_pointing"), self.stages_ms.get("first_audio")
        return None if end_pointing is None or first is None else end_pointing + first


@dataclass(frozen=True, slots=True)
class BargeIn:
    """A customer's speech stopped a reply, so many ms of their audio after its onset."""

    ms: float


Observed = TurnRecord | BargeIn


@dataclass(slots=True)
class _Answering:
    """A turn that is being answered; times are the caller's, in seconds."""

    generation: int
    decided: float
    by_voice: bool
    stages_ms: dict[str, float]
    tools: list[ToolRun] = field(default_factory=list)

    def passed(self, stage: str, now: float) -> None:
        self.stages_ms.setdefault(stage, _ms(self.decided, now))


class TurnObserver:
    """Watches one session; `tell` takes what it has observed."""

    def __init__(self, tell: Callable[[Observed], None]) -> None:
        self._tell = tell
        self._heard_ms = 0.0
        self._prefix_ms = 0
        self._decided: tuple[float, dict[str, float]] | None = None
        self._answering: _Answering | None = None
        self._onset_ms: float | None = None
        self._barge_in_ms: float | None = None
        self.last: TurnRecord | None = None

    def heard(self, event: EngineEvent, now: float) -> None:
        """The engine says `event`."""
        self._onset_ms = None
        match event:
            case fx.SpeechStarted(at_ms=at_ms):
                self._onset_ms = at_ms + self._prefix_ms
            case fx.SpeechStopped(at_ms=at_ms):
                waited = event.waited_ms + self._heard_ms - at_ms
                self._decided = now, ({"end_pointing": round(waited, 1)} if event.waited_ms else {})
            case fx.Transcribed() if self._decided is not None:
                decided, stages = self._decided
                stages["transcript"] = _ms(decided, now)
            case _:
                self._reply(event, now)

    def did(self, effect: Effect, now: float) -> None:
        """The conversation wants `effect`."""
        match effect:
            case fx.Hear(pcm=pcm):
                self._heard_ms += len(pcm) / BYTES_PER_MS
            case fx.Listen(turn_detection=detection):
                self._prefix_ms = getattr(detection, "prefix_padding_ms", 0)
            case fx.Think(generation=generation):
                decided, stages = self._decided or (now, {})
                if self._barge_in_ms is not None:
                    stages["barge_in"] = self._barge_in_ms
                self._barge_in_ms = None
                self._answering = _Answering(generation, decided, self._decided is not None, dict(stages))
                self._decided = None
            case fx.StopThinking(generation=generation):
                if self._answering is not None and self._answering.generation <= generation:
                    self._finish("cancelled", now)
            case fx.KeepHeard() if self._onset_ms is not None:
                self._barge_in_ms = round(max(0.0, self._heard_ms - self._onset_ms), 1)
                self._onset_ms = None
                self._tell(BargeIn(self._barge_in_ms))

    def _reply(self, event: EngineEvent, now: float) -> None:
        answering = self._answering
        if answering is None or getattr(event, "generation", None) != answering.generation:
            return
        match event:
            case fx.ReplyText():
                answering.passed("first_clause", now)
            case fx.ReplyAudio():
                answering.passed("first_audio", now)
            case fx.ReplyNotice(notice=ToolCalled() as tool):
                answering.tools.append(ToolRun(tool.agent, tool.name, round(tool.duration_ms, 1)))
            case fx.ReplyDone():
                told = event.stages_ms
                answering.stages_ms |= {stage: told[stage] for stage in FROM_ENGINE if stage in told}
                if "desk" in told:
                    answering.stages_ms["desk"] = told["desk"]
                self._finish("completed", now, event)
            case fx.ReplyBroke():
                self._finish("failed", now)

    def _finish(self, status: Status, now: float, done: fx.ReplyDone | None = None) -> None:
        answering, self._answering = self._answering, None
        assert answering is not None
        if answering.tools:
            answering.stages_ms["tools"] = round(sum(tool.ms for tool in answering.tools), 1)
        self.last = TurnRecord(
            status=status,
            by_voice=answering.by_voice,
            agent=done.agent if done is not None else None,
            answered=done is not None and done.answered,
            took_ms=_ms(answering.decided, now),
            stages_ms=answering.stages_ms,
            tools=tuple(answering.tools),
            ungrounded=done.ungrounded if done is not None else 0,
        )
        self._tell(self.last)


def _ms(begins: float, ends: float) -> float:
    return round((ends - begins) * 1000, 1)
