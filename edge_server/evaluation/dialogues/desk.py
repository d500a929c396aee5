"""Customers at a desk of its own: the real agents and tools on a sample branch that each customer finds as new."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from agents.desk import AgentDesk
from agents.persona import Persona
from agents.turn import Clause, SourcesFound, ToolCalled, TurnDone
from data.embeddings import Embedder
from data.knowledge import KnowledgeBase
from data.knowledge import prepare as prepare_passages
from data.prepare import KNOWLEDGE_FILE
from edge_server.evaluation.dialogues.customer import Customer
from edge_server.evaluation.dialogues.facts import Given
from edge_server.evaluation.dialogues.figures import Exchange, Served
from edge_server.evaluation.dialogues.records import RenewedBranch, Stock, changes, take_stock
from edge_server.evaluation.dialogues.reply import asked
from edge_server.evaluation.dialogues.script import Script
from edge_server.evaluation.dialogues.verdict import of_records, of_words
from edge_server.evaluation.listener import SAMPLE_DAY, Progress
from sync.session import SessionState, from_json, to_json

OPENS = datetime(2026, 11, 22, 12, 0, tzinfo=ZoneInfo("America/New_York"))
"""When every customer comes: noon of the sample's day."""
A_TURN = timedelta(seconds=10)
"""How much time a turn takes on the branch's clock."""

_TAG = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
_WROTE = re.compile(r"\.confirm\(.*: done$")
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")


class DeskClock:
    """A branch clock that moves with the customer's turns."""

    def __init__(self) -> None:
        self.time = OPENS

    def now(self) -> datetime:
        """The time, aware, in the branch's zone."""
        return self.time

    def today(self) -> date:
        """The branch's calendar day."""
        return self.time.date()


@dataclass(frozen=True, slots=True)
class OwnDesk:
    """A desk with its branch, clock and all business rows as they were made."""

    desk: AgentDesk
    branch: RenewedBranch
    clock: DeskClock
    before: Stock
    fixed: tuple[str, ...]

    @classmethod
    @asynccontextmanager
    async def open(cls, embedder: Embedder, progress: Progress) -> AsyncIterator[OwnDesk]:
        """Make the sample branch and its knowledge in a temporary folder, gone in the end: some seconds. Raises
        PersonaError, DataError, KnowledgeError."""
        clock = DeskClock()
        with tempfile.TemporaryDirectory(prefix="lobby-eval-") as name:
            folder = Path(name)
            branch = await asyncio.to_thread(RenewedBranch.make, folder, SAMPLE_DAY, clock, progress)
            try:
                await asyncio.to_thread(prepare_passages, folder / KNOWLEDGE_FILE, embedder, progress)
                with KnowledgeBase.open(folder / KNOWLEDGE_FILE, embedder) as knowledge:
                    desk = await AgentDesk.open(branch, knowledge, embedder, clock=clock)
                    before = await branch.read(take_stock)
                    fixed = tuple(text for one in desk.registry.personas.values() for text in fixed_texts(one))
                    yield cls(desk, branch, clock, before, fixed)
            finally:
                branch.close()

    async def serve_all(self, scripts: Sequence[Script], progress: Progress) -> list[Served]:
        """Serve every customer, one after the other."""
        served: list[Served] = []
        for number, script in enumerate(scripts, start=1):
            served.append(await self.serve(script))
            progress(f"customers: {script.id}", number, len(scripts))
        return served

    async def serve(self, script: Script) -> Served:
        """Serve one customer on a fresh branch, and judge it."""
        await asyncio.to_thread(self.branch.renew)
        self.clock.time = OPENS
        customer, given = Customer(script), Given(self.fixed, SAMPLE_DAY)
        state = SessionState(key=f"evaluation-{script.id}")
        exchanges: list[Exchange] = []
        line: str | None = customer.opening()
        while line is not None and len(exchanges) < script.expect.turns:
            state, exchange = await self.turn(state, line, given)
            exchanges.append(exchange)
            self.clock.time += A_TURN
            line = customer.answer(exchange.desk)
        ended = "turn limit" if line is not None else "gave up" if customer.gave_up else "left"
        after = await self.branch.read(take_stock)
        wrong = of_records(script.expect, self.before, changes(self.before, after))
        wrong += judged_by_words(script, exchanges, ended)
        wrong += unasked_writes(exchanges)
        return Served(script, tuple(exchanges), ended, tuple(wrong))

    async def turn(self, state: SessionState, line: str, given: Given) -> tuple[SessionState, Exchange]:
        """One turn of a customer who says `line`; `given` gains what is said and what the tools give."""
        given.add_text(line)
        said: list[str] = []
        calls: list[ToolCalled] = []
        began = finished = time.perf_counter()
        done: TurnDone | None = None
        async for event in self.desk.turn(state, line):
            match event:
                case Clause(text=text):
                    said.append(text)
                    finished = time.perf_counter()
                case ToolCalled():
                    calls.append(event)
                    given.add_value(event.result)
                case SourcesFound(sources=sources):
                    for source in sources:
                        given.add_text(source.text)
                case TurnDone():
                    done = event
                case _:
                    pass
        if done is None:
            raise RuntimeError("the desk's turn ended without an end")
        reply = " ".join(said)
        tool_ms = tuple(call.duration_ms for call in calls)
        exchange = Exchange(
            customer=line,
            desk=reply,
            agent=done.state.agent,
            tools=tuple(told(f"{call.agent}.{call.name}", call.arguments, call.result) for call in calls),
            tool_ms=tool_ms,
            think_ms=1000 * (finished - began) - sum(tool_ms),
            ungrounded=done.ungrounded,
            invented=tuple(given.lacks(reply)),
        )
        return from_json(to_json(done.state)), exchange


