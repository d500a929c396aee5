"""Who the words are for, where the open question, an offer or a pattern says it for sure.

The router weighs everything else. After it, a flow that is under way is not left for an agent that would only say what
the one that speaks can say as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from agents.flow import Flow
from agents.persona import Persona
from agents.planner.agreement import agrees_to, fills_offered, takes_up
from agents.planner.asking import SURE
from agents.planner.following import asks_of_told
from agents.planner.meant import clauses_in
from agents.planner.parked import waiting
from agents.planner.picking import picked
from agents.planner.scoring import FITS
from agents.planner.slots import candidates
from agents.router import Intent
from agents.understand.cues import cues_in
from agents.understand.denied import affirmed
from agents.understand.heard import Heard
from agents.understand.offers import question_beside
from agents.understand.phrases import asks_something
from agents.understand.requests import asked_act
from agents.understand.withdrawal import withdrawal
from sync.session import CONFIRM, FlowState, SessionState

STRONG_ANSWERS = frozenset({"date", "part_of_day", "booking_code", "time", "choice"})
"""Slot types whose values answer an open question, or correct what was read back, whatever else was asked."""
MORE_WORDS = 10
"""So many words with such a value, and nothing of another agent's, are about what was read back."""
CORRECTS = 0.8
"""From this likelihood on words correct what was read back, or turn it down, however many they are."""
_TOO = re.compile(r"\b(?:too|as well|also)\b", re.IGNORECASE)
_TO = re.compile(r"\b(?:to|will|would|rather|better|just|(?:i|we)(?:'ll|'d))\s+$", re.IGNORECASE)
BY_PATTERN = "says it in so many words"
"""The reason where one of an agent's patterns is in the words."""
FEW_FOR_WAITING = 8
"""So few words with a word of another agent's, whose wish waits, are for that."""
FEW_WORDS = 3
"""Words beside such values in an answer."""


