"""Resume codes: one use, a short life, few guesses, and no proof of identity that travels."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_server.channels.ownership import LiveSessions
from edge_server.resume_codes import (
    WRONG_OF_ALL,
    WRONG_OF_ONE,
    ResumeCodes,
    TooManyAttemptsError,
    UnknownSessionError,
)
from sync.disk import DiskStore
from sync.memory import MemoryStore
from sync.session import FlowState, Identity, Line, PendingWrite, SessionState
from sync.store import SessionStore
from tests.clock import Clock

KEY = "0b0e6a36-5d0c-4d0c-9f0e-0d8b3a8f5f10"
STATE = SessionState(
    KEY,
    agent="hotel",
    flow=FlowState("hotel", "book_room", {"room": "queen"}, asking="confirm"),
    pending=PendingWrite("key-1", "changes", "stay", 1001, {"hotel": "Front Range Inn"}, "Shall I book it?"),
    identity=Identity(1001, "Maria Lopez", 1.0, 2.0),
    failed_proofs=2,
    history=(Line("customer", "a queen room"), Line("agent", "Shall I book it?", "hotel")),
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(clock: Clock) -> AsyncIterator[MemoryStore]:
    kept = MemoryStore(now=clock)
    await keep(kept, STATE)
    yield kept
    await kept.close()


async def keep(store: SessionStore, state: SessionState) -> None:
    lease = await store.take(state.key, "kiosk")
    assert lease is not None
    await store.save(state, lease)
    await store.release(lease)


async def test_all_but_the_proof_goes_along(store: MemoryStore) -> None:
    codes = ResumeCodes(store, LiveSessions())
    given = await codes.issue(KEY)
    assert re.fullmatch(r"\d{6}", given.code)
    assert await codes.redeem(given.code, source="phone") == KEY
    assert await store.load(KEY) == replace(STATE, identity=None)


async def test_a_code_works_once_whoever_is_first(store: MemoryStore) -> None:
    codes = ResumeCodes(store, LiveSessions())
    given = await codes.issue(KEY)
    took = await asyncio.gather(*(codes.redeem(given.code, source=f"page {n}") for n in range(5)))
    assert sorted(filter(None, took)) == [KEY]


async def test_a_code_may_be_written_with_a_gap(store: MemoryStore) -> None:
    codes = ResumeCodes(store, LiveSessions())
    given = await codes.issue(KEY)
    assert await codes.redeem(f" {given.code[:3]} {given.code[3:]}", source="page") == KEY


async def test_a_code_is_gone_after_its_time(store: MemoryStore, clock: Clock) -> None:
    codes = ResumeCodes(store, LiveSessions(), minutes=10)
    given = await codes.issue(KEY)
    clock.now += 601
    assert await codes.redeem(given.code, source="page") is None


async def test_a_new_code_voids_the_older_one(store: MemoryStore) -> None:
    codes = ResumeCodes(store, LiveSessions())
    older, newer = await codes.issue(KEY), await codes.issue(KEY)
    assert await codes.redeem(older.code, source="page") is None
    assert await codes.redeem(newer.code, source="page") == KEY


async def test_there_is_no_code_for_nothing_and_none_of_an_ended_session(store: MemoryStore) -> None:
    codes = ResumeCodes(store, LiveSessions())
    with pytest.raises(UnknownSessionError):
        await codes.issue("nobody")
    given = await codes.issue(KEY)
    assert await store.delete(KEY)
    assert await codes.redeem(given.code, source="page") is None


async def test_who_guesses_is_stopped_and_others_are_not(store: MemoryStore, clock: Clock) -> None:
    codes = ResumeCodes(store, LiveSessions(), minutes=10)
    given = await codes.issue(KEY)
    wrong = f"{(int(given.code) + 1) % 1_000_000:06}"
    for _ in range(WRONG_OF_ONE):
        assert await codes.redeem(wrong, source="10.0.0.7") is None
    with pytest.raises(TooManyAttemptsError):
        await codes.redeem(given.code, source="10.0.0.7")
    assert await codes.redeem(given.code, source="10.0.0.8") == KEY
    clock.now += 601
    assert await codes.redeem(wrong, source="10.0.0.7") is None


async def test_many_who_guess_together_are_stopped(store: MemoryStore) -> None:
    codes = ResumeCodes(store, LiveSessions())
    given = await codes.issue(KEY)
    wrong = f"{(int(given.code) + 1) % 1_000_000:06}"
    for guess in range(WRONG_OF_ALL):
        assert await codes.redeem(wrong, source=f"10.0.{guess // 5}.1") is None
    with pytest.raises(TooManyAttemptsError, match="at this desk"):
        await codes.redeem(given.code, source="10.1.0.1")


async def test_right_codes_are_not_held_against_a_source_that_many_share(store: MemoryStore) -> None:
    codes = ResumeCodes(store, LiveSessions())
    for _ in range(3 * WRONG_OF_ONE):
        assert await codes.redeem((await codes.issue(KEY)).code, source="proxy") == KEY


async def test_codes_in_use_are_not_given_again_and_none_begins_with_the_key_for_a_person(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep(store, replace(STATE, key="another"))
    numbers = iter([7, 7, 8])
    monkeypatch.setattr("secrets.randbelow", lambda below: next(numbers))
    codes = ResumeCodes(store, LiveSessions())
    assert (await codes.issue(KEY)).code == "100007"
    assert (await codes.issue("another")).code == "100008"


async def test_the_store_holds_neither_codes_nor_sources_in_plain_names(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("sessions")
    disk = DiskStore(folder)
    await keep(disk, STATE)
    codes = ResumeCodes(disk, LiveSessions())
    given = await codes.issue(KEY)
    assert await codes.redeem("000000" if given.code != "000000" else "000001", source="+15551234567") is None
    names = await disk._texts.run(lambda cache: list(cache.iterkeys()))
    assert not any("15551234567" in name or given.code in name for name in names)
    await disk.close()


Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(st.sampled_from(["issue", "redeem", "guess", "prove", "wait", "end"]), st.integers(0, 5)), max_size=40
)


@settings(deadline=None, max_examples=150)
@given(steps=STEPS)
def test_no_order_of_events_lets_a_code_work_twice_too_late_or_with_a_proof(steps: list[Step]) -> None:
    asyncio.run(_played(steps))


async def _played(steps: list[Step]) -> None:
    clock = Clock()
    store = MemoryStore(now=clock, time_to_live_s=1e9)
    codes = ResumeCodes(store, LiveSessions(), minutes=10)
    given_codes: list[tuple[str, str, float]] = []
    good: dict[str, tuple[str, float]] = {}  # by session: its newest code, and when its time is over
    wrong = 0
    for what, number in steps:
        key = f"session-{number % 2}"
        match what:
            case "prove":
                await keep(store, replace(STATE, key=key))
            case "issue" if await store.load(key) is not None:
                code = (await codes.issue(key)).code
                given_codes.append((code, key, clock.now))
                good[key] = code, clock.now + 600
            case "end":
                await store.delete(key)
            case "wait":
                clock.now += 150 * number
            case "guess" if wrong < WRONG_OF_ONE - 1:
                wrong += 1
                assert await codes.redeem("not a code", source="guesser") is None
            case "redeem" if given_codes:
                code, of, _ = given_codes[number % len(given_codes)]
                newest, until = good.get(of, ("", 0.0))
                there = await store.load(of) is not None
                took = await codes.redeem(code, source=f"page {clock.now} {len(given_codes)} {number}")
                assert took == (of if code == newest and clock.now < until and there else None)
                if code == newest:
                    good.pop(of, None)
                if took is not None:
                    state = await store.load(of)
                    assert state is not None and state.identity is None and state.history == STATE.history
