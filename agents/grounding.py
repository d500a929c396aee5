"""Grounding: what a reply states must come from this session's tools, the customer's own words or fixed texts.

Facts are read out of a clause (amounts, times, days, numbers, codes, names of the branch's things) and looked for in
the evidence: results and sources of this turn's tools, the conversation so far (whose replies were checked in their
turn), what the customer said, and the texts of the persona. A clause with a fact that is nowhere is not spoken. The
check reads words and knows nothing about who wrote them, so it holds for a large model as for the planner.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pydantic import JsonValue

from agents.flow import Say
from agents.persona import Persona
from agents.turn import Source
from agents.understand.heard import Heard
from agents.understand.lexicon import Lexicon
from agents.understand.naming import whole_words
from agents.understand.words import number_at, tokens
from sync.session import SessionState

Kind = Literal["amount", "time", "day", "weekday", "number", "code", "name"]
_MONTHS = [month.lower() for month in calendar.month_name[1:]]
_WEEKDAYS = [day.lower() for day in calendar.day_name]
_AMOUNT = re.compile(r"\$\s?(\d[\d,]*)(?:\.(\d\d))?|\b(\d[\d,]*)(?:\.(\d\d))? (?:dollars?|bucks)\b", re.IGNORECASE)
_CLOCK = re.compile(r"\b(\d{1,2})(?::(\d\d))?\s?([ap])\.?m\b\.?|\b(\d{1,2}):(\d\d)\b", re.IGNORECASE)
_RANGE = re.compile(r"\b(\d{1,2})(:\d\d)?(?= (?:to|and|until|-) \d{1,2}(?::\d\d)? ?([ap])\.?m\b)", re.IGNORECASE)
_DAY = re.compile(rf"\b({'|'.join(_MONTHS)}) (\d{{1,2}})(?:st|nd|rd|th)?\b", re.IGNORECASE)
_WEEKDAY = re.compile(rf"\b({'|'.join(_WEEKDAYS)})s?\b", re.IGNORECASE)
_CODE = re.compile(r"\b(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{2,}\b")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?)?")
_TAG = re.compile(r"\{[{%](.*?)[%}]\}", re.DOTALL)
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")


@dataclass(frozen=True, slots=True)
class Fact:
    """One checkable thing in a text, in a form that does not depend on how it was written ("7:15 PM": "19:15")."""

    kind: Kind
    value: str


class Grounding:
    """Checks clauses against evidence. Made once from the branch's names; safe to share."""

    def __init__(self, lexicon: Lexicon, personas: Iterable[Persona]) -> None:
        names = sorted({n for t in lexicon.spoken_types for n in lexicon.names(t)}, key=len, reverse=True)
        self._names = whole_words(*names) if names else None
        self._fixed = {one.name: frozenset(self._of_texts(_fixed_texts(one))) for one in personas}

    def facts(self, text: str) -> frozenset[Fact]:
        """The facts that `text` states."""
        return frozenset(self._read(text))

    def ungrounded(self, clause: str, evidence: Evidence) -> tuple[Fact, ...]:
        """The facts of `clause` that `evidence` does not hold; none: it may be spoken."""
        left = self.facts(clause) - self._fixed.get(evidence.persona, frozenset())
        if not left:
            return ()
        left -= frozenset(self._of_evidence(evidence))
        return tuple(sorted(left, key=lambda fact: (fact.kind, fact.value)))

    def _of_evidence(self, evidence: Evidence) -> Iterator[Fact]:
        yield from self._of_texts(evidence.texts)
        for value in evidence.results:
            yield from self._of_json("", value)
        for day in evidence.days:
            yield from _of_day(day)

    def _of_texts(self, texts: Iterable[str]) -> Iterator[Fact]:
        for text in texts:
            yield from self._read(text)

    def _of_json(self, key: str, value: JsonValue) -> Iterator[Fact]:
        if isinstance(value, dict):
            for inner, one in value.items():
                yield from self._of_json(inner, one)
        elif isinstance(value, list):
            for one in value:
                yield from self._of_json(key, one)
        elif isinstance(value, int) and not isinstance(value, bool):
            yield Fact("amount" if key.endswith("_cents") else "number", str(abs(value)))
        elif isinstance(value, str):
            yield from self._read(value)

    def _read(self, text: str) -> Iterator[Fact]:
        for match in _ISO.finditer(text):
            yield from _of_iso(match[0])
        text = _ISO.sub(" ", text)
        for match in _AMOUNT.finditer(text):
            whole, cents = (match[1], match[2]) if match[1] else (match[3], match[4])
            yield Fact("amount", str(int(whole.replace(",", "")) * 100 + int(cents or 0)))
        text = _AMOUNT.sub(" ", text)
        for match in _DAY.finditer(text):
            yield Fact("day", f"{_MONTHS.index(match[1].lower()) + 1:02d}-{int(match[2]):02d}")
        text = _DAY.sub(" ", text)
        for match in _RANGE.finditer(text):
            yield from _of_clock(int(match[1]), int((match[2] or ":0")[1:]), match[3])
        text = _RANGE.sub(" ", text)
        for match in _CLOCK.finditer(text):
            hour, minute = (match[1], match[2]) if match[1] else (match[4], match[5])
            yield from _of_clock(int(hour), int(minute or 0), match[3])
        text = _CLOCK.sub(" ", text)
        for match in _WEEKDAY.finditer(text):
            yield Fact("weekday", match[1].lower())
        for match in _CODE.finditer(text):
            yield Fact("code", match[0])
        text = _CODE.sub(" ", text)
        if self._names is not None:
            for match in self._names.finditer(text):
                yield Fact("name", match[0].lower())
        yield from _numbers(text)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a turn's clauses may state: `texts` as said, `results` of tools, `days` that were named."""

    persona: str
    texts: Sequence[str]
    results: Sequence[JsonValue]
    days: Sequence[date]


