"""When the ear takes a turn to be over, and what it tells of its words before: on real sound and real voice activity.

The words are given by the test, but where the recogniser is put on trial as well.
"""

from __future__ import annotations

import asyncio
import threading
from typing import ClassVar

import numpy as np
import pytest

from agents.turn import Expectation
from data.code_sounds import CodeSound
from edge_server.audio import BYTES_PER_MS, RATE, Pcm
from edge_server.engines.ear import MOST_AT_ONCE_MS, Ear
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import EngineEvent
from edge_server.realtime.events.session import SemanticVad, ServerVad, TurnDetection
from edge_server.speech.end_pointing import Waits
from edge_server.speech.recogniser import Transcript
from edge_server.speech.service import SpeechService
from edge_server.speech.vad import PAUSE_MS, WINDOW_MS, VoiceActivity, VoiceEvent, VoiceModel
from sync.session import CONFIRM
from tests.speech_tools import murmured, speak_with_other_voice


class Told(SpeechService):
    """Speech whose recogniser understands what the test says, one after the other; the last again and again."""

    def __init__(self, model: VoiceModel, *words: str, code: CodeSound | None = None) -> None:
        super().__init__()
        self._code = code
        self._model = model
        self._words = list(words)
        self.spelled = False
        self.clip_ms = 0

    def voice_activity(self) -> VoiceActivity:
        return VoiceActivity(self._model)

    async def transcribe(
        self, pcm24k: bytes | Pcm, vocabulary: str = "", *, spelled: bool = False, digits: bool = True
    ) -> Transcript:
        self.spelled, self.clip_ms = spelled, len(pcm24k) // BYTES_PER_MS
        words = self._words.pop(0) if len(self._words) > 1 else self._words[0]
        return Transcript(words, -0.1, 0.1, 1000.0, 0.0, code=self._code)


class Asked:
    """A conversation that has asked for something."""

    def __init__(self, expected: Expectation, *, replying: bool = False) -> None:
        self._expected = expected
        self._replying = replying

    def vocabulary(self) -> str:
        return ""

    def expectation(self, words: str) -> Expectation:
        return self._expected

    def replying(self) -> bool:
        return self._replying

    def sounded(self, words: str, code: CodeSound) -> None:
        raise AssertionError("no code was said")

    def aside(self, words: str) -> bool:
        return False


@pytest.fixture(scope="module")
def model() -> VoiceModel:
    return VoiceModel.load()


