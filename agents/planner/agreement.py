"""Whether words are a yes to the change that was read back: asked by the planner, and again by the tool that writes.

| words | a yes |
|---|---|
| an explicit yes and nothing else (`consent.py`), what was read back said again with it | always |
| learned to be one, with nothing in them that could mean it otherwise | when they name nothing but what was read back |
| learned to be one, their last clause or words a plain yes | the same |
| a yes, and otherwise only words and amounts of the read-back ("293 dollars for one night, okay, yes") | the same |
| thanks, and a yes that may only say that it was heard ("okay, thank you") | never |
| words that tell something, and then a clear yes ("what a pity. Well, yes, change it anyway") | always |
| a clear yes, and behind it what leaves it as it is: another thing asked, wished or said (`behind_yes.py`) | always |
| a yes, and any other question ("yes, and do I get my money back") | never |
| what the quote itself answers ("same class, I hope") | never |
| ask for the price, or what was added, to be taken off ("take that off for me please") | never |
| words of leave ("thanks, that's it"), anything else | never |
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from agents.flow import Flow
from agents.persona import Persona
from agents.planner.behind_yes import BESIDE, ends_in_a_clear_yes, rest_of_yes, turns_from_it
from agents.planner.quote_heard import is_told
from agents.planner.slots import candidates
from agents.understand.assent import accepts, ends_here
from agents.understand.consent import (
    consents,
    ends_in_yes,
    hedges,
    less_told,
    only_names,
    only_thanks,
    says_yes,
    without_thanks,
)
from agents.understand.cues import cues_in
from agents.understand.heard import Found, Heard
from agents.understand.naming import one_or_more, whole_words
from agents.understand.offers import asks_in_a_clause, bargains, question_beside
from agents.understand.removal import takes_it_off
from sync.session import PendingWrite, SessionState

AGREES, AGREES_LAST = 0.8, 0.7
"""From these likelihoods on words count as a yes: where nothing in them is uncertain, and where the last thing said is
a plain yes. Of 541 yeses to a read-back by writers who were left out of the training, many made hard on purpose, 59 %
are taken so (13 % by rule alone), and of 1,651 other replies 12 (2 by rule) before the values in them are looked at."""
_CLOCK = re.compile(r":|\b[ap]\.?m\b|o'clock", re.IGNORECASE)
_MONEY = frozenset({"dollars", "dollar", "bucks"})


def agrees_to(persona: Persona, state: SessionState, heard: Heard) -> bool:
    """Whether `heard` is a yes to what waits in `state`: the write quoted in an earlier turn."""
    flow = state.flow
    heard = heard if state.pending is None else _without_amounts(heard, state.pending)
    spec = persona.flows.get(flow.name) if flow is not None else None
    slots = flow.slots.values() if flow is not None else ()
    said = heard.without(slots)  # "yes, the ninth": what was read back may be said once more
    beside = spec.beside_a_yes if spec is not None else ()
    if spec is not None and all(one.value in (*slots,) for one in heard.of("count")):  # "yes, two bags"
        beside = (*beside, *(unit for slot in spec.slots.values() for unit in slot.units))
    if takes_leave(persona, heard.words) or only_thanks(heard.words, spec.beside_a_yes if spec is not None else ()):
        return False
    if bargains(heard.words) or (spec is not None and not spec.ends and takes_it_off(heard.words)):
        return False
    if consents(said, beside):
        return True
    if flow is None or spec is None or state.pending is None:
        return False
    if only_names(said, spec.agree):  # "cancel it" may mean the change, too
        return False
    if not _names_its_price(spec, state.pending, heard):
        return False
    if ends_in_a_clear_yes(persona, state, heard):
        return True
    behind = rest_of_yes(persona, state, heard)
    if behind is None and turns_from_it(heard):
        return False
    if behind is not None and (behind.leaves_it or behind.changes_it):  # "yes, and which gate is it"
        return behind.leaves_it
    if any(one.of_the_quote and one.is_asked(heard.words) for one in spec.told):  # "same class, I hope"
        return False
    if question_beside(heard.words) is not None or asks_in_a_clause(heard.words):
        return False
    plain = heard.does("accepts") >= AGREES and not hedges(heard.words)
    last = heard.does("accepts") >= AGREES_LAST and ends_in_yes(said, (*beside, *spec.agree))
    last = last and (heard.answer != "no" or says_yes(heard.words))  # "no, that's fine"
    rest = less_told(said, state.pending.read_back)
    repeats = says_yes(rest) and consents(rest, beside)
    if not plain and not last and not repeats:
        return False
    values = [one for one in heard.found if one.type not in BESIDE and one.value != 1]  # "a shame" is no number
    shifts = {one["value"] for one in flow.said if one["type"] == "day_shift"}
    as_wished = all(one.value in shifts for one in heard.of("day_shift"))
    thankless = without_thanks(heard.words)  # "absolutely, thank you so much"
    means_another = any(
        other.means(thankless) or (other.confirm is not None and _asks_for(other, spec, heard.words))
        for name, other in persona.flows.items()
        if name != flow.name and not other.about_proof and not other.fallback
    )
    pending = state.pending
    told = all(is_told(one, pending, slots) for one in values if one.type != "day_shift")
    return (
        heard.pin is None and not means_another and told and as_wished and _chooses_nothing_else(spec, pending, heard)
    )


def _without_amounts(heard: Heard, pending: PendingWrite) -> Heard:
    """`heard` without amounts of the read-back that are said in two numbers, which may be found as a time ("two seventy
    eight, yes", "two twenty-five. Well, yes")."""
    told = {*re.findall(r"\d+", pending.read_back.replace(",", ""))}
    counts = [one for one in heard.of("count") if isinstance(one.value, int)]
    spans = [(one.start, other.end) for one, other in pairwise(counts) if _amount(one, other, heard.words) in told]
    for one in heard.of("time"):
        readings = one.value if isinstance(one.value, list) else []
        clock = str(readings[0]) if readings else ""
        if clock.replace(":", "").lstrip("0") in told and not _CLOCK.search(heard.words[one.start : one.end]):
            spans.append((one.start, one.end))
    for start, end in spans:
        words = f"{heard.words[:start]}{' ' * (end - start)}{heard.words[end:]}"
        kept = tuple(f for f in heard.found if f.end <= start or f.start >= end)
        heard = replace(heard, words=words, found=kept)
    return heard


def _amount(one: Found, other: Found, words: str) -> str | None:
    """The amount that two numbers in a row say ("two seventy eight"); None: they are none."""
    hundreds, rest = one.value, other.value
    if not isinstance(hundreds, int) or not isinstance(rest, int) or words[one.end : other.start].strip():
        return None
    return str(100 * hundreds + rest) if 1 <= hundreds <= 9 and 10 <= rest <= 99 else None


def _asks_for(other: Flow, spec: Flow, words: str) -> bool:
    """Whether a word of the flow `other`, and none of `spec` that was read back, is in `words`."""
    beside = {word.lower() for word in spec.beside_a_yes}
    said = cues_in(other.cues).finditer(words) if other.cues else ()
    return any(match.group().lower() not in beside and not spec.cued(match.group()) for match in said)


def _chooses_nothing_else(spec: Flow, pending: PendingWrite, heard: Heard) -> bool:
    """Whether every option of the flow's choices in the words was read back ("with a king bed")."""
    told = pending.read_back.lower()
    options = ((value, names) for slot in spec.slots.values() for value, names in slot.options.items())
    for value, names in options:
        said = any(one_or_more(one).search(heard.words) is not None for one in (value, *names))
        if said and whole_words(value).search(told) is None:
            return False
    return True


def _names_its_price(spec: Flow, pending: PendingWrite, heard: Heard) -> bool:
    """Whether every amount of money in the words is one that the flow's read-back gives as its price."""
    said = spec.said_after("quoted")
    known = {pending.quote.get(name) for name in said.prices} if said is not None else set()
    amounts = [one.value for one in heard.of("count") if one.follow in _MONEY and isinstance(one.value, int)]
    return not known or all(amount * 100 in known for amount in amounts)


def takes_up(persona: Persona, offered: str, words: str) -> bool:
    """Whether `words` take up the offer to begin the flow `offered`, or to go on with one that waits; words of leave
    go on with nothing, nor do thanks ("okay, thank you")."""
    leaves = takes_leave(persona, words) and (persona.flows[offered].resumes or not ends_here(words))
    return accepts(words) and not leaves and not only_thanks(words)


def fills_offered(spec: Flow, heard: Heard) -> bool:
    """Whether words say, in the place of a yes to the offer to begin the change `spec`, how it is wanted ("the next
    one, when is that")."""
    if not spec.of_held or heard.answer == "no":
        return False
    return any(candidates(spec.slots[name], heard, False) for name in spec.needed)


def takes_leave(persona: Persona, words: str) -> bool:
    """Whether words only end the conversation ("thanks, that's it"): no yes to anything."""
    leaves = any(flow.closes and flow.stops_flow and flow.means(words) for flow in persona.flows.values())
    return (leaves or ends_here(words)) and not says_yes(words)
