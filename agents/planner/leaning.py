"""What words lean on: the question asked last, once more for another place, or with a word or two more about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from agents.persona import Persona
from agents.planner.slots import WEAK_TYPES
from agents.understand.heard import BUILT_IN_TYPES, Heard
from agents.understand.questions import points_back
from sync.session import FlowState, SessionState

_BESIDE_A_PLACE = re.compile(
    r"(?:\W*\b(?:and|or|but|so|oh|ah|ok(?:ay)?|um+|uh+|well|then|what|how|about|in|at|on|for|to|of|with|by|the|a|an|your|our|"
    r"my|that|this|one|ones|same|there|also|too|other|please|is|it|thing|question|again|much|now|over|if|instead|s)\b)*"
    r"\W*",
    re.IGNORECASE,
)
"""Words beside the name of a place that say nothing of what is asked."""
_MOST_WORDS = 9
_POINTS = re.compile(r"\b(?:it|that|this|they|them|those|there|then|he|she|ones?)\b", re.IGNORECASE)


def leans(heard: Heard) -> bool:
    """Whether the words may lean on the question before them: by how they begin, or as they point back in few words."""
    few = len(heard.core.split()) <= _MOST_WORDS and _POINTS.search(heard.words) is not None
    return heard.leans_back or few or points_back(heard.words)


def leant_on(heard: Heard, asked: str | None, flow: FlowState | None) -> str | None:
    """What the words may lean on: what was `asked` last, else what is done in the `flow` under way; None where they
    stand alone."""
    doing = flow.task if flow is not None and flow.task else None
    return (asked or doing) if leans(heard) else None


def under_way(state: SessionState, proof: str) -> FlowState | None:
    """The flow that the customer is in the midst of: what waits for the flow `proof` rather than that."""
    flow = state.flow
    return state.parked[-1] if flow is not None and flow.name == proof and state.parked else flow


def repeats_for_a_place(heard: Heard, hints: Sequence[str]) -> bool:
    """Whether the words only name another place, by its name or by one of the agent's `hints` ("and in the hotel")."""
    if len(heard.words.split()) > _MOST_WORDS:
        return False
    left = heard.words
    for start, end in sorted(_names(heard), reverse=True):
        left = f"{left[:start]} {left[end:]}"
    if hints:  # "and in the hotel", not "and parking"
        left = re.sub(
            rf"\b(?:(?:in|at|on) (?:the |your |our |my |a )?|(?:the|your) ){_any_of(hints)}",
            " ",
            left,
            flags=re.IGNORECASE,
        )
    return left != heard.words and _BESIDE_A_PLACE.fullmatch(left) is not None


def question_of(heard: Heard, hints: Sequence[str], last: str | None) -> str:
    """What the words ask, wherever it is asked of: those of the next turn may lean on it. `last`: what was asked
    before."""
    if last is not None and (points_back(heard.words) or repeats_for_a_place(heard, hints)):
        return last
    words = heard.words
    for start, end in sorted(_names(heard), reverse=True):
        before = re.sub(r"\s*\b(?:the|your|our)\s*$", "", words[:start].rstrip())
        led = re.sub(r"\s*\b(?:in|at|of|for|to|from)$", "", before)
        words = f"{led if led != before else before + ' it'} {words[end:].lstrip()}"
    if hints:
        words = re.sub(rf"\s*\b(?:in|at|on|for|to) (?:the|your|a|our|my) {_any_of(hints)}", "", words, flags=re.I)
    return replace(heard, words=" ".join(words.split())).core


def put_to(question: str, place: str) -> str:
    """`question` asked of another place ("in Austin", "the Bay Lantern")."""
    led = re.match(r"(?:in|at|on|for|to|from|with)\b", place, re.IGNORECASE) is not None
    return f"{question} {place}" if led else f"{question} at {place}"


def narrows_told(persona: Persona, state: SessionState, heard: Heard) -> bool:
    """Whether the words name no other place or thing than the lookup told last in `state`, of which something is on
    offer: they say more about that ("just one night, for two people")."""
    last, offered = state.last, state.on_yes
    if last is None or offered is None or last.name not in persona.flows:
        return False
    spec = persona.flows[last.name]
    types = {slot.type for slot in spec.slots.values()} - WEAK_TYPES
    return spec.on_pick == offered and not any(map(heard.of, types))


def _names(heard: Heard) -> list[tuple[int, int]]:
    """Where the words name places that the agents know by name: (start, end). What has a number is no place."""
    named = (one for one in heard.found if one.type not in BUILT_IN_TYPES)
    return list({(one.start, one.end) for one in named if not any(c.isdigit() for c in str(one.value))})


def _any_of(hints: Sequence[str]) -> str:
    return rf"\b(?:{'|'.join(map(re.escape, sorted(hints, key=len, reverse=True)))})\b"
