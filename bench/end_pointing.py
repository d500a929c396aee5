"""What end-pointing does with the panel of `lobby eval turns`, in the panel's own time instead of the machine's.

The turns go through voice activity detection and recognition as in the ear, and words through the desk as in a
rehearsal, but the words of a pause are there a fixed time after it, however busy the cores are. So the figures are
those of the rules, with recognition of that speed.

    python -m bench.end_pointing [MS]      MS: how long recognition takes (default 250)
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from dataclasses import dataclass

import numpy as np

from agents.desk import AgentDesk
from agents.turn import CODES, Expectation, TurnDone
from data.embeddings import Embedder
from edge_server.audio import RATE
from edge_server.bench.figures import p50, p95
from edge_server.evaluation.desk import sample_desk
from edge_server.evaluation.own_turns import own_cases
from edge_server.evaluation.turns import Case
from edge_server.speech import end_pointing, vad
from edge_server.speech.service import SpeechService
from sync.session import SessionState

RECOGNITION_MS = 250.0
ANSWERED_MS = 40.0
"""How long the desk takes for a rehearsed answer."""
REHEARSED_S = 2.0
FRAME = RATE // 50
LISTENING = end_pointing.wait(None, Expectation(), end_pointing.Waits()).ms


@dataclass(slots=True)
class Ended:
    """What came of a turn: its delay in ms (None: cut), and what was decided at each pause."""

    delay_ms: float | None
    decisions: list[str]


async def asked(desk: AgentDesk, before: tuple[str, ...]) -> SessionState:
    """The session after the customer has written these messages."""
    state = SessionState(key="bench")
    for words in before:
        async for event in desk.turn(state, words):
            if isinstance(event, TurnDone):
                state = event.state
    return state


async def answered(desk: AgentDesk, state: SessionState, words: str) -> bool | None:
    """What the rehearsed answer tells of `words`; None also when it would wait for the turn's end to write."""
    with contextlib.suppress(TimeoutError):
        async with (
            asyncio.timeout(REHEARSED_S),
            contextlib.aclosing(desk.turn(state, words, ended=asyncio.Event())) as events,
        ):
            async for event in events:
                if isinstance(event, TurnDone):
                    return desk.enough(event)
    return None


async def listened(case: Case, state: SessionState, desk: AgentDesk, speech: SpeechService, lag_ms: float) -> Ended:
    """Hear one turn in the session `state`, as the ear does."""
    pcm = np.concatenate((case.spoken.pcm[: case.spoken.ends], np.zeros(3 * RATE, dtype=np.int16)))
    ends_ms = case.spoken.ends * 1000 / RATE
    activity, vocabulary = speech.voice_activity(), desk.vocabulary(state)
    activity.silence_duration_ms = LISTENING
    spelled = desk.expectation(state, "").asked in CODES
    start_ms, due, decisions = 0, list[tuple[float, int]](), list[str]()
    for at in range(0, len(pcm), FRAME):
        now_ms = at * 1000 / RATE
        while due and now_ms >= due[0][0]:
            activity.silence_duration_ms = due.pop(0)[1]
        for event in activity.feed(pcm[at : at + FRAME]):
            match event:
                case vad.SpeechStarted():
                    start_ms, activity.silence_duration_ms = event.audio_start_ms, LISTENING
                case vad.Pause():
                    clip = pcm[start_ms * RATE // 1000 : event.at_ms * RATE // 1000]
                    words = (await speech.transcribe(clip, vocabulary, spelled=spelled)).text
                    expected, due = desk.expectation(state, words), list[tuple[float, int]]()
                    for later_ms, enough in ((0.0, None), (ANSWERED_MS, await answered(desk, state, words))):
                        wait = end_pointing.wait(words, expected, end_pointing.Waits(), enough=enough)
                        due.append((now_ms + lag_ms + later_ms, wait.ms))
                    decisions.append(f"{event.speech_end_ms - ends_ms:6.0f} ms: {wait.ms} ms, {wait.reason}: {words}")
                case vad.SpeechResumed():
                    due, activity.silence_duration_ms = [], LISTENING
                case vad.SpeechStopped():
                    return Ended(now_ms - ends_ms if now_ms >= ends_ms else None, decisions)
    return Ended(None, [*decisions, "never ended"])


async def main(lag_ms: float) -> None:
    """Print each turn that was cut, with its decisions, and the figures."""
    speech = SpeechService()
    await speech.start()
    try:
        cases = [case for case in await own_cases(speech, lambda *_: None) if case.kind == "turn"]
        delays: list[float] = []
        async with sample_desk(Embedder.load(), lambda *_: None) as desk:
            for case in cases:
                ended = await listened(case, await asked(desk, case.before), desk, speech, lag_ms)
                if ended.delay_ms is None:
                    print(f"cut: {case.name} ({case.condition})", *ended.decisions, sep="\n  ")
                else:
                    delays.append(ended.delay_ms)
    finally:
        await speech.close()
    cut = len(cases) - len(delays)
    print(f"cut {cut} of {len(cases)} ({cut / len(cases):.1%}); delay p50 {p50(delays)} ms, p95 {p95(delays)} ms")


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else RECOGNITION_MS))
