"""What customers may want who tell of a situation instead of asking: the flows to ask them about.

Weighed over the flows of all agents that have a `wish`, whoever speaks. A guess never begins anything: it is asked,
and what the customer says to it is read here, too.

The figures below were chosen on 54 situations of our own that are among no flow's examples, and on 1,200 utterances
of the routing set that belong to no agent: of these one in fifty is plausible, of those nine in ten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from agents.flow import Flow
from agents.persona import Persona
from agents.understand.assent import accepts, declines
from agents.understand.heard import Guess, Heard
from agents.understand.intents import Examples
from agents.understand.phrases import asks_something
from sync.session import Guessed

PLAUSIBLE = 0.06
"""How much nearer than to what no agent does the words must be to a flow that is asked about."""
NEAR = 0.38
"""The lowest weight of such a flow, whatever else the words are near to."""
NEAR_ASKED = 0.55
"""The same for a question, which must be nearer to the flow than to what is asked about the rules, too."""
CLOSE = 0.07
"""A second flow whose weight is so near to the first one's is named in the same question."""
RULES = 0.9
"""How much of the nearness to questions about the rules counts against words that are no question."""
CUED, HINTED = 0.06, 0.04
"""What one of a flow's own words, and one of its agent's, add to its weight."""
_TELL_ME = re.compile(
    r"\b(?:tell me|want to know|like to know|let me know|wonder(?:ing)? (?:if|what|how))\b", re.IGNORECASE
)
_WORD = re.compile(r"[a-z]+")
_ORDINAL = re.compile(r"\b(?:the )?(?:(first|former)|(second|last|latter|other))(?: one| thing)?\b", re.IGNORECASE)
_EMPTY = re.compile(
    r"(?:an?|the|to|your|my|our|its?|i|you|we|me|is|are|of|on|in|for|what|ha(?:ve|s)|be|that|this|would|like|want|need|"
    r"please|yes|yeah|yep|sure|and|or|one|so|do|can|could|well|u[mh]|er|at|with|if|not|no|thanks)"
)
"""Words of a wish by which it is not told from another."""


class Guesses:
    """Weighs flows by what customers say of their situations. Safe to share."""

    def __init__(
        self, personas: Mapping[str, Persona], general: Mapping[str, str], vectors: Mapping[str, NDArray[np.float32]]
    ) -> None:
        """`general` maps each utterance and situation of `personas` to its words with names made general, `vectors`
        those to their unit vectors."""
        flows = {(n, f): flow for n, p in personas.items() for f, flow in p.flows.items() if flow.wish is not None}
        self._flows: Mapping[str, tuple[str, str, Flow]] = {f"{n}/{f}": (n, f, one) for (n, f), one in flows.items()}
        told = {
            label: tuple(dict.fromkeys(general[text] for text in (*flow.phrasings, *flow.situations)))
            for label, (_, _, flow) in self._flows.items()
        }
        self._told = Examples(vectors, told) if any(told.values()) else None
        known = {True: list[str](), False: list[str]()}
        for persona in personas.values():
            texts = (text for flow in persona.flows.values() if flow.fallback for text in flow.phrasings)
            known[persona.default] += [general[text] for text in texts]
        self._elsewhere = Examples(vectors, {"elsewhere": known[True], "rules": known[False]})
        self._hints = {n: _any_of(persona.hints) for n, persona in personas.items() if persona.hints}
        self._cues = {label: _any_of(flow.cues) for label, (_, _, flow) in self._flows.items() if flow.cues}

    def of(self, words: str, vectors: Sequence[NDArray[np.float32]]) -> tuple[Guess, ...]:
        """The flows to ask about after `words`, whose general form has the unit `vectors`, of all of it and of its
        clauses: none, one, or two that are as good as each other, the nearest first."""
        if self._told is None:
            return ()
        return next((near for vector in vectors if (near := self._near(self._told, words, vector))), ())

    def _near(self, told: Examples, words: str, vector: NDArray[np.float32]) -> tuple[Guess, ...]:
        weights = told.scores(vector)
        for label in weights:
            hinted = self._hints.get(self._flows[label][0])
            cued = self._cues.get(label)
            weights[label] += HINTED * (hinted is not None and hinted.search(words) is not None)
            weights[label] += CUED * (cued is not None and cued.search(words) is not None)
        nearest = sorted(weights, key=lambda label: -weights[label])[:2]
        best = weights[nearest[0]]
        other = self._elsewhere.scores(vector)
        asks = asks_something(words) or _TELL_ME.search(words) is not None
        rules = (1.0 if asks else RULES) * other.get("rules", 0.0)
        elsewhere = max(other.get("elsewhere", 0.0), rules)
        if best < (NEAR_ASKED if asks else NEAR) or best - elsewhere < PLAUSIBLE:
            return ()
        asked = [label for label in nearest if best - weights[label] <= CLOSE]
        return tuple(self._guess(label, weights[label]) for label in asked)

    def _guess(self, label: str, weight: float) -> Guess:
        agent, name, flow = self._flows[label]
        return Guess(agent, name, flow.wish or "", weight)

    def named(self, asked: Guessed) -> tuple[Guess, ...]:
        """The flows that were asked about, with their wishes."""
        labels = ("/".join(choice) for choice in asked.choices)
        return tuple(self._guess(label, 0.0) for label in labels if label in self._flows)

    def chosen(self, asked: Guessed, heard: Heard) -> tuple[str, str] | None:
        """The flow (agent, name) that the answer `heard` to a guess takes up; None: none of them, or not surely."""
        choices = [choice for choice in asked.choices if "/".join(choice) in self._flows]
        if asked.refused or not choices or declines(heard.words):
            return None
        spoken_of = {name for name, hints in self._hints.items() if hints.search(heard.words) is not None}
        if spoken_of and not spoken_of & {agent for agent, _ in choices}:
            return None
        if len(choices) == 1:
            wish = _telling(self._flows["/".join(choices[0])][2].wish or "")
            named = bool(wish) and wish <= _telling(heard.words)
            return choices[0] if named or accepts(heard.words) else None
        place = _ORDINAL.search(heard.words)
        if place is not None:
            return choices[0] if place[1] else choices[-1]
        wishes = [_telling(self._flows["/".join(choice)][2].wish or "") for choice in choices]
        said = _telling(heard.words)
        named_by = [len(said & wish - (wishes[1 - at])) for at, wish in enumerate(wishes)]
        if named_by[0] == named_by[1]:
            return None
        taken = choices[0] if named_by[0] > named_by[1] else choices[1]
        cued = {label for label, cues in self._cues.items() if cues.search(heard.words) is not None}
        if cued and "/".join(taken) not in cued:  # "cancel that flight" is no yes to changing it
            return None
        return taken if not spoken_of or taken[0] in spoken_of else None


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE)


def _telling(text: str) -> frozenset[str]:
    """The words of `text` that tell one wish from another, without their endings."""
    return frozenset(_stem(word) for word in _WORD.findall(text.lower()) if _EMPTY.fullmatch(word) is None)


def _stem(word: str) -> str:
    for ending in ("ling", "ing", "s", "led", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
