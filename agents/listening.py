"""What a customer's words say and who answers them: slots, the flows that they sound like, guesses, the agent."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from agents.acts import Acts, moment_of
from agents.addressee import BY_PATTERN, Addressee
from agents.beginnings import BEGINS, FEWEST_WORDS, Beginning, Beginnings
from agents.flow import Flow, Slot
from agents.guesses import Guesses
from agents.persona import Persona
from agents.planner.meant import change_named
from agents.planner.plan import pending
from agents.planner.planned import QUESTION
from agents.planner.scoring import DIGRESSES
from agents.registry import Registry
from agents.router import Intent, Router
from agents.sounding import FlowSounds, Scores, Sounding
from agents.understand.assent import only_accepts, only_declines
from agents.understand.cues import cues_in
from agents.understand.dates import days
from agents.understand.heard import Found, Heard
from agents.understand.lexicon import Lexicon
from agents.understand.questions import asks_anything
from agents.understand.understanding import understand
from data.clock import BranchClock
from sync.session import Guessed, SessionState

_BARE_WORDS = 3
"""A yes to a guess in so few words says nothing beside it."""
_LEANING_WORDS = 8
"""An answer to a guess in no more words, that points back ("please cancel it"), is about what was said before."""
_SENTENCE = re.compile(r"[.!?]\s+")
_POINTS_BACK = re.compile(r"\b(?:it|that|this|them|those|one|there|then)\b", re.IGNORECASE)
_OWN = re.compile(r"\b(?:i|we|me|us|my|our|mine|ours|i'\w+|we'\w+)\b", re.IGNORECASE)
_OF_NEXT_WEEK = re.compile(r"\bnext week\?\s*$", re.IGNORECASE)
"""A question for a day of the next week: "Tuesday" is that week's."""
AS_TOLD = 0.85
"""From this score on words are as good as one of a flow's own examples."""
OTHER = 0.7
"""From this likelihood on that a reply wants another thing done, what it begins is looked for."""
NOBODYS = 0.6
"""From this confidence on the router's word that no desk is meant counts: of utterances of the routing set that belong
to none and sound like a beginning more than half are found so, and one in 65 of what customers begin with."""


