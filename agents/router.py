"""The router agent: which persona answers an utterance.

Three kinds of evidence are added up as log odds: how the words sound (sentence embeddings and a multinomial
logistic regression fitted at load on the personas' own examples), what they name (a flight number, a hotel, an
agent's hint words), and the conversation (who speaks now, what was just asked). Words that every agent can answer
("thank you"), answers to a question and words that say nothing of their own stay where the conversation is.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.hand_over import Judge, Said, Sound, parts, reply_end
from agents.persona import Persona
from agents.planner.plan import pending
from agents.planner.planned import QUESTION
from agents.turn import CODES
from agents.understand.heard import Found, Heard
from agents.understand.intents import Examples, fitted, logits_of
from agents.understand.naming import whole_words
from agents.understand.questions import points_back
from data.embeddings import Embedder
from sync.session import FlowState, SessionState

_SHARED = ""
"""Label of the examples that every persona can answer."""
_STEPS, _SHRINK = 120, 2e-4
"""Gradient steps and L2 weight of the fit: it settles within these on some hundred examples."""
NAMED = 4.0
"""Log odds that a name only one agent knows (a flight number, a hotel) speaks for that agent."""
HINTED = 1.4
"""Log odds of each of an agent's hint words, up to two."""
UNDECIDED = 0.65
"""Log odds: two agents that are nearer to each other than this by sound alone are as good as equal (of 5,928 routing
utterances seven are; their own labels differ, too). The default agent asks which."""
_FEW_WORDS = 3


@dataclass(frozen=True, slots=True)
class Intent:
    """Who should answer, how sure that is (0 to 1) and why, in a few words for a trace.

    `resumes` is the parked flow whose question the words answer, if they do. `named`: the words have a name that only
    this agent knows.
    """

    agent: str
    confidence: float
    reason: str
    resumes: FlowState | None = None
    named: bool = False


