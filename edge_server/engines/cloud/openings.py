"""What a reply of the cloud begins with: a turn that the model answers, or words that are known already.

| asked for | the model is asked | the session afterwards |
|---|---|---|
| `Think` with words | to answer | as the model's turn leaves it |
| `Think` on a silence | to say what the planner would say, or its own open question | as the planner has it |
| `Resume` of a reply that was whole | to say the rest | as if the reply had not been cut |
| `Resume` of a reply that was not | to go on after what was heard | the same |
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.desk import AgentDesk
from agents.relayed import RelayedTurn, begin
from agents.turn import AgentChanged, Clause, SourcesFound, ToolCalled, TurnDone
from edge_server.engines.reply import rest_of
from sync.session import Line, SessionState

EXACTLY = "Say exactly this and nothing else: {words}"
GO_ON = (
    "A noise has interrupted you right after these words of yours: «{heard}». Go on from there, and do not say them "
    "again."
)
_LAST_SENTENCE = re.compile(r"[^.!?]*\?$")


@dataclass(frozen=True, slots=True)
class Opening:
    """How one reply begins. `turn` is the routed turn that it belongs to.

    `say`: the exact words to say ("": none are left); None: the model answers. `earlier`: what was heard of the same
    reply before it was cut, and `goes_on` whether the model is to go on after it. `outcome`: how the turn ends, where
    the planner has decided that.
    """

    turn: RelayedTurn
    say: str | None = None
    earlier: str = ""
    goes_on: bool = False
    outcome: TurnDone | None = None
    notices: Sequence[AgentChanged | ToolCalled | SourcesFound] = ()

    def done(self, reply: str) -> TurnDone:
        """The end of the turn, when `reply` was said now."""
        whole = f"{self.earlier} {reply}".strip()
        if self.outcome is None:
            return self.turn.done(whole)
        return replace(self.outcome, state=self.outcome.state.with_reply_heard(whole))

    def grounded(self, text: str) -> bool:
        """Whether all facts in `text` come from this session, or are in the words to say."""
        return self.turn.grounded(text, self.say or "")

    def instructions(self) -> str | None:
        """What the model is told for this response alone; None: nothing beyond its part."""
        if self.say is not None:
            return exactly(self.say)
        return f"{self.turn.instructions}\n{GO_ON.format(heard=self.earlier)}" if self.goes_on else None


def exactly(words: str) -> str:
    """How the model is told to say certain words."""
    return EXACTLY.format(words=words)


async def answering(desk: AgentDesk, state: SessionState, words: str) -> Opening:
    """A turn that the model answers: `words` are routed, no tool runs."""
    turn = await begin(desk, state, words)
    return Opening(turn, notices=() if turn.change is None else (turn.change,))


async def on_silence(desk: AgentDesk, state: SessionState, silences: int) -> Opening:
    """Nobody has spoken, `silences` times in a row."""
    turn = await begin(desk, state, "")
    question = _open_question(state)
    if silences == 1 and state.flow is None and question:
        outcome = TurnDone(state.with_line(Line("agent", question, agent=state.agent)))
        return Opening(turn, say=question, outcome=outcome)
    clauses: list[str] = []
    notices: list[AgentChanged | ToolCalled | SourcesFound] = []
    outcome = TurnDone(state)
    async for event in desk.turn(state, "", silences=silences):
        match event:
            case Clause(text=text):
                clauses.append(text)
            case TurnDone():
                outcome = event
            case AgentChanged() | ToolCalled() | SourcesFound():
                notices.append(event)
    return Opening(turn, say=" ".join(clauses), outcome=outcome, notices=notices)


def resuming(opening: Opening, said: str, heard: str, *, whole: bool) -> Opening:
    """The rest of a reply that began with `opening` and was cut off for nothing: of `said`, `heard` was heard.

    `whole`: the model had ended it.
    """
    earlier = f"{opening.earlier} {heard}".strip()
    if not whole:
        return replace(opening, say=None, earlier=earlier, goes_on=True, notices=())
    return replace(opening, say=" ".join(rest_of(said, heard)), earlier=earlier, goes_on=False, notices=())


def _open_question(state: SessionState) -> str:
    """The question that the last reply ends with."""
    last = state.history[-1] if state.history else None
    found = _LAST_SENTENCE.search(last.text.strip()) if last is not None and last.role == "agent" else None
    return found[0].strip() if found is not None else ""
