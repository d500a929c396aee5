"""A planner turn under way: what it goes by, and the replies that can end it."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from agents.flow import Flow, Say
from agents.planner.holding import known
from agents.planner.leaning import put_to, question_of, repeats_for_a_place
from agents.planner.parked import ParkedFlows
from agents.planner.slots import corrects, fill, missing, number_again
from agents.planner.templates import render
from agents.understand.assent import declines, only_reacts
from agents.understand.heard import PROOF_TYPES, Heard
from agents.understand.phrases import asks_something
from agents.understand.questions import asks_anything
from agents.understand.withdrawal import wishes
from sync.session import CONFIRM, FlowState, SessionState

QUESTION = "question"
"""The topic's key of what was asked last, where the last reply answered it from a text."""
MAX_UNANSWERED = 2
"""After this many turns in a row that gave the customer nothing, a person is offered."""


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
    With `hand_over` the agent of that name goes on after the reply, with `words` as what the customer said. `rest` is
    what they said behind a yes that was carried out: it is answered next.
    """

    state: SessionState
    call: ToolCall | None = None
    reply: str = ""
    answered: bool = True
    flow: str | None = None
    read_back: str = ""
    hand_over: str | None = None
    words: str = ""
    rest: str = ""


Steps = Generator[ToolCall, ToolAnswer, Plan]
"""A turn, or a part of one that may end it: asks for tool calls, is sent what they gave, and returns the plan."""


@dataclass(slots=True)
class PlannedTurn(ParkedFlows):
    """A turn of `persona` on `heard`: `state` and `identified` follow what happens in it, all else stays.

    `proved_by` is the code that proved in it who the customer is. `state` is without what was quoted or offered when
    the turn began: that holds on only in a reply that says so.
    """

    proved_by: str | None = field(default=None, init=False)
    scored: list[tuple[Heard, SessionState, bool, Mapping[str, float]]] = field(default_factory=list, init=False)
    certain: tuple[Heard, Sequence[str]] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.identified = self.state.identity is not None
        self.before = self.state
        flow, heard = self.state.flow, number_again(self.persona.flows, self.state.flow, self.heard)
        self.heard = known(self.persona, heard, flow if self.identified else None)
        guess = self.state.guess
        if guess is not None and not guess.refused and declines(self.heard.words):
            guess = replace(guess, refused=True)
        refused = guess if guess is not None and guess.refused else None
        self.state = replace(self.state, pending=None, on_yes=None, guess=refused, topic=self._topic_named)

    @property
    def _topic_named(self) -> Mapping[str, JsonValue]:
        """The topic with what the words name, for whoever is asked of it next: of each type that the agent, or another
        one that it asks, knows a topic by, the only one named."""
        named = {type_: {str(one.value) for one in self.heard.of(type_)} for type_ in self.persona.topic_types}
        told = {type_: values.pop() for type_, values in named.items() if len(values) == 1}
        return {**self.state.topic, **told} if told else self.state.topic

    # -- what the words give --------------------------------------------------------------------------------

    def fill(
        self, spec: Flow, known: Mapping[str, JsonValue], asking: str | None, *, begins: bool = False
    ) -> dict[str, JsonValue]:
        """`known` with what the words say for the slots of `spec`, of which `asking` was asked for."""
        if spec.proves_identity and not known and not any(map(self.heard.of, PROOF_TYPES)):
            known = self._proof_begun
        state = self.state
        if begins and spec.confirm is None and self.persona.speaks_of_own(self.heard.words):
            state = replace(state, last=None)  # "is my flight on time": not the one that was looked up
        return fill(spec, known, asking, self.heard, state, begins=begins)

    @property
    def _proof_begun(self) -> Mapping[str, JsonValue]:
        """What was said for a proof of identity that was given up; empty where none waits."""
        return next((one.slots for one in reversed(self.state.parked) if one.name == self.proof), {})

    def said_secret(self, spec: Flow, asking: str | None) -> bool:
        """Whether the secret that was asked for was said; it fills no slot."""
        return asking is not None and spec.slots[asking].secret and self.heard.pin is not None

    def asked_words(self, flow: FlowState) -> str:
        """The words that a tool gets: those that began the flow, kept while a slot was asked for."""
        spec = self.persona.flows[flow.name]
        kept = flow.slots.get(spec.words_as or "")
        if isinstance(kept, str):
            return kept
        if spec.leans_as is not None and self.repeats_question:
            return spec.reworded_in(put_to(self.asked_last or "", self.heard.core))
        return spec.asks or spec.reworded_in(self.heard.core)

    @property
    def asked_last(self) -> str | None:
        """The question that the reply before was on, for words that lean on it."""
        question = self.before.topic.get(QUESTION)
        return question if isinstance(question, str) else None

    @property
    def repeats_question(self) -> bool:
        """Whether the words ask once more what was asked last, for another place."""
        return self.asked_last is not None and repeats_for_a_place(self.heard, self.persona.hints)

    @property
    def proof(self) -> str:
        """The flow that proves who the customer is."""
        return next(name for name, spec in self.persona.flows.items() if spec.proves_identity)

    @property
    def proves(self) -> bool:
        """Whether the words hold a whole proof of identity that was not tried yet."""
        if self.identified or self.heard.pin is None:
            return False
        spec = self.persona.flows[self.proof]
        return missing(spec, self.fill(spec, {}, None), self.heard) is None

    @property
    def proof_found(self) -> bool:
        """Whether the words hold a proof right after a person was offered because there was none."""
        goal = self.state.parked[-1] if self.state.parked else None
        offered = self.before.flow is None and self.before.on_yes == self.person
        return offered and self.waits_for_proof is not None and goal is not None and goal.asking is None and self.proves

    @property
    def speaks_for_another(self) -> bool:
        """Whether the words are said in another name than the one that was proved, or ask for what is another's."""
        identity, said = self.state.identity, self.heard.of("own_name")
        if identity is None or not said:
            return False
        return not {*str(said[0].value).lower().split()} & {*identity.name.lower().split()}

    # -- flows that wait, end, are remembered ---------------------------------------------------------------

    def fill_waiting(self) -> bool:
        """Fill the flow that waits for a proof of identity with what the words say for it; whether they say any. A code
        said now is the proof's, and none of the flow's."""
        name = self.waits_for_proof
        if name is None:
            return False
        goal, spec = self.state.parked[-1], self.persona.flows[name]
        codes = {slot for slot, one in spec.slots.items() if one.type in PROOF_TYPES}
        filled = self.fill(spec, goal.slots, None)
        slots = {slot: value for slot, value in filled.items() if slot not in codes or value == goal.slots.get(slot)}
        kept = {*goal.slots} if not corrects(self.heard) else codes  # said beside a proof, a day is seldom a new one
        slots |= {slot: value for slot, value in goal.slots.items() if slot in kept}
        if slots == goal.slots:
            return False
        self.state = replace(self.state, parked=(*self.state.parked[:-1], replace(goal, slots=slots)))
        return True

    def remember(self, flow: FlowState, spec: Flow, result: ToolAnswer) -> None:
        """Keep what a flow that ran to its end was about, for the turns that lean back on it."""
        named = {name: flow.slots[name] for name, slot in spec.slots.items() if slot.from_topic and name in flow.slots}
        told = {key: result[name] for key, name in spec.remember.items() if result.get(name)}
        before = self.state.topic
        if spec.tool is not None and not spec.proves_identity:  # what was asked is past
            before = {key: value for key, value in before.items() if key != QUESTION}
        if spec.tool is not None and spec.words_as is not None:
            kept = flow.slots.get(spec.words_as)  # it was asked before what it is about was said
            asked = question_of(self.heard, self.persona.hints, self.asked_last)
            meant = result.get("meant")
            told[QUESTION] = next((one for one in (kept, meant) if isinstance(one, str)), asked)
        over = spec.tool is not None and spec.words_as is None  # something else was told or done since
        declined = None if over else self.state.declined
        self.state = replace(self.state, topic={**before, **named, **told}, declined=declined)
        if spec.slots and not spec.proves_identity and spec.words_as is None:
            known = {**flow.slots, **told}
            if self._beside_the_last(spec, known):
                return
            self.state = replace(self.state, last=replace(flow, slots=known, asking=None, tries=0))

    def _beside_the_last(self, spec: Flow, known: Mapping[str, JsonValue]) -> bool:
        """Whether a lookup that needs nothing told of what the search before it found ("how many sleep in the king"):
        what goes on is about that search."""
        last, flows = self.state.last, self.persona.flows
        if last is None or last.agent != self.persona.name or last.name not in flows or spec.needs:
            return False
        if flows[last.name].on_pick is None or spec.needs_identity or spec.confirm is not None:
            return False
        return all(last.slots.get(name, value) == value for name, value in known.items() if name in self.state.topic)

    # -- replies --------------------------------------------------------------------------------------------

    def reply(
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
        text = say.text if raw else render(say.text, self.values(result or {}))
        satisfied = say.answered if answered is None else answered
        missed = 0 if satisfied or flow is not None else self.before.unanswered + 1
        guess = self.state.guess if flow is None else None
        state = replace(self.state, flow=flow, unanswered=missed, on_yes=say.offers, guess=guess)
        if (
            say.offers is None
            and say.hand_over is None
            and missed >= MAX_UNANSWERED
            and (person := self.person) is not None
        ):
            text = f"{text} {render(self.shared('offer_person').text, self.values({}))}"
            state = replace(state, on_yes=person)
        return Plan(state=state, reply=text, answered=satisfied, flow=name or (flow.name if flow else None))

    def say(self, text: str, *, flow: FlowState | None = None) -> Plan:
        """The end of the turn with a `text` that is filled already."""
        return self.reply(Say(text=text), flow=flow, raw=True)

    def question(self, flow: FlowState, *, again: bool = False) -> str:
        """The words that ask for what `flow` lacks, put another way when they are said `again`."""
        slot = self.persona.flows[flow.name].slots.get(flow.asking or "")
        if slot is None:
            return render(self.shared("unclear").text, self.values({}))
        text = (slot.again if again else None) or slot.ask or self.shared("unclear").text
        return render(text, self.values(flow.slots))

    @property
    def only_reacts(self) -> bool:
        """Whether the words, with nothing asked of them, only say what the customer makes of the last answer."""
        asked = self.before.flow is not None or self.before.on_yes is not None or not self.before.history
        wish = wishes(self.heard.words) or asks_anything(self.heard.words) or self.heard.begins is not None
        return not asked and not wish and only_reacts(self.heard.words)

    @property
    def which_day(self) -> str:
        """The question for a day of which the words say no more than its week or month; "" where they say other."""
        return self.which_day_of(self.heard)

    def which_day_of(self, heard: Heard) -> str:
        """The same of words that were `heard` before."""
        vague = [str(one.value) for one in heard.of("vague_date")]
        vague += [f"in {month_name[one.value]}" for one in heard.of("month") if isinstance(one.value, int)]
        return render(self.shared("which_day").text, {"vague": vague[0]}) if vague else ""

    def again(self, flow: FlowState, *, tries: int, whole: bool = True) -> Plan:
        """Ask the open question again; a read-back is said `whole` or in short, and goes on waiting for its yes."""
        waiting = replace(flow, tries=tries)
        quoted = self.before.pending
        said = self.persona.flows[flow.name].said_after("quoted")
        if flow.asking != CONFIRM or quoted is None or said is None:
            text, person = self.question(flow, again=tries > 0), self.person
            if tries > 1 and person is not None:
                text = f"{text} {render(self.shared('or_person').text, self.values({}))}"
                return self.reply(Say(text=text, offers=person), flow=waiting, raw=True)
            return self.say(text, flow=waiting)
        text = render(said.text if whole or said.short is None else said.short, self.values(quoted.quote))
        plainly = tries > flow.tries and not asks_something(self.heard.core)
        opening = self.shared("yes_or_no").text if plainly else ""
        done = self.say(f"{opening} {text}".strip(), flow=waiting)
        return replace(done, read_back=text, state=replace(done.state, pending=replace(quoted, read_back=text)))

    def stuck(self) -> Plan:
        """Give up on the question and offer a person, whom a yes then brings."""
        done = self.reply(self.shared("stuck"))
        return replace(done, state=replace(done.state, on_yes=self.person))

    def shared(self, name: str) -> Say:
        """The reply `name` that no flow owns, or the one for errors."""
        say = self.persona.replies.get(name) or self.persona.replies.get("error")
        if say is None:
            raise KeyError(f"persona {self.persona.name!r} has no reply {name!r}: add it to replies")
        return say

    def values(self, result: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """What a template may name: the fields of `result`, and what every reply may speak of."""
        last = next((line.text for line in reversed(self.state.history) if line.role == "agent"), "")
        identity = self.state.identity
        return {
            "agent": self.persona.title,
            "offers": self.persona.offers,
            "subjects": list(self.persona.desk_subjects),
            "customer": None if identity is None else identity.name,
            "last_reply": last,
            "today": self.heard.today.isoformat(),
            "proven": self.identified,
            "words": self.heard.words,
            **result,
        }

    @property
    def person(self) -> str | None:
        """The flow that calls a person, if the persona has one."""
        return next((name for name, spec in self.persona.flows.items() if spec.hands_off), None)
