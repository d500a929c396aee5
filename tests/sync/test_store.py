"""A session outlives its process, not its time, and never runs what somebody wrote into its row."""

from __future__ import annotations

import asyncio
import pickle
import sqlite3
import stat
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace

import diskcache.core
import pytest

from sync.disk import DiskStore
from sync.memory import MemoryStore
from sync.session import FlowState, Identity, Line, SessionState
from sync.store import OwnershipLostError, SessionStore, StoreError
from tests.clock import Clock

STATE = SessionState(
    key="0b0e6a36-5d0c-4d0c-9f0e-0d8b3a8f5f10",
    agent="flight",
    flow=FlowState("flight", "status", {"flight_number": "LB204", "day": None}, asking="day", tries=1),
    parked=(FlowState("hotel", "late check-out"),),
    topic={"hotel": "Front Range Inn", "nights": 2},
    identity=Identity(1001, "María López", 1_795_000_000.5, 1_795_000_900.0),
    history=(Line("customer", "Is LB204 late?"), Line("agent", "It is 35 minutes late.", "flight")),
)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    owned = Clock()
    monkeypatch.setattr(diskcache.core, "time", SimpleNamespace(time=owned, sleep=time.sleep))
    return owned


async def keep(store: SessionStore, state: SessionState) -> None:
    """Save `state` as its session's newest owner."""
    lease = await store.take(state.key, "test")
    assert lease is not None
    await store.save(state, lease)


