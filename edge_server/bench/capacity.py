"""How many conversations the machine holds at once before customers wait too long.

Every customer does what people do: speaks a question of the script, listens to the whole reply, pauses for `PAUSE_S`,
and goes on; at the end of the script the next one comes, and nobody leaves without an answer. With the packaged
questions that is about 2 s of speech in a cycle of 15 s, most of which is the reply. Customers of a step begin spread
over `SPREAD_S`.

A step is passed when 95 of 100 turns are answered within `WITHIN_MS`, voice to voice; a turn without an answer is one
that took forever. A step that fails is tried once more. When it fails again, what lies between it and the last one that
was passed is tried, halving the distance, until the two are neighbours: the lower one is the capacity.
"""

from __future__ import annotations

import asyncio
import math
import os
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edge_server.bench.caller import call
from edge_server.bench.figures import p50, percentile
from edge_server.bench.latency import Turn, ask
from edge_server.bench.questions import Script
from edge_server.client import AskError

Progress = Callable[[str, int, int], None]

STEPS = (1, 2, 4, 6, 8, 10, 12)
WITHIN_MS = 1000.0
PAUSE_S = 1.0
SPREAD_S = 9.0
SHARE = 0.95


def steps_to(most: int) -> tuple[int, ...]:
    """The steps up to `most`, which is the last: those of `STEPS`, and further ones by two."""
    steps = [*STEPS, *range(STEPS[-1] + 2, most, 2)]
    return (*(step for step in steps if step < most), most)


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One try with so many `conversations` at once. `voice_to_voice_ms_p95` is None where too many turns got no
    answer for there to be one; `broken` says why a connection ended."""

    conversations: int
    turns: int
    unanswered: int
    cut_early: int
    voice_to_voice_ms_p50: float | None
    voice_to_voice_ms_p95: float | None
    passed: bool
    broken: str | None
    customers_cpu_share: float
    """Share (0 to 1) of all this machine's cores that the customers themselves took."""


@dataclass(frozen=True, slots=True)
class CapacityFigures:
    """`conversations` at once were held with 95 of 100 answers within `within_ms`; 0: not even one. `limit_found`:
    False when the last step was passed too, so that there is room for more. `steps`: all tries, in order."""

    conversations: int
    within_ms: float
    limit_found: bool
    seconds_a_step: float
    steps: list[StepFigures]


async def measure_capacity(
    url: str,
    scripts: Sequence[Script],
    *,
    seconds: float,
    api_key: str | None,
    progress: Progress,
    steps: Sequence[int] = STEPS,
) -> CapacityFigures:
    """Find the most that are held. Each try lasts `seconds` and until its last turns are answered."""
    tried: list[StepFigures] = []
    held, failed, done = 0, None, 0
    while (conversations := next_step(held, failed, steps)) is not None:
        progress(f"steps: {conversations} at once", min(done, len(steps) - 1), len(steps))
        done += 1
        for _ in range(2):
            tried.append(await _step(url, scripts, conversations, seconds, api_key))
            if tried[-1].passed:
                held = conversations
                break
        else:
            failed = conversations
    progress("steps", len(steps), len(steps))
    return CapacityFigures(held, WITHIN_MS, failed is not None, seconds, tried)


def next_step(held: int, failed: int | None, steps: Sequence[int]) -> int | None:
    """How many to try next when `held` at once were held (0: none yet) and `failed` (None: none yet) were not; None
    when that tells the most that are held, or all `steps` were passed."""
    if failed is None:
        return next((step for step in steps if step > held), None)
    return (held + failed) // 2 if failed - held > 1 else None


async def _step(
    url: str, scripts: Sequence[Script], conversations: int, seconds: float, api_key: str | None
) -> StepFigures:
    began, cpu_s = time.perf_counter(), time.process_time()
    ends = began + seconds
    turns: list[Turn] = []

    async def customer(number: int) -> None:
        await asyncio.sleep(min(SPREAD_S, seconds) * number / conversations)
        next_script = number
        while True:
            async with call(url, f"bench-{uuid.uuid4()}", api_key) as caller:
                for question in scripts[next_script % len(scripts)]:
                    turns.append(await ask(caller, question))
                    await asyncio.sleep(PAUSE_S)
                    if time.perf_counter() >= ends:
                        return
            next_script += 1

    broken: str | None = None
    try:
        async with asyncio.TaskGroup() as tasks:
            for number in range(conversations):
                tasks.create_task(customer(number))
    except* AskError as failed:
        broken = str(failed.exceptions[0])
    cores_s = (time.perf_counter() - began) * (os.cpu_count() or 1)
    return step_figures(conversations, turns, broken, (time.process_time() - cpu_s) / cores_s)


def step_figures(conversations: int, turns: Sequence[Turn], broken: str | None, cpu_share: float = 0.0) -> StepFigures:
    """What the turns of one try come to; `cpu_share` is that of the customers."""
    waits = [turn.timing.voice_to_voice_ms for turn in turns if turn.timing is not None]
    unanswered = sum(not turn.answered for turn in turns)
    p95 = percentile([*waits, *[math.inf] * unanswered], SHARE)
    within = p95 is not None and p95 < WITHIN_MS
    return StepFigures(
        conversations=conversations,
        turns=len(turns),
        unanswered=unanswered,
        cut_early=sum(turn.cut_early for turn in turns),
        voice_to_voice_ms_p50=p50(waits),
        voice_to_voice_ms_p95=p95 if p95 is not None and math.isfinite(p95) else None,
        passed=within and broken is None,
        broken=broken,
        customers_cpu_share=round(cpu_share, 3),
    )
