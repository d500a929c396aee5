"""Telephone calls at once, over the simulated phone network: who gets through, how long each waits, how calls sound.

The server runs in a process of its own; the network with its callers runs in this one, on the same machine. Each caller
rings, hears the greeting out, asks a question and hears the answer out, asks again, speaks over that answer, hears the
next one and hangs up. Callers ring within `APART_S` of each other, at most `RUSH_S` from the first to the last.

All times are the caller's: from what goes into the telephone to what comes out of it, which adds up to a frame of 20 ms
on each side.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edge_server.bench.figures import p50, p95
from edge_server.bench.own_server import own_server
from edge_server.bench.questions import Question, Script
from edge_server.phone.frames import FRAME_MS
from edge_server.phone.network import PhoneNetwork
from edge_server.phone.network_call import NetworkCall
from edge_server.ports import free_port

Progress = Callable[[str, int, int], None]

APART_S, RUSH_S = 0.5, 10.0
ANSWER_WITHIN_S = 60.0
SHORTEST = 12
"""Frames of sound in a row that are speech; a shorter stretch is the tone against dead air."""
INTO_REPLY_S = 0.6
"""How long a caller listens before speaking over a reply."""
PAUSE_MS = 250.0
"""A frame that is missed for longer begins another phrase; a shorter wait is heard as a stutter."""
STRAY_S = 0.3
"""Sound that still comes so soon after `StopAudio` belongs to the reply that was stopped."""


@dataclass(slots=True)
class CallNotes:
    """What came of one call. Times in ms; None, or missing, where it did not come to that."""

    answered: bool = False
    greeted_ms: float | None = None
    waits_ms: list[float | None] = field(default_factory=list)
    barge_in_ms: float | None = None
    frames: int = 0
    stutters_ms: list[float] = field(default_factory=list)
    finished: bool = False


@dataclass(frozen=True, slots=True)
class PhoneFigures:
    """`calls` at once; `answered` of them were put through, `finished` came to their own end.

    `greeted`: from ringing to the first sound. `wait`: from the last sample of a question to the first sound of what
    the desk says, a filler included; `unanswered` questions had none within 60 s. `barge_in`: from the first sample
    spoken over a reply to the last frame of it that was sent, or `StopAudio`, whichever is later; `not_stopped` replies
    were not stopped by it (most had ended). `stutters`: frames, among `frames`, that came up to 250 ms too late.
    `memory_mb`: resident, all processes of the server, before and at the most (None off Linux). `load`: runnable
    processes of the machine in the last minute, before and after, on `cores`.
    """

    calls: int
    answered: int
    finished: int
    greeted_ms_p50: float | None
    greeted_ms_p95: float | None
    questions: int
    unanswered: int
    wait_ms_p50: float | None
    wait_ms_p95: float | None
    barge_in_ms_p50: float | None
    barge_in_ms_p95: float | None
    not_stopped: int
    frames: int
    stutters: int
    longest_stutter_ms: float | None
    memory_mb: tuple[float, float] | None
    load: tuple[float, float]
    cores: int


async def measure_phone(calls: int, scripts: Sequence[Script], *, rate: int, progress: Progress) -> PhoneFigures:
    """So many callers at once to a server of its own. Raises OwnServerError."""
    port, secret = free_port(), secrets.token_urlsafe(24)
    pids, load = list[int](), os.getloadavg()[0]
    async with PhoneNetwork() as network:
        settings = {
            "LOBBY_PHONE": "1",
            "LOBBY_PHONE_ENDPOINT": network.endpoint,
            "LOBBY_PHONE_ACCESS_KEY": network.access_key,
            "LOBBY_PHONE_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "LOBBY_PHONE_EVENT_SECRET": secret,
            "LOBBY_PHONE_CALLS": str(calls),
            "LOBBY_PHONE_RATE": str(rate),
            "LOBBY_PHONE_MINUTE_PRICE": "0",
        }
        network.events_url = f"http://127.0.0.1:{port}/acs/events?secret={secret}"
        async with own_server(progress, port=port, settings=settings, started=pids.append):
            before = memory_mb(pids[0])
            watching = asyncio.create_task(_most_memory(pids[0]), name="memory")
            try:
                notes = await ring_up(network, calls, scripts, progress)
            finally:
                watching.cancel()
                [most] = await asyncio.gather(watching, return_exceptions=True)
    memory = (before, max(before, most)) if before is not None and isinstance(most, float) else None
    return figures_of(notes, memory, (round(load, 1), round(os.getloadavg()[0], 1)))


async def ring_up(
    network: PhoneNetwork, calls: int, scripts: Sequence[Script], progress: Progress = lambda *_: None
) -> list[CallNotes]:
    """So many callers at once. Gives what came of each call."""
    questions = [question for script in scripts for question in script]
    all_notes = [CallNotes() for _ in range(calls)]
    done = itertools.count(1)

    async def caller(number: int, notes: CallNotes) -> None:
        await asyncio.sleep(number * min(APART_S, RUSH_S / calls))
        try:
            await _converse(network, f"+1555000{number:04}", questions[number:] + questions[:number], notes)
            notes.finished = True
        except (TimeoutError, ConnectionError):
            pass  # `finished` says so
        progress("calls", next(done), calls)

    progress("calls", 0, calls)
    async with asyncio.TaskGroup() as tasks:
        for number, notes in enumerate(all_notes):
            tasks.create_task(caller(number, notes))
    return all_notes


async def _converse(network: PhoneNetwork, number: str, questions: Sequence[Question], notes: CallNotes) -> None:
    rang = time.monotonic()
    call = await network.call(number, within_s=ANSWER_WITHIN_S)
    if call is None:
        return
    notes.answered = True
    try:
        await asyncio.wait_for(call.streaming.wait(), ANSWER_WITHIN_S)
        connected = time.monotonic()
        heard_ms = await _speech_after(call, 0.0)
        notes.greeted_ms = (connected - rang) * 1000 + heard_ms
        await call.quiet()
        for question in questions[:2]:
            await _ask(call, question, notes)
            if question is not questions[1]:
                await call.quiet()
        await asyncio.sleep(INTO_REPLY_S)
        await _speak_over(call, questions[2], notes)
        await call.quiet()
    finally:
        notes.frames = len(call.arrivals)
        notes.stutters_ms = stutters_ms([at for at, _ in call.arrivals])
        await call.hang_up()


async def _ask(call: NetworkCall, question: Question, notes: CallNotes) -> None:
    spoken = question.spoken
    await call.say(spoken.pcm[: spoken.ends])
    said_ms = call.now_ms
    notes.waits_ms.append(None)
    notes.waits_ms[-1] = await _speech_after(call, said_ms)


async def _speak_over(call: NetworkCall, question: Question, notes: CallNotes) -> None:
    spoken = question.spoken
    await call.say(spoken.pcm[spoken.begins : spoken.ends])
    onset, said = call.said_at[-1], time.monotonic()
    notes.barge_in_ms = barge_in_ms(onset, said, call.stops, [at for at, _ in call.arrivals])


def barge_in_ms(onset: float, said: float, stops: Sequence[float], arrivals: Sequence[float]) -> float | None:
    """How long a reply went on after `onset`, ms; None when it was not stopped until the caller had `said` it.

    The times given are in s.
    """
    stopped = next((at for at in stops if onset <= at <= said), None)
    if stopped is None:
        return None
    last = max((at for at in arrivals if onset <= at <= stopped + STRAY_S), default=stopped)
    return (max(stopped, last) - onset) * 1000


async def _speech_after(call: NetworkCall, since_ms: float) -> float:
    """How long after `since_ms` the desk begins to speak, ms.

    Raises TimeoutError, and ConnectionError when the call ends.
    """
    async with asyncio.timeout(ANSWER_WITHIN_S):
        while (begins := first_speech(call.loud(since_ms))) is None:
            if call.over.is_set():
                raise ConnectionError("the call has ended")
            await asyncio.sleep(0.05)
    return begins * float(FRAME_MS)


def first_speech(loud: Sequence[bool]) -> int | None:
    """The frame with which speech begins, where `loud` says of each frame whether it has sound; None without any."""
    at = 0
    for sound, run in itertools.groupby(loud):
        length = len(list(run))
        if sound and length >= SHORTEST:
            return at
        at += length
    return None


def stutters_ms(arrivals: Sequence[float]) -> list[float]:
    """For each frame that came after it was to be heard, how late it was. `arrivals` of all frames of a call, s."""
    late: list[float] = []
    needed = float("-inf")
    for at in arrivals:
        missed_ms = (at - needed) * 1000
        if 0 < missed_ms < PAUSE_MS:
            late.append(missed_ms)
        needed = max(needed, at) + FRAME_MS / 1000
    return late


def figures_of(
    notes: Sequence[CallNotes], memory: tuple[float, float] | None, load: tuple[float, float]
) -> PhoneFigures:
    """The figures of calls."""
    greeted = [one.greeted_ms for one in notes if one.greeted_ms is not None]
    asked = [wait for one in notes for wait in one.waits_ms]
    waits = [wait for wait in asked if wait is not None]
    barged = [one.barge_in_ms for one in notes if one.barge_in_ms is not None]
    stutters = [late for one in notes for late in one.stutters_ms]
    return PhoneFigures(
        calls=len(notes),
        answered=sum(one.answered for one in notes),
        finished=sum(one.finished for one in notes),
        greeted_ms_p50=p50(greeted),
        greeted_ms_p95=p95(greeted),
        questions=len(asked),
        unanswered=len(asked) - len(waits),
        wait_ms_p50=p50(waits),
        wait_ms_p95=p95(waits),
        barge_in_ms_p50=p50(barged),
        barge_in_ms_p95=p95(barged),
        not_stopped=sum(one.finished and one.barge_in_ms is None for one in notes),
        frames=sum(one.frames for one in notes),
        stutters=len(stutters),
        longest_stutter_ms=round(max(stutters), 1) if stutters else None,
        memory_mb=memory,
        load=load,
        cores=os.cpu_count() or 1,
    )


async def _most_memory(pid: int) -> float:
    """The most that the server has in memory until this is cancelled, MB."""
    most = 0.0
    try:
        while True:
            now = await asyncio.to_thread(memory_mb, pid)
            most = max(most, now or 0.0)
            await asyncio.sleep(1.0)
    except asyncio.CancelledError:
        return most


def memory_mb(pid: int) -> float | None:
    """Resident memory of a process and all below it, MB; None where there is no /proc."""
    parents: dict[int, int] = {}
    try:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                parents[int(entry.name)] = _parent(entry)
    except OSError:
        return None
    family, before = {pid}, 0
    while len(family) != before:
        before = len(family)
        family |= {child for child, parent in parents.items() if parent in family}
    pages = sum(_pages(one) for one in family)
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1) if pages else None


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text("ascii", "replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def _pages(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    except (OSError, IndexError):
        return 0
