"""Voice activity: where speech starts, pauses and stops; on a real network and real sound."""

from __future__ import annotations

import numpy as np
import pytest

from edge_server.audio import RATE, Pcm
from edge_server.speech.vad import Pause, SpeechStarted, SpeechStopped, VoiceActivity, VoiceEvent, VoiceModel
from tests.speech_tools import recording, speak_with_other_voice


@pytest.fixture(scope="module")
def model() -> VoiceModel:
    return VoiceModel.load()


def silence(ms: int) -> Pcm:
    return np.zeros(RATE * ms // 1000, dtype=np.int16)


def heard(activity: VoiceActivity, pcm: Pcm, frame_ms: int = 20) -> list[VoiceEvent]:
    frame = RATE * frame_ms // 1000
    return [event for at in range(0, len(pcm), frame) for event in activity.feed(pcm[at : at + frame])]


def test_an_utterance_starts_pauses_and_stops_where_it_does(model: VoiceModel) -> None:
    spoken = speak_with_other_voice("I would like to change my flight.")
    events = heard(VoiceActivity(model), np.concatenate((silence(700), spoken, silence(900))))
    loud = np.flatnonzero(np.abs(spoken) > 500)
    onset_ms, end_ms = 700 + loud[0] * 1000 // RATE, 700 + loud[-1] * 1000 // RATE

    started, *_, pause, stopped = events
    assert isinstance(started, SpeechStarted)
    assert isinstance(pause, Pause)
    assert isinstance(stopped, SpeechStopped)
    assert sum(isinstance(event, SpeechStarted | SpeechStopped) for event in events) == 2
    assert abs(started.at_ms - onset_ms) <= 120
    assert started.audio_start_ms == started.at_ms - 300
    assert abs(stopped.speech_end_ms - end_ms) <= 200
    assert stopped.at_ms == stopped.speech_end_ms + 500
    assert pause.speech_end_ms == stopped.speech_end_ms
    assert 128 <= pause.at_ms - pause.speech_end_ms < 192


def test_the_size_of_frames_changes_nothing(model: VoiceModel) -> None:
    sound = np.concatenate((silence(300), speak_with_other_voice("Yes please."), silence(900)))
    whole = VoiceActivity(model).feed(sound)
    assert whole
    assert heard(VoiceActivity(model), sound, frame_ms=7) == whole
    assert heard(VoiceActivity(model), sound, frame_ms=100) == whole


def test_a_short_pause_inside_an_utterance_does_not_end_it(model: VoiceModel) -> None:
    first, second = speak_with_other_voice("My booking code is")[:-5000], speak_with_other_voice("K seven M two")[5000:]
    events = heard(VoiceActivity(model), np.concatenate((silence(200), first, silence(150), second, silence(900))))
    assert sum(isinstance(event, SpeechStopped) for event in events) == 1


def test_settings_change_while_it_listens(model: VoiceModel) -> None:
    activity = VoiceActivity(model)
    sound = np.concatenate((speak_with_other_voice("Hello there."), silence(1500)))
    [*_, first] = heard(activity, sound)
    activity.silence_duration_ms, activity.prefix_padding_ms = 1000, 0
    started, *_, second = heard(activity, sound)
    assert isinstance(first, SpeechStopped)
    assert first.at_ms - first.speech_end_ms == 500
    assert isinstance(second, SpeechStopped)
    assert second.at_ms - second.speech_end_ms == 1000
    assert isinstance(started, SpeechStarted)
    assert started.audio_start_ms == started.at_ms


def test_a_reset_starts_a_new_stream_at_zero(model: VoiceModel) -> None:
    activity = VoiceActivity(model)
    sound = np.concatenate((silence(300), speak_with_other_voice("Hello there."), silence(900)))
    before = heard(activity, sound)
    heard(activity, sound[: RATE // 2])
    activity.reset()
    assert heard(activity, sound) == before


@pytest.mark.parametrize("kind", ["silence", "hiss", "tone", "clicks"])
def test_noise_is_not_speech(model: VoiceModel, kind: str) -> None:
    random = np.random.default_rng(7)
    count = RATE * 5
    sound = {
        "silence": np.zeros(count),
        "hiss": random.normal(0, 1500, count),
        "tone": 6000 * np.sin(2 * np.pi * 440 * np.arange(count) / RATE),
        "clicks": (random.random(count) > 0.9998) * 20_000.0,
    }[kind]
    assert VoiceActivity(model).feed(sound.astype(np.int16)) == []


def test_a_person_is_heard_from_the_first_word_to_the_last(model: VoiceModel) -> None:
    events = VoiceActivity(model, silence_duration_ms=900).feed(np.concatenate((recording("jfk.wav"), silence(1500))))
    started, stopped = events[0], events[-1]
    assert isinstance(started, SpeechStarted)
    assert isinstance(stopped, SpeechStopped)
    assert started.at_ms < 500
    assert 10_000 < stopped.speech_end_ms < 11_200
