"""What a turn's times are, reckoned from what was received and when."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from edge_server.audio import RATE, Pcm
from edge_server.bench.caller import Received, Said, first_audible, played
from edge_server.bench.capacity import next_step, step_figures, steps_to
from edge_server.bench.figures import p50, p95, percentile
from edge_server.bench.latency import Turn, figures_of, turn_of
from edge_server.bench.picture import svg

SAID = Said(begins=10.0, ends=12.0)


def silence(ms: int) -> Pcm:
    return np.zeros(RATE * ms // 1000, dtype=np.int16)


def tone(ms: int) -> Pcm:
    at = np.arange(RATE * ms // 1000) / RATE
    return (np.sin(2 * np.pi * 300 * at) * 8000).astype(np.int16)


def sound(at: float, *pieces: Pcm) -> Received:
    delta = base64.b64encode(np.concatenate(pieces).tobytes()).decode()
    return Received(at, {"type": "response.output_audio.delta", "delta": delta})


def event(at: float, type_: str, **fields: str) -> Received:
    return Received(at, {"type": type_, **fields})


STOPPED = "input_audio_buffer.speech_stopped"
TRANSCRIBED = "conversation.item.input_audio_transcription.completed"


def answered(*sounds: Received, stopped: float = 12.5) -> Turn:
    heard = event(12.6, TRANSCRIBED, transcript="is it late")
    text = event(12.65, "response.output_audio_transcript.delta", delta="No.")
    return turn_of("late?", SAID, sorted([event(stopped, STOPPED), heard, text, *sounds], key=lambda one: one.at))


def test_silence_that_leads_the_reply_is_waiting_too() -> None:
    timing = answered(sound(12.7, silence(100), tone(200))).timing
    assert timing is not None
    assert timing.voice_to_voice_ms == pytest.approx(800, abs=6)
    assert timing.first_audio_ms == pytest.approx(300, abs=6)
    assert timing.end_pointing_ms == pytest.approx(500)


def test_the_steps_add_up_to_the_whole() -> None:
    timing = answered(sound(12.7, silence(100), tone(200))).timing
    assert timing is not None
    assert sum(timing.steps.values()) == pytest.approx(timing.voice_to_voice_ms, abs=1)
    assert list(timing.steps) == ["end-pointing", "words", "first text", "first sound", "audible"]


def test_sound_that_comes_faster_than_it_is_played_is_heard_in_turn() -> None:
    heard = played([sound(5.0, silence(400)), sound(5.01, tone(200))])
    assert heard is not None
    assert heard.audible == pytest.approx(5.4, abs=0.006)
    assert heard.ends == pytest.approx(5.6)


def test_sound_that_comes_late_is_heard_when_it_comes() -> None:
    heard = played([sound(5.0, silence(100)), sound(6.0, tone(200))])
    assert heard is not None
    assert heard.audible == pytest.approx(6.0, abs=0.006)


def test_a_whisper_below_the_threshold_is_not_audible() -> None:
    assert first_audible((tone(100) // 100).astype(np.int16)) is None
    assert first_audible(tone(100)) == 0


def test_a_turn_without_sound_is_not_answered() -> None:
    turn = turn_of("late?", SAID, [event(12.5, STOPPED)])
    assert (turn.answered, turn.timing) == (False, None)


def test_a_turn_that_was_cut_counts_in_the_times_only_when_the_answer_waited_for_its_end() -> None:
    waited = answered(sound(13.2, tone(200)), event(11.0, STOPPED))
    hasty = answered(sound(11.6, tone(200)), sound(13.2, tone(200)), stopped=11.0)
    assert (waited.cut_early, hasty.cut_early) == (True, True)
    assert waited.timing is not None and waited.timing.end_pointing_ms == pytest.approx(500)
    assert hasty.timing is None
    figures = figures_of([waited, hasty])
    assert (figures.turns, figures.answered, figures.cut_early) == (2, 2, 2)
    assert figures.voice_to_voice_ms_p50 == pytest.approx(1200, abs=6)


def test_percentiles_are_values_that_were_measured() -> None:
    assert (p50([30, 10, 20]), p95(range(1, 101)), percentile([], 0.5)) == (20, 95, None)


def test_a_picture_shows_every_question_and_is_well_formed() -> None:
    figures = figures_of([answered(sound(12.7, tone(200)))])
    root = ET.fromstring(svg(figures))
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "late?" in texts
    assert any(text and "p50 700 ms" in text for text in texts)


def test_a_picture_of_nothing_says_so() -> None:
    assert "no turn was answered" in svg(figures_of([]))


def test_a_step_with_answers_that_never_came_is_not_passed() -> None:
    quick = answered(sound(12.7, tone(200)))
    lost = Turn(None, answered=False, cut_early=False)
    assert step_figures(1, [quick] * 20, None).passed
    assert not step_figures(1, [quick] * 18 + [lost] * 2, None).passed
    assert not step_figures(1, [quick] * 20, "the server closed the connection").passed
    assert not step_figures(1, [], None).passed


def test_a_step_with_slow_answers_is_not_passed() -> None:
    slow = answered(sound(13.1, tone(200)))
    assert not step_figures(2, [slow] * 20, None).passed


@pytest.mark.parametrize("capacity", range(13))
def test_whatever_is_held_is_found_exactly(capacity: int) -> None:
    held, failed, tried = 0, None, list[int]()
    while (step := next_step(held, failed, steps_to(12))) is not None:
        tried.append(step)
        held, failed = (step, failed) if step <= capacity else (held, step)
    assert held == capacity
    assert failed == (capacity + 1 if capacity < 12 else None)
    assert len(tried) == len(set(tried)) <= 8


@pytest.mark.parametrize(("most", "steps"), [(1, (1,)), (5, (1, 2, 4, 5)), (15, (1, 2, 4, 6, 8, 10, 12, 14, 15))])
def test_steps_end_at_the_most_that_is_wanted(most: int, steps: tuple[int, ...]) -> None:
    assert steps_to(most) == steps