class Listening:
    """Hears utterances for a desk. Safe to share by all sessions."""

    def __init__(
        self,
        registry: Registry,
        router: Router,
        lexicon: Lexicon,
        sounds: FlowSounds,
        guesses: Guesses,
        beginnings: Beginnings | None,
        acts: Acts | None,
        clock: BranchClock,
    ) -> None:
        self._registry = registry
        self._router = router
        self._lexicon = lexicon
        self._sounds = sounds
        self._guesses = guesses
        self._beginnings = beginnings
        self._acts = acts
        self._clock = clock
        self._addressee = Addressee(registry.personas, registry.default)

    @property
    def personas(self) -> Mapping[str, Persona]:
        """Who may be spoken to, by name."""
        return self._registry.personas

    def hear(self, state: SessionState, utterance: str) -> Heard:
        """What `utterance` says, read in the light of what `state`'s last reply asked for. PINs are masked."""
        slot = self.asked(state)
        asking = slot.type if slot is not None else None
        last = next((line.text for line in reversed(state.history) if line.role == "agent"), "")
        today = self._clock.today()
        flow = pending(state)
        failed = state.failed_proofs > 0 and asking == "booking_code"
        heard = understand(utterance, lexicon=self._lexicon, today=today, asking=asking, last_reply=last, failed=failed)
        if asking == "date" and _OF_NEXT_WEEK.search(last) is not None:
            heard = replace(heard, found=tuple(_of_next_week(heard, one) for one in heard.found))
        week = state.last.slots.get("week") if state.last is not None and flow is None else None
        if isinstance(week, str):
            heard = replace(heard, found=tuple(_of_week(heard, one, date.fromisoformat(week)) for one in heard.found))
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

    async def handed(self, heard: Heard, agent: str) -> Heard:
        """`heard` with how well the flows of `agent`, to whom another agent hands it, fit, and which one it begins."""
        sounding = await self._sounds.of(heard.general if heard.words else "")
        scores = self._sounds.scores(sounding)
        heard = heard.with_flows(scores.get(agent, {}))
        if self._beginnings is None or sounding is None or self._beginnings.says_untaught(heard.words, agent):
            return heard
        likely = self._beginnings.likely(heard, sounding, _by_flow(scores))
        begun = self._beginnings.within(agent, likely)
        spec = self.personas[agent].flows.get(begun.flow or "") if begun is not None else None
        if begun is None or (spec is not None and spec.excludes(heard.words)):
            return heard
        return replace(heard, begins=begun.flow, guesses=begun.guesses)

    async def addressed(self, state: SessionState, heard: Heard) -> tuple[Intent, Heard]:
        """Who answers `heard`, which becomes what was said before when it says yes to a guess; with how well that
        agent's flows fit, and what it begins."""
        if state.guess is not None and not state.guess.refused:
            chosen = self._guesses.chosen(state.guess, heard)
            if chosen is not None:
                said = self._taking_up(state.guess, heard, chosen)
                bare = len(said.split()) <= _BARE_WORDS
                more = state.guess.words if bare else f"{state.guess.words}, {said}"
                too = self._guesses.named(state.guess)[1] if self._guesses.both(state.guess, heard) else None
                more = state.guess.words if too is not None else more
                whole = replace(self.hear(state, more), pin=heard.pin, meant=chosen[1], meant_too=too)
                return Intent(chosen[0], 1.0, "takes up the guess"), whole
            if (proved := self._proved(state, state.guess, heard)) is not None:
                scores = self._sounds.scores(await self._sounds.of(proved.general))
                here = state.agent or self._registry.default
                return Intent(here, 1.0, "proves who they are"), proved.with_flows(scores.get(here, {}))
            heard = replace(self._with_story(state, state.guess, heard), asked=self._guesses.named(state.guess))
        heard = self._with_question(state, heard)
        if heard.meant is not None:
            return Intent(state.agent or self._registry.default, 1.0, "proves for what was asked"), heard
        sounding, _ = await asyncio.gather(
            self._sounds.of(heard.general if heard.words else ""), self._router.expect_first(heard, state)
        )
        scores = self._sounds.scores(sounding)
        if sounding is not None:
            heard = replace(heard, acts=self._done(state, heard, sounding))
            heard = replace(heard, chats=self._chats(state, heard, sounding, scores))
        talks = Intent(state.agent, 1.0, "makes talk") if heard.chats and state.agent else None
        certain = talks or self._addressee.certain(state, heard)
        intent = certain or await self._router.detect_intent(heard, state)
        begun = None if sounding is None else self._begun(state, heard, sounding, scores, intent)
        if begun is not None and begun.flow is not None:
            spec = self._registry.personas[begun.agent].flows[begun.flow]
            gives = spec.hands_off and (heard.of("count") or heard.of("customer_id"))  # "two persons" calls nobody
            begun = None if spec.excludes(heard.words) or gives else begun
        if certain is not None and begun is not None and not self._overrules(begun, certain, heard):
            begun = None
        if begun is not None:
            flows = {one: self._registry.personas[one.agent].flows[one.flow] for one in begun.guesses}
            left = tuple(one for one, spec in flows.items() if not spec.excludes(heard.words))
            only = left[0] if begun.flow is None and len(left) == 1 and flows[left[0]].fallback else None
            begun = replace(begun, flow=begun.flow if only is None else only.flow, guesses=left)
            heard = replace(heard, begins=begun.flow, guesses=begun.guesses)
            if begun.agent != intent.agent:
                intent = Intent(begun.agent, begun.likelihood, "begins as customers do")
        else:
            intent = self._addressee.settled(intent, heard, state, scores)
        return intent, heard.with_flows(scores.get(intent.agent, {}))

    def _taking_up(self, guess: Guessed, heard: Heard, chosen: tuple[str, str]) -> str:
        """Of an answer to a guess the words from the last sentence on that takes up the flow `chosen` by itself: what
        was said before it is no part of the wish ("So many questions today! The hotel")."""
        ends = [0, *(match.end() for match in _SENTENCE.finditer(heard.words))]
        parts = (heard.part(start, len(heard.words)) for start in reversed(ends))
        taking = (part for part in parts if self._guesses.chosen(guess, part) == chosen)
        return next(taking, heard).words.strip()

    def _done(self, state: SessionState, heard: Heard, sounding: Sounding) -> Mapping[str, float]:
        """How likely `heard` does what to the last reply; empty before the first, and where nothing was learned."""
        moment = moment_of(state)
        if self._acts is None or moment is None:
            return {}
        slot = self.asked(state) if moment == "asked" else None
        return self._acts.of(heard, sounding.whole, moment, slot.type if slot is not None else None)

    def _chats(self, state: SessionState, heard: Heard, sounding: Sounding, scores: Mapping[str, Scores]) -> bool:
        """Whether `heard`, in the place of an answer, asks something that only makes talk."""
        asks = pending(state) is not None and not heard.only_proves and asks_anything(heard.words)
        known = self._beginnings if asks else None
        return known is not None and known.chats(known.likely(heard, sounding, _by_flow(scores)))

    def _begun(
        self, state: SessionState, heard: Heard, sounding: Sounding, scores: Mapping[str, Scores], intent: Intent
    ) -> Beginning | None:
        """What `heard` begins by what was learned; None where it answers or leans on something, where nothing was
        learned of what it is for, or where the router is sure that it is for no desk."""
        known = self._beginnings
        if known is None or intent.agent not in known.agents or heard.only_proves:
            return None
        if pending(state) is None and known.says_untaught(heard.words, intent.agent):
            return None
        fits = _by_flow(scores)
        if pending(state) is not None:
            other = heard.does("other", "yes_and") >= OTHER
            begun = known.within(intent.agent, known.likely(heard, sounding, fits)) if other else None
            return begun if begun is not None and begun.flow is not None else None
        best = max(fits, key=lambda one: fits[one])
        untaught = best in known.untaught and self._may_be(best, heard)
        if fits[best] >= (DIGRESSES if untaught else AS_TOLD):
            return None
        turned_down = state.guess.choices if state.guess is not None and state.guess.refused else ()
        likely = known.likely(heard, sounding, fits)
        default = self._registry.default
        if heard.leans_back and state.history:
            return None
        if state.agent not in (None, default):
            few = len(heard.core.split()) < FEWEST_WORDS
            return None if few else known.within(intent.agent, likely, turned_down)
        begun = self._by_hints(known.first(likely, turned_down), heard)
        if begun is not None and begun.agent != intent.agent and intent.named:
            begun = known.within(intent.agent, likely, turned_down) or begun  # a name that only one agent knows
        nobodys = intent.agent == default and intent.confidence >= NOBODYS
        return begun if begun is None or begun.agent == default or not nobodys else known.doubted(begun, likely)

    def _may_be(self, one: tuple[str, str], heard: Heard) -> bool:
        """Whether `heard` may be for a flow: one that only reads what customers hold is asked for in their own person
        ("what would a ticket cost" is not "what did my ticket cost")."""
        spec = self._registry.personas[one[0]].flows[one[1]]
        return not spec.needs_identity or spec.confirm is not None or _OWN.search(heard.words) is not None

    def _by_hints(self, begun: Beginning | None, heard: Heard) -> Beginning | None:
        """`begun`, but a question of fact is for the only agent of whose subject `heard` has a word ("to change my
        hotel"): texts of another would answer it for something else."""
        if begun is None or begun.flow is None or not self._registry.personas[begun.agent].flows[begun.flow].fallback:
            return begun
        personas = self._registry.personas.items()
        hinted = [name for name, one in personas if one.hints and cues_in(one.hints).search(heard.words) is not None]
        if len(hinted) != 1 or hinted[0] == begun.agent:
            return begun
        asked = next((name for name, one in self._registry.personas[hinted[0]].flows.items() if one.fallback), None)
        return begun if asked is None else replace(begun, agent=hinted[0], flow=asked)

    def _overrules(self, begun: Beginning, certain: Intent, heard: Heard) -> bool:
        """Whether what `heard` likely begins counts more than the pattern by which it is `certain` who is meant: such a
        pattern is wrong in four of five cases where the two differ."""
        by_pattern = certain.reason == BY_PATTERN and self._beginnings is not None
        likely = begun.flow is not None and begun.likelihood >= BEGINS
        return by_pattern and likely and not (self._beginnings and self._beginnings.says_untaught(heard.words))

    def _proved(self, state: SessionState, guess: Guessed, heard: Heard) -> Heard | None:
        """What was said before a guess, with the proof of identity that is said in answer to it: what they hold will
        tell which of the flows is meant. None: it is no such answer."""
        if not heard.only_proves or self.hear(state, guess.words).of("booking_code"):
            return None
        whole = self.hear(state, f"{guess.words}. {heard.words}")
        return replace(whole, pin=heard.pin, guesses=self._guesses.named(guess))

    def _with_story(self, state: SessionState, guess: Guessed, heard: Heard) -> Heard:
        """What was said before a guess, with an answer to it that points back and says what is wanted instead."""
        points = len(heard.words.split()) <= _LEANING_WORDS and _POINTS_BACK.search(heard.words) is not None
        if heard.pin is not None or not points or only_accepts(heard.words) or only_declines(heard.words):
            return heard
        return self.hear(state, f"{guess.words}. {heard.words}")

    def _with_question(self, state: SessionState, heard: Heard) -> Heard:
        """What was told before a guess, or asked last of a change, with a proof of identity that says nothing else: it
        is given for that."""
        if not heard.only_proves or state.identity is not None or pending(state) is not None or state.parked:
            return heard
        before, flow = self._asked_before(state)
        if before is None:
            return heard
        return replace(self.hear(state, f"{before.rstrip(' .')}. {heard.words}"), pin=heard.pin, meant=flow)

    def _asked_before(self, state: SessionState) -> tuple[str | None, str | None]:
        """What was said before a guess, asked last of a change, or searched last for what may take its place, and the
        flow of the agent who speaks that it is surely for; (None, None): nothing."""
        here = self.personas.get(state.agent or "")
        if state.guess is not None:
            own = [one for one in state.guess.choices if self.personas[one[0]].flows[one[1]].needs_identity]
            return state.guess.words, own[0][1] if len(own) == 1 and own[0][0] == state.agent else None
        if isinstance(asked := state.topic.get(QUESTION), str):
            named = {one.name: change_named(one, asked) for one in self.personas.values()}
            return (asked, named.get(state.agent or "")) if any(named.values()) else (None, None)
        searched = here.flows.get(state.last.name) if here is not None and state.last is not None else None
        changes = searched is not None and searched.becomes is not None and searched.confirm is None
        changes = changes and not (here and searched and here.takes_found(searched))
        return (state.last.words, None) if changes and state.last is not None else (None, None)

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


def _of_next_week(heard: Heard, one: Found) -> Found:
    """`one` as that day of the next week, where it is named by its weekday alone."""
    if one.type != "date" or not heard.bare_weekday(one):
        return one
    named = days(f"{heard.words[one.start : one.end]} next week", heard.today)
    return replace(one, value=named[0].value.isoformat()) if named else one


def _of_week(heard: Heard, one: Found, monday: date) -> Found:
    """`one` as that day of the week from `monday` on, where it is named by its weekday alone."""
    if one.type != "date" or not heard.bare_weekday(one):
        return one
    named = monday + timedelta(days=date.fromisoformat(str(one.value)).weekday())
    return replace(one, value=named.isoformat())


def _by_flow(scores: Mapping[str, Scores]) -> Mapping[tuple[str, str], float]:
    return {(name, flow): score for name, flows in scores.items() for flow, score in flows.items()}


def is_ours(persona: Persona, flow: Flow) -> bool:
    """Whether a flow is for what some agent does; the default agent's fallback is for the rest."""
    return not (persona.default and flow.fallback)
