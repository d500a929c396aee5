"""A turn that a language model thinks: a realtime model at a provider, or a chat model.

The router picks the agent; whoever thinks gets its instructions and tools, asks for tool calls and says what it says.
All else is as in a turn of the desk: tools run in the agent's kernel and in the turn's scope, so identity, ownership
and the gate before writes hold; what is said is checked against what the tools gave; the state moves on at the end.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pydantic import JsonValue
from semantic_kernel.connectors.ai.function_calling_utils import kernel_function_metadata_to_function_call_format
from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
from semantic_kernel.contents import ChatHistory, FunctionCallContent, FunctionResultContent

from agents import identity
from agents.agent import Agent
from agents.desk import AgentDesk
from agents.grounding import Fact, Grounding
from agents.registry import tool_parts
from agents.scope import TurnScope, enter
from agents.tools.changes import Tools as Changes
from agents.turn import AgentChanged, SourcesFound, ToolCalled, TurnDone
from agents.turn_state import evidence_in, got_answer, moved_to, state_after
from sync.session import CONFIRM, FlowState, SessionState

log = logging.getLogger(__name__)

RULES = """
Speak English, in one or two short sentences, as a good clerk does. Today is {today}. Say no number, time, date, price,
code or name that no tool gave and the customer did not say; when no tool knows, say that you do not know.
Do not read out customer numbers or PINs.
"""
"""What every persona's model is told beside the persona's own instructions."""
PRICES = ("due_cents", "extra_cents", "difference_cents", "refund_cents", "credit_cents", "fee_cents", "total_cents")
"""What a quote costs or brings the customer, the telling field first."""
TICKET = "ticket"
"""The number of a call for a person, in what its tool answers and in what the session is about."""
CONFIRMING = f"changes-{Changes.confirm.__name__}"
"""The tool that writes, under the name that models see."""


@dataclass(frozen=True, slots=True)
class ToolSchema:
    """A tool as a model is told of it. `parameters` is the JSON schema of its arguments, an object."""

    name: str
    description: str
    parameters: Mapping[str, JsonValue]


@dataclass(slots=True)
class RelayedTurn:
    """One turn under way. Get one with `begin`.

    `before` is the session's state before the turn, `words` what the customer said (PINs masked), `change` the
    hand-over that the router decided on, if it did.
    """

    before: SessionState
    words: str
    change: AgentChanged | None
    agent: Agent
    scope: TurnScope
    _grounding: Grounding
    _now: float
    _told: int = 0
    _sources_told: bool = False
    _quoting: tuple[str, dict[str, JsonValue]] | None = None
    _history: ChatHistory = field(default_factory=ChatHistory)

    @property
    def instructions(self) -> str:
        """What the model is told about its part in this turn."""
        state = self.scope.state
        parts = [self.agent.instructions(state), RULES.format(today=f"{self.scope.heard.today:%A, %B %-d, %Y}")]
        if state.pending is not None:
            told = {name: value for name, value in state.pending.quote.items() if name != "document"}
            parts.append(
                f"This was quoted and waits for the customer's yes: {json.dumps(told)}. If their words are a clear "
                f"yes, call {CONFIRMING}."
            )
        if not self.words and not state.history:
            parts.append(f"The customer has said nothing yet. Greet them: {self.agent.persona.greeting}")
        return "\n".join(part.strip() for part in parts)

    @property
    def tools(self) -> tuple[ToolSchema, ...]:
        """The agent's tools."""
        metadata = self.agent.kernel.get_list_of_function_metadata({"included_functions": self.agent.offered})
        written = [kernel_function_metadata_to_function_call_format(one)["function"] for one in metadata]
        return tuple(ToolSchema(one["name"], one["description"], one["parameters"]) for one in written)

    async def call(self, call_id: str, name: str, arguments: str) -> str:
        """Run a tool that the model asks for; `arguments` is JSON text. Gives the text for the model.

        A tool that is not the agent's, or arguments that do not fit, give a text that says so.
        """
        enter(self.scope)
        quoted = self.scope.pending
        call = FunctionCallContent(id=call_id, name=name, arguments=arguments or "{}")
        allowed = FunctionChoiceBehavior.Auto(filters={"included_functions": self.agent.functions})
        await self.agent.kernel.invoke_function_call(call, self._history, function_behavior=allowed)
        if self.scope.pending is not quoted:
            self._quoting = (name, dict(call.parse_arguments() or {}))
        items = self._history.messages[-1].items
        return next((str(item.result) for item in items if isinstance(item, FunctionResultContent)), "")

    def news(self) -> list[ToolCalled | SourcesFound]:
        """What the tools did since this was asked last."""
        calls = self.scope.calls[self._told :]
        self._told = len(self.scope.calls)
        if self.scope.sources and not self._sources_told:
            self._sources_told = True
            return [*calls, SourcesFound(tuple(self.scope.sources))]
        return [*calls]

    def states_facts(self, text: str) -> bool:
        """Whether `text` says anything that has to be checked."""
        return bool(self._grounding.facts(text))

    def grounded(self, text: str, given: str = "") -> bool:
        """Whether all facts in `text` come from this session, or from the words that were `given` to be said."""
        evidence = evidence_in(self.scope)
        if given:
            evidence = replace(evidence, texts=[*evidence.texts, given])
        return not self._grounding.ungrounded(text, evidence)

    def invented(self) -> None:
        """The model said what is not grounded: it is counted."""
        self.scope.ungrounded += 1
        log.warning("a reply of %s was cut: it stated what no tool gave", self.agent.persona.name)

    @property
    def instead(self) -> str:
        """What is to be said in place of what was invented."""
        wrote = any(isinstance(one.result, dict) and one.result.get("outcome") == "done" for one in self.scope.calls)
        return self.agent.persona.replies["unread" if wrote else "unknown"].text

    def done(self, reply: str) -> TurnDone:
        """The end of the turn, with all that was said in it."""
        moved = replace(self.scope.state, flow=None, topic=self._topic(self.scope.state))
        after = state_after(moved, self.scope, self.words, reply, self._now)
        if after.pending is not None:
            said = self._price_said(reply)
            after = replace(after, flow=self._read_back()) if said else replace(after, pending=None)
        return TurnDone(after, got_answer(self.scope) and not self.scope.ungrounded, self.scope.ungrounded)

    def undone(self) -> SessionState:
        """The state for whoever answers this turn instead: as before it, but for a customer's proof, and a person who
        was called."""
        before, proven = replace(self.before, topic=self._topic(self.before)), self.scope.identity
        if proven is None or proven == self.before.identity:
            return before
        return replace(before, identity=proven, failed_proofs=0, locked_until=None)

    def _topic(self, state: SessionState) -> Mapping[str, JsonValue]:
        """What `state` is about, with the ticket of a person who was called in this turn."""
        results = [one.result for one in self.scope.calls if isinstance(one.result, dict)]
        tickets = [one[TICKET] for one in results if TICKET in one]
        return {**state.topic, TICKET: tickets[-1]} if tickets else state.topic

    def _price_said(self, reply: str) -> bool:
        """Whether the read-back names what the customer would pay or get back; without it a yes agrees to nothing."""
        quote = self.scope.pending.quote if self.scope.pending is not None else {}
        price = next((quote[name] for name in PRICES if quote.get(name)), None)
        return not isinstance(price, int) or Fact("amount", str(abs(price))) in self._grounding.facts(reply)

    def _read_back(self) -> FlowState | None:
        """The flow as the planner would have it after quoting, so that it can take the customer's yes as well."""
        if self._quoting is None:
            return None
        tool, arguments = self._quoting
        persona = self.agent.persona
        for name, flow in persona.flows.items():
            if flow.confirm is not None and flow.tool is not None and tool == "-".join(tool_parts(persona, flow.tool)):
                slots = {slot: value for slot, value in arguments.items() if slot in flow.slots and value is not None}
                return FlowState(persona.name, name, slots=slots, asking=CONFIRM)
        return None


async def begin(
    desk: AgentDesk, state: SessionState, utterance: str, *, ended: asyncio.Event | None = None
) -> RelayedTurn:
    """Route `utterance` (empty: the customer has said nothing) in the session `state`. Runs no tool.

    `ended`: see `agents.turn.Desk.turn`.
    """
    now = desk.clock.now().timestamp()
    state = identity.fresh(state, now)
    heard = desk.hear(state, utterance)
    intent = await desk.detect_intent(utterance, state)
    change = AgentChanged(state.agent, intent.agent, intent.reason) if intent.agent != state.agent else None
    agent = desk.agents[intent.agent]
    scope = TurnScope.of(agent.persona, moved_to(state, intent), heard, ended)
    return RelayedTurn(state, heard.words, change, agent, scope, desk.grounding, now)
