"""A session is saved behind the conversation's back: a store that stands still delays nothing that is heard."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edge_server.engines.embedded import EmbeddedEngine
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import EngineEvent
from sync import kept_session
from sync.disk import DiskStore
from sync.kept_session import owned
from sync.session import Line, SessionState
from sync.store import Lease
from tests.edge_server.engines.by_rote import Quiet
from tests.edge_server.engines.test_rehearsal import Echo


class StandsStill(DiskStore):
    """Each save waits until the test lets it go."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def save(self, state: SessionState, lease: Lease) -> None:
        self.begun.set()
        await self.go.wait()
        await super().save(state, lease)


async def test_a_store_that_stands_still_delays_no_sound_and_loses_no_turn(tmp_path: Path) -> None:
    store = StandsStill(tmp_path / "sessions")
    said: asyncio.Queue[EngineEvent] = asyncio.Queue()
    desk = Echo()
    async with owned("key", store, channel="kiosk", lost=lambda: None) as session:
        engine = EmbeddedEngine(session.state, desk=desk, speech=Quiet(), keep=session.keep, emit=said.put_nowait)
        for generation, words in enumerate(("one", "two", "three"), start=1):
            engine.do(fx.Think(generation, words, speak=True, remember=True, speed=1.0, voice="joe"))
            heard: list[EngineEvent] = []
            async with asyncio.timeout(5):
                while not heard or not isinstance(heard[-1], fx.ReplyDone):
                    heard.append(await said.get())
            assert any(isinstance(event, fx.ReplyAudio) for event in heard)
            await asyncio.wait_for(store.begun.wait(), 5)
            assert await store.load("key") is None, "the store stands still: nothing is written yet"
        await engine.close()
        store.go.set()
    state = await store.load("key")
    assert state is not None
    assert [line.text for line in state.history if line.role == "customer"] == ["one", "two", "three"]
    await store.close()


async def test_a_sign_of_life_that_takes_long_holds_up_no_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_session, "RENEWED_EVERY_S", 0.0)
    store = DiskStore(tmp_path / "sessions")
    hangs = asyncio.Event()

    async def renew(lease: Lease) -> None:
        hangs.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(store, "renew", renew)
    async with owned("key", store, channel="kiosk", lost=lambda: None) as session:
        await asyncio.wait_for(hangs.wait(), 5)
        session.keep(session.state.with_line(Line("customer", "hello")))
        async with asyncio.timeout(5):
            while await store.load("key") is None:
                pass
    await store.close()
