"""The screen, driven by keys and by a sound card, before a real server."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from kiosk_tui.ear import SOUND_LOST
from kiosk_tui.serving import KEPT
from kiosk_tui.widgets.bubbles import EXAMPLES
from kiosk_tui.widgets.status import Mood, meter
from tests.kiosk_tui.conftest import Cable
from tests.kiosk_tui.sound_card import SoundCard
from tests.kiosk_tui.terminal import Terminal, terminal
from tests.server_tools import ROOT, Server
from tests.speech_tools import speak_with_other_voice

STATUS = "What is the status of flight LB204?"
CHECK_IN = "And when can I check in at Front Range Inn?"
SIZES = [(80, 24), (120, 40)]
BLOCK = 960
"""Bytes of 20 ms of audio."""
SILENCE = bytes(BLOCK)


@pytest.mark.parametrize("size", SIZES)
async def test_before_anything_is_said_the_screen_teaches_what_to_ask(server: Server, size: tuple[int, int]) -> None:
    async with terminal(server.url, size=size) as screen:
        await screen.sees(*EXAMPLES)
        await screen.greeted()
        assert "Welcome" in screen.painted and "connected" in screen.painted
        assert all(example in screen.painted for example in EXAMPLES)
        assert all(key in screen.painted for key in ("Esc", "F1", "F2", "F3", "F4", "F10"))
        assert screen.mood is Mood.TYPING


@pytest.mark.parametrize("size", SIZES)
async def test_a_typed_question_is_answered_with_its_agent_and_sources(server: Server, size: tuple[int, int]) -> None:
    async with terminal(server.url, size=size) as screen:
        await screen.greeted()
        flight = await screen.ask(STATUS)
        assert "35" in flight.text and "B12" in flight.text
        await screen.sees("Flight desk", "Boston → Denver")
        assert EXAMPLES[1] not in screen.painted
        hotel = await screen.ask(CHECK_IN)
        assert "3 PM" in hotel.text
        await screen.until(lambda: "Hotel takes over from Flight" in screen.painted)
        colours = [next(name for name in bubble.classes if name.startswith("agent-")) for bubble in (flight, hotel)]
        assert colours[0] != colours[1]
        words = " ".join(screen.painted.split())
        assert all(word in words for word in hotel.text.split())


async def test_a_new_conversation_leaves_nothing_of_the_last(server: Server) -> None:
    async with terminal(server.url, key="first-customer") as screen:
        await screen.greeted()
        await screen.ask("I would like to see my bookings. My PIN is 4071.")
        screen.line.value = "half typed"
        await screen.pilot.press("ctrl+n")
        assert screen.app.visit is not None and screen.app.visit.session_key != "first-customer"
        await screen.greeted()
        assert not any(word in screen.painted for word in ("4071", "bookings", "half typed"))
        assert EXAMPLES[0] in screen.painted


async def test_sources_are_shown_when_somebody_asks_for_them(server: Server) -> None:
    async with terminal(server.url, size=(120, 40)) as screen:
        await screen.greeted()
        await screen.ask(STATUS)
        assert "from: " not in screen.painted
        await screen.pilot.press("f4")
        await screen.sees("from: Flight LB204")
        await screen.pilot.press("ctrl+s")
        await screen.until(lambda: "from: " not in screen.painted)


async def test_a_letter_typed_before_anything_begins_is_the_first_of_the_question(server: Server) -> None:
    async with terminal(server.url) as screen:
        await screen.pilot.press("W")
        await screen.until(lambda: screen.app.conversation is not None and screen.app.conversation.words.value == "W")
        await screen.greeted()


async def test_help_names_every_key_and_closes(server: Server) -> None:
    async with terminal(server.url, size=(80, 40)) as screen:
        await screen.pilot.press("f1")
        await screen.sees("Enter", "Esc", "Ctrl+N", "Ctrl+S", "F2", "F10", "Ctrl+Q")
        await screen.pilot.press("escape")
        await screen.greeted()
        assert "Ctrl+Q" not in screen.painted


async def test_a_desk_that_goes_away_is_said_and_words_wait_for_it(cable: Cable) -> None:
    async with terminal(cable.url, size=(120, 40)) as screen:
        await screen.greeted()
        await cable.pull()
        await screen.until(lambda: screen.mood is Mood.AWAY)
        assert "The desk is away" in screen.painted
        await screen.type(STATUS)
        await screen.until(lambda: KEPT in screen.painted)
        await cable.plug()
        await screen.until(lambda: len(screen.bubbles) == 3 and screen.bubbles[-1].final)
        assert "The desk is back" in screen.painted
        assert "35" in screen.bubbles[-1].text
        assert screen.mood is Mood.TYPING


async def test_a_server_that_is_not_there_does_not_keep_anybody_from_leaving(cable: Cable) -> None:
    url = cable.url
    await cable.pull()
    async with terminal(url) as screen:
        await screen.until(lambda: "lobby serve" in screen.painted)
        await screen.pilot.press("ctrl+q")
        await screen.until(lambda: not screen.app.is_running)
    assert screen.app.return_code == 0
    await cable.plug()


@pytest.mark.parametrize("size", [(64, 22), (80, 24), (240, 67), (400, 100)])
async def test_no_size_of_terminal_breaks_it(server: Server, size: tuple[int, int]) -> None:
    async with terminal(server.url, size=size) as screen:
        await screen.greeted()
        await screen.ask(STATUS)
        await screen.pilot.press("f1", "escape", "f3", "escape", "f5", "pageup", "pagedown", "tab", "shift+tab")


@pytest.mark.parametrize("size", [(60, 15), (20, 8), (5, 3)])
async def test_a_window_that_is_too_small_says_so_until_it_is_larger(server: Server, size: tuple[int, int]) -> None:
    async with terminal(server.url, size=size) as screen:
        await screen.until(lambda: "larger" in screen.painted or size[1] < 5)
        await screen.pilot.press("enter", "x", "escape")
        assert screen.app.visit is None
        await screen.pilot.resize_terminal(80, 24)
        await screen.greeted()
        await screen.pilot.resize_terminal(*size)
        await screen.pilot.resize_terminal(80, 24)
        await screen.sees("Welcome")


@pytest.mark.parametrize("size", [(64, 40), (80, 24), (120, 40)])
async def test_long_words_and_brackets_are_shown_as_they_are(server: Server, size: tuple[int, int]) -> None:
    async with terminal(server.url, size=size) as screen:
        await screen.greeted()
        screen.log.learnt()
        words = [f"word{number}]" for number in range(30)]
        screen.log.customer().write(f"[bold {' '.join(words)}")
        await screen.until(lambda: "word29]" in screen.painted)
        assert all(word in screen.painted for word in ["[bold", *words])


async def test_a_spoken_question_is_heard_shown_and_answered_aloud(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = SoundCard()
    monkeypatch.setitem(sys.modules, "sounddevice", card)
    async with terminal(server.url, size=(120, 40), text_only=False) as screen:
        await screen.greeted()
        await screen.until(lambda: screen.mood is Mood.SPEAKING_DEAF)
        await play_out(card, screen)
        await screen.until(lambda: screen.mood is Mood.LISTENING)
        assert "▯" in screen.painted
        await speak(card, screen, speak_with_other_voice("When can I check in at Front Range Inn?").tobytes())

        def answered() -> bool:
            card.speak(SILENCE)
            return len(screen.bubbles) == 3 and screen.bubbles[-1].final

        await screen.until(answered)
        question, answer = screen.bubbles[1:]
        assert "check in" in question.text.lower().replace("-", " ")
        assert "3 PM" in answer.text
        assert await play_out(card, screen) > 1.0


async def test_a_microphone_that_is_pulled_out_leaves_the_keyboard(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = SoundCard()
    monkeypatch.setitem(sys.modules, "sounddevice", card)
    async with terminal(server.url, text_only=False) as screen:
        await screen.greeted()
        assert card.microphone is not None
        card.microphone.active = False
        await screen.until(lambda: screen.mood is Mood.TYPING)
        assert SOUND_LOST in screen.painted
        assert "35" in (await screen.ask(STATUS)).text


async def test_esc_silences_the_loudspeaker_at_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    card = SoundCard()
    monkeypatch.setitem(sys.modules, "sounddevice", card)
    async with terminal(server.url, text_only=False) as screen:
        await screen.until(lambda: screen.app.attract.online)
        await screen.pilot.press("enter")
        await screen.until(lambda: card.loudspeaker is not None and any(card.play()))
        await screen.pilot.press("escape")
        assert not any(card.play())
        await screen.greeted()
        assert not any(card.play())


async def speak(card: SoundCard, screen: Terminal, pcm: bytes) -> None:
    """Say `pcm` into the microphone, faster than a person but not faster than a socket."""
    for start in range(0, len(pcm), BLOCK * 10):
        card.speak(pcm[start : start + BLOCK * 10])
        await screen.pilot.pause(0.01)


async def play_out(card: SoundCard, screen: Terminal) -> float:
    """Play what waits for the loudspeaker to its end; how long it was loud, in seconds."""
    blocks = 0
    playback = screen.app.ear.sound.playback
    assert playback is not None
    while playback.sounding(now=float("inf")):
        blocks += bool(np.frombuffer(card.play(), dtype=np.int16).any())
    await screen.pilot.pause()
    return blocks * 0.02


def test_the_meter_has_as_many_cells_when_it_is_quiet_as_when_it_is_loud() -> None:
    assert meter(-60.0) == "▯" * 12
    assert meter(0.0) == meter(10.0) == "▮" * 12
    assert meter(-30.0) == "▮" * 6 + "▯" * 6


def test_nothing_heavy_is_imported_before_the_first_screen() -> None:
    heavy = "{'openai', 'numpy', 'soxr', 'sounddevice', 'pydantic', 'websockets'}"
    code = f"import sys, kiosk_tui.__main__, kiosk_tui.app; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