class Addressee:
    """Says who is meant before and after the router weighs. Safe to share."""

    def __init__(self, personas: Mapping[str, Persona], default: str) -> None:
        self._personas = personas
        self._default = default

    def certain(self, state: SessionState, heard: Heard) -> Intent | None:
        """Where the words go for sure: an answer to what was asked or offered, an item of the list that was told,
        words that one of an agent's patterns knows."""
        here = state.agent or self._default
        if here not in self._personas or not heard.words:
            return None
        persona, flow = self._personas[here], state.flow
        if state.history and withdrawal(heard.words) is not None:
            return Intent(here, 1.0, "gives it up")
        offered = persona.flows.get(state.on_yes or "")
        if offered is not None and fills_offered(offered, heard):
            return Intent(here, 1.0, "says how the offer is wanted")
        if offered is not None and takes_up(persona, state.on_yes or "", heard.words):
            left = waiting(state) if offered.resumes else None
            return Intent(left.agent if left is not None else here, 1.0, "takes the offer")
        resumed = self._takes_up_waiting(state, heard, here) if offered is not None and offered.resumes else None
        if resumed is not None:
            return resumed
        if (named := self._said_not_to_be(heard)) is not None:
            return Intent(named, 1.0, "says that it is not about another")
        others = [name for name in self._personas if name != here] if here == self._default else []
        known = next((name for name in (here, *others) if _knows(self._personas[name], heard, state)), None)
        if known is not None:
            return Intent(known, 1.0, BY_PATTERN)
        if flow is None and (acted := self._acted_on(heard)) is not None:
            return Intent(acted, 1.0, "asks for it by its name")
        if (elsewhere := self._waits_elsewhere(state, heard, here)) is not None:
            return Intent(elsewhere, 1.0, "speaks of what waits")
        if flow is not None and flow.asking is not None and (spec := persona.flows.get(flow.name)) is not None:
            if flow.asking == CONFIRM and agrees_to(persona, state, heard):
                return Intent(here, 1.0, "answers the read-back")
            turns_down = flow.asking == CONFIRM and heard.does("declines") >= CORRECTS
            if turns_down and not self._tells_of_another(heard, here, of_doing=False):
                return Intent(here, 1.0, "turns down what was read back")
            if flow.asking == CONFIRM and _is_short(heard) and spec.slot_named(heard.words) is not None:
                return Intent(here, 1.0, "changes what was read back")
            if picked(flow, heard):
                return Intent(here, 1.0, "picks from what was offered")
            goal = state.parked[-1] if spec.proves_identity and state.parked else None
            wanted = persona.flows.get(goal.name) if goal is not None and goal.agent == here else None
            values = flow.asking == CONFIRM and _says_some_value(spec, heard)
            right = heard.does("corrects") >= CORRECTS and not self._tells_of_another(heard, here, of_doing=False)
            if values and (right or (_is_short(heard) and not self._tells_of_another(heard, here))):
                return Intent(here, 1.0, "changes what was read back")
            some = wanted is not None and _says_some(wanted, heard)
            some = some and not (wanted and wanted.hands_to is None and self._tells_of_another(heard, here))
            if some or _says_values(spec, flow, heard):
                return Intent(here, 1.0, "answers the question")
        elif state.last is not None and state.last.agent == here and picked(state.last, heard):
            return Intent(here, 1.0, "picks from what was told")
        if asks_of_told(persona, state, heard) is not None:
            return Intent(here, 1.0, "asks of what was told")
        return None

    def _takes_up_waiting(self, state: SessionState, heard: Heard, here: str) -> Intent | None:
        """The agent of what it was offered to go on with, where the words, or those before a question, hardly say more
        than a value for it ("an aisle one please, what do you charge"); None: they do not."""
        left = waiting(state)
        if left is None or left.agent in (here, "") or left.agent not in self._personas:
            return None
        spec = self._personas[left.agent].flows.get(left.name)
        said = heard.part(0, question_beside(heard.words) or len(heard.words))
        takes = spec is not None and not asks_something(said.core) and _says_some(spec, said)
        return Intent(left.agent, 1.0, "speaks of what waits") if takes else None

    def _said_not_to_be(self, heard: Heard) -> str | None:
        """The only agent of whom the words have a word that they do not deny, where they deny another's ("Hotel? No,
        the plane", "I don't want any hotel, I want to change my flight"); None: they deny no agent's subject."""
        left = affirmed(heard.words)
        hinted = [name for name, persona in self._personas.items() if persona.hints and persona.speaks_for(heard.words)]
        meant = [name for name in hinted if self._personas[name].speaks_for(left)]
        return meant[0] if len(hinted) > 1 and len(meant) == 1 else None

    def _acted_on(self, heard: Heard) -> str | None:
        """Of several agents of whom the words have a word the one whose thing they ask to have changed ("cancel the
        hotel, my flight is cancelled"); None: there is none, or several."""
        spoken_of = [name for name, persona in self._personas.items() if persona.speaks_for(heard.words)]
        if len(spoken_of) < 2:
            return None
        clauses = [one.strip() for one in clauses_in(heard.words)]
        acts = {one: act for one in clauses if (act := asked_act(one))}
        named = {
            name
            for name in spoken_of
            for spec in self._personas[name].flows.values()
            for act in acts.values()
            if spec.confirm is not None and spec.led_by(act) and self._personas[name].speaks_for(act)
        }
        others = [one for one in clauses if any(self._personas[n].speaks_for(one) for n in spoken_of if n not in named)]
        if any(len(one.split()) <= FEW_WORDS or _TOO.search(one) is not None for one in others):
            return None  # "... and the flight too"
        return named.pop() if len(named) == 1 else None

    def _waits_elsewhere(self, state: SessionState, heard: Heard, here: str) -> str | None:
        """The agent whose wish waits while another one's is open, where a few words speak for that one alone ("the
        hotel on Saturday, yes"); None: they do not."""
        waits = next((one.agent for one in reversed(state.parked) if one.task and one.agent != here), None)
        if waits is None or waits not in self._personas or state.flow is None or heard.pin is not None:
            return None
        if len(heard.core.split()) > FEW_FOR_WAITING or asks_something(heard.core) or heard.of("booking_code"):
            return None
        ours = self._personas[here].speaks_for(heard.words)
        return waits if self._personas[waits].speaks_for(heard.words) and not ours else None

    def _tells_of_another(self, heard: Heard, here: str, *, of_doing: bool = True) -> bool:
        """Whether the words have a word that speaks for an agent other than `here`; without `of_doing` one that only
        says what they want to do ("I want to stay on the eighth") is none."""
        others = (persona for name, persona in self._personas.items() if name != here and persona.hints)
        said = (one for other in others for one in cues_in(other.hints).finditer(heard.words))
        return any(of_doing or _TO.search(heard.words, 0, one.start()) is None for one in said)

    def _speaks_of(self, intent: Intent, heard: Heard) -> bool:
        """Whether the words name the agent that is meant by `intent`, or say a word or a pattern of its own: a question
        about what is read back sounds like many things."""
        persona = self._personas[intent.agent]
        return intent.named or intent.reason == BY_PATTERN or persona.speaks_for(heard.words)

    def settled(
        self, intent: Intent, heard: Heard, state: SessionState, scores: Mapping[str, Mapping[str, float]]
    ) -> Intent:
        """`intent`, unless the agent it names would only say what the one that speaks can say too, or go back to a
        flow that another one left."""
        flows = scores.get(intent.agent)
        if not flows:
            return intent
        name = max(flows, key=lambda name: flows[name])
        best = self._personas[intent.agent].flows[name]
        if best.resumes and max(flows.values()) >= FITS and (left := waiting(state)) is not None:
            return intent if intent.resumes is not None else Intent(left.agent, 1.0, "goes back")
        busy = state.agent is not None and state.flow is not None and state.flow.agent == state.agent
        leaves = intent.agent != state.agent
        shared = state.agent is not None and self._personas[state.agent].flows.get(name) == best
        hinted = self._personas[intent.agent].speaks_for(heard.words)
        unsure = max(flows.values()) < FITS or (bool(heard.of("booking_code")) and not hinted)
        quoted = state.flow is not None and state.flow.asking == CONFIRM and asks_something(heard.core)
        untold = quoted and max(flows.values()) < SURE and not self._speaks_of(intent, heard)
        unsure = unsure or untold or self._only_sounds(intent, heard, state)
        if busy and leaves and (best.everywhere or shared or unsure):
            return Intent(state.agent or intent.agent, intent.confidence, "what is asked here comes first")
        return intent

    def _only_sounds(self, intent: Intent, heard: Heard, state: SessionState) -> bool:
        """Whether nothing but their sound takes words to the agent of `intent`, and not clearly, though they hold a
        value for the flow that asks something ("is there nothing in the afternoon that day")."""
        flow = state.flow
        spec = self._personas[flow.agent].flows.get(flow.name) if flow is not None and flow.asking is not None else None
        if spec is None or intent.named or intent.confidence >= CORRECTS:
            return False
        return _says_some_value(spec, heard) and not self._personas[intent.agent].speaks_for(heard.words)


