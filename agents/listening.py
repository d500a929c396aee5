"""What a customer's words say and who answers them: slots, the flows that they sound like, guesses, the agent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from agents.addressee import Addressee
from agents.flow import Flow, Slot
from agents.guesses import Guesses
from agents.persona import Persona
from agents.planner.meant import scores_of
from agents.planner.plan import pending
from agents.planner.planned import PlannedTurn
from agents.registry import Registry
from agents.router import Intent, Router
from agents.sounding import FlowSounds, Scores, Sounding
from agents.understand.assent import only_accepts, only_declines
from agents.understand.heard import Guess, Heard, understand
from agents.understand.lexicon import Lexicon
from agents.understand.phrases import asks_something
from data.clock import BranchClock
from sync.session import Guessed, SessionState

_BARE_WORDS = 3
"""A yes to a guess in so few words says nothing beside it."""
_LEANING_WORDS = 8
"""An answer to a guess in no more words, that points back ("please cancel it"), is about what was said before."""
_POINTS_BACK = re.compile(r"\b(?:it|that|this|them|those|one|there|then)\b", re.IGNORECASE)
_ASKS = re.compile(r"\b(?:can|could|may|would|will) (?:you|i|we)\b|\b(?:please|kindly|i'd take)\b", re.IGNORECASE)
"""Words that ask for something: others tell of a situation, and nothing begins by that before a yes."""
SURE = 0.85
"""From this score on, by sound and by evidence, a guess of one agent is begun instead of being asked about."""
CLEAR = 0.12
"""How much better than the next one it must fit for that."""
OUT_OF_SIGHT = 0.25
"""A second guess that fits so much worse is not asked about."""


class Listening:
    """Hears utterances for a desk. Safe to share by all sessions."""

    def __init__(
        self,
        registry: Registry,
        router: Router,
        lexicon: Lexicon,
        sounds: FlowSounds,
        guesses: Guesses,
        clock: BranchClock,
    ) -> None:
        self._registry = registry
        self._router = router
        self._lexicon = lexicon
        self._sounds = sounds
        self._guesses = guesses
        self._clock = clock
        self._addressee = Addressee(registry.personas, registry.default)

    def hear(self, state: SessionState, utterance: str) -> Heard:
        """What `utterance` says, read in the light of what `state`'s last reply asked for. PINs are masked."""
        slot = self.asked(state)
        asking = slot.type if slot is not None else None
        last = next((line.text for line in reversed(state.history) if line.role == "agent"), "")
        today = self._clock.today()
        heard = understand(utterance, lexicon=self._lexicon, today=today, asking=asking, last_reply=last)
        flow = pending(state)
        named = heard.pin is not None or heard.of("booking_code") or heard.of("customer_id")
        if asking != "booking_code" or flow is None or not flow.tries or named:
            return heard
        # asked for once more: the rest of a code that was begun in the customer's last words
        begun = next((line.text for line in reversed(state.history) if line.role == "customer"), "")
        whole = understand(f"{begun} {utterance}", lexicon=self._lexicon, today=today, asking=asking)
        codes = [one for one in whole.of("booking_code") if one.start < len(begun) < one.end]
        rest = tuple(replace(one, start=0, end=len(heard.words)) for one in codes)
        return replace(heard, found=rest) if rest else heard

    def asked(self, state: SessionState) -> Slot | None:
        """The slot that the last reply asked for."""
        flow = pending(state)
        if flow is None or flow.agent not in self._registry.personas:
            return None
        spec = self._registry.personas[flow.agent].flows.get(flow.name)
        return spec.slots.get(flow.asking or "") if spec is not None else None

    async def scores(self, heard: Heard) -> Mapping[str, Scores]:
        """How well the flows of each persona fit what was heard, by its sound; empty for nothing said."""
        return self._sounds.scores(await self._sounds.of(heard.general if heard.words else ""))

    async def addressed(self, state: SessionState, heard: Heard) -> tuple[Intent, Heard, Mapping[str, Scores]]:
        """Who answers `heard`, which becomes what was said before when it says yes to a guess, and the flow scores."""
        if state.guess is not None and not state.guess.refused:
            chosen = self._guesses.chosen(state.guess, heard)
            if chosen is not None:
                bare = len(heard.words.split()) <= _BARE_WORDS
                more = state.guess.words if bare else f"{state.guess.words}, {heard.words}"
                whole = replace(self.hear(state, more), pin=heard.pin, meant=chosen[1])
                return Intent(chosen[0], 1.0, "takes up the guess"), whole, {}
            heard = replace(self._with_story(state, state.guess, heard), asked=self._guesses.named(state.guess))
        intent = self._addressee.certain(state, heard) or await self._router.detect_intent(heard, state)
        sounding = await self._sounds.of(heard.general if heard.words else "")
        scores = self._sounds.scores(sounding)
        near = () if sounding is None else self._guesses.of(heard.words, (sounding.whole, *sounding.clauses))
        heard = replace(heard, guesses=near)
        told = bool(heard.of("booking_code")) or heard.pin is not None
        unsure = intent.agent == self._registry.default and intent.confidence < 1.0
        if near and unsure and not told and state.flow is None:
            intent, heard = self._weighed(state, heard, scores, intent)
        return self._addressee.settled(intent, heard, state, scores), heard, scores

    def _with_story(self, state: SessionState, guess: Guessed, heard: Heard) -> Heard:
        """What was said before a guess, with an answer to it that points back and says what is wanted instead."""
        points = len(heard.words.split()) <= _LEANING_WORDS and _POINTS_BACK.search(heard.words) is not None
        if heard.pin is not None or not points or only_accepts(heard.words) or only_declines(heard.words):
            return heard
        return self.hear(state, f"{guess.words}. {heard.words}")

    def _weighed(
        self, state: SessionState, heard: Heard, scores: Mapping[str, Scores], intent: Intent
    ) -> tuple[Intent, Heard]:
        """The guesses of `heard` weighed by the evidence in the words, too, the nearest first; `intent`, or the agent
        of one that leaves no doubt."""
        fits: dict[str, Mapping[str, float]] = {}
        for agent in {one.agent for one in heard.guesses}:
            turn = PlannedTurn(self._registry.personas[agent], state, heard.with_flows(scores.get(agent, {})))
            fits[agent] = scores_of(turn)
        ordered = sorted(heard.guesses, key=lambda one: -fits[one.agent][one.flow])
        weights = [fits[one.agent][one.flow] for one in ordered]
        near: list[Guess] = [
            one for one, weight in zip(ordered, weights, strict=True) if weights[0] - weight < OUT_OF_SIGHT
        ]
        first = ordered[0]
        best = max(fits[first.agent], key=lambda name: fits[first.agent][name]) == first.flow
        asks = asks_something(heard.core) or _ASKS.search(heard.words) is not None
        if asks and best and weights[0] >= SURE and all(weights[0] - other >= CLEAR for other in weights[1:]):
            intent = Intent(first.agent, intent.confidence, f"may want to {first.wish}")
        return intent, replace(heard, guesses=tuple(near))

    def fit(self, vector: NDArray[np.float32]) -> float:
        """How well the best flow of any agent fits words with this vector (unit length), -1 to 1.

        Flows for what no agent does are left out.
        """
        personas = self._registry.personas
        return max(
            score
            for name, scores in self._sounds.scores(Sounding(vector)).items()
            for flow, score in scores.items()
            if is_ours(personas[name], personas[name].flows[flow])
        )


def is_ours(persona: Persona, flow: Flow) -> bool:
    """Whether a flow is for what some agent does; the default agent's fallback is for the rest."""
    return not (persona.default and flow.fallback)
