"""Microphone and loudspeaker: found or not, at any rate, and silent at the right moments."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import numpy as np
import pytest

from kiosk_tui.audio import Sound, find_sound
from kiosk_tui.audio_blocks import QUIETEST_DB, level_db
from kiosk_tui.audio_playback import Playback
from tests.kiosk_tui.sound_card import SoundCard

TONE = (np.sin(np.arange(24_000) * 2 * np.pi * 440 / 24_000) * 8_000).astype(np.int16)
"""One second at 24 kHz."""


class NoPortAudio(MetaPathFinder):
    """Imports as they go where the PortAudio library is not installed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == "sounddevice":
            raise OSError("PortAudio library not found")
        return None


def plug_in(monkeypatch: pytest.MonkeyPatch, card: SoundCard) -> SoundCard:
    monkeypatch.setitem(sys.modules, "sounddevice", card)
    return card


async def found(heard: list[bytes] | None = None) -> Sound:
    blocks = [] if heard is None else heard
    return await asyncio.to_thread(find_sound, asyncio.get_running_loop(), blocks.append)


async def test_without_portaudio_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [NoPortAudio(), *sys.meta_path])
    sound = await found()
    assert (sound.hears, sound.speaks) == (False, False)
    assert len(sound.notices) == 1 and "PortAudio" in sound.notices[0] and "type your question" in sound.notices[0]


@pytest.mark.parametrize(
    ("card", "hears", "speaks", "notice"),
    [
        (SoundCard(missing=("input",)), False, True, "No microphone here: type your question."),
        (SoundCard(missing=("output",)), True, False, "No loudspeaker here: read the answers."),
        (
            SoundCard(missing=("input", "output")),
            False,
            False,
            "No microphone and no loudspeaker here: type your question.",
        ),
        (
            SoundCard(busy=("input",)),
            False,
            True,
            "No microphone here (it is in use by another program): type your question.",
        ),
    ],
)
async def test_a_device_that_is_missing_or_busy_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, card: SoundCard, hears: bool, speaks: bool, notice: str
) -> None:
    plug_in(monkeypatch, card)
    sound = await found()
    assert (sound.hears, sound.speaks, sound.notices) == (hears, speaks, (notice,))


@pytest.mark.parametrize("rate", [16_000, 24_000, 44_100, 48_000])
async def test_the_microphone_gives_24_khz_whatever_its_own_rate(monkeypatch: pytest.MonkeyPatch, rate: int) -> None:
    card = plug_in(monkeypatch, SoundCard(rates=(rate,)))
    heard: list[bytes] = []
    sound = await found(heard)
    tone = (np.sin(np.arange(rate) * 2 * np.pi * 440 / rate) * 8_000).astype(np.int16)
    card.speak(tone.tobytes())
    await asyncio.sleep(0)
    samples = np.frombuffer(b"".join(heard), dtype=np.int16)
    assert 23_000 <= len(samples) <= 24_500
    spectrum = np.abs(np.fft.rfft(samples[2_400:21_600]))
    assert abs(int(spectrum.argmax()) * 24_000 / 19_200 - 440) < 2
    assert sound.level > -20


@pytest.mark.parametrize("headset", [False, True])
async def test_before_the_canceller_has_shown_itself_only_a_headset_hears_while_the_desk_speaks(
    monkeypatch: pytest.MonkeyPatch, headset: bool
) -> None:
    if headset:
        monkeypatch.setenv("LOBBY_KIOSK_HEADSET", "1")
    card = plug_in(monkeypatch, SoundCard())
    heard: list[bytes] = []
    sound = await found(heard)
    assert sound.playback is not None
    sound.playback.add("item_1", TONE.tobytes())
    card.speak(TONE[:4_800].tobytes())
    await asyncio.sleep(0)
    pcm = b"".join(heard)
    assert any(pcm) is headset
    assert 4_000 <= len(pcm) // 2 <= 4_800


async def test_a_device_that_stops_is_noticed_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    card = plug_in(monkeypatch, SoundCard())
    sound = await found()
    assert not sound.unplugged()
    assert card.microphone is not None
    card.microphone.active = False
    assert sound.unplugged()
    microphone = card.microphone
    sound.close()
    assert microphone.closed and not sound.hears and not sound.speaks and not sound.unplugged()


async def test_a_loudspeaker_that_asks_for_nothing_more_has_stopped_whatever_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    card = plug_in(monkeypatch, SoundCard())
    sound = await found()
    assert sound.playback is not None
    now += 60.0
    assert not sound.unplugged()  # nothing is to be played
    sound.playback.add("item_1", TONE.tobytes())
    for _ in range(8):
        now += 1.0
        card.play()
        assert not sound.unplugged()
    now += 6.0
    assert sound.unplugged()


def test_a_flush_says_how_much_of_which_item_was_heard() -> None:
    playback = Playback()
    playback.add("item_1", TONE.tobytes())
    for _ in range(10):
        assert any(playback.take(960))
    assert playback.flush() == ("item_1", 200)
    assert playback.take(960) == bytes(960)
    assert playback.flush() is None


def test_each_item_is_counted_by_itself_at_the_devices_rate() -> None:
    playback = Playback(48_000)
    playback.add("item_1", TONE.tobytes())
    while any(playback.take(1_920)):
        pass
    playback.add("item_2", TONE.tobytes())
    playback.take(1_920 * 5)
    assert playback.flush() == ("item_2", 100)


def test_the_room_still_sounds_for_a_moment_after_the_last_sample() -> None:
    playback = Playback()
    assert not playback.sounding(now=0.0)
    playback.add("item_1", TONE[:1440].tobytes())
    assert playback.sounding(now=0.0)
    playback.take(2880)
    assert playback.sounding()
    assert not playback.sounding(now=float("inf"))


def test_a_reply_sounds_once_enough_of_it_is_there_and_what_is_short_sounds_all_the_same() -> None:
    playback = Playback()
    playback.add("item_1", TONE[:480].tobytes())
    assert not any(playback.take(960))
    playback.add("item_1", TONE[480:1440].tobytes())
    assert playback.take(960) == TONE[:480].tobytes()
    short = Playback()
    short.add("item_1", TONE[:480].tobytes())
    until = time.monotonic() + 5
    while not any(block := short.take(960)):
        assert time.monotonic() < until
    assert block == TONE[:480].tobytes()


def test_half_the_volume_is_half_as_loud() -> None:
    playback = Playback()
    playback.volume = 0.5
    playback.add("item_1", TONE[:1440].tobytes())
    played = playback.take(2880)
    assert level_db(played) == pytest.approx(level_db(TONE[:1440].tobytes()) - 6, abs=0.2)


def test_the_meter_goes_from_silence_to_full_scale() -> None:
    assert level_db(bytes(960)) == QUIETEST_DB
    assert level_db(b"") == QUIETEST_DB
    assert level_db(np.full(480, 32_767, dtype=np.int16).tobytes()) == pytest.approx(0.0, abs=0.01)
    assert level_db((TONE // 10).tobytes()) == pytest.approx(level_db(TONE.tobytes()) - 20, abs=0.1)
