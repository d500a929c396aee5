"""What every tool module gets, and how a tool writes its answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TypeVar

from pydantic import JsonValue

from agents.turn import Source
from data.branch import Branch
from data.knowledge import Hit, KnowledgeBase


@dataclass(slots=True)
class Elsewhere:
    """How a session goes on elsewhere. `issue`, set by the server, gives a code for a session key and the minutes for
    which it works, or None when there is none now."""

    issue: Callable[[str], Awaitable[tuple[str, int] | None]] | None = None


@dataclass(frozen=True, slots=True)
class ToolContext:
    """The branch's data and knowledge, what the desk offers (title of each agent to what it can do), and how a session
    goes on elsewhere."""

    branch: Branch
    knowledge: KnowledgeBase
    offers: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Elsewhere = field(default_factory=Elsewhere)


Tool = TypeVar("Tool", bound=Callable[..., object])


def read_only(tool: Tool) -> Tool:
    """Mark a tool that changes nothing outside of its turn: it may run before it is sure that the customer has ended.

    A tool without the mark waits for the end of the customer's turn. Stands above `@kernel_function`.
    """
    tool.__read_only__ = True  # type: ignore[attr-defined]
    return tool


def is_read_only(tool: object) -> bool:
    """Whether `read_only` marks `tool`."""
    return getattr(tool, "__read_only__", False) is True


def result(
    outcome: str,
    told: Mapping[str, JsonValue] | None = None,
    *,
    sources: tuple[Source, ...] = (),
    **fields: JsonValue,
) -> str:
    """A tool's answer as JSON, with the fields of `told` and `fields`. `sources` say where its facts come from."""
    return json.dumps({"outcome": outcome, **(told or {}), **fields, "sources": [asdict(source) for source in sources]})


async def look_up(context: ToolContext, question: str, *, domain: str, entity: str | None = None) -> Hit | None:
    """The passage to tell of to `question`, searched off the event loop: see `told`. None: nothing is known."""
    return await asyncio.to_thread(context.knowledge.worth_telling, question, domain=domain, entity=entity)


def told(context: ToolContext, hit: Hit | None, fields: Mapping[str, JsonValue] | None = None) -> str:
    """A tool's answer to a question from the knowledge base, with `fields`. Outcomes: `found` (text: the words of the
    passage that answers, title), `related` (text, title, subject: the passage may not answer, but is on the subject,
    which is "" where its title is none), `unknown`."""
    if hit is None:
        return result("unknown", fields)
    known = {**(fields or {}), "text": hit.spoken, "title": hit.passage.title}
    if context.knowledge.answers(hit):
        return result("found", known, sources=(passage(hit),))
    return result("related", known, sources=(passage(hit),), subject=hit.passage.subject)


def passage(hit: Hit) -> Source:
    """A passage as a turn's source."""
    found = hit.passage
    return Source(f"passage:{found.id}", found.title, found.body, found.entity or None, round(hit.score, 4))
