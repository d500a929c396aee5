"""Recordings on a real disk, by a clock that the test owns."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import soundfile

from edge_server.audio import BYTES_PER_MS
from edge_server.engines.announced import Announced
from edge_server.operator.live import LiveSession
from edge_server.operator.recording.recorder import ConversationRecorder
from edge_server.operator.recording.recordings import Recordings, recordings_of
from edge_server.operator.recording.turn_audio import Segment
from edge_server.operator.transcript import Entry
from edge_server.settings import Settings

DAY = 24 * 3600.0


class Desk:
    """A server with recordings, and customers who come and go."""

    def __init__(self, folder: Path, *, sound: bool = True) -> None:
        self.now = 1_000_000.0
        self.announced: list[str] = []
        self.recordings = Recordings(
            folder, wanted=True, sound=sound, notice="Recorded.", seconds=2 * DAY, clock=lambda: self.now
        )

    def customer(self, recorder: ConversationRecorder | None = None) -> ConversationRecorder:
        engine = SimpleNamespace(announce=self.announced.append, attended=SimpleNamespace(secret_asked=False))
        session = SimpleNamespace(recorder=recorder)
        made = self.recordings.record(cast(LiveSession, session), cast(Announced, engine))
        assert made is not None
        return made

    def entry(self, role: str, text: str, item_id: str) -> Entry:
        return Entry(self.now, "agent" if role == "agent" else "customer", text, agent="flight", item_id=item_id)


def tone(ms: int) -> bytes:
    return (np.sin(np.arange(ms * BYTES_PER_MS // 2) / 8) * 9_000).astype("<i2").tobytes()


def segments(recorder: ConversationRecorder) -> Callable[[Segment], None]:
    return recorder._jobs.put_nowait


async def test_a_conversation_is_kept_announced_once_and_replayed_with_its_sound(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "recordings")
    recorder = desk.customer()
    recorder.told(desk.entry("customer", "before anybody was told", "item_0"))
    reply = desk.entry("agent", "Recorded. Hello.", "item_1")
    recorder.told(reply)
    segments(recorder)(Segment("item_1", tone(1_200)))
    recorder.told(desk.entry("customer", "my flight please", "item_2"))
    segments(recorder)(Segment("item_2", tone(800)))
    reply.text, reply.cut = "Recorded.", True
    recorder.told(reply)
    desk.now += 60
    recorder.away()
    await recorder.finished()
    desk.customer(recorder)
    segments(recorder)(Segment("item_3", tone(500)))
    recorder.told(desk.entry("agent", "Welcome back.", "item_3"))
    recorder.away()
    await recorder.finished()

    assert desk.announced == ["Recorded."]
    [row] = await desk.recordings.rows()
    assert isinstance(row, dict)
    assert (row["turns"], row["agent"], row["has_audio"]) == (1, "flight", True)
    assert (row["started_at"], row["ended_at"]) == (1_000_000.0, 1_000_060.0)
    read = await desk.recordings.read(recorder.id)
    assert read is not None and isinstance(read["transcript"], list)
    told = [(entry["text"], entry["audio_ms"]) for entry in read["transcript"] if isinstance(entry, dict)]
    assert told == [
        ("Recorded.", [0, 1_200]),
        ("my flight please", [1_200, 2_000]),
        ("Welcome back.", [2_000, 2_500]),
    ]
    wav = await desk.recordings.wav(recorder.id)
    assert wav is not None
    pcm, rate = soundfile.read(io.BytesIO(wav))
    assert rate == 24_000
    assert abs(len(pcm) / 24 - 2_500) < 100, "milliseconds"
    assert np.abs(pcm).max() > 0.2
    assert recorder.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in recorder.folder.iterdir()} == {0o600}


async def test_recordings_go_by_themselves_when_their_time_is_over(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "recordings", sound=False)
    old = desk.customer()
    old.told(desk.entry("agent", "Hello.", "item_1"))
    old.away()
    await old.finished()
    desk.now += DAY
    new = desk.customer()
    new.told(desk.entry("agent", "Hello.", "item_1"))
    new.away()
    await new.finished()
    desk.now += DAY - 1
    assert await desk.recordings.expire() == 0
    desk.now += 1
    assert await desk.recordings.expire() == 1
    assert [path.name for path in (tmp_path / "recordings").iterdir()] == [new.id]


async def test_a_recording_that_is_deleted_is_gone_while_its_conversation_goes_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "recordings")
    recorder = desk.customer()
    recorder.told(desk.entry("agent", "Hello.", "item_1"))
    recorder.away()
    await recorder.finished()
    assert await desk.recordings.delete(recorder.id)
    desk.customer(recorder)
    recorder.told(desk.entry("agent", "Hello again.", "item_2"))
    recorder.away()
    await recorder.finished()
    assert await desk.recordings.rows() == [] and list((tmp_path / "recordings").iterdir()) == []
    for made_up in (recorder.id, "../..", "0" * 16, ""):
        assert not await desk.recordings.delete(made_up)
        assert await desk.recordings.read(made_up) is None and await desk.recordings.wav(made_up) is None


async def test_a_recording_that_a_crash_cut_off_ends_with_its_last_entry(tmp_path: Path) -> None:
    before = Desk(tmp_path / "recordings", sound=False)
    recorder = before.customer()
    recorder.told(before.entry("agent", "Hello.", "item_1"))
    recorder.away()
    await recorder.finished()
    before.customer(recorder)
    before.now += 5
    recorder.told(before.entry("customer", "my flight", "item_2"))
    row: object = None
    for _ in range(200):
        [row] = await before.recordings.rows()
        if isinstance(row, dict) and row["turns"] == 1:
            break
    assert isinstance(row, dict) and row["ended_at"] is None, "it goes on"
    after = Desk(tmp_path / "recordings", sound=False)
    [row] = await after.recordings.rows()
    assert isinstance(row, dict) and row["ended_at"] == before.now
    recorder.away()
    await recorder.finished()


def test_nothing_is_recorded_unless_it_is_wanted_and_what_there_is_still_expires(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert settings.recording == "off"
    assert recordings_of(settings, lambda: 0.0) is None
    (tmp_path / "recordings").mkdir()
    kept = recordings_of(settings, lambda: 0.0)
    assert kept is not None
    assert kept.record(cast(LiveSession, SimpleNamespace(recorder=None)), cast(Announced, None)) is None