@pytest.fixture(params=["disk", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[SessionStore]:
    opened: SessionStore = (
        DiskStore(tmp_path / "sessions", time_to_live_s=60.0)
        if request.param == "disk"
        else MemoryStore(time_to_live_s=60.0, now=clock)
    )
    yield opened
    await opened.close()


async def test_a_saved_state_comes_back_equal(store: SessionStore) -> None:
    await keep(store, STATE)
    assert await store.load(STATE.key) == STATE


async def test_a_key_without_a_session_gives_none(store: SessionStore) -> None:
    assert await store.load("nobody") is None
    assert not await store.delete("nobody")


async def test_the_last_save_wins(store: SessionStore) -> None:
    await keep(store, STATE)
    later = STATE.with_line(Line("customer", "Thank you"))
    await keep(store, later)
    assert await store.load(STATE.key) == later
    assert await store.keys() == (STATE.key,)


async def test_a_deleted_session_is_gone(store: SessionStore) -> None:
    await keep(store, STATE)
    assert await store.delete(STATE.key)
    assert await store.load(STATE.key) is None
    assert await store.keys() == ()


async def test_a_session_ends_when_nobody_speaks_in_it_for_its_time_to_live(store: SessionStore, clock: Clock) -> None:
    await keep(store, STATE)
    await keep(store, SessionState(key="another"))
    clock.now += 59.0
    assert await store.load(STATE.key) == STATE
    await keep(store, STATE)
    clock.now += 2.0
    assert await store.keys() == (STATE.key,)
    assert await store.load("another") is None
    assert await store.load(STATE.key) == STATE


async def test_many_sessions_at_once_keep_apart(store: SessionStore) -> None:
    states = [SessionState(key=f"caller-{number}", topic={"number": number}) for number in range(50)]
    await asyncio.gather(*(keep(store, state) for state in states))
    assert list(await asyncio.gather(*(store.load(state.key) for state in states))) == states


async def test_a_state_survives_closing_and_opening_again(tmp_path: Path) -> None:
    first = DiskStore(tmp_path / "my sessions")
    await keep(first, STATE)
    await first.close()
    second = DiskStore(tmp_path / "my sessions")
    assert await second.load(STATE.key) == STATE
    await second.close()
    await second.close()


async def test_only_the_owner_may_look_into_the_folder(tmp_path: Path) -> None:
    (tmp_path / "sessions").mkdir(mode=0o755)
    await DiskStore(tmp_path / "sessions").close()
    assert stat.S_IMODE((tmp_path / "sessions").stat().st_mode) == 0o700


class Trap:
    """Pickled, it makes whoever reads it create a file."""

    def __init__(self, sprung: Path) -> None:
        self.sprung = sprung

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return _spring, (str(self.sprung),)


def _spring(path: str) -> None:
    Path(path).write_text("the row was executed")


def tamper(folder: Path, sql: str, *values: object) -> None:
    with sqlite3.connect(folder / "cache.db") as database:
        changed = database.execute(sql, values).rowcount
        assert changed == (1 if sql.startswith("UPDATE") else -1)
    database.close()


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    store = DiskStore(tmp_path / "sessions")
    lease = await store.take(STATE.key, "test")
    assert lease is not None
    await store.save(STATE, lease)
    await store.release(lease)
    await store.close()
    return tmp_path / "sessions"


async def test_a_pickle_put_into_a_row_is_refused_and_not_executed(folder: Path, tmp_path: Path) -> None:
    trap = pickle.dumps(Trap(tmp_path / "sprung"))
    tamper(folder, "UPDATE Cache SET mode = 4, value = ?", trap)
    store = DiskStore(folder)
    with pytest.raises(StoreError, match="not a plain text: it was altered"):
        await store.load(STATE.key)
    assert not (tmp_path / "sprung").exists()
    assert await store.delete(STATE.key)
    await store.close()
    pickle.loads(trap)
    assert (tmp_path / "sprung").exists(), "the trap does not work, so the test shows nothing"


async def test_a_pickle_in_a_file_that_a_row_names_is_refused_and_not_executed(folder: Path, tmp_path: Path) -> None:
    (folder / "trap.val").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    tamper(folder, "UPDATE Cache SET mode = 4, value = NULL, filename = 'trap.val'")
    store = DiskStore(folder)
    with pytest.raises(StoreError, match="not a plain text: it was altered"):
        await store.load(STATE.key)
    assert not (tmp_path / "sprung").exists()
    await store.close()


async def test_a_pickled_key_is_passed_over_and_not_executed(folder: Path, tmp_path: Path) -> None:
    tamper(folder, "UPDATE Cache SET raw = 0, key = ?", pickle.dumps(Trap(tmp_path / "sprung")))
    store = DiskStore(folder)
    await keep(store, SessionState(key="another"))
    assert await store.keys() == ("another",)
    assert not (tmp_path / "sprung").exists()
    await store.close()


async def test_a_row_cannot_make_the_store_remove_a_file(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("keep me")
    tamper(folder, "UPDATE Cache SET filename = '../precious'")
    store = DiskStore(folder)
    assert await store.delete(STATE.key)
    assert (tmp_path / "precious").exists()
    await store.close()


@pytest.mark.parametrize("document", ["{", "{}", '{"key": "x", "version": 99}'])
async def test_a_state_that_cannot_be_read_says_how_to_end_the_session(folder: Path, document: str) -> None:
    tamper(folder, "UPDATE Cache SET value = ?", document)
    store = DiskStore(folder)
    with pytest.raises(StoreError, match="end it with `lobby sessions end`"):
        await store.load(STATE.key)
    await store.close()


async def test_a_state_under_another_sessions_key_is_refused(folder: Path) -> None:
    tamper(folder, "UPDATE Cache SET key = 'somebody-else'")
    store = DiskStore(folder)
    with pytest.raises(StoreError, match="holds another session's state"):
        await store.load("somebody-else")
    await store.close()


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="sessions cannot be kept in .*file"):
        DiskStore(tmp_path / "file")


def _garbled(database: Path) -> None:
    database.write_bytes(b"no database" * 1000)


def _cut(database: Path) -> None:
    database.write_bytes(database.read_bytes()[: database.stat().st_size // 2])


def _without_column(database: Path) -> None:
    tamper(database.parent, "ALTER TABLE Cache RENAME COLUMN mode TO mood")


def _without_table(database: Path) -> None:
    tamper(database.parent, "DROP TABLE Cache")
    tamper(database.parent, "CREATE TABLE Cache (emptied INTEGER)")


def _odd_settings(database: Path) -> None:
    tamper(database.parent, "DROP TABLE Settings")
    tamper(database.parent, "CREATE TABLE Settings AS SELECT 'disk_trap' AS key, 'x' AS value")


def _setting_of_another_type(database: Path) -> None:
    tamper(database.parent, "UPDATE Settings SET value = 'x' WHERE key = 'cull_limit'")


def _garbled_with_a_link_in_the_way(database: Path) -> None:
    _garbled(database)
    (database.parent / "damaged").symlink_to(database.parent.parent)


@pytest.mark.parametrize(
    "damage",
    [
        *(_garbled, _cut, _without_column, _without_table),
        *(_odd_settings, _setting_of_another_type, _garbled_with_a_link_in_the_way),
    ],
)
async def test_a_damaged_database_is_set_aside_and_a_new_one_begun(
    folder: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    damage(folder / "cache.db")
    with pytest.raises(StoreError, match=r"sessions cannot be kept in .*sessions .*move it away to start anew"):
        DiskStore(folder, mend=False)
    store = DiskStore(folder)
    assert "set aside in" in caplog.text
    assert (folder / "damaged" / "cache.db").exists()
    assert await store.keys() == ()
    await keep(store, STATE)
    assert await store.load(STATE.key) == STATE
    await store.close()


async def test_a_database_that_is_damaged_under_a_running_desk_is_set_aside_too(folder: Path) -> None:
    store = DiskStore(folder)
    lease = await store.take(STATE.key, "kiosk")
    assert lease is not None
    _without_table(folder / "cache.db")
    assert await store.load("somebody-else") is None
    assert (folder / "damaged" / "cache.db").exists()
    await store.save(STATE, lease)
    assert await store.load(STATE.key) == STATE
    await store.close()


async def test_the_event_loop_goes_on_while_another_process_holds_the_store(folder: Path) -> None:
    store = DiskStore(folder)
    other = sqlite3.connect(folder / "cache.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    saving = asyncio.create_task(keep(store, STATE))
    await asyncio.sleep(0)
    threading.Thread(target=other.execute, args=("COMMIT",)).start()
    await saving
    other.close()
    await store.close()


async def test_an_older_owner_cannot_overwrite_its_successor(store: SessionStore) -> None:
    older = await store.take(STATE.key, "kiosk")
    newer = await store.take(STATE.key, "phone")
    assert older is not None and newer is not None and newer.fence > older.fence
    await store.save(STATE, newer)
    with pytest.raises(OwnershipLostError, match="goes on at another connection"):
        await store.save(STATE.with_line(Line("customer", "too late")), older)
    with pytest.raises(OwnershipLostError):
        await store.renew(older)
    await store.release(older)
    assert await store.load(STATE.key) == STATE
    await store.save(STATE, newer)


async def test_a_session_with_an_owner_stays_with_it_when_asked_to(store: SessionStore) -> None:
    owner = await store.take(STATE.key, "kiosk")
    assert owner is not None
    assert await store.take(STATE.key, "page", over=False) is None
    await store.release(owner)
    assert await store.take(STATE.key, "page", over=False) is not None
