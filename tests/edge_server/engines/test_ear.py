"""When the ear takes a turn to be over: on real sound and real voice activity; the words are given by the test."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from agents.turn import Expectation
from edge_server.audio import RATE, Pcm
from edge_server.engines.ear import Ear
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import EngineEvent
from edge_server.realtime.events.session import SemanticVad, ServerVad, TurnDetection
from edge_server.speech.recogniser import Transcript
from edge_server.speech.service import SpeechService
from edge_server.speech.vad import VoiceActivity, VoiceModel
from sync.session import CONFIRM
from tests.speech_tools import speak_with_other_voice


class Told(SpeechService):
    """Speech whose recogniser understands what the test says."""

    def __init__(self, model: VoiceModel, words: str) -> None:
        super().__init__()
        self._model = model
        self._words = words

    def voice_activity(self) -> VoiceActivity:
        return VoiceActivity(self._model)

    async def transcribe(self, pcm24k: bytes | Pcm, vocabulary: str = "") -> Transcript:
        return Transcript(self._words, -0.1, 0.1, 1000.0, 0.0)


class Asked:
    """A conversation that has asked for something."""

    def __init__(self, expected: Expectation) -> None:
        self._expected = expected

    def vocabulary(self) -> str:
        return ""

    def expectation(self, words: str) -> Expectation:
        return self._expected

    def replying(self) -> bool:
        return False

    def aside(self, words: str) -> bool:
        return False


@pytest.fixture(scope="module")
def model() -> VoiceModel:
    return VoiceModel.load()


async def waited_ms(model: VoiceModel, words: str, expected: Expectation, detection: TurnDetection) -> int:
    """How much silence ended a turn in which `words` were understood."""
    said: list[EngineEvent] = []
    stopped = asyncio.Event()

    def emit(event: EngineEvent) -> None:
        said.append(event)
        if isinstance(event, fx.SpeechStopped):
            stopped.set()

    ear = Ear(Told(model, words), emit, Asked(expected))
    ear.do(fx.Listen(detection))
    sound = np.concatenate((speak_with_other_voice("Yes, that one please."), np.zeros(2 * RATE, dtype=np.int16)))
    for start in range(0, len(sound), RATE // 50):
        ear.do(fx.Hear(sound[start : start + RATE // 50].tobytes()))
    await asyncio.wait_for(stopped.wait(), 20.0)
    await ear.close()
    assert any(isinstance(event, fx.HeardSoFar) and event.text == words for event in said)
    return next(event.waited_ms for event in said if isinstance(event, fx.SpeechStopped))


async def test_a_wait_that_the_client_set_is_kept_whatever_was_said(model: VoiceModel) -> None:
    set_by_client = ServerVad(silence_duration_ms=700)
    assert await waited_ms(model, "Yes.", Expectation(CONFIRM, filled=True), set_by_client) == 700
    assert await waited_ms(model, "I want to", Expectation(), set_by_client) == 700


async def test_otherwise_a_yes_that_was_asked_for_ends_the_turn_sooner_than_a_beginning(model: VoiceModel) -> None:
    answer = await waited_ms(model, "Yes.", Expectation(CONFIRM, filled=True), ServerVad())
    beginning = await waited_ms(model, "I want to", Expectation(), ServerVad())
    assert answer < 400
    assert beginning > 1000


async def test_eagerness_stretches_the_wait(model: VoiceModel) -> None:
    waits = [
        await waited_ms(model, "I want to go.", Expectation(), SemanticVad(eagerness=eagerness))
        for eagerness in ("high", "medium", "low")
    ]
    assert waits == sorted(waits)
    assert waits[0] < waits[2]
