"""Voice activity: where speech starts, pauses and stops; on a real network and real sound."""

from __future__ import annotations

import numpy as np
import pytest

from edge_server.audio import RATE, Pcm, resample
from edge_server.evaluation.own_speech import noise
from edge_server.evaluation.sound import joined, padded, telephone
from edge_server.speech.telephone_band import TelephoneBand
from edge_server.speech.vad import (
    LONGEST_ONSET_MS,
    MODEL_RATE,
    PAUSE_MS,
    THRESHOLD,
    WINDOW,
    WINDOW_MS,
    Pause,
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
    VoiceActivity,
    VoiceEvent,
    VoiceModel,
)
from tests.speech_tools import murmured, recording, speak_with_other_voice


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
    assert PAUSE_MS <= pause.at_ms - pause.speech_end_ms < PAUSE_MS + 2 * WINDOW_MS


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


def speech_events(activity: VoiceActivity, pcm: Pcm) -> list[SpeechStarted]:
    return [event for event in heard(activity, pcm) if isinstance(event, SpeechStarted)]


def test_over_a_reply_a_hum_is_not_the_start_of_a_turn_but_a_word_is_and_soon(model: VoiceModel) -> None:
    time = np.arange(RATE * 4 // 10) / RATE
    hum = sum(np.sin(2 * np.pi * 120 * n * time) / n**2 for n in (1, 2, 3)) * 5000 * np.hanning(len(time))
    sound = np.concatenate((silence(500), hum.astype(np.int16), silence(500)))
    word = np.concatenate((silence(500), speak_with_other_voice("No, wait."), silence(500)))
    onset_ms = 500 + np.flatnonzero(np.abs(speak_with_other_voice("No, wait.")) > 500)[0] * 1000 // RATE

    activity = VoiceActivity(model)
    activity.guarded = True
    assert speech_events(activity, sound) == []
    activity.reset()
    at = next(
        number * 20 + 20
        for number, start in enumerate(range(0, len(word), RATE // 50))
        if any(isinstance(event, SpeechStarted) for event in activity.feed(word[start : start + RATE // 50]))
    )
    assert 96 <= at - onset_ms <= 200


def test_over_a_reply_a_voice_far_behind_the_customers_is_not_theirs(model: VoiceModel) -> None:
    near = np.concatenate((silence(300), speak_with_other_voice("What is the status of my flight?"), silence(900)))
    far = np.concatenate((silence(300), speak_with_other_voice("Are you coming?") // 16, silence(900)))
    activity = VoiceActivity(model)
    assert len(speech_events(activity, near)) == 1
    activity.guarded = True
    assert speech_events(activity, far) == []
    assert len(speech_events(activity, near)) == 1


def test_over_a_reply_what_is_heard_begins_with_the_first_word_however_late_it_is_sure(model: VoiceModel) -> None:
    spoken = speak_with_other_voice("When can I check in at Front Range Inn?")
    first = int(np.flatnonzero(np.abs(spoken) > 500)[0])
    clear = first + RATE * 6 // 10
    activity = VoiceActivity(model)
    activity.guarded = True
    heard(activity, np.concatenate((silence(700), murmured(spoken[:clear]))))
    assert not activity.speaking
    [started] = speech_events(activity, spoken[clear:])
    onset_ms = 700 + first * 1000 // RATE
    assert abs(started.at_ms - onset_ms) < 2 * WINDOW_MS
    assert started.audio_start_ms == started.at_ms - 300


def test_over_a_reply_neither_a_long_hum_nor_people_far_away_are_the_beginning_of_what_is_said(
    model: VoiceModel,
) -> None:
    words = speak_with_other_voice("My booking code is wrong, I think, and my flight is on Friday.")
    asked = np.concatenate((silence(300), words, silence(900)))
    for before in (murmured(words), words // 32):
        activity = VoiceActivity(model)
        assert len(speech_events(activity, asked)) == 1
        activity.guarded = True
        assert speech_events(activity, before) == []
        [started] = speech_events(activity, words)
        begins_ms = (len(asked) + len(before)) * 1000 // RATE
        assert begins_ms - LONGEST_ONSET_MS < started.at_ms < begins_ms + 500


def test_who_speaks_on_after_a_pause_is_said_to(model: VoiceModel) -> None:
    first, second = speak_with_other_voice("My booking code is")[:-5000], speak_with_other_voice("K seven M two")[5000:]
    events = heard(VoiceActivity(model), np.concatenate((silence(200), first, silence(300), second, silence(900))))
    kinds = [type(event) for event in events]
    assert kinds.index(Pause) < kinds.index(SpeechResumed) < kinds.index(SpeechStopped)


@pytest.mark.parametrize("name", ["6_yweweler_15", "0_jackson_20"])
def test_every_word_over_a_telephone_line_is_heard(model: VoiceModel, name: str) -> None:
    digit = recording(f"fsdd_{name}.wav")
    said = padded(joined([digit] * 3, (150, 150)), 400, 400)
    events = VoiceActivity(model).feed(np.concatenate((telephone(said.pcm), silence(1_000))))
    [started] = [event for event in events if isinstance(event, SpeechStarted)]
    [stopped] = [event for event in events if isinstance(event, SpeechStopped)]
    begins_ms, ends_ms = said.begins * 1000 / RATE, said.ends * 1000 / RATE
    assert started.at_ms < begins_ms + 160
    assert stopped.speech_end_ms > ends_ms - 160


@pytest.mark.parametrize(
    "name", ["fsdd_2_jackson_25", "fsdd_4_nicolas_5", "fsdd_9_theo_39", "sc_eight_742d6431_nohash_3"]
)
def test_a_word_alone_is_heard_though_the_line_took_the_voices_fundamental_away(model: VoiceModel, name: str) -> None:
    events = VoiceActivity(model).feed(np.concatenate((telephone(recording(f"{name}.wav")), silence(1_000))))
    assert [type(event) for event in events if not isinstance(event, Pause | SpeechResumed)] == [
        SpeechStarted,
        SpeechStopped,
    ]


@pytest.mark.parametrize("kind", ["hiss", "rumble", "hum", "beep", "chord", "melody", "coughs", "clicks"])
def test_noise_over_a_telephone_line_is_not_speech(model: VoiceModel, kind: str) -> None:
    assert VoiceActivity(model).feed(telephone(noise(kind, np.random.default_rng(7)))) == []


def test_a_line_so_soft_that_rounding_is_heard_is_still_a_telephones(model: VoiceModel) -> None:
    band = TelephoneBand(model)
    word = resample(telephone(recording("fsdd_9_theo_39.wav")) // 7, RATE, MODEL_RATE).astype(np.float32) / 32768.0
    windows = [band.speech(word[at : at + WINDOW]) for at in range(0, len(word) - WINDOW, WINDOW)]
    assert max(windows) > THRESHOLD
