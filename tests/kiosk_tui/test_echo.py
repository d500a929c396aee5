"""The desk's voice comes back from the room: it is taken out, and the customer's words stay."""

from __future__ import annotations

import asyncio
import sys

import numpy as np
import pytest

from edge_server.speech.vad import SpeechStarted, VoiceActivity, VoiceModel
from kiosk_tui.audio import HEADSET_VARIABLE, NO_CANCELLER, Sound, find_sound
from kiosk_tui.audio_blocks import RATE
from kiosk_tui.audio_near_end import FRAME, FarEnd, Frame
from tests.kiosk_tui.room import Pcm, Room, level, pass_time, reply
from tests.kiosk_tui.sound_card import SoundCard
from tests.speech_tools import speak_with_other_voice, transcribe_with_other_recogniser

BLOCK = 480
SECOND = 50
"""Blocks of 20 ms."""


class Kiosk:
    """Devices in a room, and all that was sent from there."""

    def __init__(self, sound: Sound, card: SoundCard, sent: list[bytes], frames: list[Frame]) -> None:
        self.sound, self.card, self.frames = sound, card, frames
        self._sent = sent

    def open(self) -> bool:
        return self.sound.hears_over_replies

    async def sent(self) -> Pcm:
        await asyncio.sleep(0)
        return np.frombuffer(b"".join(self._sent), dtype=np.int16)

    def say(self, pcm: Pcm) -> None:
        assert self.sound.playback is not None
        self.sound.playback.add("item_1", pcm.tobytes())


async def kiosk(monkeypatch: pytest.MonkeyPatch, rate: int = 24_000) -> Kiosk:
    card = SoundCard(rates=(rate,))
    monkeypatch.setitem(sys.modules, "sounddevice", card)
    sent: list[bytes] = []
    frames: list[Frame] = []
    sound = await asyncio.to_thread(find_sound, asyncio.get_running_loop(), sent.append, frames.extend)
    return Kiosk(sound, card, sent, frames)


def starts(pcm: Pcm) -> list[float]:
    """Where voice activity begins in `pcm` (24 kHz), in seconds."""
    ear = VoiceActivity(VoiceModel.load())
    found = []
    for begin in range(0, len(pcm) - BLOCK + 1, BLOCK):
        told = ear.feed(pcm[begin : begin + BLOCK])
        found += [begin / 24_000 for event in told if isinstance(event, SpeechStarted)]
    return found


def pass_until_open(here: Kiosk, room: Room) -> None:
    """Time until the canceller has learned the room; how soon that is depends on the voice, which is never the same."""
    pass_time(here.card, room, 5 * SECOND)
    for _ in range(7 * SECOND):
        if here.open():
            break
        pass_time(here.card, room, 1)
    assert here.open()


