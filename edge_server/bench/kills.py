"""Customers who book rooms while their server is killed: nothing that was confirmed may be lost or written twice.

A server of its own (a process on a temporary folder) is killed with SIGKILL at a random moment of the bookings that
run, and started again. Each customer opens the next socket with the same session key and goes on: says the last words
again, or asks the desk to repeat. In the end the database is compared with what the customers were told. Where
something is not as it should be, the server's folder is kept, with what those customers and the desk said to each other
in `customers.json`.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import shutil
import statistics
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from edge_server.bench.killed_server import BRANCH, KilledServer, killed_server
from edge_server.bench.own_server import Progress
from edge_server.client import AskError, conversation

CUSTOMERS = (("K7M2QX", "4071"), ("R3W9ZD", "9356"), ("M2Z6AT", "8568"))
"""Booking codes and PINs of the sample branch."""
HOTELS = (
    *("Harbor House", "Front Range Inn", "Pine Street Hotel"),
    *("Bay Lantern Hotel", "Lakeshore Grand", "Magnolia Court"),
)
ROOMS = ("queen", "king", "twin")
MOST_TURNS = 14
"""A customer who has spoken so often leaves without what they came for."""
REPEAT = "Could you repeat that?"

_DONE = re.compile(r"reservation code is ([A-Z0-9]{6})")
_SOLD_OUT = re.compile(r"sold out|no .{0,30}(left|free)|not available|fully booked", re.IGNORECASE)


@dataclass(slots=True)
class Goal:
    """One room that a customer wants, and what became of it. `told`: the reservation code that they heard."""

    code: str
    pin: str
    hotel: str
    room: str
    arrive: date
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    told: str | None = None
    sold_out: bool = False
    cut: int = 0
    """How often the line went dead."""
    asked_again: int = 0
    """How often the desk asked again for what it had been told in the last turn that was answered: killed before that
    was saved."""
    forgotten: int = 0
    """How often it asked again for what it had been told before that."""
    turns: int = 0
    talk: list[tuple[str, str]] = field(default_factory=list)
    """What they said, and what the desk answered ("": the line went dead)."""

    @property
    def opening(self) -> str:
        """What the customer says first."""
        wish = f"a {self.room} room at {self.hotel} from {self.arrive:%B} {self.arrive.day} for two nights"
        return f"I would like to book {wish}. My booking code is {self.code}."


@dataclass(frozen=True, slots=True)
class KillsFigures:
    """What came of it. `told`: bookings that customers were told of. `lost`: told, and not in the database.
    `repeated`: written more than once. `misheard`: booked, and not what the customer wanted (they agree to any
    read-back). `untold`: customers who left without what they came for (`sold_out` is what the desk said instead).
    `cut`: lines that went dead in mid-conversation; `gone_on`: those after which the session went on with all that it
    knew; `forgotten`: answers that were asked for again and were older than the last turn, which may not have been
    saved yet when the server was killed. Times in ms. `evidence`: the folder that was kept for what is not as it should
    be; None: all is."""

    kills: int
    bookings: int
    told: int
    lost: int
    repeated: int
    misheard: int
    untold: int
    sold_out: int
    cut: int
    gone_on: int
    forgotten: int
    turns: int
    start_p50_ms: float
    start_p95_ms: float
    seed: int
    evidence: str | None

    @property
    def kept(self) -> bool:
        """Whether nothing was lost or repeated, and all got what they came for."""
        return not (self.lost or self.repeated or self.untold)


async def measure_kills(
    kills: int, *, at_once: int, seed: int, progress: Progress, branch: Path | None = None
) -> KillsFigures:
    """Kill a server `kills` times while `at_once` customers book, on the sample branch of today.

    `branch`: a data folder with that, to be copied. Raises OwnServerError when the server does not come up.
    """
    chance = random.Random(seed)
    goals: list[Goal] = []
    folder, odd = Path(tempfile.mkdtemp(prefix="lobby-kills-")), False
    try:
        async with killed_server(folder, branch) as server:
            progress("kills", 0, kills)
            length = await _undisturbed(server, goals)
            for number in range(1, kills + 1):
                fresh = [_goal(len(goals) + place) for place in range(at_once)]
                goals += fresh
                async with asyncio.TaskGroup() as tasks:
                    for goal in fresh:
                        tasks.create_task(_book(goal, server, chance))
                    await asyncio.sleep(chance.uniform(0.0, length))
                    await server.killed_and_started()
                progress("kills", number, kills)
        both = list(zip(goals, await asyncio.to_thread(_written, folder, goals), strict=True))
        odd = await asyncio.to_thread(_noted, folder, both)
    finally:
        if not odd:
            await asyncio.to_thread(shutil.rmtree, folder)
    return KillsFigures(
        kills=kills,
        bookings=len(goals),
        told=sum(goal.told is not None for goal in goals),
        lost=sum(goal.told is not None and not found.stands for goal, found in both),
        repeated=sum(found.writes > 1 for _, found in both),
        misheard=sum(found.stands and not found.as_wished for _, found in both),
        untold=sum(goal.told is None and not goal.sold_out for goal in goals),
        sold_out=sum(goal.sold_out for goal in goals),
        cut=sum(goal.cut for goal in goals),
        gone_on=sum(max(0, goal.cut - goal.forgotten - goal.asked_again) for goal in goals),
        forgotten=sum(goal.forgotten for goal in goals),
        turns=sum(goal.turns for goal in goals),
        start_p50_ms=round(statistics.median(server.starts_ms), 1),
        start_p95_ms=round(sorted(server.starts_ms)[int(0.95 * (len(server.starts_ms) - 1))], 1),
        seed=seed,
        evidence=str(folder) if odd else None,
    )


def _goal(number: int) -> Goal:
    """The rooms in order: no two customers want the same one on the same day."""
    code, pin = CUSTOMERS[number % len(CUSTOMERS)]
    hotel, rest = HOTELS[number % len(HOTELS)], number // len(HOTELS)
    return Goal(code, pin, hotel, ROOMS[rest % len(ROOMS)], date.today() + timedelta(days=3 + 2 * (rest // len(ROOMS))))


async def _undisturbed(server: KilledServer, goals: list[Goal]) -> float:
    """How long a booking takes when nobody is killed, s: the second one, when all is warm."""
    length = 0.0
    for _ in range(2):
        goals.append(_goal(len(goals)))
        began = time.monotonic()
        await _book(goals[-1], server, random.Random(0))
        length = time.monotonic() - began
    return length


async def _book(goal: Goal, server: KilledServer, chance: random.Random) -> None:
    """One customer, over as many sockets as it takes."""
    line, said, before = goal.opening, list[str](), list[str]()
    while goal.turns < MOST_TURNS:
        url = await server.url()
        try:
            async with conversation(url, goal.key) as talk:
                while goal.turns < MOST_TURNS:
                    goal.turns += 1
                    goal.talk.append((line, ""))
                    reply = (await talk.say(line)).text
                    goal.talk[-1] = (line, reply)
                    if done := _DONE.search(reply):
                        goal.told = done[1]
                        return
                    if _SOLD_OUT.search(reply):
                        goal.sold_out = True
                        return
                    answered, line = line, _answer(goal, reply, line)
                    if answered != REPEAT:
                        said.append(answered)
                    if line in before:
                        goal.asked_again += line == before[-1]
                        goal.forgotten += line != before[-1]
                        before = []
        except AskError:
            goal.cut += 1
            before = said.copy()
            if chance.random() < 0.5 and line not in (goal.opening,):
                line = REPEAT
            await server.seen_dead(url)


def _answer(goal: Goal, reply: str, said: str) -> str:
    if "PIN" in reply:
        return goal.pin
    if "hall I book" in reply:
        return "yes"
    return goal.opening if said == REPEAT else REPEAT


@dataclass(frozen=True, slots=True)
class _Written:
    """What the database has of one goal: how often the customer's session wrote, whether the reservation that they
    were told of stands, and whether it is the one that they wanted."""

    writes: int
    stands: bool
    as_wished: bool


def _written(folder: Path, goals: list[Goal]) -> list[_Written]:
    from sqlalchemy import func, select

    from data.audit import session_hash
    from data.database import DATABASE_FILE, FolderLock, open_engine
    from data.schema import audit, hotels, reservations

    lock, engine = FolderLock(folder / BRANCH), open_engine(folder / BRANCH / DATABASE_FILE)
    r, a = reservations.c, audit.c
    columns = select(hotels.c.name, r.room, r.arrive, r.depart).join(hotels, hotels.c.id == r.hotel_id)
    found: list[_Written] = []
    with engine.connect() as conn:
        for goal in goals:
            done = select(func.count()).where(a.session_hash == session_hash(goal.key), a.action == "stay")
            writes = int(conn.execute(done.where(a.outcome == "done")).scalar_one())
            row = conn.execute(columns.where(r.code == goal.told, r.status == "confirmed")).one_or_none()
            wish = (goal.hotel, goal.room, goal.arrive, goal.arrive + timedelta(days=2))
            found.append(_Written(writes, row is not None, row is not None and tuple(row) == wish))
    engine.dispose()
    lock.release()
    return found


def _noted(folder: Path, both: list[tuple[Goal, _Written]]) -> bool:
    """Note in `folder` what was said to customers with whom not all is as it should be. Tells whether there are any."""
    odd = [
        {"code": goal.code, "key": goal.key, "wish": goal.opening, "writes": found.writes, "talk": goal.talk}
        for goal, found in both
        if (goal.told is None and not goal.sold_out)
        or (goal.told is not None and not found.as_wished)
        or found.writes > 1
        or goal.forgotten
        or goal.asked_again
    ]
    if odd:
        (folder / "customers.json").write_text(json.dumps(odd, indent=2), "utf-8")
    return bool(odd)
