"""What every tool module gets, and how a tool writes its answer."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TypeVar

from pydantic import JsonValue

from agents.turn import Source
from agents.understand.questions import Question, asks_anything, points_back, questions_in
from agents.understand.requests import asks_price
from agents.understand.words import TENS, UNITS
from data.branch import Branch
from data.knowledge import Hit, KnowledgeBase
from data.knowledge.in_place import things_in
from data.knowledge.words import content_words


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


@dataclass(frozen=True, slots=True)
class Answers:
    """What the knowledge base has on the questions of one utterance: `hits`, one a question that has any, in order;
    `missed`: how many have none; `meant`: the question that words were taken for which lean on the one before."""

    hits: tuple[Hit, ...]
    missed: int = 0
    meant: str | None = None


_WHAT_IT_COSTS = re.compile(r"\bwhat'?s (?:it|that|they) cost\b", re.IGNORECASE)
SURELY = 0.9
"""From this likelihood on a passage answers words with a story before their question; below it, the question is looked
up by itself as well."""
ELSEWHERE = 0.85
"""From this one on it may be told to a question that was put to another agent."""
MOST = 3
"""How many questions of one utterance are answered."""


_PERSONS = ("he", "she", "they", "he'll", "she'll", "they're", "they'll")
"""Words for whom a question is about, beside those without meaning of their own."""


def _speaks_of(hit: Hit, words: str, before: str) -> bool:
    """Whether a passage that was found together with the question `before` has at least half of what `words` name, or
    of the things more than half where `before` is only what is being done: else it only answers that once more."""
    told = {*UNITS, *TENS, *_PERSONS}
    asks = asks_anything(before)
    said = content_words(words) if asks else things_in(words)
    named = [stem for stem, word in said.items() if not word.isdigit() and word not in told]
    has = content_words(f"{hit.passage.title} {hit.passage.body} {' '.join(hit.passage.asked)}")
    met = 2 * sum(stem in has for stem in named)
    return met > len(named) or (met == len(named) and (asks or not named))


async def look_up_all(
    context: ToolContext, words: str, *, domain: str, entity: str | None = None, before: str | None = None
) -> Answers:
    """What is known on each question in `words`, searched off the event loop. `before`: the question that was asked
    last, for words that lean on it."""
    return await asyncio.to_thread(_answers, context.knowledge, words, domain, entity, before)


def _answers(knowledge: KnowledgeBase, words: str, domain: str, entity: str | None, before: str | None) -> Answers:
    def best(*ways: str) -> Hit | None:
        """The likeliest passage by any of the `ways` to ask; later ones only where the earlier leave it open."""
        found: Hit | None = None
        for way in dict.fromkeys(ways):
            hit = knowledge.worth_telling(way, domain=domain, entity=entity)
            if hit is not None and (found is None or hit.score > found.score):
                found = hit
            if found is not None and found.score >= SURELY:
                break
        return found

    hits: list[Hit] = []
    missed = 0
    meant: str | None = None
    parts = questions_in(words)[:MOST]
    for one, behind in zip(parts, (None, *parts), strict=False):
        leans = behind is not None and not things_in(one.whole)
        if behind is not None and leans:
            before = behind.alone  # "is there a spa? not even a sauna?"
        fresh = before is None or bool(things_in(one.alone))
        hit = best(one.whole, one.alone) if fresh else None
        done = hit is not None and before is not None and not asks_anything(before) and knowledge.answers(hit)
        if before is not None and not done and (hit is None or hit.score < SURELY):  # what is done says less
            hit, meant = _leant(knowledge, one, before, hit, best)
        if hit is None and not fresh and not points_back(one.whole):
            hit = best(one.whole, one.alone)
        if leans and hit is not None and not knowledge.answers(hit):
            hit = None
        if hit is None:
            missed += not (hits and _asks_its_price(one.whole) and "$" in hits[-1].spoken)
        elif all(hit.passage.id != other.passage.id for other in hits):
            hits.append(hit)
    return Answers(tuple(hits), missed, meant)


def _asks_its_price(words: str) -> bool:
    """Whether a question is only for the price of what was asked about just before ("what's it cost")."""
    return asks_price(words) and (points_back(words) or _WHAT_IT_COSTS.search(words) is not None)


def _leant(
    knowledge: KnowledgeBase, one: Question, before: str, hit: Hit | None, best: Callable[..., Hit | None]
) -> tuple[Hit | None, str | None]:
    """What the likeliest passage is for words that lean on the question `before`, and which question they are taken
    for then; `hit`, and None, where by themselves they say more."""
    meant: str | None = None
    placed = None if asks_anything(one.alone) else knowledge.in_place(before, one.alone)
    for way, asked in ((placed, placed), (f"{before}. {one.alone}", before)):
        leant = best(way) if way is not None else None
        if leant is None or not (points_back(one.whole) or _speaks_of(leant, one.alone, before)):
            continue
        if hit is None or (knowledge.answers(leant) and leant.score > hit.score):
            hit, meant = leant, asked
    return hit, meant


def told(context: ToolContext, answers: Answers, fields: Mapping[str, JsonValue] | None = None) -> str:
    """A tool's answer to questions from the knowledge base, with `fields`. Outcomes: `found` (text: the words of the
    passages that answer, title, meant: see `Answers`, missed: how many of the questions stay open, sure: whether it may
    be told to a question that was put to another agent), `related` (text, title, subject: the
    passage may not answer, but is on the subject, which is "" where its title is none), `unknown`."""
    sure = [hit for hit in answers.hits if context.knowledge.answers(hit)]
    if not answers.hits:
        return result("unknown", fields)
    said = sure or answers.hits[:1]
    text = " ".join(hit.spoken for hit in said)
    known = {**(fields or {}), "text": text, "title": said[0].passage.title, "meant": answers.meant}
    sources = tuple(passage(hit) for hit in said)
    if sure:
        missed = answers.missed + len(answers.hits) - len(sure)
        return result("found", known, sources=sources, missed=missed, sure=all(hit.score >= ELSEWHERE for hit in sure))
    return result("related", known, sources=sources, subject=said[0].passage.subject)


def passage(hit: Hit) -> Source:
    """A passage as a turn's source."""
    found = hit.passage
    return Source(f"passage:{found.id}", found.title, found.body, found.entity or None, round(hit.score, 4))
