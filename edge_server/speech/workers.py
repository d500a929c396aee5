"""Warm worker processes for jobs in native libraries that take long or might crash.

A pool has some workers, each a process of its own that loads its model once and then does one job at a time, or with
two lanes a second one beside it. Jobs wait in the order in which their results are due (`places.py`).

| what happens | what the pool does |
|---|---|
| a worker dies in the middle of a job | starts another, loads the model, does the job again, once |
| a worker dies while idle | starts another at once |
| a job takes longer than `timeout_s` | kills the worker, starts another, raises `WorkerError` |
| more than `queue_limit` jobs wait | raises `WorkersBusyError` |
| this process ends, even by kill -9 | its workers end |
| Ctrl-C in the terminal | workers ignore it; this process closes them |

When a process breaks it is replaced (`worker_process.py`), and the others never notice. Quick lanes keep the priority
of the parent: yielding to it made recognition a fifth slower on two busy cores and the event loop no more punctual.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from typing import Any, ParamSpec, TypeVar

from edge_server.speech.places import Place, Places
from edge_server.speech.worker_process import WorkerProcess

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


class WorkerError(RuntimeError):
    """A job could not be done: it took too long, or its worker died twice."""


class WorkersBusyError(WorkerError):
    """Too many jobs wait already. Try again later, or give the server more workers."""


class WorkerPool:
    """Workers that have all loaded the same.

    `load` runs once in each worker before its first job; it and the jobs are functions of a module, and what they
    take and give can be pickled. With two `lanes`, two jobs of a worker may run at the same time, the second at a lower
    priority. `timeout_s` limits a job, `load_timeout_s` starting and loading.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[], None],
        *,
        workers: int = 1,
        lanes: int = 1,
        queue_limit: int = 32,
        timeout_s: float = 30.0,
        load_timeout_s: float = 60.0,
    ) -> None:
        self.name = name
        self._lanes = lanes
        self._queue_limit = queue_limit
        self._timeout_s = timeout_s
        self._workers = [_Worker(name, load, lanes, load_timeout_s) for _ in range(workers)]
        self._places: Places[_Worker] = Places()
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
            self._places.open(worker, self._lanes)

    async def run(self, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """`run_within` of no time at all: the result is needed now."""
        return await self.run_within(0.0, job, *args, **kwargs)

    async def run_within(self, due_in_s: float, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do `job(*args, **kwargs)`, whose result is needed in so many seconds, and give its result; what it raises is
        raised here.

        Cancelling the caller gives up the result; a job that waits is not done then, one that runs already runs to its
        end. Raises WorkersBusyError and WorkerError.
        """
        if self._closed:
            raise WorkerError(f"{self.name} is closed")
        if self._places.waiting >= self._queue_limit:
            raise WorkersBusyError(
                f"{self._places.waiting} jobs wait for {self.name}: try again later, or give it more workers"
            )
        place = await self._places.take(due_in_s)
        task = asyncio.create_task(self._run_at(place, job, *args, **kwargs))
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)
        task.add_done_callback(_seen)
        return await asyncio.shield(task)

    async def _run_at(self, place: Place[_Worker], job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do a job at `place`, twice if it must be, and give the place back."""
        worker = place.worker
        worker.jobs += 1
        try:
            for attempt in (1, 2):
                if self._closed:
                    break
                try:
                    await worker.ready(self._ended)
                    return await asyncio.wait_for(worker.submit(place.lane, job, *args, **kwargs), self._timeout_s)
                except BrokenProcessPool:
                    log.warning("a worker of %s died (attempt %d)", self.name, attempt)
                except TimeoutError:
                    worker.stop()
                    raise WorkerError(f"{self.name} took longer than {self._timeout_s:g} s and was stopped") from None
            raise WorkerError(f"{self.name} {'was closed' if self._closed else 'died twice at the same job'}")
        finally:
            worker.jobs -= 1
            self._places.give_back(place)
            if worker.pid is None:
                self._ended(worker)

    def _ended(self, worker: _Worker) -> None:
        """Bring an idle worker that has ended back to life; a busy one is brought back by its job."""
        if self._closed or worker.jobs:
            return
        task = asyncio.create_task(worker.ready(self._ended))
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
    """One process, and those that take its place. `pid` is None while there is none; `jobs` have it now; `starts`
    counts its starts."""

    def __init__(self, name: str, load: Callable[[], None], lanes: int, load_timeout_s: float) -> None:
        self.starts = 0
        self.jobs = 0
        self._name = name
        self._load = load
        self._lanes = lanes
        self._load_timeout_s = load_timeout_s
        self._process: WorkerProcess | None = None
        self._starting: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process id."""
        return self._process.pid if self._process is not None else None

    async def ready(self, ended: Callable[[_Worker], None]) -> None:
        """Start the process and load, unless it runs; callers at the same time share one start.

        `ended(self)` is called on the event loop when the process ends.
        """
        if self._process is not None and self._starting is None:
            return
        if self._starting is None:
            self._starting = asyncio.create_task(self._start(ended))
            self._starting.add_done_callback(_seen)
        starting = self._starting
        try:
            await asyncio.shield(starting)
        finally:
            if starting.done() and self._starting is starting:
                self._starting = None

    async def _start(self, ended: Callable[[_Worker], None]) -> None:
        process = self._process = WorkerProcess(self._lanes, lambda: self._told(process, ended))
        try:
            async with asyncio.timeout(self._load_timeout_s):
                await process.start()
                if self._closed:
                    raise WorkerError(f"{self._name} was closed")
                await process.submit(0, self._load)
                self.starts += 1
        except BrokenProcessPool:
            self.stop()
            raise WorkerError(f"a worker of {self._name} died while loading; is there enough memory?") from None
        except TimeoutError:
            self.stop()
            raise WorkerError(f"{self._name} did not load within {self._load_timeout_s:g} s") from None
        except BaseException:
            self.stop()
            raise

    def _told(self, process: WorkerProcess, ended: Callable[[_Worker], None]) -> None:
        """The process has ended by itself."""
        if self._process is process:
            self._process = None
            ended(self)

    def submit(self, lane: int, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[R]:
        """Hand a job to the process. Raises BrokenProcessPool, at once or later, when there is none."""
        if self._process is None:
            raise BrokenProcessPool("no process")
        return self._process.submit(lane, job, *args, **kwargs)

    def stop(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the process for good, also one that is only just starting."""
        self._closed = True
        self.stop()


def _seen(task: asyncio.Task[object]) -> None:
    """Take note of the outcome of a job whose caller may have given up."""
    if not task.cancelled():
        task.exception()