def judged_by_words(script: Script, exchanges: Sequence[Exchange], ended: str) -> list[str]:
    """What can be judged without the database."""
    wrong = of_words(script.expect, [one.desk for one in exchanges])
    if ended == "turn limit":
        wrong.append(f"not done within {script.expect.turns} turns")
    wrong += [f"invented: {', '.join(one.invented)}" for one in exchanges if one.invented]
    wrong += ["a clause was kept back: no tool gave what it said" for one in exchanges if one.ungrounded]
    return wrong


def unasked_writes(exchanges: Sequence[Exchange]) -> list[str]:
    """Writes in a turn before which the desk had asked for no yes."""
    before = ["", *(one.desk for one in exchanges)]
    wrote = [any(_WROTE.search(call) for call in one.tools) for one in exchanges]
    turns = zip(exchanges, before, wrote, strict=False)
    return [
        f"wrote without asking, on: {one.customer}"
        for one, reply, did in turns
        if did and "confirm" not in asked(reply)
    ]


def told(tool: str, arguments: Mapping[str, JsonValue], result: JsonValue) -> str:
    """A call in one line: `hotel.find_rooms(arrive=2026-12-05, nights=2): found`."""
    given = ", ".join(f"{name}={value}" for name, value in arguments.items() if value is not None)
    outcome = result.get("outcome") if isinstance(result, dict) else "no answer"
    return f"{tool}({given}): {outcome}"


def fixed_texts(persona: Persona) -> Iterator[str]:
    """The persona's own words: its texts without what is filled in."""
    yield from (persona.title, persona.offers, persona.subject, *persona.desk_subjects)
    for text in (persona.greeting, *(say.text for say in persona.replies.values()), *_said(persona)):
        yield _TAG.sub(" ", text)
        for tag in _TAG.findall(text):
            yield from (one or other for one, other in _QUOTED.findall(tag))


def _said(persona: Persona) -> Iterator[str]:
    for flow in persona.flows.values():
        says = list(flow.say.values()) if isinstance(flow.say, Mapping) else [flow.say]
        yield from (one if isinstance(one, str) else one.text for one in says)
        for slot in flow.slots.values():
            yield from (slot.ask or "", slot.again or "")


async def evaluate_at_own_desk(scripts: Sequence[Script], embedder: Embedder, progress: Progress) -> list[Served]:
    """Serve `scripts` at a desk made for it. Errors as for `OwnDesk.open`."""
    async with OwnDesk.open(embedder, progress) as own:
        return await own.serve_all(scripts, progress)