class Router:
    """Picks the persona. Made once for all sessions; safe to share."""

    def __init__(
        self,
        personas: Mapping[str, Persona],
        default: str,
        embedder: Embedder,
        vectors: Mapping[str, NDArray[np.float32]],
        owned_types: Mapping[str, frozenset[str]],
        judge: Judge | None = None,
    ) -> None:
        """`vectors`: for each example utterance its unit vector. `owned_types`: for each persona the slot types
        whose names, brought by its tools, speak for it. Fits the classifier, some tenths of a second: make it in a
        thread."""
        self._judge = judge or Judge.load()
        self._personas = personas
        self._default = default
        self._embedder = embedder
        shared = {
            text
            for persona in personas.values()
            for name, flow in persona.flows.items()
            if all(other.flows.get(name) == flow for other in personas.values())
            for text in flow.utterances
        }
        groups: dict[str, tuple[str, ...]] = {_SHARED: tuple(sorted(shared))}
        self._agent_of = {_SHARED: _SHARED}
        for name, persona in personas.items():
            subjects = {"": persona.examples}
            for flow_name, flow in persona.flows.items():
                for subject, texts in flow.examples.items():
                    subjects[f"{flow_name}/{subject}"] = tuple(text for text in texts if text not in shared)
            for subject, texts in subjects.items():
                groups[f"{name}/{subject}"] = texts
                self._agent_of[f"{name}/{subject}"] = name
        self._examples = Examples(vectors, groups)
        self._weights = fitted(self._examples, steps=_STEPS, shrink=_SHRINK)
        counted = [type_ for types in owned_types.values() for type_ in types]
        self._owned = {
            name: frozenset(type_ for type_ in types if counted.count(type_) == 1)
            for name, types in owned_types.items()
        }
        self._hints = {name: whole_words(*persona.hints) for name, persona in personas.items() if persona.hints}

    async def detect_intent(self, heard: Heard, state: SessionState) -> Intent:
        """The persona for what was `heard` in the session `state`. Under 10 ms; embeds off the event loop."""
        here = state.agent if state.agent in self._personas else None
        if not heard.words:
            return Intent(here or self._default, 1.0, "nothing was said")
        if (staying := self._stays(heard, state, here)) is not None:
            return staying
        if here is None:
            vector = (await asyncio.to_thread(self._embedder.embed, [_first_words(heard)]))[0]
            return self._first(heard, vector)
        return self._next(await asyncio.to_thread(self.said, heard, state), here)

    async def expect_first(self, heard: Heard, state: SessionState) -> None:
        """Make ready for weighing what was `heard` first, beside whatever else is made of it."""
        words = _first_words(heard)
        if state.agent not in self._personas and words and words != heard.general:
            await asyncio.to_thread(self._embedder.embed, [words])

    async def expect_answer(self, reply: str) -> None:
        """Make ready for the answer to `reply`, so that weighing it needs one sentence less."""
        if reply:
            await asyncio.to_thread(self._embedder.embed, [reply_end(reply)])

    def stays(self, heard: Heard, state: SessionState) -> bool:
        """Whether a rule keeps what was `heard` with the persona that speaks in `state`, without weighing anything."""
        return state.agent in self._personas and self._stays(heard, state, state.agent) is not None

    def said(self, heard: Heard, state: SessionState) -> Said:
        """What was `heard` and the last reply of `state`, with how each sounds. Embeds: call it in a thread."""
        reply = next((line.text for line in reversed(state.history) if line.role == "agent"), "")
        texts = [heard.words, *([reply_end(reply)] if reply else ())]
        whole, *others = self._embedder.embed_tokens(texts)
        spans = parts(heard.words)
        texts[1:1] = [heard.words[start:end] for start, end in spans]
        vectors = [whole.sentence, *(whole.part(*span) for span in spans), *(other.sentence for other in others)]
        sounds = [
            Sound(self._odds(vector), self._counted_hints(text), vector)
            for text, vector in zip(texts, vectors, strict=True)
        ]
        last = sounds.pop() if reply else None
        names = {name: len(self._named(heard, name)) for name in self._personas}
        return Said(heard, reply, sounds[0], sounds[1:], last, names)

    def _first(self, heard: Heard, vector: NDArray[np.float32]) -> Intent:
        """Who takes the first utterance, whose embedding is `vector`: sound, names and hint words added up."""
        odds = self._odds(vector)
        hints = self._counted_hints(heard.words)
        for name in self._personas:
            odds[name] += NAMED * bool(self._named(heard, name)) + HINTED * min(2, hints.get(name, 0))
        best = max(odds, key=lambda label: odds[label])
        sure = Sound(odds, hints, vector).probability(best)
        if best == _SHARED:
            return Intent(self._default, sure, "any agent can answer this")
        rivals = sorted((odds[name] for name in self._personas if name not in (best, self._default)), reverse=True)
        told = any(hints.values()) or any(self._named(heard, name) for name in self._personas)
        if best != self._default and not told and rivals and odds[best] - rivals[0] < UNDECIDED:
            return Intent(self._default, sure, "could be for more than one agent")
        return Intent(best, sure, self._reason(heard, best), named=bool(self._named(heard, best)))

    def _next(self, said: Said, here: str) -> Intent:
        """Who takes an utterance in a conversation that the persona `here` leads."""
        odds = {name: self._judge.odds(said, here, name, self._default) for name in self._personas if name != here}
        other = max(odds, key=lambda name: odds[name])
        sure = 1 / (1 + math.exp(-odds[other]))
        if sure > 0.5:
            return Intent(other, sure, self._reason(said.heard, other), named=bool(self._named(said.heard, other)))
        return Intent(here, 1 - sure, "goes on with the subject")

    def _reason(self, heard: Heard, agent: str) -> str:
        if named := self._named(heard, agent):
            return f"names {named[0].value}"
        if agent in self._hints and (hint := self._hints[agent].search(heard.words)) is not None:
            return f"says {hint[0].lower()!r}"
        return "sounds like its examples"

    def _named(self, heard: Heard, agent: str) -> list[Found]:
        """The names in the words that only `agent` knows."""
        return [one for one in heard.found if one.type in self._owned.get(agent, frozenset())]

    def _counted_hints(self, text: str) -> dict[str, int]:
        """How many different hint words of each persona a text has."""
        return {name: len({hint.lower() for hint in pattern.findall(text)}) for name, pattern in self._hints.items()}

    def _odds(self, vector: NDArray[np.float32]) -> dict[str, float]:
        """Log odds of each agent (and of `_SHARED`) by the sound of the words alone."""
        logits = logits_of(vector, self._weights)
        odds: dict[str, float] = {}
        for label, logit in zip(self._examples.labels, logits.tolist(), strict=True):
            agent = self._agent_of[label]
            odds[agent] = float(np.logaddexp(odds[agent], logit)) if agent in odds else logit
        return odds

    def _stays(self, heard: Heard, state: SessionState, here: str | None) -> Intent | None:
        """Stay for sure: an answer to what the running flow asked, or a bare yes or no."""
        if here is None:
            return None
        waiting = pending(state)
        if waiting is not None and self._answers(heard, waiting):
            if waiting == state.flow:
                return Intent(here, 1.0, "answers the question")
            return Intent(waiting.agent, 1.0, "answers the question asked before", resumes=waiting)
        bare = heard.answer is not None and len(heard.core.split()) <= _FEW_WORDS
        if (bare and not self._tells_of_another(heard, here)) or heard.pin is not None:
            return Intent(here, 1.0, "a bare answer stays")
        few = len(heard.core.split()) <= _FEW_WORDS + 1
        asked = state.topic.get(QUESTION) is not None and points_back(heard.words)
        few = few and heard.leans_back
        if here != self._default and (few or asked) and not self._tells_of_another(heard, here):
            return Intent(here, 1.0, "leans on what was said")
        if heard.of("booking_code") and len(heard.found) == len(heard.of("booking_code")):
            return Intent(here, 1.0, "a code stays")
        return None

    def _tells_of_another(self, heard: Heard, here: str) -> bool:
        """Whether the words name a thing, or say a word, of an agent other than `here`."""
        hints = self._counted_hints(heard.words)
        return any(name != here and (hints.get(name) or self._named(heard, name)) for name in self._personas)

    def _answers(self, heard: Heard, flow: FlowState) -> bool:
        """Whether the words are little more than a value for what `flow` asked."""
        spec = self._personas[flow.agent].flows.get(flow.name) if flow.agent in self._personas else None
        slot = spec.slots.get(flow.asking or "") if spec is not None else None
        if spec is None or slot is None:
            return False
        if slot.secret and heard.pin is not None:
            return True
        wanted = {other.type for other in spec.slots.values() if other.type != "count"} | {slot.type}
        answers = [one for one in heard.found if one.type in wanted]
        spelled = [one for one in answers if one.type in CODES]  # "Lima seven Bravo three ..." is one value
        rest = heard.words
        for one in sorted(spelled, key=lambda one: -one.start):
            rest = f"{rest[: one.start]} {rest[one.end :]}"
        few = _FEW_WORDS + 3 * len(answers)
        return bool(answers) and min(len(heard.core.split()), len(rest.split())) <= few


def _first_words(heard: Heard) -> str:
    """What of a first utterance is weighed: all that does not only prove who speaks."""
    return heard.wish or heard.words
