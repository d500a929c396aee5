"""One worker process, a pipe to it, and a thread in it for each of its lanes.

Jobs of different lanes run at the same time; native libraries that let go of the interpreter (ONNX Runtime) run
beside each other. All lanes but the first give way to everything else that the machine has to do (on Linux, where
each thread has a priority of its own).
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

from edge_server.one_thread import compute_in_one_thread

P = ParamSpec("P")
R = TypeVar("R")

GIVES_WAY = 10
"""Added to the niceness of all lanes but the first: a tenth of the processor time that others get who want it."""


@dataclass(frozen=True, slots=True)
class _Job:
    """Work for a lane, and the number of its answer."""

    number: int
    lane: int
    work: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a job: what it gave, or what it raised."""

    number: int
    value: Any
    raised: BaseException | None


class WorkerProcess:
    """A process that does jobs. Used within one event loop, which calls `ended` when the process has ended."""

    def __init__(self, lanes: int, ended: Callable[[], None]) -> None:
        self.pid: int | None = None
        self._lanes = lanes
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._numbers = itertools.count()
        self._unanswered: dict[int, asyncio.Future[Any]] = {}
        self._to_send: SimpleQueue[_Job | None] = SimpleQueue()
        self._process: SpawnProcess | None = None
        self._gone = False

    async def start(self) -> None:
        """Start the process."""
        await asyncio.to_thread(self._spawn)

    def _spawn(self) -> None:
        """Start the process with Ctrl-C blocked until it ignores it, and two threads that talk to it."""
        context = multiprocessing.get_context("spawn")
        ours, its = context.Pipe()
        process = context.Process(target=_serve, args=(its, self._lanes), daemon=True)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            its.close()
        self._process, self.pid = process, process.pid
        if self._gone:  # meanwhile
            process.kill()
        threading.Thread(target=self._send, args=(ours,), name="to a worker", daemon=True).start()
        threading.Thread(target=self._receive, args=(ours, process), name="from a worker", daemon=True).start()

    def submit(self, lane: int, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[R]:
        """Hand a job to a lane, which does one after the other. Raises BrokenProcessPool, at once or later, when there
        is no process."""
        if self._gone:
            raise BrokenProcessPool("no process")
        job = _Job(next(self._numbers), lane, work, args, kwargs)
        answer: asyncio.Future[R] = self._loop.create_future()
        self._unanswered[job.number] = answer
        self._to_send.put(job)
        return answer

    def kill(self) -> None:
        """End the process, whatever it does; what it has not answered breaks."""
        self._break()
        if self._process is not None:
            self._process.kill()

    def _break(self) -> None:
        self._gone = True
        self._to_send.put(None)
        unanswered, self._unanswered = self._unanswered, {}
        for answer in unanswered.values():
            if not answer.done():
                answer.set_exception(BrokenProcessPool("the process ended"))

    # In threads of the parent

    def _send(self, pipe: Connection) -> None:
        while (job := self._to_send.get()) is not None:
            try:
                pipe.send(job)
            except OSError:
                return  # the other thread notices, too
            except Exception as error:
                self._tell(self._answered, _Answer(job.number, None, error))

    def _receive(self, pipe: Connection, process: SpawnProcess) -> None:
        with suppress(EOFError, OSError):
            while True:
                self._tell(self._answered, pipe.recv())
        process.join()
        self._tell(self._noticed)

    def _tell(self, told: Callable[..., None], *args: _Answer) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(told, *args)

    # In the event loop again

    def _answered(self, answer: _Answer) -> None:
        waiting = self._unanswered.pop(answer.number, None)
        if waiting is None or waiting.done():
            return
        if answer.raised is not None:
            waiting.set_exception(answer.raised)
        else:
            waiting.set_result(answer.value)

    def _noticed(self) -> None:
        told = self._gone
        self._break()
        if not told:
            self._ended()


def _serve(pipe: Connection, lanes: int) -> None:
    """What the process does: give jobs to its lanes until the parent has gone."""
    _begin()
    answering = threading.Lock()
    waiting: list[SimpleQueue[_Job]] = [SimpleQueue() for _ in range(lanes)]
    for lane, jobs in enumerate(waiting):
        threading.Thread(target=_work, args=(lane, jobs, pipe, answering), name=f"lane {lane}", daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            job: _Job = pipe.recv()
            waiting[job.lane].put(job)
    os._exit(0)


def _work(lane: int, jobs: SimpleQueue[_Job], pipe: Connection, answering: threading.Lock) -> None:
    if lane and sys.platform == "linux":
        with suppress(OSError):
            own = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, own, os.getpriority(os.PRIO_PROCESS, own) + GIVES_WAY)
    while True:
        job = jobs.get()
        answer = _done(job)
        with answering:
            try:
                pipe.send(answer)
            except OSError:
                return
            except Exception as error:  # what it gave, or raised, cannot be pickled
                pipe.send(_Answer(job.number, None, RuntimeError(f"{type(error).__name__}: {error}")))


def _done(job: _Job) -> _Answer:
    try:
        return _Answer(job.number, job.work(*job.args, **job.kwargs), None)
    except Exception as error:
        error.add_note(f"In a worker:\n{traceback.format_exc()}")
        return _Answer(job.number, None, error)


def _begin() -> None:
    """First thing in a worker process: leave Ctrl-C to the parent, and never outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    compute_in_one_thread()
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()


def _end_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(0)