def evidence_of(
    persona: Persona, state: SessionState, heard: Heard, results: Sequence[JsonValue], sources: Sequence[Source]
) -> Evidence:
    """The evidence of a turn of `persona`: the session `state` before it, what was `heard`, what its tools gave."""
    said = [line.text for line in state.history]
    values = [one.value for one in heard.found]
    quote: list[JsonValue] = [dict(state.pending.quote)] if state.pending is not None else []
    name = [state.identity.name] if state.identity is not None else []
    texts = [*said, heard.words, *name, *(source.text for source in sources)]
    return Evidence(persona.name, texts, [*results, *values, *quote, dict(state.topic)], [heard.today])


def _fixed_texts(persona: Persona) -> Iterator[str]:
    """What the persona's file says in its own words: its texts without what templates fill in."""
    yield from (persona.title, persona.offers, persona.subject, *persona.desk_subjects)
    for text in (persona.greeting, *(say.text for say in persona.replies.values()), *_flow_texts(persona)):
        yield _TAG.sub(" ", text)
        for tag in _TAG.finditer(text):
            yield from (match[1] or match[2] or "" for match in _QUOTED.finditer(tag[1]))


def _flow_texts(persona: Persona) -> Iterator[str]:
    for flow in persona.flows.values():
        says: Iterable[str | Say] = flow.say.values() if isinstance(flow.say, Mapping) else (flow.say,)
        yield from (say.text if isinstance(say, Say) else say for say in says)
        for slot in flow.slots.values():
            yield from (slot.ask or "", slot.again or "")


def _of_iso(text: str) -> Iterator[Fact]:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return
    yield from _of_day(moment.date())
    if "T" in text:
        yield Fact("time", f"{moment:%H:%M}")


def _of_day(day: date) -> Iterator[Fact]:
    yield Fact("day", f"{day:%m-%d}")
    yield Fact("weekday", _WEEKDAYS[day.weekday()])
    yield Fact("number", str(day.year))


def _of_clock(hour: int, minute: int, half: str | None) -> Iterator[Fact]:
    if half is None:
        yield Fact("time", f"{hour % 24:02d}:{minute:02d}")
    else:
        yield Fact("time", f"{hour % 12 + (12 if half.lower() == 'p' else 0):02d}:{minute:02d}")


def _numbers(text: str) -> Iterator[Fact]:
    """Whole numbers, in digits or words. "One" and "a" count nothing: they are ordinary words too often."""
    words = tokens(re.sub(r"(?<=\d),(?=\d{3}\b)", "", text))
    at = 0
    while at < len(words):
        number = number_at(words, at)
        if number is None:
            at += 1
            continue
        if number[0] != 1 or words[at].text.isdigit():
            yield Fact("number", str(number[0]))
        at += number[1]
