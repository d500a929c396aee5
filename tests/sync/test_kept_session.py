"""The owner of a session: what it says is written behind its back, and it stops when another has taken over."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from sync import kept_session
from sync.kept_session import owned
from sync.memory import MemoryStore
from sync.session import Line
from sync.store import Lease, StoreError


async def until_saved(store: MemoryStore, agent: str) -> None:
    async with asyncio.timeout(5):
        while (state := await store.load("key")) is None or state.agent != agent:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_a_new_session_begins_and_is_found_again() -> None:
    store = MemoryStore()
    async with owned("key", store, channel="websocket", lost=lambda: None) as session:
        session.keep(replace(session.state, agent="flight"))
        await until_saved(store, "flight")
        session.keep(session.state.with_line(Line("customer", "hello")))
    async with owned("key", store, channel="phone", lost=lambda: None) as session:
        assert (session.state.agent, session.state.channel) == ("flight", "phone")
        assert [line.text for line in session.state.history] == ["hello"]


async def test_the_older_owner_is_told_and_writes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_session, "RENEWED_EVERY_S", 0.0)
    store, told = MemoryStore(), asyncio.Event()
    async with owned("key", store, channel="kiosk", lost=told.set) as older:
        async with owned("key", store, channel="phone", lost=lambda: None) as newer:
            newer.keep(replace(newer.state, agent="hotel"))
            await asyncio.wait_for(told.wait(), 5)
        older.keep(replace(older.state, agent="flight"))
    state = await store.load("key")
    assert state is not None and state.agent == "hotel"


async def test_a_store_that_fails_for_a_while_loses_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    store, failed = MemoryStore(), asyncio.Event()
    save = store.save

    async def full(state: object, lease: Lease) -> None:
        failed.set()
        raise StoreError("the disk is full")

    monkeypatch.setattr(store, "save", full)
    async with owned("key", store, channel="kiosk", lost=lambda: None) as session:
        session.keep(replace(session.state, agent="flight"))
        await asyncio.wait_for(failed.wait(), 5)
        monkeypatch.setattr(store, "save", save)
    state = await store.load("key")
    assert state is not None and state.agent == "flight"