def silence(ms: int) -> Pcm:
    return np.zeros(RATE * ms // 1000, dtype=np.int16)


async def heard(
    speech: SpeechService,
    detection: TurnDetection,
    expected: Expectation,
    *pieces: Pcm,
    replying: bool = False,
    enough: bool | None = None,
) -> list[EngineEvent]:
    """What an ear notices of one turn. Each piece of sound but the first comes when the one before is understood, and
    it has been told whether that was `enough`."""
    said: list[EngineEvent] = []
    over, understood = asyncio.Event(), asyncio.Event()

    def emit(event: EngineEvent) -> None:
        said.append(event)
        match event:
            case fx.SpeechStopped():
                ear.do(fx.Transcribe("item"))
            case fx.HeardSoFar():
                if enough is not None:
                    ear.answered(enough)
                understood.set()
            case fx.Transcribed():
                over.set()

    ear = Ear(speech, emit, Asked(expected, replying=replying))
    ear.do(fx.Listen(detection))
    for piece in pieces:
        for start in range(0, len(piece), RATE // 50):
            ear.do(fx.Hear(piece[start : start + RATE // 50].tobytes()))
        if piece is not pieces[-1]:
            await asyncio.wait_for(understood.wait(), 20.0)
            understood.clear()
    await asyncio.wait_for(over.wait(), 20.0)
    await ear.close()
    return said


async def waited_ms(
    model: VoiceModel, words: str, expected: Expectation, detection: TurnDetection, enough: bool | None = None
) -> int:
    """How much silence ended a turn in which `words` were understood, and told to be `enough`."""
    sound = np.concatenate((speak_with_other_voice("Yes, that one please."), silence(2_000)))
    said = await heard(Told(model, words), detection, expected, sound, enough=enough)
    assert any(isinstance(event, fx.HeardSoFar) and event.text == words for event in said)
    return next(event.waited_ms for event in said if isinstance(event, fx.SpeechStopped))


async def test_how_a_code_sounded_is_told_before_its_words(model: VoiceModel) -> None:
    code, order, over = CodeSound(({"K": 0.0},)), list[object](), asyncio.Event()

    class Listening(Asked):
        def sounded(self, words: str, code: CodeSound) -> None:
            order.append((words, code))

    def emit(event: EngineEvent) -> None:
        order.append(event)
        over.set()

    ear = Ear(Told(model, "Kilo", code=code), emit, Listening(Expectation("booking_code")))
    ear.do(fx.Transcribe("item", speak_with_other_voice("Kilo.").tobytes()))
    await asyncio.wait_for(over.wait(), 20.0)
    await ear.close()
    assert order[0] == ("Kilo", code) and isinstance(order[1], fx.Transcribed)


async def test_a_wait_that_the_client_set_is_kept_whatever_was_said(model: VoiceModel) -> None:
    set_by_client = ServerVad(silence_duration_ms=700)
    assert await waited_ms(model, "Yes.", Expectation(CONFIRM, filled=True), set_by_client) == 700
    assert await waited_ms(model, "I want to", Expectation(), set_by_client) == 700


async def test_otherwise_a_yes_that_was_asked_for_ends_the_turn_sooner_than_a_beginning(model: VoiceModel) -> None:
    answer = await waited_ms(model, "Yes.", Expectation(CONFIRM, filled=True), ServerVad())
    beginning = await waited_ms(model, "I want to", Expectation(), ServerVad())
    assert answer < 400
    assert beginning > 1000


async def test_an_answer_for_which_the_words_are_enough_shortens_the_wait(model: VoiceModel) -> None:
    wish = "I want to cancel my flight."
    assert await waited_ms(model, wish, Expectation(), ServerVad()) == Waits().wish_ms
    assert await waited_ms(model, wish, Expectation(), ServerVad(), enough=True) == Waits().enough_ms
    set_by_client = ServerVad(silence_duration_ms=700)
    assert await waited_ms(model, wish, Expectation(), set_by_client, enough=True) == 700


async def test_an_answer_to_words_that_the_customer_went_on_from_counts_no_more(model: VoiceModel) -> None:
    ear = Ear(Told(model, "I want to"), lambda event: None, Asked(Expectation()))
    ear._set_detection(ServerVad())
    assert ear._activity is not None
    ear.answered(True)
    assert ear._activity.silence_duration_ms == Waits().listening_ms
    await ear.close()


@pytest.mark.parametrize("before_ms", [0, 100, 20_000])
async def test_over_a_reply_the_recogniser_gets_all_from_the_first_murmur_on_and_no_more_than_there_is(
    model: VoiceModel, before_ms: int
) -> None:
    said = speak_with_other_voice("When can I check in?")
    first = int(np.flatnonzero(np.abs(said) > 500)[0])
    clear = first + RATE * 6 // 10
    sound = np.concatenate((silence(before_ms), murmured(said[first:clear]), said[clear:], silence(2_000)))
    speech = Told(model, "When can I check in?")
    events = await heard(speech, ServerVad(), Expectation(), sound, replying=True)
    [started] = [event for event in events if isinstance(event, fx.SpeechStarted)]
    [stopped] = [event for event in events if isinstance(event, fx.SpeechStopped)]
    assert max(0, before_ms - 364) <= started.at_ms <= max(0, before_ms - 236)
    ended_ms = stopped.at_ms - stopped.waited_ms
    assert speech.clip_ms == ended_ms + PAUSE_MS - started.at_ms


@pytest.mark.parametrize(("asked", "spelled"), [("pin", True), ("booking_code", True), (CONFIRM, False), (None, False)])
async def test_the_recogniser_is_told_when_a_code_is_expected(
    model: VoiceModel, asked: str | None, spelled: bool
) -> None:
    speech = Told(model, "Seven.")
    sound = np.concatenate((speak_with_other_voice("Seven."), silence(1_700)))
    await heard(speech, ServerVad(), Expectation(asked), sound)
    assert speech.spelled == spelled


async def test_eagerness_stretches_the_wait(model: VoiceModel) -> None:
    waits = [
        await waited_ms(model, "I want to go.", Expectation(), SemanticVad(eagerness=eagerness))
        for eagerness in ("high", "medium", "low")
    ]
    assert waits == sorted(waits)
    assert waits[0] < waits[2]


async def told_so_far(speech: SpeechService) -> tuple[str, str]:
    """What was told of a turn with a pause in it before it was over, and its words in the end."""
    first, second = (speak_with_other_voice(words) for words in ("I want to change my flight", "to Friday morning."))
    pieces = np.concatenate((first, silence(100))), np.concatenate((second, silence(2_500)))
    said = await heard(speech, SemanticVad(eagerness="low"), Expectation(), *pieces)
    told = "".join(event.text_delta for event in said if isinstance(event, fx.TranscribedPartly))
    return told, next(event.text for event in said if isinstance(event, fx.Transcribed))


async def test_the_words_before_a_pause_are_told_but_for_the_last_which_may_change(model: VoiceModel) -> None:
    told, _ = await told_so_far(Told(model, "I want to change my flight.", "I want to change my flight to Friday."))
    assert told == "I want to change my flight to"


async def test_what_was_told_is_never_taken_back(model: VoiceModel) -> None:
    told, words = await told_so_far(Told(model, "I want a change of flight.", "I want to change my flight to Friday."))
    assert told == "I want a change of"
    assert words == "I want to change my flight to Friday."


async def test_what_is_told_of_real_speech_begins_the_transcript(model: VoiceModel) -> None:
    speech = SpeechService()
    await speech.start()
    try:
        told, words = await told_so_far(speech)
    finally:
        await speech.close()
    assert len(told.split()) >= 4
    assert words.lower().startswith(told.lower())
    assert len(words) > len(told)


async def test_whoever_keeps_the_loop_s_threads_busy_keeps_nobody_from_being_heard(model: VoiceModel) -> None:
    free = threading.Event()
    busy = [asyncio.create_task(asyncio.to_thread(free.wait)) for _ in range(64)]
    try:
        sound = np.concatenate((speak_with_other_voice("Yes, that one please."), silence(1_700)))
        said = await heard(Told(model, "Yes."), ServerVad(), Expectation(), sound)
    finally:
        free.set()
        await asyncio.gather(*busy)
    assert any(isinstance(event, fx.SpeechStarted) for event in said)


async def test_audio_that_waits_is_heard_in_longer_pieces(model: VoiceModel) -> None:
    class Counted(Told):
        pieces: ClassVar[list[int]] = []

        async def listen(self, activity: VoiceActivity, samples: Pcm) -> list[VoiceEvent]:
            self.pieces.append(len(samples))
            return await super().listen(activity, samples)

    sound = np.concatenate((speak_with_other_voice("Yes, that one please."), silence(1_700)))
    await heard(Counted(model, "Yes."), ServerVad(), Expectation(), sound)
    assert (
        max(Counted.pieces) == RATE * MOST_AT_ONCE_MS // 1000 and len(Counted.pieces) < len(sound) // (RATE // 50) / 3
    )


async def test_voice_activity_is_not_woken_by_frames_that_make_no_window_whole(model: VoiceModel) -> None:
    class Counted(Told):
        pieces: ClassVar[list[int]] = []

        async def listen(self, activity: VoiceActivity, samples: Pcm) -> list[VoiceEvent]:
            self.pieces.append(len(samples))
            return await super().listen(activity, samples)

    sound = np.concatenate((speak_with_other_voice("Yes, that one please."), silence(1_700)))
    frame = RATE // 100
    ear = Ear(Counted(model, "Yes."), lambda event: None, Asked(Expectation()))
    ear._set_detection(ServerVad())
    for start in range(0, len(sound), frame):
        await ear._hear(sound[start : start + frame].tobytes())
    await ear.close()
    windows = len(sound) * 1000 // RATE // WINDOW_MS
    assert windows <= len(Counted.pieces) + 2 and len(Counted.pieces) < 0.6 * len(sound) / frame
