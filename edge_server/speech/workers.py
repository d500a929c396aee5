"""Warm worker processes for jobs in native libraries that take long or might crash.

A pool has some workers, each a process of its own that loads its model once and then does one job at a time, or with
two lanes a second one beside it. Jobs wait in the order in which their results are due (`places.py`). A job may give
its result piece by piece (`stream`); it keeps its lane until the last one.

| what happens | what the pool does |
|---|---|
| a worker dies in the middle of a job | starts another, loads the model, does the job again, once; no byte twice |
| a worker dies while idle | starts another at once |
| a job, or one piece, takes longer than `timeout_s` | kills the worker, starts another, raises `WorkerError` |
| more than `queue_limit` jobs wait | raises `WorkersBusyError` |
| this process ends, even by kill -9 | its workers end |
| Ctrl-C in the terminal | workers ignore it; this process closes them |

When a process breaks it is replaced (`worker_process.py`), and the others never notice. Quick lanes keep the priority
of the parent: yielding to it made recognition a fifth slower on two busy cores and the event loop no more punctual.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, ParamSpec, Protocol, TypeVar

from edge_server.speech.places import Place, Places
from edge_server.speech.worker_process import WorkerProcess

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


class Lane(Protocol):
    """A lane of one process."""

    def __call__(self, job: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[R]:
        """Hand a job to it. Raises BrokenProcessPool, at once or later, when the process has ended."""
        ...


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
        place = await self._place(due_in_s)

        async def whole(lane: Lane) -> R:
            return await self._once(lane, job, *args, **kwargs)

        return await asyncio.shield(self._keep(self._run_at(place, whole)))

    async def stream(
        self,
        due_in_s: float,
        begin: Callable[P, bytes],
        go_on: Callable[[], bytes],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> AsyncGenerator[bytes]:
        """What `begin(*args, **kwargs)` gives, and `go_on()` again and again until it gives nothing, all in one lane.
        The first piece is needed in `due_in_s`.

        The worker goes on while the caller is busy; closing the generator stops it after the piece that it is at. When
        it dies, another begins anew, and as many bytes as the caller has are left out. Raises as `run_within` does.
        """
        place = await self._place(due_in_s)
        pieces: asyncio.Queue[bytes] = asyncio.Queue()
        wanted, given = True, 0

        async def made(lane: Lane) -> None:
            nonlocal given
            skip, piece = given, await self._once(lane, begin, *args, **kwargs)
            while piece and wanted:
                fresh, skip = piece[skip:], max(0, skip - len(piece))
                given += len(fresh)
                if fresh:
                    pieces.put_nowait(fresh)
                piece = await self._once(lane, go_on)

        task = self._keep(self._run_at(place, made))
        task.add_done_callback(lambda _: pieces.put_nowait(b""))
        try:
            while piece := await pieces.get():
                yield piece
            await task
        finally:
            wanted = False

    async def _place(self, due_in_s: float) -> Place[_Worker]:
        """A place that `_run_at` gives back. Raises WorkersBusyError and WorkerError."""
        if self._closed:
            raise WorkerError(f"{self.name} is closed")
        if self._places.waiting >= self._queue_limit:
            raise WorkersBusyError(
                f"{self._places.waiting} jobs wait for {self.name}: try again later, or give it more workers"
            )
        return await self._places.take(due_in_s)

    async def _once(self, lane: Lane, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.wait_for(lane(job, *args, **kwargs), self._timeout_s)

    async def _run_at(self, place: Place[_Worker], work: Callable[[Lane], Awaitable[R]]) -> R:
        """Do `work` at `place`, twice if it must be, each time with one process from beginning to end, and give the
        place back."""
        worker = place.worker
        worker.jobs += 1
        try:
            for attempt in (1, 2):
                if self._closed:
                    break
                try:
                    await worker.ready(self._ended)
                    return await work(worker.lane(place.lane))
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
        self._keep(worker.ready(self._ended))

    def _keep(self, work: Coroutine[Any, Any, R]) -> asyncio.Task[R]:
        """Do `work` whether anybody waits for it or not."""
        task = asyncio.create_task(work)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)
        task.add_done_callback(_seen)
        return task

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

    def lane(self, number: int) -> Lane:
        """A lane of the process that runs now, and of none that takes its place. Raises BrokenProcessPool."""
        if self._process is None:
            raise BrokenProcessPool("no process")
        return partial(self._process.submit, number)

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
