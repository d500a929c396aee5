"""The check that hears itself, in rooms where hands-free works and in others."""

from __future__ import annotations

import sys

import pytest

from edge_server.examination import hands_free
from kiosk_tui.audio_check import Verdict, measure, speech_like_sound
from kiosk_tui.audio_near_end import FRAME, FarEnd, Frame, NearEnd
from tests.kiosk_tui.room import Room

BLOCK = FRAME * 2


def checked(room: Room) -> Verdict:
    far_end = FarEnd(24_000)
    near_end = NearEnd(far_end)
    sound = bytes(24_000 * 2) + speech_like_sound().tobytes() + bytes(24_000)
    frames: list[Frame] = []
    for begin in range(0, len(sound), BLOCK * 2):
        block = sound[begin : begin + BLOCK * 2]
        far_end.played(block)
        frames += near_end.feed(room.heard(block))
    return measure(frames)


def test_in_a_plain_room_hands_free_works_and_the_figures_are_the_rooms_own() -> None:
    found = checked(Room(delay_ms=80, echo_db=-10.0, noise_db=-65.0))
    assert found.hands_free and found.line.startswith("hands-free will work")
    assert found.returned_db == pytest.approx(-30, abs=2)
    assert found.room_db == pytest.approx(-65, abs=1)
    assert found.left_db is not None and found.left_db < -55
    assert found.delay_ms == pytest.approx(80, abs=21)


def test_an_echo_beyond_the_canceller_is_said_with_what_to_do() -> None:
    found = checked(Room(delay_ms=900))
    assert not found.hands_free
    assert "will not work" in found.line and "LOBBY_KIOSK_HEADSET=1" in found.line


def test_a_loudspeaker_that_is_not_heard_is_said() -> None:
    found = checked(Room(echo_db=-90.0))
    assert "does not hear the loudspeaker" in found.line
    assert found.delay_ms is None


def test_the_doctor_tells_in_one_line_that_there_is_no_sound() -> None:
    code = "import sys; sys.modules['sounddevice'] = None; from kiosk_tui.__main__ import main; sys.exit(main())"
    (finding,) = hands_free((sys.executable, "-c", code))
    assert finding.verdict == "note"
    assert "PortAudio" in finding.found


def test_the_doctor_says_how_to_see_why_a_check_did_not_end() -> None:
    (finding,) = hands_free((sys.executable, "-c", "raise SystemExit(3)"))
    assert finding.verdict == "note" and finding.advice is not None and "--check-sound" in finding.advice
