"""Sound as it really is: PortAudio, a PulseAudio server with null sinks, a recorded customer, a real desk."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_server.audio import Pcm
from kiosk_tui.audio_devices import rescan
from kiosk_tui.options import Options
from kiosk_tui.widgets.status import Mood
from tests.kiosk_tui import pulse
from tests.kiosk_tui.terminal import Terminal, terminal
from tests.server_tools import Server
from tests.speech_tools import speak_like_a_person, speak_with_other_voice

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not pulse.is_there(), reason="no pulseaudio: run deploy/install-system-packages"),
]
Voice = Callable[[str], Pcm]
STATUS = "What is the status of flight LB204?"
CHECK_IN = "When can I check in at Front Range Inn?"


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pulse.Room]:
    with pulse.room(tmp_path) as found:
        for name, value in found.environment.items():
            monkeypatch.setenv(name, value)
        rescan()
        yield found
    rescan()


def recording(folder: Path, words: str, voice: Voice) -> Path:
    path = folder / f"{len(words)}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(bytes(12_000) + voice(words).tobytes() + bytes(24_000))
    return path


def customer_said(screen: Terminal) -> list[str]:
    return [bubble.text for bubble in screen.bubbles if "customer" in bubble.classes]


@pytest.mark.parametrize("voice", [speak_like_a_person, speak_with_other_voice], ids=["like a person", "robotic"])
async def test_a_voice_begins_a_visit_is_answered_and_may_interrupt(
    server: Server, room: pulse.Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, voice: Voice
) -> None:
    """Nobody touches anything. The microphone does not hear the loudspeaker here, so it is open as with a headset."""
    monkeypatch.setenv("LOBBY_KIOSK_HEADSET", "1")
    question, interruption = recording(tmp_path, STATUS, voice), recording(tmp_path, CHECK_IN, voice)
    async with terminal(server.url, text_only=False, size=(120, 36), options=Options(reduced_motion=True)) as screen:
        await screen.until(lambda: screen.app.ear.hears and screen.app.waits_for_voice)
        async with room.play(question):
            await screen.until(lambda: screen.app.visit is not None)
        await screen.until(lambda: any("status" in said.lower() for said in customer_said(screen)))
        await screen.until(lambda: screen.mood is Mood.SPEAKING_OPEN)
        assert "Flight takes over" in screen.painted or "Flight desk" in screen.painted
        async with room.play(interruption):
            await screen.until(lambda: screen.mood is Mood.HEARING)
            await screen.until(lambda: not screen.app.sounding)
            assert screen.mood is Mood.HEARING
        await screen.until(lambda: "front range" in customer_said(screen)[-1].lower())
        assert "when can i check in" in customer_said(screen)[-1].lower()
        await screen.until(lambda: "customer" not in screen.bubbles[-1].classes)


async def test_the_terminal_does_not_hear_itself(server: Server, room: pulse.Room) -> None:
    """What the loudspeaker plays comes back to the microphone, as in a room; nobody speaks."""
    echo = ("source=mouth.monitor", "sink=ear", "latency_msec=150", "adjust_time=0")  # as steady as air
    room.pactl("load-module", "module-loopback", *echo)
    room.pactl("set-source-volume", "mouth.monitor", "50%")
    async with terminal(server.url, text_only=False, size=(120, 36), options=Options(reduced_motion=True)) as screen:
        await screen.greeted()
        for _ in range(2):
            await screen.ask(STATUS)
            await screen.until(lambda: screen.app.sounding)
            await screen.until(lambda: not screen.app.sounding)
        await screen.pilot.pause(1.0)
        assert customer_said(screen) == [STATUS, STATUS]
        assert screen.mood is Mood.LISTENING


async def test_a_sound_server_that_goes_and_comes_back(server: Server, room: pulse.Room, tmp_path: Path) -> None:
    async with terminal(server.url, text_only=False, options=Options(reduced_motion=True)) as screen:
        await screen.greeted()
        await screen.until(lambda: screen.app.ear.hears)
        ear = screen.app.ear
        for stream in (ear.sound.microphone, ear.sound.loudspeaker):
            assert stream is not None
            stream.abort()
        await screen.until(lambda: screen.mood is Mood.TYPING)
        await screen.sees("sound device has stopped")
        await screen.until(lambda: ear.hears and ear.sound.speaks)
        await screen.sees("Sound is back.")
