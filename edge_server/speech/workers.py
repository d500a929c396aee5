"""Warm worker processes for jobs in native libraries that take long or might crash.

A pool has some workers, each a process of its own that loads its model once and then does one job at a time.

| what happens | what the pool does |
|---|---|
| a worker dies in the middle of a job | starts another, loads the model, does the job again, once |
| a worker dies while idle | starts another at once |
| a job takes longer than `timeout_s` | kills the worker, starts another, raises `WorkerError` |
| more than `queue_limit` jobs wait | raises `WorkersBusyError` |
| this process ends, even by kill -9 | its workers end |
| Ctrl-C in the terminal | workers ignore it; this process closes them |

Each worker is a `ProcessPoolExecutor` of one process: when it breaks it is replaced, and the others never notice.
Workers keep the priority of the parent: yielding to it made recognition a fifth slower on two busy cores and the
event loop no more punctual.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, ParamSpec, TypeVar

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Set to 1 in a worker before anything reads them: on a small machine a second thread costs more than it brings."""


class WorkerError(RuntimeError):
    """A job could not be done: it took too long, or its worker died twice."""


class WorkersBusyError(WorkerError):
    """Too many jobs wait already. Try again later, or give the server more workers."""


class WorkerPool:
    """Workers that have all loaded the same.

    `load` runs once in each worker before its first job; it and the jobs are functions of a module, and what they
    take and give can be pickled. `timeout_s` limits a job, `load_timeout_s` starting and loading.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[], None],
        *,
        workers: int = 1,
        queue_limit: int = 32,
        timeout_s: float = 30.0,
        load_timeout_s: float = 60.0,
    ) -> None:
        self.name = name
        self._queue_limit = queue_limit
        self._timeout_s = timeout_s
        self._workers = [_Worker(name, load, load_timeout_s) for _ in range(workers)]
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        self._waiting = 0
        self._jobs: set[asyncio.Task[Any]] = set()
        self._closed = False

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the workers that run."""
        return tuple(worker.pid for worker in self._workers if worker.pid is not None)

    @property
    def restarts(self) -> int:
        """How often a worker that had ended was started again."""
        return sum(max(0, worker.starts - 1) for worker in self._workers)

    async def start(self) -> None:
        """Start and load all workers at the same time. What `load` raises in a worker is raised here."""
        try:
            async with asyncio.TaskGroup() as group:
                for worker in self._workers:
                    group.create_task(worker.ready(self._ended))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        for worker in self._workers:
            self._idle.put_nowait(worker)

    async def run(self, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do `job(*args, **kwargs)` in the next free worker and give its result; what it raises is raised here.

        Cancelling the caller gives up the result; a job that runs already runs to its end. Raises WorkersBusyError and
        WorkerError.
        """
        worker = await self._free_worker()
        task = asyncio.create_task(self._run_on(worker, partial(self._once, worker, job, *args, **kwargs)))
        self._keep(task)
        return await asyncio.shield(task)

    async def stream(
        self, begin: Callable[P, bytes], go_on: Callable[[], bytes], *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[bytes]:
        """What `begin(*args, **kwargs)` gives, and `go_on()` again and again until it gives nothing, in one worker.

        The worker goes on while the caller is busy; closing the generator stops it after the piece that it is at. When
        it dies, another begins anew, and as many bytes as the caller has are left out. Raises as `run` does.
        """
        worker = await self._free_worker()
        pieces: asyncio.Queue[bytes] = asyncio.Queue()
        wanted, given = True, 0

        async def made() -> None:
            nonlocal given
            skip, piece = given, await self._once(worker, begin, *args, **kwargs)
            while piece and wanted:
                fresh, skip = piece[skip:], max(0, skip - len(piece))
                given += len(fresh)
                if fresh:
                    pieces.put_nowait(fresh)
                piece = await self._once(worker, go_on)

        task = asyncio.create_task(self._run_on(worker, made))
        self._keep(task)
        task.add_done_callback(lambda _: pieces.put_nowait(b""))
        try:
            while piece := await pieces.get():
                yield piece
            await task
        finally:
            wanted = False

    async def _free_worker(self) -> _Worker:
        """A worker to be given back by `_run_on`. Raises WorkersBusyError and WorkerError."""
        if self._closed:
            raise WorkerError(f"{self.name} is closed")
        if self._waiting >= self._queue_limit:
            raise WorkersBusyError(
                f"{self._waiting} jobs wait for {self.name}: try again later, or give it more workers"
            )
        self._waiting += 1
        try:
            return await self._idle.get()
        finally:
            self._waiting -= 1

    async def _once(self, worker: _Worker, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.wait_for(worker.submit(job, *args, **kwargs), self._timeout_s)

    async def _run_on(self, worker: _Worker, work: Callable[[], Awaitable[R]]) -> R:
        """Do `work` in `worker`, twice if it must be, and give the worker back."""
        worker.busy = True
        try:
            for attempt in (1, 2):
                if self._closed:
                    break
                try:
                    await worker.ready(self._ended)
                    return await work()
                except BrokenProcessPool:
                    worker.stop()
                    log.warning("a worker of %s died (attempt %d)", self.name, attempt)
                except TimeoutError:
                    worker.stop()
                    raise WorkerError(f"{self.name} took longer than {self._timeout_s:g} s and was stopped") from None
            raise WorkerError(f"{self.name} {'was closed' if self._closed else 'died twice at the same job'}")
        finally:
            worker.busy = False
            self._idle.put_nowait(worker)
            if worker.pid is None:
                self._ended(worker)

    def _ended(self, worker: _Worker) -> None:
        """Bring an idle worker that has ended back to life; a busy one is brought back by its job."""
        if self._closed or worker.busy:
            return
        worker.stop()
        self._keep(asyncio.create_task(worker.ready(self._ended)))

    def _keep(self, task: asyncio.Task[R]) -> None:
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)
        task.add_done_callback(_seen)

    async def close(self) -> None:
        """Stop all workers, whatever they do. Takes a fraction of a second."""
        self._closed = True
        for worker in self._workers:
            worker.close()
        if self._jobs:
            await asyncio.wait(self._jobs, timeout=1.0)


class _Worker:
    """One process. `pid` is None while there is none; `busy` is True while a job has it; `starts` counts its starts."""

    def __init__(self, name: str, load: Callable[[], None], load_timeout_s: float) -> None:
        self.pid: int | None = None
        self.starts = 0
        self._name = name
        self._load = load
        self._load_timeout_s = load_timeout_s
        self._executor: ProcessPoolExecutor | None = None
        self._pidfd: int | None = None
        self._starting: asyncio.Task[None] | None = None
        self._closed = False
        self.busy = False

    async def ready(self, ended: Callable[[_Worker], None]) -> None:
        """Start the process and load, unless it runs; callers at the same time share one start.

        `ended(self)` is called on the event loop when the process ends (where the system tells, as Linux does).
        """
        if self.pid is not None and self._starting is None:
            return
        if self._starting is None:
            self._starting = asyncio.create_task(self._start(ended))
            self._starting.add_done_callback(_seen)
        starting = self._starting
        try:
            await asyncio.shield(starting)
        finally:
            if starting.done():
                self._starting = None

    async def _start(self, ended: Callable[[_Worker], None]) -> None:
        try:
            async with asyncio.timeout(self._load_timeout_s):
                self.pid = await asyncio.wrap_future(await asyncio.to_thread(self._spawn))
                if self._closed:
                    raise WorkerError(f"{self._name} was closed")
                await self.submit(self._load)
                self.starts += 1
                self._watch(ended)
        except BrokenProcessPool:
            self.stop()
            raise WorkerError(f"a worker of {self._name} died while loading; is there enough memory?") from None
        except TimeoutError:
            self.stop()
            raise WorkerError(f"{self._name} did not load within {self._load_timeout_s:g} s") from None
        except BaseException:
            self.stop()
            raise

    def _spawn(self) -> Future[int]:
        """Start the process with Ctrl-C blocked until it ignores it. Gives the future process id."""
        self._executor = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return self._executor.submit(os.getpid)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def submit(self, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[R]:
        """Hand a job to the process. Raises BrokenProcessPool, at once or later, when there is none."""
        if self._executor is None:
            raise BrokenProcessPool("no process")
        return asyncio.wrap_future(self._executor.submit(job, *args, **kwargs))

    def _watch(self, ended: Callable[[_Worker], None]) -> None:
        self._unwatch()
        if self.pid is not None and hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                self._pidfd = os.pidfd_open(self.pid)
                asyncio.get_running_loop().add_reader(self._pidfd, self._tell, ended)

    def _tell(self, ended: Callable[[_Worker], None]) -> None:
        self._unwatch()
        ended(self)

    def _unwatch(self) -> None:
        if self._pidfd is not None:
            asyncio.get_running_loop().remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = None

    def stop(self) -> None:
        """End the process, whatever it does."""
        self._unwatch()
        executor, self._executor = self._executor, None
        pid, self.pid = self.pid, None
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """End the process for good, also one that is only just starting."""
        self._closed = True
        self.stop()


def _seen(task: asyncio.Task[object]) -> None:
    """Take note of the outcome of a job whose caller may have given up."""
    if not task.cancelled():
        task.exception()


def _begin() -> None:
    """First thing in a worker process: leave Ctrl-C to the parent, and never outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()


def _end_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(0)
