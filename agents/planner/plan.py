"""The planner turn: a pure function from state, words and tool results to a tool call or a reply.

A turn is written as one straight line of code, a generator that asks for a tool call and is given its result.
`plan` runs it from the start with the results known so far: it stops at the first call whose result is missing,
or at the reply. So a turn can be run on a half-spoken utterance and be thrown away, and nothing is kept between
two calls but what the arguments hold.

| state of the flow | words | what happens |
|---|---|---|
| none, or nothing asked | any | the flow that fits best begins, or the last flow with a new value, or the fallback |
| asked for a slot | a usable value, or an item of the offered list | the slot is filled, the flow goes on |
| asked for a slot | another flow's words | that flow answers, then the question comes again |
| asked for a slot | a flow that stops | the flow under way ends |
| asked for a slot | neither | the question comes again; after two tries a person is offered |
| a change was read back | an explicit yes and nothing else | the change is written |
| a change was read back | another value ("no, Tuesday") | quoted and read back anew |
| a change was read back | a question | answered, then read back again |
| a change was read back | no, a flow that stops | nothing is written, the flow ends |
| a change was read back | anything else | read back again; after two tries the flow ends |
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from agents.persona import Flow, Persona, Say
from agents.planner.slots import WEAK_TYPES, candidates, corrects, fill, missing, picked
from agents.planner.templates import render
from agents.understand.consent import consents
from agents.understand.heard import Heard
from sync.session import CONFIRM, FlowState, SessionState

MAX_TRIES = 2
"""How often a question may go without a usable answer before a person is offered."""
MAX_PARKED = 4
MAX_UNANSWERED = 2
"""After this many turns in a row that gave the customer nothing, a person is offered."""
FITS = 0.46
"""Lowest score of a flow that begins on its own; below it the fallback flow answers. Taken from the examples of
the shipped personas: their nearest wrong flow scores about .4."""
DIGRESSES = 0.62
"""Lowest score of a flow that may interrupt a question."""
CLEARLY = 0.15
"""How much better another task's flow must fit than the one under way to take over in the middle of it."""
SLOT_EVIDENCE = 0.14
"""What a value for one of its slots, in the words, adds to a flow's score."""
CUE_EVIDENCE = 0.16
"""What one of a flow's own words ("reschedule") adds to its score, unless the words are a question."""
ITEM_EVIDENCE = 0.25
"""The same for an item of the list that was told last ("is the second one on time")."""
WEAK_EVIDENCE = 0.05
"""The same for values that many flows could take: days, counts, choices."""
_QUESTION = re.compile(
    r"\?\s*$|^(?:what|when|where|which|who|why|how|can|could|may|do|does|is|are|will|would|should)\b", re.IGNORECASE
)
_REQUEST = re.compile(r"^(?:can|could|would|will) you\b", re.IGNORECASE)
"""A question in form that asks for something to be done."""
_BARE_WORDS = 2
"""A yes or no of so few words, with no question open, asks for nothing."""
_FOLLOW_UP_WORDS = 4
"""So few words with a new value in them may be a follow-up of the last flow ("Friday then")."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool of the persona to run. Holds no secret: a PIN reaches its tool past the planner."""

    tool: str
    arguments: Mapping[str, JsonValue]


ToolAnswer = Mapping[str, JsonValue]
"""What a tool gave: `outcome` and the fields that go with it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a turn stands: a `call` to run next, or (None) a finished `reply` with the `state` after it.

    `state` has no new history lines; identity and lock are the desk's business and are left as they were.
    `read_back` is the part of the reply that must be heard before a yes may write; "" when nothing was quoted.
    """

    state: SessionState
    call: ToolCall | None = None
    reply: str = ""
    answered: bool = True
    flow: str | None = None
    read_back: str = ""


def pending(state: SessionState) -> FlowState | None:
    """The flow whose question still waits for an answer: the one under way, else the newest parked one."""
    waiting = [flow for flow in (*state.parked, state.flow) if flow is not None and flow.asking is not None]
    return waiting[-1] if waiting else None


