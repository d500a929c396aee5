"""What `lobby bench phone` makes of what callers noted."""

from edge_server.bench.phone import SHORTEST, CallNotes, barge_in_ms, figures_of, first_speech, stutters_ms


def test_frames_that_come_ahead_are_no_stutter() -> None:
    ahead = [at * 0.02 - (0.06 if at > 3 else 0.0) for at in range(100)]
    assert stutters_ms(ahead) == []


def test_a_frame_that_comes_too_late_is_a_stutter_and_a_longer_pause_is_none() -> None:
    late = [0.0, 0.02, 0.04, 0.11, 0.13, 5.0, 5.02]
    [missed] = stutters_ms(late)
    assert round(missed) == 50


def test_speech_is_told_from_a_tone() -> None:
    tone, gap, speech = [True] * (SHORTEST - 1), [False] * 5, [True] * SHORTEST
    assert first_speech([*tone, *gap]) is None
    assert first_speech([*gap, *tone, *gap, *speech]) == len(tone) + 2 * len(gap)


def test_a_reply_that_is_spoken_over_lasts_until_its_last_frame() -> None:
    arrivals = [9.9, 10.05, 10.16, 12.0]
    assert round(barge_in_ms(10.0, 11.5, [10.15], arrivals) or 0) == 160
    assert barge_in_ms(10.0, 11.5, [9.0, 11.6], arrivals) is None


def test_what_did_not_come_is_counted() -> None:
    good = CallNotes(True, 900.0, [1000.0, 2000.0], 150.0, frames=10, stutters_ms=[12.0], finished=True)
    cut = CallNotes(True, 1100.0, [None], frames=5)
    figures = figures_of([good, cut, CallNotes()], None, (1.0, 2.0))
    assert (figures.calls, figures.answered, figures.finished) == (3, 2, 1)
    assert (figures.questions, figures.unanswered, figures.not_stopped) == (3, 1, 0)
    assert (figures.wait_ms_p50, figures.barge_in_ms_p95) == (1000.0, 150.0)
    assert (figures.frames, figures.stutters, figures.longest_stutter_ms) == (15, 1, 12.0)
