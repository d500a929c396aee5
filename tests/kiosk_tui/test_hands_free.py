"""When the microphone may stay open while the desk speaks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk_tui.audio_hands_free import HandsFree, State

SPEAKING, SILENT = -20.0, -96.0
ROOM, ECHO, LEFT = -65.0, -30.0, -70.0

levels = st.floats(-96.0, 0.0)
windows = st.lists(st.tuples(levels, levels, levels), max_size=200)


def learnt() -> HandsFree:
    here = in_a_quiet_room()
    for _ in range(20):
        here.window(SPEAKING, ECHO, LEFT)
    return here


def in_a_quiet_room() -> HandsFree:
    here = HandsFree()
    for _ in range(10):
        here.window(SILENT, ROOM, ROOM)
    return here


def test_two_seconds_of_echo_that_is_taken_out_open_it() -> None:
    here = in_a_quiet_room()
    for _ in range(19):
        here.window(SPEAKING, ECHO, LEFT)
    assert not here.open
    here.window(SPEAKING, ECHO, LEFT)
    assert here.open


def test_a_loudspeaker_that_is_never_heard_opens_it_too() -> None:
    here = in_a_quiet_room()
    assert here.echo
    for _ in range(30):
        here.window(SPEAKING, ROOM, ROOM)
    assert here.open
    assert not here.echo


def test_a_loudspeaker_that_is_turned_down_opens_it_again_and_turned_up_closes_it_until_it_has_learnt() -> None:
    here = in_a_quiet_room()
    course = []
    for level in (ECHO, ROOM, ECHO):
        for _ in range(40 if level == ECHO else 30):
            here.window(SPEAKING, level, level)
        course.append((here.open, here.echo))
    assert course == [(False, True), (True, False), (False, True)]


def test_what_was_learnt_before_samples_were_lost_does_not_count() -> None:
    here = in_a_quiet_room()
    for _ in range(19):
        here.window(SPEAKING, ECHO, LEFT)
    here.disturbed()
    for _ in range(19):
        here.window(SPEAKING, ECHO, LEFT)
    assert not here.open
    here.window(SPEAKING, ECHO, LEFT)
    assert here.open


def test_where_there_is_no_echo_who_interrupts_again_and_again_closes_nothing() -> None:
    here = in_a_quiet_room()
    for _ in range(30):
        here.window(SPEAKING, ROOM, ROOM)
    for _ in range(10):
        for _ in range(10):
            here.window(SPEAKING, ROOM, ROOM)
        for _ in range(4):
            here.window(SPEAKING, ECHO, ECHO)
        for _ in range(20):
            here.window(SILENT, ECHO, ECHO)
        assert here.state is State.APART


def test_echo_that_stays_audible_closes_it_until_it_is_gone_for_four_seconds() -> None:
    here = learnt()
    for _ in range(15):
        here.window(SPEAKING, ECHO, ECHO)
    assert here.state is State.ECHOING
    for _ in range(39):
        here.window(SPEAKING, ECHO, LEFT)
    assert not here.open
    here.window(SPEAKING, ECHO, LEFT)
    assert here.open


def test_a_customer_who_interrupts_again_and_again_does_not_close_it() -> None:
    here = learnt()
    for _ in range(10):
        for _ in range(15):
            here.window(SPEAKING, ECHO, LEFT)
        for _ in range(3):
            here.window(SPEAKING, ECHO, ECHO)
        for _ in range(20):
            here.window(SILENT, ECHO, ECHO)
        assert here.open


@given(windows)
def test_without_replies_nothing_is_decided(told: list[tuple[float, float, float]]) -> None:
    here = HandsFree()
    for _, near, left in told:
        here.window(SILENT, near, left)
    assert here.state is State.LEARNING


@given(windows)
def test_whatever_comes_it_closes_when_all_echo_is_audible_and_opens_when_none_is(
    told: list[tuple[float, float, float]],
) -> None:
    here = in_a_quiet_room()
    for window in told:
        here.window(*window)
    for _ in range(60):
        here.window(SPEAKING, 0.0, 0.0)
    assert not here.open
    for _ in range(60):
        here.window(SPEAKING, 0.0, -96.0)
    assert here.open


@given(windows)
def test_it_opens_and_closes_only_while_a_reply_sounds(told: list[tuple[float, float, float]]) -> None:
    here = learnt()
    for window in told:
        before = here.state
        here.window(*window)
        if here.state is not before:
            assert here._since_far < 4
