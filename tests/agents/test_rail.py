"""A third domain, added by one persona and one tool file: times, prices, and a booking tool that quotes first."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from agents.desk import AgentDesk
from data.branch import Branch
from data.embeddings import Embedder
from data.knowledge import KnowledgeBase
from data.schema import audit
from sync.session import SessionState
from tests.desk_tools import OwnClock, Talk

PERSONA = """\
name: rail
title: the rail desk
description: Trains of the valley line.
subject: trains
offers: train times and tickets
voice: joe
greeting: This is the rail desk.
instructions: You are {{ agent }}.
hints: [train, trains, rail, railway, platform]
examples: [two train tickets please, which platform does the train go from, is the train late]
tools: [next_train, fare, quote_ticket, confirm]
flows:
  next_train:
    examples: [when does the next train leave, I need a train, what time is the train to Millbrook]
    slots:
      station: {type: station, ask: "Which station do you want to go to?", from_topic: true}
    needs: [[station]]
    tool: next_train
    say:
      found: "The next train to {{ station }} leaves at {{ leaves | clock_time }} from platform {{ platform }}."
  fare:
    examples: [how much is a train ticket, what does the train to Millbrook cost, what is the train fare]
    slots:
      station: {type: station, ask: "To which station?", from_topic: true}
    needs: [[station]]
    tool: fare
    say:
      found: "A ticket to {{ station }} costs {{ fare_cents | money }}."
  book:
    needs_identity: true
    examples: [book a train ticket, buy me a train ticket to Millbrook, I want two train tickets]
    cues: [book, buy]
    agree: [ticket, tickets]
    slots:
      station: {type: station, ask: "To which station?", from_topic: true}
      count: {type: count, units: [ticket, tickets, train], ask: "How many tickets?"}
    needs: [[station, count]]
    tool: quote_ticket
    confirm: confirm
    say:
      quoted: "{{ tickets | counted('ticket') }} to {{ station }} cost {{ total_cents | money }}. Shall I book?"
      done: "Done. Your ticket number is {{ number }}."
"""

TOOLS = """\
from typing import Annotated

from semantic_kernel.functions import kernel_function

from agents.scope import current_turn
from agents.tools.changes import consent_to, propose
from agents.tools.context import ToolContext, result
from agents.understand.lexicon import Entry, Names
from data import audit

FARES = {"Millbrook": 1250, "Easton": 900}


def names(conn):
    return (Names("station", tuple(Entry(name, (name,)) for name in FARES)),)


class Tools:
    def __init__(self, context: ToolContext) -> None:
        self._branch = context.branch

    @kernel_function(description="The next train to a station.")
    async def next_train(self, station: Annotated[str, "name of the station"]) -> str:
        leaves = f"{self._branch.clock.today().isoformat()}T13:40"
        return result("found", station=station, leaves=leaves, platform=3)

    @kernel_function(description="What a ticket costs.")
    async def fare(self, station: Annotated[str, "name of the station"]) -> str:
        return result("found", station=station, fare_cents=FARES[station])

    @kernel_function(description="What tickets cost, to book them.")
    async def quote_ticket(self, station: str, count: int) -> str:
        if current_turn().identity is None:
            return result("not_identified")
        told = {"station": station, "tickets": count, "total_cents": count * FARES[station]}
        return propose("rail", "train tickets", told)

    @kernel_function(description="Book what was quoted.")
    async def confirm(self) -> str:
        pending = consent_to("rail")
        if isinstance(pending, str):
            return pending
        at, key = self._branch.clock.now(), current_turn().state.key
        await self._branch.write(
            lambda conn: audit.record(
                conn, at=at, session_key=key, action="book train", outcome="done",
                customer_id=pending.customer_id, subject=pending.key,
            )
        )
        return result("done", number="V" + str(pending.quote["total_cents"]))
"""


async def test_a_third_domain_tells_times_and_prices_and_books(
    tmp_path: Path, branch: Branch, knowledge: KnowledgeBase, embedder: Embedder, clock: OwnClock
) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "rail.yaml").write_text(PERSONA)
    (tmp_path / "tools" / "rail.py").write_text(TOOLS)
    desk = await AgentDesk.open(branch, knowledge, embedder, persona_dirs=[tmp_path])
    customer = Talk(desk, SessionState(key="k"), [])
    booked = select(audit.c.customer_id).where(audit.c.action == "book train")

    assert "1:40 PM from platform 3" in await customer.say("when does the next train to Millbrook leave")
    assert "$12.50" in await customer.say("how much is a train ticket")
    await customer.say("buy two train tickets please")
    assert customer.state.agent == "rail"
    read_back = await customer.say("K7M2QX, PIN 4071")
    if "How many" in read_back:
        read_back = await customer.say("two")
    assert "2 tickets to Millbrook cost $25. Shall I book?" in read_back
    assert await branch.read(lambda conn: conn.execute(booked).scalars().all()) == []
    assert "V2500" in await customer.say("yes please")
    assert await branch.read(lambda conn: conn.execute(booked).scalars().all()) == [1001]
