"""The flows of a turn that wait: parked while another one runs, taken up again, dropped when they are done or given
up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from agents.persona import Persona
from agents.planner.holding import said_in
from agents.planner.slots import WEAK_TYPES, fill
from agents.understand.heard import Guess, Heard
from sync.session import CONFIRM, FlowState, SessionState

MAX_PARKED = 4
MAX_OFFERED_BACK = 2
"""How often it is offered to go on with a flow that waits."""


@dataclass(slots=True)
class ParkedFlows:
    """What waits in `state`, which began as `before`, while `persona` takes up `heard`; `identified`: it is known who
    the customer is."""

    persona: Persona
    state: SessionState
    heard: Heard
    identified: bool = field(init=False)
    before: SessionState = field(init=False)

    def parked_with(self, flow: FlowState) -> tuple[FlowState, ...]:
        """The parked flows with `flow` as the newest; the oldest goes when there are too many."""
        return (*self.state.parked, flow)[-MAX_PARKED:]

    def park(self, flow: FlowState) -> None:
        """Let `flow` wait while another one runs."""
        self.state = replace(self.state, parked=self.parked_with(flow))

    def drop_ended(self, flow: FlowState) -> None:
        """Forget what waits for the same thing as `flow`, which has ended it."""
        codes = {name for name, slot in self.persona.flows[flow.name].slots.items() if slot.type == "booking_code"}
        code = next((flow.slots[name] for name in codes if name in flow.slots), flow.held and flow.held.get("code"))
        left = tuple(
            one
            for one in self.state.parked
            if one.agent != flow.agent
            or one.name not in self.persona.flows
            or not self.persona.flows[one.name].of_held
            or not {one.slots.get(name) for name in codes} <= {None, code}
        )
        self.state = replace(self.state, parked=left)

    def drop_become(self, name: str) -> None:
        """Forget searches and bookings of this persona that turn out to have been for the change `name`, which is done:
        of such a one nothing was read back."""
        flows, own = self.persona.flows, self.persona.name
        left = tuple(
            one
            for one in self.state.parked
            if one.agent != own or one.asking == CONFIRM or one.name not in flows or flows[one.name].becomes != name
        )
        self.state = replace(self.state, parked=left)

    def queue(self, name: str, heard: Heard | None = None) -> None:
        """Let the flow `name`, with what the words (those of `heard`) say for it, wait until the one under way is
        done."""
        spec = self.persona.flows[name]
        said = heard or self.heard
        slots = fill(spec, {}, None, said, self.state, begins=False)
        values = said_in(said) if spec.needs_identity else ()
        self.park(FlowState(self.persona.name, name, slots, task=spec.task or "", words=said.words, said=values))

    def queue_guess(self, guess: Guess) -> None:
        """Let the flow of `guess`, of whichever agent, wait with the words until the one under way is done."""
        if guess.agent == self.persona.name:
            return self.queue(guess.flow)
        return self.park(
            FlowState(guess.agent, guess.flow, {}, task=guess.task, words=self.heard.words, said=said_in(self.heard))
        )

    @property
    def waits_for_proof(self) -> str | None:
        """The flow of this persona that waits for the proof of identity under way."""
        goal = self.state.parked[-1] if self.state.parked else None
        if goal is None or goal.agent != self.persona.name or goal.name not in self.persona.flows:
            return None
        return goal.name

    def take_back(self) -> FlowState | None:
        """The newest flow that this persona parked, parked no more; None when there is none.

        A proof of identity that was given meanwhile is dropped.
        """
        for index in reversed(range(len(self.state.parked))):
            flow = self.state.parked[index]
            if flow.agent == self.persona.name and flow.name in self.persona.flows:
                rest = self.state.parked[:index] + self.state.parked[index + 1 :]
                self.state = replace(self.state, parked=rest)
                if not (self.persona.flows[flow.name].proves_identity and self.identified):
                    return flow
                return self.take_back()
        return None

    def of_the_same(self, flow: FlowState) -> FlowState:
        """`flow` for the booking that the last flow was about, where it has not begun and names nothing itself."""
        last, spec = self.before.last, self.persona.flows[flow.name]
        named = any(spec.slots[name].type not in WEAK_TYPES for name in flow.slots if name in spec.slots)
        if flow.asking is not None or named or last is None or last.agent != flow.agent:
            return flow
        codes = {name for name, slot in spec.slots.items() if slot.type == "booking_code"}
        known = {name: value for name, value in last.slots.items() if name in codes}
        return replace(flow, slots={**known, **flow.slots})

    def set_aside(self, flow: FlowState) -> None:
        """Give up a proof of identity that cannot be given; its code, and what waited for it, are kept, should the PIN
        be found after all; it is not offered to go on with that."""
        goal = self.take_back() if self.persona.flows[flow.name].proves_identity else None
        self.state = replace(self.state, flow=None)
        self.drop_parked(flow.name)
        if flow.slots:
            self.park(replace(flow, asking=None))
        if goal is not None:
            self.park(replace(goal, offered_back=MAX_OFFERED_BACK))

    def drop_own(self) -> None:
        """Forget what waits for this persona: the customer stopped it."""
        self.state = replace(
            self.state, parked=tuple(one for one in self.state.parked if one.agent != self.persona.name)
        )

    def drop_parked(self, name: str) -> None:
        """Forget flows of this name that wait: the same was done just now."""
        left = tuple(one for one in self.state.parked if (one.agent, one.name) != (self.persona.name, name))
        self.state = replace(self.state, parked=left)

    def forget(self, flow: FlowState) -> None:
        """Drop a parked flow, and the proofs of identity that its agent began for it."""
        proofs = {name for name, spec in self.persona.flows.items() if spec.proves_identity}
        left = tuple(
            one for one in self.state.parked if one != flow and not (one.agent == flow.agent and one.name in proofs)
        )
        self.state = replace(self.state, parked=left)

    def leave(self, flow: FlowState) -> None:
        """Drop the flow under way, and what waited for it; one that was quoted may be taken after all."""
        if self.persona.flows[flow.name].proves_identity:
            self.take_back()
        declined = flow if flow.asking == CONFIRM else self.state.declined
        self.state = replace(self.state, flow=None, declined=declined)


def waiting(state: SessionState) -> FlowState | None:
    """The newest parked flow that a customer knows as a task of theirs."""
    return next((flow for flow in reversed(state.parked) if flow.task), None)