def read_back_heard(state: SessionState) -> bool:
    """Whether the last reply, as far as it was heard, holds all of the read-back but its closing question."""
    if state.pending is None or not state.history or state.history[-1].role != "agent":
        return False
    facts = re.sub(r"(?<=[.!?])\s+[^.!?]*\?$", "", state.pending.read_back)
    return bool(facts) and facts in " ".join(state.history[-1].text.split())


def plan(persona: Persona, state: SessionState, heard: Heard, results: Sequence[ToolAnswer] = ()) -> Plan:
    """The next step of a turn of `persona`, given the `results` of the calls asked for so far in this turn."""
    steps = _Turn(persona, state, heard).run()
    try:
        call = next(steps)
        for result in results:
            call = steps.send(result)
    except StopIteration as finished:
        done: Plan = finished.value
        return done
    return Plan(state=state, call=call)


_Steps = Generator[ToolCall, ToolAnswer, Plan]


@dataclass(slots=True)
class _Turn:
    persona: Persona
    state: SessionState
    heard: Heard
    identified: bool = field(init=False)
    before: SessionState = field(init=False)

    def __post_init__(self) -> None:
        self.identified = self.state.identity is not None
        self.before = self.state
        self.state = replace(self.state, pending=None, on_yes=None)

    def run(self) -> _Steps:
        flow = self.state.flow
        asked = flow is not None and flow.asking is not None and flow.name in self.persona.flows
        if not self.heard.words or self.heard.empty:
            if flow is not None and asked:
                if flow.asking == CONFIRM:
                    return (yield from self._read_back(flow, flow.tries))
                return self._again(flow, tries=flow.tries if not self.heard.words else max(1, flow.tries))
            if not self.heard.words and not self.state.history:
                return self._reply(Say(text=self.persona.greeting))
            return self._reply(self._shared("unclear"), answered=False)
        if self._repeats():
            return self._repeated()
        if flow is not None and asked:
            spec = self.persona.flows[flow.name]
            return (yield from (self._confirm(flow, spec) if flow.asking == CONFIRM else self._answer(flow, spec)))
        offered = self.before.on_yes
        if offered is not None and offered in self.persona.flows and consents(self.heard.words):
            return (yield from self._begin(offered))
        return (yield from self._new())

    # -- which flow ------------------------------------------------------------------------------------------

    def _scores(self) -> dict[str, float]:
        scores: dict[str, float] = {}
        item = self._item()
        asks = _QUESTION.search(self.heard.core) is not None and _REQUEST.search(self.heard.core) is None
        for name, spec in self.persona.flows.items():
            telling = {slot_name: slot for slot_name, slot in spec.slots.items() if slot.type not in WEAK_TYPES}
            evidence = any(self.heard.of(slot.type) for slot in telling.values())
            chosen = any(slot_name in item for slot_name in telling)
            weak = any(candidates(slot, self.heard, False) for slot in spec.slots.values() if slot.type in WEAK_TYPES)
            scores[name] = self.heard.flows.get(name, 0.0) + SLOT_EVIDENCE * evidence + WEAK_EVIDENCE * weak
            cued = any(re.search(rf"\b{re.escape(cue)}\b", self.heard.words, re.IGNORECASE) for cue in spec.cues)
            scores[name] += ITEM_EVIDENCE * chosen + (WEAK_EVIDENCE if asks else CUE_EVIDENCE) * cued
            if spec.proves_identity and self.heard.pin is not None:
                scores[name] += 0.0 if missing(spec, self._fill(spec, {}, None), self.heard) else 1.0
        return scores

    def _best_flow(self) -> str | None:
        scores = self._scores()
        best = max(scores, key=lambda name: scores[name], default=None)
        if best is not None and self.persona.flows[best].proves_identity:
            # a proof said together with what it is for: that goes on after the proof
            goals = [n for n, s in scores.items() if self.persona.flows[n].needs_identity and s >= FITS]
            return max(goals, key=lambda name: scores[name], default=best)
        if best is not None and scores[best] >= FITS:
            return best
        return next((name for name, spec in self.persona.flows.items() if spec.fallback), None)

    def _repeats(self) -> bool:
        scores = self._scores()
        best = max(scores, key=lambda name: scores[name], default=None)
        return best is not None and scores[best] >= FITS and self.persona.flows[best].repeats

    def _new(self) -> _Steps:
        """No question is open: begin what the words ask for, or go on from what was done last."""
        if self.heard.answer is not None and not self.heard.found and len(self.heard.core.split()) <= _BARE_WORDS:
            return self._reply(self._shared("stopped" if self.heard.answer == "no" else "what_next"))
        best = self._best_flow()
        follow_up = self._follow_up(best)
        if follow_up is not None:
            return (yield from self._advance(follow_up))
        if best is not None and self.persona.flows[best].resumes and (left := self._resumed()) is not None:
            return (yield from self._advance(replace(left, asking=None)))
        return (yield from self._begin(best))

    def _item(self) -> Mapping[str, JsonValue]:
        """The slots of the item that the words pick from the list that was told last; empty when they pick none."""
        last = self.before.last
        if self.state.flow is not None or last is None or last.agent != self.persona.name:
            return {}
        return picked(last, self.heard) or {}

    def _follow_up(self, best: str | None) -> FlowState | None:
        """The last flow with the new values of "how about Friday" or "the second one", when no other flow is meant."""
        last = self.before.last
        if last is None or last.agent != self.persona.name or last.name not in self.persona.flows:
            return None
        spec = self.persona.flows[last.name]
        if spec.confirm is not None:
            return None
        sure = self.heard.flows.get(best or "", 0.0)
        if best not in (None, last.name) and sure >= DIGRESSES and not self.persona.flows[best or ""].fallback:
            return None
        if not self.heard.leans_back and len(self.heard.core.split()) > _FOLLOW_UP_WORDS:
            return None
        chosen = picked(last, self.heard)
        slots = chosen if chosen is not None else self._fill(spec, {}, None)
        slots = {name: value for name, value in slots.items() if name in spec.slots}
        said = any(slots.get(name) != last.slots.get(name) for name in slots)
        return replace(last, slots={**last.slots, **slots}, asking=None, tries=0) if said else None

    # -- inside a flow ---------------------------------------------------------------------------------------

    def _answer(self, flow: FlowState, spec: Flow) -> _Steps:
        scores = self._scores()
        best = max(scores, key=lambda name: scores[name])
        chosen = picked(flow, self.heard)
        filled = {**flow.slots, **chosen} if chosen else self._fill(spec, flow.slots, flow.asking)
        gained = {name for name in filled if filled[name] != flow.slots.get(name)}
        needed = {name for group in spec.needs for name in group} | {flow.asking}
        strays = best != flow.name and scores[best] >= DIGRESSES
        off = flow.asking not in gained and self._is_other_task(flow, scores)
        used = gained and not off and not (strays and not gained & needed)
        if self._said_secret(spec, flow.asking) or chosen or used:
            return (yield from self._advance(replace(flow, slots=filled, asking=None, tries=0)))
        if self.persona.flows[best].stops_flow and scores[best] >= FITS:
            self._leave(flow)
            return (yield from self._begin(best))
        aside = self._aside(flow, best if strays else None)
        if aside is not None:
            return (yield from self._digress(flow, aside))
        if self.heard.answer == "no" or flow.tries + 1 >= MAX_TRIES:
            self._leave(flow)
            return self._reply(self._shared("stopped")) if self.heard.answer == "no" else self._stuck()
        return self._again(flow, tries=flow.tries + 1)

    def _confirm(self, flow: FlowState, spec: Flow) -> _Steps:
        """What comes after a read-back. Only an explicit yes to all of it, and nothing else said, writes."""
        scores = self._scores()
        best = max(scores, key=lambda name: scores[name])
        strays = best != flow.name and scores[best] >= DIGRESSES
        if consents(self.heard.words, spec.agree):
            if spec.confirm is not None and read_back_heard(self.before):
                if spec.needs_identity and not self.identified:
                    return (yield from self._advance(replace(flow, asking=None)))
                result = yield ToolCall(spec.confirm, {})
                return (yield from self._after(flow, spec, result))
            return (yield from self._read_back(flow, flow.tries))
        if self._is_other_task(flow, scores):
            self.state = replace(self.state, parked=self._parked_with(flow))
            return (yield from self._begin(best))
        filled = self._fill(spec, flow.slots, None)
        gained = {name for name in filled if filled[name] != flow.slots.get(name)}
        counts = [name for name, slot in spec.slots.items() if slot.type == "count"]
        if not gained and len(counts) == 1 and corrects(self.heard):  # "make it three"
            filled = self._fill(spec, flow.slots, counts[0])
            gained = {name for name in filled if filled[name] != flow.slots.get(name)}
        stops = self.persona.flows[best].stops_flow and scores[best] >= FITS
        question = _QUESTION.search(self.heard.core) is not None and self.heard.answer is None
        if gained and not stops and not (strays and question):
            for name in gained:  # a new count overrules its alternative
                filled = {n: v for n, v in filled.items() if n == name or not _rivals(spec, n, name, gained)}
            return (yield from self._advance(replace(flow, slots=filled, asking=None, tries=0)))
        if stops:
            self._leave(flow)
            return (yield from self._begin(best))
        if self.heard.answer == "no":
            self._leave(flow)
            return self._reply(self._shared("declined"))
        aside = self._aside(flow, best if strays else None)
        if aside is not None:
            return (yield from self._digress(flow, aside))
        if flow.tries + 1 >= MAX_TRIES:
            self._leave(flow)
            return self._reply(self._shared("declined"), answered=False)
        return (yield from self._read_back(flow, flow.tries + 1))

    def _read_back(self, flow: FlowState, tries: int) -> _Steps:
        """Read the quote back again; one that is no longer there (the conversation was elsewhere) is made anew."""
        if self.before.pending is not None or self.persona.flows[flow.name].confirm is None:
            return self._again(flow, tries=tries)
        return (yield from self._advance(replace(flow, asking=None)))

    def _is_other_task(self, flow: FlowState, scores: Mapping[str, float]) -> bool:
        """Whether the words clearly ask for another task than the one under way, not for a value or an answer."""
        best = max(scores, key=lambda name: scores[name])
        other = self.persona.flows[best]
        task = other.confirm is not None or (other.tool is not None and not other.fallback)
        clear = scores[best] >= DIGRESSES and scores[best] - scores[flow.name] >= CLEARLY
        return task and not other.hands_off and clear and self.heard.answer is None

    def _aside(self, flow: FlowState, strayed: str | None) -> str | None:
        """The flow that a question in between is for; None when it is none, or needs a proof of identity first."""
        asks_about_else = _QUESTION.search(self.heard.core) is not None and len(self.heard.core.split()) > 2
        aside = strayed or (self._best_flow() if asks_about_else else None)
        if aside is None or aside == flow.name:
            return None
        return None if self.persona.flows[aside].needs_identity and not self.identified else aside

    def _digress(self, flow: FlowState, aside: str) -> _Steps:
        """Answer what was asked in between, then ask the open question again, with all of a read-back."""
        done = yield from self._begin(aside)
        if done.state.flow is not None and done.state.flow.asking is not None:
            return replace(done, state=replace(done.state, parked=self._parked_with(flow)))
        if flow.asking == CONFIRM:
            again = yield from self._read_back(flow, flow.tries)
        else:
            again = self._again(flow, tries=flow.tries)
        return replace(again, reply=f"{done.reply} {again.reply}", answered=done.answered)

    def _begin(self, name: str | None) -> _Steps:
        if name is None:
            return self._reply(self._shared("unknown"))
        spec = self.persona.flows[name]
        begun = FlowState(self.persona.name, name, self._fill(spec, {}, None, begins=True))
        known = {slot: value for slot, value in self._item().items() if slot in spec.slots}
        begun = replace(begun, slots={**begun.slots, **known})
        return (yield from self._advance(begun))

    def _advance(self, flow: FlowState) -> _Steps:
        spec = self.persona.flows[flow.name]
        if spec.needs_identity and not self.identified:
            self.state = replace(self.state, parked=self._parked_with(replace(flow, asking=None)))
            proof = next(name for name, other in self.persona.flows.items() if other.proves_identity)
            slots = self._fill(self.persona.flows[proof], {}, None)
            return (yield from self._advance(FlowState(self.persona.name, proof, slots)))
        lacking = missing(spec, flow.slots, self.heard)
        if lacking is not None:
            asking = replace(flow, asking=lacking, tries=0)
            return self._reply(Say(text=self._question(asking)), flow=asking, raw=True)
        if spec.tool is None:
            return self._reply(spec.said_after("") or self._shared("unknown"))
        arguments: dict[str, JsonValue] = dict(flow.slots)
        if spec.words_as is not None:
            arguments[spec.words_as] = self._asked_words(flow)
        result = yield ToolCall(spec.tool, arguments)
        return (yield from self._after(flow, spec, result))

    def _after(self, flow: FlowState, spec: Flow, result: ToolAnswer) -> _Steps:
        outcome = str(result.get("outcome", "error"))
        said = spec.said_after(outcome) or self._shared(outcome)
        flow = replace(flow, offered=(), picks={})
        if said.offer is not None:
            listed = result.get(said.offer)
            items = tuple(item for item in listed if isinstance(item, dict)) if isinstance(listed, list) else ()
            flow = replace(flow, offered=items, picks=said.pick)
        if said.requote:
            again = yield from self._advance(replace(flow, asking=None))
            opening = render(said.text, self._values(result))
            return replace(again, reply=f"{opening} {again.reply}")
        if spec.confirm is not None and outcome == "quoted":
            read_back = render(said.text, self._values(result))
            done = self._reply(said, result, flow=replace(flow, asking=CONFIRM, tries=0))
            return replace(done, read_back=read_back)
        if said.ask is not None:
            slots = {name: value for name, value in flow.slots.items() if name not in (*said.forget, said.ask)}
            if spec.words_as is not None:
                slots[spec.words_as] = self._asked_words(flow)
            return self._reply(said, result, flow=replace(flow, slots=slots, asking=said.ask, tries=0))
        self._remember(flow, spec, result)
        if spec.proves_identity:
            return (yield from self._proof_tried(flow, said, result))
        return self._reply(said, result, name=flow.name)

    def _remember(self, flow: FlowState, spec: Flow, result: ToolAnswer) -> None:
        named = {name: flow.slots[name] for name, slot in spec.slots.items() if slot.from_topic and name in flow.slots}
        told = {key: result[name] for key, name in spec.remember.items() if result.get(name)}
        self.state = replace(self.state, topic={**self.state.topic, **named, **told})
        if spec.slots and not spec.proves_identity and spec.words_as is None:
            known = {**flow.slots, **{key: value for key, value in told.items() if key in spec.slots}}
            self.state = replace(self.state, last=replace(flow, slots=known, asking=None, tries=0))

    def _proof_tried(self, flow: FlowState, said: Say, result: ToolAnswer) -> _Steps:
        if result.get("outcome") != "proven":
            self._leave(flow)
            return self._reply(said, result, name=flow.name)
        self.identified = True
        goal = self._resumed()
        opening = render(said.text, self._values(result))
        if goal is None and self.before.flow is not None:  # the question that was open comes next
            return self._reply(said, result)
        done = self._reply(self._shared("what_next")) if goal is None else (yield from self._advance(goal))
        return replace(done, reply=f"{opening} {done.reply}")

    def _asked_words(self, flow: FlowState) -> str:
        """The words that a tool gets: those that began the flow, kept while a slot was asked for."""
        spec = self.persona.flows[flow.name]
        kept = flow.slots.get(spec.words_as or "")
        return kept if isinstance(kept, str) else self.heard.core

    def _fill(
        self, spec: Flow, known: Mapping[str, JsonValue], asking: str | None, *, begins: bool = False
    ) -> dict[str, JsonValue]:
        return fill(spec, known, asking, self.heard, self.state, begins=begins)

    def _said_secret(self, spec: Flow, asking: str | None) -> bool:
        return asking is not None and spec.slots[asking].secret and self.heard.pin is not None

    # -- replies ---------------------------------------------------------------------------------------------

    def _question(self, flow: FlowState, *, again: bool = False) -> str:
        slot = self.persona.flows[flow.name].slots.get(flow.asking or "")
        if slot is None:
            return render(self._shared("unclear").text, self._values({}))
        text = (slot.again if again else None) or slot.ask or self._shared("unclear").text
        return render(text, self._values(flow.slots))

    def _again(self, flow: FlowState, *, tries: int) -> Plan:
        """Ask the open question again; a read-back is said whole, and goes on waiting for its yes."""
        waiting = replace(flow, tries=tries)
        quoted = self.before.pending
        said = self.persona.flows[flow.name].said_after("quoted")
        if flow.asking != CONFIRM or quoted is None or said is None:
            return self._reply(Say(text=self._question(flow, again=tries > 0)), flow=waiting, raw=True)
        text = render(said.text, self._values(quoted.quote))
        done = self._reply(Say(text=text), flow=waiting, raw=True)
        return replace(done, read_back=text, state=replace(done.state, pending=quoted))

    def _repeated(self) -> Plan:
        """The last reply once more; whatever waits for an answer goes on waiting."""
        best = max(scores := self._scores(), key=lambda name: scores[name])
        said = self.persona.flows[best].said_after("") or self._shared("unclear")
        done = self._reply(said, flow=self.state.flow)
        return replace(done, state=replace(done.state, pending=self.before.pending, on_yes=self.before.on_yes))

    def _stuck(self) -> Plan:
        done = self._reply(self._shared("stuck"))
        return replace(done, state=replace(done.state, on_yes=self._person(), unanswered=0))

    def _person(self) -> str | None:
        return next((name for name, spec in self.persona.flows.items() if spec.hands_off), None)

    def _shared(self, name: str) -> Say:
        say = self.persona.replies.get(name) or self.persona.replies.get("error")
        if say is None:
            raise KeyError(f"persona {self.persona.name!r} has no reply {name!r}: add it to replies")
        return say

    def _values(self, result: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        last = next((line.text for line in reversed(self.state.history) if line.role == "agent"), "")
        identity = self.state.identity
        return {
            "agent": self.persona.title,
            "offers": self.persona.offers,
            "subjects": list(self.persona.desk_subjects),
            "customer": None if identity is None else identity.name,
            "last_reply": last,
            "today": self.heard.today.isoformat(),
            "words": self.heard.words,
            **result,
        }

    def _reply(
        self,
        say: Say,
        result: ToolAnswer | None = None,
        *,
        flow: FlowState | None = None,
        raw: bool = False,
        name: str | None = None,
        answered: bool | None = None,
    ) -> Plan:
        """The end of the turn: `say` filled with `result`, and `flow` (None: none) under way after it."""
        text = say.text if raw else render(say.text, self._values(result or {}))
        satisfied = say.answered if answered is None else answered
        missed = 0 if satisfied or flow is not None else self.before.unanswered + 1
        state = replace(self.state, flow=flow, unanswered=missed)
        if missed >= MAX_UNANSWERED and (person := self._person()) is not None:
            text = f"{text} {render(self._shared('offer_person').text, self._values({}))}"
            state = replace(state, on_yes=person, unanswered=0)
        return Plan(state=state, reply=text, answered=satisfied, flow=name or (flow.name if flow else None))

    # -- parked flows ----------------------------------------------------------------------------------------

    def _parked_with(self, flow: FlowState) -> tuple[FlowState, ...]:
        return (*self.state.parked, flow)[-MAX_PARKED:]

    def _resumed(self) -> FlowState | None:
        """Take back the newest flow that this persona parked."""
        for index in reversed(range(len(self.state.parked))):
            flow = self.state.parked[index]
            if flow.agent == self.persona.name and flow.name in self.persona.flows:
                rest = self.state.parked[:index] + self.state.parked[index + 1 :]
                self.state = replace(self.state, parked=rest)
                return flow
        return None

    def _leave(self, flow: FlowState) -> None:
        """Drop the flow under way, and what waited for it."""
        if self.persona.flows[flow.name].proves_identity:
            self._resumed()
        self.state = replace(self.state, flow=None)


def _rivals(spec: Flow, name: str, new: str, gained: set[str]) -> bool:
    """Whether two counts are alternatives of each other ("three nights" after "one night more")."""
    if name in gained or {spec.slots[name].type, spec.slots[new].type} != {"count"}:
        return False
    return not any(name in group and new in group for group in spec.needs)
