"""The planner turn: a pure function from state, words and tool results to a tool call or a reply.

A turn is written as one straight line of code, a generator that asks for a tool call and is given its result.
`plan` runs it from the start with the results known so far: it stops at the first call whose result is missing,
or at the reply. So a turn can be run on a half-spoken utterance and be thrown away, and nothing is kept between
two calls but what the arguments hold.

| state of the flow | words | what happens |
|---|---|---|
| none, or nothing asked | any | the flow that fits best begins; none fits: the fallback flow |
| asked for a slot | a usable value | the slot is filled, the flow goes on |
| asked for a slot | another flow's words | that flow answers, then the question comes again |
| asked for a slot | a flow that stops | the flow under way ends |
| asked for a slot | neither | the question comes again; after two tries a person is offered |
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from agents.persona import Flow, Persona, Say, Slot
from agents.planner.templates import render
from agents.understand.heard import Found, Heard
from sync.session import FlowState, SessionState

MAX_TRIES = 2
"""How often a question may go without a usable answer before a person is offered."""
MAX_PARKED = 4
FITS = 0.46
"""Lowest score of a flow that begins on its own; below it the fallback flow answers. Taken from the examples of
the shipped personas: their nearest wrong flow scores about .4."""
DIGRESSES = 0.62
"""Lowest score of a flow that may interrupt a question."""
SLOT_EVIDENCE = 0.14
"""What a value for one of its slots, in the words, adds to a flow's score."""
WEAK_EVIDENCE = 0.05
"""The same for values that many flows could take: days, counts, choices."""
_QUESTION = re.compile(
    r"\?\s*$|^(?:what|when|where|which|who|why|how|can|could|may|do|does|is|are|will|would|should)\b", re.IGNORECASE
)
_WEAK_TYPES = frozenset({"count", "date", "part_of_day", "choice"})


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
    """

    state: SessionState
    call: ToolCall | None = None
    reply: str = ""
    answered: bool = True
    flow: str | None = None


def pending(state: SessionState) -> FlowState | None:
    """The flow whose question still waits for an answer: the one under way, else the newest parked one."""
    waiting = [flow for flow in (*state.parked, state.flow) if flow is not None and flow.asking is not None]
    return waiting[-1] if waiting else None


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

    def __post_init__(self) -> None:
        self.identified = self.state.identity is not None

    def run(self) -> _Steps:
        flow = self.state.flow
        if not self.heard.words:
            if flow is None and self.state.history:
                return self._reply(Say(text=self._shared("unclear").text, answered=False), raw=True)
            text = self._question(flow) if flow is not None else render(self.persona.greeting, self._values({}))
            return self._reply(Say(text=text), flow=flow, raw=True)
        if self.heard.empty:
            text = self._question(flow, again=True) if flow is not None else self._shared("unclear").text
            return self._reply(Say(text=text, answered=False), flow=flow, raw=True)
        if flow is not None and flow.asking is not None and flow.name in self.persona.flows:
            return (yield from self._answer(flow, self.persona.flows[flow.name]))
        return (yield from self._begin(self._best_flow()))

    # -- which flow ------------------------------------------------------------------------------------------

    def _scores(self) -> dict[str, float]:
        scores: dict[str, float] = {}
        for name, spec in self.persona.flows.items():
            evidence = any(self.heard.of(slot.type) for slot in spec.slots.values() if slot.type not in _WEAK_TYPES)
            weak = any(self._candidates(slot, False) for slot in spec.slots.values() if slot.type in _WEAK_TYPES)
            scores[name] = self.heard.flows.get(name, 0.0) + SLOT_EVIDENCE * evidence + WEAK_EVIDENCE * weak
            if spec.proves_identity and self.heard.pin is not None:
                scores[name] += 0.0 if self._missing(spec, self._fill(spec, {}, None)) else 1.0
        return scores

    def _best_flow(self) -> str | None:
        scores = self._scores()
        best = max(scores, key=lambda name: scores[name], default=None)
        if best is not None and scores[best] >= FITS:
            return best
        return next((name for name, spec in self.persona.flows.items() if spec.fallback), None)

    # -- inside a flow ---------------------------------------------------------------------------------------

    def _answer(self, flow: FlowState, spec: Flow) -> _Steps:
        scores = self._scores()
        best = max(scores, key=lambda name: scores[name])
        filled = self._fill(spec, flow.slots, flow.asking)
        gained = {name for name in filled if filled[name] != flow.slots.get(name)}
        needed = {name for group in spec.needs for name in group} | {flow.asking}
        strays = best != flow.name and scores[best] >= DIGRESSES
        if self._said_secret(spec, flow.asking) or (gained and not (strays and not gained & needed)):
            return (yield from self._advance(replace(flow, slots=filled, asking=None, tries=0)))
        if self.persona.flows[best].stops_flow and scores[best] >= FITS:
            self._leave(flow)
            return (yield from self._begin(best))
        asks_about_else = _QUESTION.search(self.heard.core) is not None and len(self.heard.core.split()) > 2
        if strays or asks_about_else:
            aside = best if strays else self._best_flow()
            if aside is not None and aside != flow.name and not self.persona.flows[aside].needs_identity:
                done = yield from self._begin(aside)
                if done.state.flow is None or done.state.flow.asking is None:
                    return replace(
                        done, reply=f"{done.reply} {self._question(flow)}", state=replace(done.state, flow=flow)
                    )
                return replace(done, state=replace(done.state, parked=self._parked_with(flow)))
        if self.heard.answer == "no" or flow.tries + 1 >= MAX_TRIES:
            self._leave(flow)
            return self._reply(self._shared("stuck" if self.heard.answer != "no" else "stopped"))
        return self._reply(
            Say(text=self._question(flow, again=True)), flow=replace(flow, tries=flow.tries + 1), raw=True
        )

    def _begin(self, name: str | None) -> _Steps:
        if name is None:
            return self._reply(self._shared("unknown"), flow=None)
        spec = self.persona.flows[name]
        slots = self._fill(spec, {}, None)
        return (yield from self._advance(FlowState(self.persona.name, name, slots)))

    def _advance(self, flow: FlowState) -> _Steps:
        spec = self.persona.flows[flow.name]
        if spec.needs_identity and not self.identified:
            self.state = replace(self.state, parked=self._parked_with(replace(flow, asking=None)))
            proof = next(name for name, other in self.persona.flows.items() if other.proves_identity)
            slots = self._fill(self.persona.flows[proof], {}, None)
            return (yield from self._advance(FlowState(self.persona.name, proof, slots)))
        missing = self._missing(spec, flow.slots)
        if missing is not None:
            asking = replace(flow, asking=missing, tries=0)
            return self._reply(Say(text=self._question(asking)), flow=asking, raw=True)
        if spec.tool is None:
            said = spec.said_after("")
            return self._reply(said or self._shared("unknown"), flow=None)
        arguments: dict[str, JsonValue] = dict(flow.slots)
        if spec.words_as is not None:
            arguments[spec.words_as] = self._asked_words(flow)
        result = yield ToolCall(spec.tool, arguments)
        return (yield from self._after(flow, spec, result))

    def _after(self, flow: FlowState, spec: Flow, result: ToolAnswer) -> _Steps:
        outcome = str(result.get("outcome", "error"))
        said = spec.said_after(outcome) or self._shared(outcome)
        if said.ask is None:
            named = {
                name: flow.slots[name] for name, slot in spec.slots.items() if slot.from_topic and name in flow.slots
            }
            told = {key: result[name] for key, name in spec.remember.items() if result.get(name)}
            self.state = replace(self.state, topic={**self.state.topic, **named, **told})
        if said.ask is not None:
            slots = {name: value for name, value in flow.slots.items() if name not in (*said.forget, said.ask)}
            if spec.words_as is not None:
                slots[spec.words_as] = self._asked_words(flow)
            return self._reply(said, result, flow=replace(flow, slots=slots, asking=said.ask, tries=0))
        if spec.proves_identity and outcome == "proven":
            self.identified = True
            goal = self._resumed()
            opening = render(said.text, self._values(result))
            if goal is None:
                done = self._reply(self._shared("what_next"))
            else:
                done = yield from self._advance(goal)
            return replace(done, reply=f"{opening} {done.reply}")
        elif spec.proves_identity:
            self._leave(flow)
        return self._reply(said, result, flow=None, name=flow.name)

    def _asked_words(self, flow: FlowState) -> str:
        """The words that a tool gets: those that began the flow, kept while a slot was asked for."""
        spec = self.persona.flows[flow.name]
        kept = flow.slots.get(spec.words_as or "")
        return kept if isinstance(kept, str) else self.heard.core

    # -- slots -----------------------------------------------------------------------------------------------

    def _fill(self, spec: Flow, known: Mapping[str, JsonValue], asking: str | None) -> dict[str, JsonValue]:
        """`known` with what the words say; the topic stands in only when a flow begins (nothing is `asking`)."""
        slots = dict(known)
        used: set[Found] = set()
        later: list[tuple[str, Slot]] = []
        for name, slot in spec.slots.items():
            if slot.secret:
                continue
            found = [one for one in self._candidates(slot, name == asking) if one not in used]
            if slot.after:
                marked = [one for one in found if one.lead in slot.after]
                if not marked and name != asking:
                    later.append((name, slot))
                    continue
                found = marked or found
            if found:
                chosen = found[-1] if self.heard.answer == "no" else found[0]
                used.add(chosen)
                slots[name] = chosen.value
        marked_types = {spec.slots[name].type for name in slots if name in spec.slots and spec.slots[name].after}
        for name, slot in later:
            left = [one for one in self._candidates(slot, False) if one not in used]
            if left and name not in slots and slot.type in marked_types:
                used.add(left[0])
                slots[name] = left[0].value
        for name, slot in spec.slots.items():
            if (
                asking is None
                and slot.from_topic
                and name not in slots
                and name in self.state.topic
                and self._topic_may_stand_in(spec, slots)
            ):
                slots[name] = self.state.topic[name]
        return slots

    def _topic_may_stand_in(self, spec: Flow, slots: Mapping[str, JsonValue]) -> bool:
        """The topic fills a slot only where the words name nothing that is enough by itself or speaks of another."""
        named = {name for name in slots if spec.slots[name].type not in _WEAK_TYPES} if spec.slots else set()
        return not any(named & set(group) for group in spec.needs if group)

    def _candidates(self, slot: Slot, asked: bool) -> list[Found]:
        if slot.type == "choice":
            for value, words in slot.options.items():
                for word in (value, *words):
                    match = re.search(rf"\b{re.escape(word)}s?\b", self.heard.words, re.IGNORECASE)
                    if match is not None:
                        return [Found("choice", value, match.start(), match.end())]
            return []
        found = list(self.heard.of(slot.type))
        if slot.type == "count" and not asked:
            found = [one for one in found if one.follow in slot.units]
        return found

    def _said_secret(self, spec: Flow, asking: str | None) -> bool:
        return asking is not None and spec.slots[asking].secret and self.heard.pin is not None

    def _missing(self, spec: Flow, slots: Mapping[str, JsonValue]) -> str | None:
        """The slot to ask for next: of the alternative that lacks least, its first that is not known."""
        best: list[str] | None = None
        for group in spec.needs:
            lacking = [
                name
                for name in group
                if name not in slots and not (spec.slots[name].secret and self.heard.pin is not None)
            ]
            if best is None or len(lacking) < len(best):
                best = lacking
        return best[0] if best else None

    # -- replies ---------------------------------------------------------------------------------------------

    def _question(self, flow: FlowState, *, again: bool = False) -> str:
        slot = self.persona.flows[flow.name].slots.get(flow.asking or "")
        if slot is None:
            return render(self._shared("unclear").text, self._values({}))
        text = (slot.again if again else None) or slot.ask or self._shared("unclear").text
        return render(text, self._values(flow.slots))

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
    ) -> Plan:
        text = say.text if raw else render(say.text, self._values(result or {}))
        state = replace(self.state, flow=flow)
        return Plan(state=state, reply=text, answered=say.answered, flow=name or (flow.name if flow else None))

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