def _knows(persona: Persona, heard: Heard, state: SessionState) -> bool:
    """Whether one of the patterns of `persona` is in the words; those that go back count when something waits."""
    asked = persona.flows.get(state.flow.name) if state.flow is not None else None
    proving = (asked is not None and asked.proves_identity) or bool(heard.of("booking_code"))
    proving = proving or persona.waits_for_proof(state)
    flows = (flow for flow in persona.flows.values() if proving or not flow.about_proof)
    wish = heard.wish
    return any(
        flow.means(heard.words) or (bool(wish) and (flow.tool is not None or flow.needs_identity) and flow.means(wish))
        for flow in flows
        if state.parked or not flow.resumes
    )


def _says_some(spec: Flow, heard: Heard) -> bool:
    """Whether the words are hardly more than values for a flow that waits for a proof of identity."""
    said = sum(bool(candidates(slot, heard, False)) for slot in spec.slots.values())
    return said > 0 and len(heard.core.split()) <= 1 + 2 * said


def _says_some_value(spec: Flow, heard: Heard) -> bool:
    """Whether the words hold a value that may correct what was read back."""
    slots = [slot for slot in spec.slots.values() if slot.type in STRONG_ANSWERS]
    return any(candidates(slot, heard, False) for slot in slots)


def _is_short(heard: Heard) -> bool:
    return len(heard.core.split()) <= MORE_WORDS


def _says_values(spec: Flow, flow: FlowState, heard: Heard) -> bool:
    """Whether the words are little more than values for the slots of a flow that asks something."""
    slots = [
        slot for slot in spec.slots.values() if slot.type in STRONG_ANSWERS or slot is spec.slots.get(flow.asking or "")
    ]
    said = sum(bool(candidates(slot, heard, slot is spec.slots.get(flow.asking or ""))) for slot in slots)
    vague = bool(heard.of("vague_date")) and any(slot.type == "date" for slot in slots)
    return bool(said or vague) and len(heard.core.split()) <= FEW_WORDS + 2 * (said + vague)
