"""Worker processes come back when they die, end with their parent, and never hold up the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from edge_server.speech import jobs
from edge_server.speech.workers import WorkerError, WorkerPool, WorkersBusyError
from tests.humming import load_hums
from tests.worker_jobs import (
    count_down,
    count_down_after,
    count_on,
    count_on_after,
    die,
    die_once,
    fail,
    hang,
    hang_from,
    load,
    load_badly,
    loaded,
    niceness,
    pid,
    wait_for,
)

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="watches processes with Linux pidfds")


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool("test work", load, queue_limit=2, timeout_s=20)
    await pool.start()
    yield pool
    await pool.close()


async def until_dead(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        ended = select.poll()
        ended.register(os.pidfd_open(process), select.POLLIN)
        assert await asyncio.to_thread(ended.poll, 10_000), f"process {process} still runs"


async def test_a_worker_loads_once_and_keeps_what_it_loaded(pool: WorkerPool) -> None:
    assert [await pool.run(loaded) for _ in range(3)] == [1, 1, 1]
    assert await pool.run(pid) == pool.pids[0] != os.getpid()


async def test_a_worker_killed_in_the_middle_of_a_job_does_it_again(pool: WorkerPool, tmp_path: Path) -> None:
    before = pool.pids[0]
    assert await pool.run(die_once, tmp_path / "died") == "done"
    assert pool.pids[0] != before
    assert await pool.run(loaded) == 1


async def test_a_job_that_kills_every_worker_is_given_up_and_the_next_is_done(pool: WorkerPool) -> None:
    with pytest.raises(WorkerError, match="died twice at the same job"):
        await pool.run(die)
    assert await pool.run(loaded) == 1


async def test_a_worker_killed_while_idle_comes_back_by_itself(pool: WorkerPool) -> None:
    before = pool.pids[0]
    os.kill(before, signal.SIGKILL)
    async with asyncio.timeout(20):
        while not pool.pids or pool.pids[0] == before:
            await asyncio.to_thread(os.sched_yield)
    assert await pool.run(pid) not in (before, os.getpid())


async def test_a_job_that_hangs_is_stopped_and_the_worker_replaced() -> None:
    pool = WorkerPool("test work", load, timeout_s=0.3)
    await pool.start()
    before = pool.pids[0]
    with pytest.raises(WorkerError, match=r"longer than 0\.3 s"):
        await pool.run(hang)
    await until_dead(before)
    assert await pool.run(loaded) == 1
    await pool.close()


async def test_what_a_job_raises_is_raised_to_the_caller_and_the_worker_lives(pool: WorkerPool) -> None:
    before = pool.pids
    with pytest.raises(LookupError, match="no such thing"):
        await pool.run(fail)
    assert pool.pids == before


async def test_a_job_that_is_needed_now_is_done_beside_a_long_one_in_the_same_process(tmp_path: Path) -> None:
    pool = WorkerPool("test work", load, lanes=2)
    await pool.start()
    go = tmp_path / "go"
    long = asyncio.create_task(pool.run_within(60.0, wait_for, go))
    await asyncio.sleep(0)
    usual = await pool.run(niceness)
    assert await pool.run(pid) == pool.pids[0] and not long.done()
    go.touch()
    assert await long == "went"
    assert await pool.run_within(60.0, niceness) > usual == os.getpriority(os.PRIO_PROCESS, 0)
    await pool.close()


async def test_both_jobs_of_a_worker_that_dies_are_done_again(tmp_path: Path) -> None:
    pool = WorkerPool("test work", load, lanes=2)
    await pool.start()
    (tmp_path / "go").touch()
    jobs = pool.run_within(60.0, die_once, tmp_path / "died"), pool.run(wait_for, tmp_path / "died")
    first, second = await asyncio.gather(*jobs)
    assert (first, second) == ("done", "went")
    assert await pool.run(loaded) == 1
    assert len(pool.pids) == 1
    await pool.close()


async def test_too_many_jobs_are_refused(pool: WorkerPool, tmp_path: Path) -> None:
    go = tmp_path / "go"
    jobs = [asyncio.create_task(pool.run(wait_for, go)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(WorkersBusyError, match="try again later"):
        await pool.run(pid)
    go.touch()
    assert await asyncio.gather(*jobs) == ["went"] * 3


async def test_a_caller_who_gives_up_does_not_take_the_worker_along(pool: WorkerPool, tmp_path: Path) -> None:
    before = pool.pids
    job = asyncio.create_task(pool.run(wait_for, tmp_path / "go"))
    await asyncio.sleep(0)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    (tmp_path / "go").touch()
    assert await pool.run(loaded) == 1
    assert pool.pids == before


async def test_the_event_loop_goes_on_while_a_worker_works(pool: WorkerPool, tmp_path: Path) -> None:
    job = asyncio.create_task(pool.run(wait_for, tmp_path / "go"))
    for _ in range(50):
        await asyncio.sleep(0)
    assert not job.done()
    (tmp_path / "go").touch()
    assert await job == "went"


async def test_what_is_given_piece_by_piece_comes_in_order_and_the_worker_is_free_after_it(
    pool: WorkerPool, tmp_path: Path
) -> None:
    pieces = [piece async for piece in pool.stream(0.0, count_down, count_on, 3, 0, tmp_path / "died")]
    assert pieces == [b"\3\3\3", b"\2\2", b"\1"]
    assert [piece async for piece in pool.stream(0.0, count_down, count_on, 0, 0, tmp_path / "died")] == []
    assert await pool.run(loaded) == 1


async def test_pieces_that_were_given_before_a_worker_died_are_not_given_again(
    pool: WorkerPool, tmp_path: Path
) -> None:
    before = pool.pids[0]
    pieces = [piece async for piece in pool.stream(0.0, count_down, count_on, 4, 2, tmp_path / "died")]
    assert b"".join(pieces) == b"\4\4\4\4\3\3\3\2\2\1"
    assert pool.pids[0] != before


async def test_who_stops_listening_to_pieces_or_is_slow_does_not_keep_the_worker(
    pool: WorkerPool, tmp_path: Path
) -> None:
    async with contextlib.aclosing(pool.stream(0.0, count_down, count_on, 200, 0, tmp_path / "died")) as pieces:
        assert await anext(pieces) == bytes((200,)) * 200
    assert await pool.run(loaded) == 1
    async with contextlib.aclosing(pool.stream(0.0, count_down, count_on, 5, 0, tmp_path / "died")) as pieces:
        first = await anext(pieces)
        assert await pool.run(loaded) == 1, "all was made though nobody took it yet"
        assert first + b"".join([piece async for piece in pieces]) == b"".join(bytes((n,)) * n for n in (5, 4, 3, 2, 1))


async def test_a_failure_among_pieces_is_raised_to_the_caller(pool: WorkerPool) -> None:
    with pytest.raises(LookupError, match="no such thing"):
        await anext(pool.stream(0.0, fail, count_on))
    assert await pool.run(loaded) == 1


async def joined(pieces: AsyncGenerator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def test_what_is_spoken_in_two_lanes_at_once_is_what_each_says_alone() -> None:
    pool = WorkerPool("test work", load_hums, lanes=2)
    await pool.start()
    short, long = "One.", "One and two and three."
    alone = [await joined(pool.stream(0.0, jobs.speak, jobs.speak_on, text, "joe", 1.0)) for text in (short, long)]
    at_once = await asyncio.gather(
        *(
            joined(pool.stream(due_in_s, jobs.speak, jobs.speak_on, text, "both", 1.0))
            for text, due_in_s in ((short, 60.0), (long, 0.0))
        )
    )
    assert at_once == alone and at_once[0] != at_once[1]
    await pool.close()


async def test_pieces_that_are_needed_later_hold_up_none_that_are_needed_now(tmp_path: Path) -> None:
    pool = WorkerPool("test work", load, lanes=2)
    await pool.start()
    go = tmp_path / "go"
    later = [asyncio.create_task(joined(pool.stream(60.0, count_down_after, count_on, go, 3))) for _ in range(2)]
    await asyncio.sleep(0)
    for _ in range(2):
        assert await joined(pool.stream(0.0, count_down, count_on, 2, 0, tmp_path / "died")) == b"\2\2\1"
    assert not any(task.done() for task in later)
    go.touch()
    assert await asyncio.gather(*later) == [b"\3\3\3\2\2\1"] * 2
    await pool.close()


async def test_when_a_worker_dies_the_pieces_of_both_lanes_go_on_where_they_were(tmp_path: Path) -> None:
    pool = WorkerPool("test work", load, lanes=2)
    await pool.start()
    died = tmp_path / "died"
    async with contextlib.aclosing(
        pool.stream(0.0, count_down, partial(count_on_after, died), 3, 0, tmp_path / "not")
    ) as now:
        first = await anext(now)
        assert await joined(pool.stream(60.0, count_down, count_on, 4, 2, died)) == b"\4\4\4\4\3\3\3\2\2\1"
        assert first + await joined(now) == b"\3\3\3\2\2\1"
    assert pool.restarts == 1
    await pool.close()


async def test_what_loading_raises_is_raised_by_start_and_no_process_is_left() -> None:
    pool = WorkerPool("test work", load_badly, workers=2)
    with pytest.raises(LookupError, match="no model"):
        await pool.start()
    await pool.close()
    assert pool.pids == ()


async def test_close_ends_workers_that_are_busy_within_two_seconds(tmp_path: Path) -> None:
    pool = WorkerPool("test work", load, workers=2)
    await pool.start()
    pids = pool.pids
    jobs = [asyncio.create_task(pool.run(hang_from, tmp_path / "hangs")), asyncio.create_task(pool.run(hang))]
    while not (tmp_path / "hangs").exists():
        await asyncio.to_thread(os.sched_yield)
    jobs.append(asyncio.create_task(pool.run(hang)))
    await asyncio.sleep(0)
    began = time.monotonic()
    await pool.close()
    for process in pids:
        await until_dead(process)
    assert time.monotonic() - began < 2
    for job in jobs:
        with pytest.raises(WorkerError, match="was closed"):
            await job


async def test_a_worker_ignores_ctrl_c(pool: WorkerPool) -> None:
    before = pool.pids[0]
    os.kill(before, signal.SIGINT)
    assert await pool.run(pid) == before
    assert await pool.run(loaded) == 1


async def test_workers_end_when_the_parent_is_killed() -> None:
    program = (
        "import asyncio\n"
        "from edge_server.speech.workers import WorkerPool\n"
        "from tests.worker_jobs import load, hang\n"
        "async def main():\n"
        "    pool = WorkerPool('test work', load, workers=2)\n"
        "    await pool.start()\n"
        "    print(*pool.pids, flush=True)\n"
        "    await pool.run(hang)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    pids = [int(word) for word in (await parent.stdout.readline()).split()]
    assert len(pids) == 2
    parent.kill()
    await parent.wait()
    for process in pids:
        await until_dead(process)
