"""What a customer says to a question for their wish: which of the flows that were asked about they take up."""

from __future__ import annotations

import re
from collections.abc import Mapping

from agents.flow import Flow
from agents.persona import Persona
from agents.understand.assent import accepts, declines
from agents.understand.heard import Guess, Heard
from agents.understand.naming import whole_words
from sync.session import Guessed

_WORD = re.compile(r"[a-z]+")
_ORDINAL = re.compile(r"\b(?:the )?(?:(first|former)|(second|last|latter|other))(?: one| thing)?\b", re.IGNORECASE)
_EITHER = re.compile(
    r"(?<!not )(?<!want )(?<!need )\b(?:either(?: one| of (?:them|those|the two))?|whichever|any of them|"
    r"(?:i|we) (?:don't|do not) mind|doesn't matter|you (?:choose|decide|pick))\b",
    re.IGNORECASE,
)
_BOTH = re.compile(r"(?<!not )\b(?:both|all of (?:it|them|that))\b(?! of (?:us|you))", re.IGNORECASE)
_FEW_WORDS = 8
"""So many words with "either" or "both" say no more than that."""
_EMPTY = re.compile(
    r"(?:an?|the|to|your|my|our|its?|i|you|we|me|is|are|of|on|in|for|what|ha(?:ve|s)|be|that|this|would|like|want|need|"
    r"please|yes|yeah|yep|sure|and|or|one|so|do|can|could|well|u[mh]|er|at|with|if|not|no|thanks)"
)
"""Words of a wish by which it is not told from another."""


class Guesses:
    """Reads answers to questions for a wish. Safe to share."""

    def __init__(self, personas: Mapping[str, Persona]) -> None:
        flows = {(n, f): flow for n, p in personas.items() for f, flow in p.flows.items() if flow.wish is not None}
        self._flows: Mapping[str, tuple[str, str, Flow]] = {f"{n}/{f}": (n, f, one) for (n, f), one in flows.items()}
        self._hints = {n: whole_words(*persona.hints) for n, persona in personas.items() if persona.hints}
        self._cues = {label: whole_words(*flow.cues) for label, (_, _, flow) in self._flows.items() if flow.cues}

    def named(self, asked: Guessed) -> tuple[Guess, ...]:
        """The flows that were asked about, with their wishes."""
        known = (self._flows.get("/".join(choice)) for choice in asked.choices)
        return tuple(Guess(agent, name, flow.wish or "", flow.task or "") for agent, name, flow in filter(None, known))

    def both(self, asked: Guessed, heard: Heard) -> bool:
        """Whether the answer `heard` to a choice of two flows takes up both."""
        few = len(heard.words.split()) <= _FEW_WORDS
        return len(self.named(asked)) > 1 and not asked.refused and few and _BOTH.search(heard.words) is not None

    def chosen(self, asked: Guessed, heard: Heard) -> tuple[str, str] | None:
        """The flow (agent, name) that the answer `heard` to a guess takes up, of both the first; None: none of them, or
        not surely."""
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
        few = len(heard.words.split()) <= _FEW_WORDS
        if self.both(asked, heard) or (few and _EITHER.search(heard.words) is not None):
            return choices[0]
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


def _telling(text: str) -> frozenset[str]:
    """The words of `text` that tell one wish from another, without their endings."""
    return frozenset(_stem(word) for word in _WORD.findall(text.lower()) if _EMPTY.fullmatch(word) is None)


def _stem(word: str) -> str:
    for ending in ("ling", "ing", "s", "led", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