@pytest.mark.parametrize(
    "room",
    [
        Room(),
        Room(48_000),
        Room(44_100, delay_ms=30),
        Room(delay_ms=200, echo_db=0.0, drive=3.0),
        Room(noise_db=-45.0),
    ],
    ids=["plain", "48 kHz", "44.1 kHz", "far, loud and bent", "noisy"],
)
async def test_the_desk_does_not_hear_itself(monkeypatch: pytest.MonkeyPatch, room: Room) -> None:
    here = await kiosk(monkeypatch, room.rate)
    pass_time(here.card, room, SECOND)
    here.say(reply())
    pass_time(here.card, room, len(reply()) // BLOCK)
    later = here.frames[-(len(reply()) // FRAME - 300) :]
    near = np.concatenate([frame.near for frame in later])
    left = np.concatenate([frame.clean / 10 ** (frame.gain_db / 20) for frame in later])
    assert level(near) - level(left) > (10 if room.noisy else 25)
    assert here.open()
    assert starts(await here.sent()) == []
    assert any(await here.sent())


async def test_an_echo_that_comes_too_late_to_be_taken_out_never_leaves_the_kiosk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = await kiosk(monkeypatch)
    room = Room(delay_ms=700)
    pass_time(here.card, room, SECOND)
    here.say(np.concatenate((reply(), np.zeros(24_000, dtype=np.int16))))
    pass_time(here.card, room, len(reply()) // BLOCK)
    assert not here.open()
    assert starts(await here.sent()) == []


async def test_who_speaks_over_a_reply_is_heard_and_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    here = await kiosk(monkeypatch)
    room = Room()
    here.say(np.concatenate((reply(), reply())))
    pass_until_open(here, room)
    before = len(await here.sent())
    words = speak_with_other_voice("Please change my flight to Friday morning.")
    words = (words * 0.6).astype(np.int16)
    ear = VoiceActivity(VoiceModel.load())
    interrupted_ms: int | None = None
    fed = before // BLOCK * BLOCK
    for number in range(len(words) // BLOCK + SECOND):
        spoken = words[number * BLOCK : (number + 1) * BLOCK]
        pass_time(here.card, room, 1, spoken)
        sent = await here.sent()
        while fed + BLOCK <= len(sent):
            told = ear.feed(sent[fed : fed + BLOCK])
            fed += BLOCK
            if interrupted_ms is None and any(isinstance(event, SpeechStarted) for event in told):
                interrupted_ms = number * 20
                assert here.sound.playback is not None
                assert here.sound.playback.flush() is not None
    onset_ms = int(np.argmax(np.abs(words) > 500)) // 24
    assert interrupted_ms is not None
    assert interrupted_ms - onset_ms < 300
    understood = transcribe_with_other_recogniser((await here.sent())[before:]).lower()
    assert all(word in understood for word in ("change", "flight", "friday", "morning"))


@pytest.mark.parametrize("headset", [True, False], ids=["headset", "loudspeaker turned down"])
async def test_where_the_microphone_does_not_hear_the_loudspeaker_nothing_is_taken_out(
    monkeypatch: pytest.MonkeyPatch, headset: bool
) -> None:
    monkeypatch.setenv(HEADSET_VARIABLE, "1" if headset else "")
    here = await kiosk(monkeypatch)
    room = Room(echo_db=-120.0)
    here.say(reply())
    pass_time(here.card, room, SECOND if headset else 4 * SECOND)
    assert here.open()
    words = (speak_with_other_voice("When can I check in?") * 0.6).astype(np.int16)
    before = len(here.frames)
    pass_time(here.card, room, SECOND, words)
    assert here.sound.sounding()
    later = here.frames[before:]
    near = np.concatenate([frame.near for frame in later])
    left = np.concatenate([frame.clean / 10 ** (frame.gain_db / 20) for frame in later])
    assert abs(level(left) - level(near)) < 3


async def test_quiet_and_loud_customers_reach_the_desk_nearer_to_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    words = np.tile(speak_with_other_voice("What is the status of flight LB204? And when does it leave?"), 2)
    levels = []
    for share in (0.8, 0.1):
        here = await kiosk(monkeypatch)
        said = (words * share).astype(np.int16)
        pass_time(here.card, Room(), len(said) // BLOCK, said)
        levels.append(level(np.concatenate([frame.clean for frame in here.frames[-len(said) // 480 :]])))
    assert levels[0] - levels[1] < 12  # 18 dB as they were spoken


async def test_a_voice_that_cannot_be_taken_out_mutes_the_microphone_again(monkeypatch: pytest.MonkeyPatch) -> None:
    here = await kiosk(monkeypatch)
    here.say(np.concatenate((reply(), reply())))
    near = Room()
    pass_until_open(here, near)
    # a second loudspeaker plays what this one was never handed
    pass_time(here.card, near, 4 * SECOND, reply())
    assert not here.open()
    before = len(await here.sent())
    pass_time(here.card, near, SECOND // 2, reply()[4 * 24_000 :])
    assert here.sound.sounding()
    assert level((await here.sent())[before + 1_200 :]) < -80


async def test_without_the_canceller_the_microphone_rests_while_the_desk_speaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)
    here = await kiosk(monkeypatch)
    assert here.sound.notices == (NO_CANCELLER,)
    here.say(reply())
    pass_time(here.card, Room(), SECOND)
    assert not any(await here.sent())
    assert here.sound.playback is not None
    here.sound.playback.flush()
    assert not here.open()


def test_a_far_end_that_runs_dry_gives_silence_and_loses_nothing() -> None:
    far_end = FarEnd(RATE)
    assert not far_end.take().any()
    far_end.played(np.arange(1, FRAME + 1, dtype=np.int16).tobytes())
    assert list(far_end.take()) == list(range(1, FRAME + 1))
    assert not far_end.take().any()


def test_a_far_end_whose_clock_is_fast_stays_in_step() -> None:
    far_end = FarEnd(RATE)
    lags = []
    for number in range(1_000):
        far_end.played(np.full(FRAME + number % 2, number, dtype=np.int16).tobytes())
        lags.append(number - int(far_end.take()[0]))
    assert max(lags) <= 8
