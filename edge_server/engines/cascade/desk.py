"""The desk with a chat model that thinks, and the planner behind it.

| turn | who thinks |
|---|---|
| nobody has said anything, or nobody speaks any more | the planner: its words are fixed, and spoken ahead |
| an output of a client's tool, or a client that names the tool to call | the planner |
| any other, while the endpoint rests after a failure | the planner |
| any other | the model |
| any other, and the model is away, too slow, refuses, says nothing or what nothing gave | the planner, the same turn |

The router picks the agent, whoever thinks. A turn of the model is a `RelayedTurn`: the calls it asks for run in the
agent's kernel, one after the other (Semantic Kernel's own loop runs those of one answer side by side, and a proof of
identity has to come before what needs it), and what it says is checked clause by clause before anybody hears it. When
the planner takes over it begins from the state before the turn, but for what was proved. A write that was confirmed
has its key, and is not repeated.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from uuid import uuid4

from semantic_kernel.contents import (
    AuthorRole,
    ChatHistory,
    ChatMessageContent,
    FunctionCallContent,
    FunctionResultContent,
)

from agents.agent import MAX_TOOL_ROUNDS
from agents.clauses import spoken
from agents.client_offer import ClientTool, ClientToolCall, Offer
from agents.desk import AgentDesk
from agents.relayed import RelayedTurn, ToolSchema, begin
from agents.turn import Asked, Clause, Expectation, ThoughtBy, ToolCalled, TurnDone, TurnEvent
from edge_server.engines import failures
from edge_server.engines.bridges import LINE_DROPPED, ONCE_MORE
from edge_server.engines.cascade.endpoint import ChatEndpoint, ChatError, Patience
from edge_server.engines.cascade.wording import speakable, without_thoughts
from sync.session import SessionState

log = logging.getLogger(__name__)

Tool = ToolSchema | ClientTool
CASCADE, EMBEDDED = "cascade", "embedded"
LONGEST_REPLY = 600
"""Letters after which a reply ends with its clause: nobody listens to more than about 40 s."""
OURS = frozenset({failures.UNGROUNDED, failures.EMPTY})
"""Failures of an answer; the endpoint itself is well."""


class ChatDesk:
    """Implements `agents.turn.Desk` for `desk`, with the model at `chat`. Serves all sessions at once."""

    def __init__(self, desk: AgentDesk, chat: ChatEndpoint) -> None:
        self._desk = desk
        self._chat = chat

    async def turn(
        self,
        state: SessionState,
        utterance: str,
        *,
        ended: asyncio.Event | None = None,
        offer: Offer | None = None,
        silences: int = 0,
    ) -> AsyncGenerator[TurnEvent, None]:
        """Answer `utterance` in the session `state`; see `agents.turn.Desk`."""
        resting = self._chat.resting
        if resting or silences or not utterance.strip() or _is_for_the_planner(offer):
            if resting:
                yield ThoughtBy(EMBEDDED, failures.RESTING)
            planned = self._desk.turn(state, utterance, ended=ended, offer=offer, silences=silences)
            async with aclosing(planned) as events:
                async for event in events:
                    yield event
            return
        began = time.perf_counter()
        turn = await begin(self._desk, state, utterance, ended=ended)
        route_ms = (time.perf_counter() - began) * 1000
        if turn.change is not None:
            yield turn.change
        said: list[str] = []
        try:
            async with aclosing(self._thought(turn, offer or Offer(), said)) as events:
                async for event in events:
                    yield event
        except ChatError as error:
            async with aclosing(self._taken_over(turn, utterance, said, error, ended, offer)) as events:
                async for event in events:
                    yield event
            return
        self._chat.worked()
        reply = " ".join(said)
        await self._desk.router.expect_answer(reply)
        yield replace(turn.done(reply), route_ms=route_ms)

    async def _thought(self, turn: RelayedTurn, offer: Offer, said: list[str]) -> AsyncGenerator[TurnEvent, None]:
        """What the model makes of the turn; its clauses are added to `said`. Raises ChatError."""
        history, patience = _history(turn), Patience(self._chat.first_words_s)
        own = {tool.name for tool in offer.tools}
        tools: tuple[Tool, ...] = (*turn.tools, *(offer.tools if offer else ()))
        for number in range(MAX_TOOL_ROUNDS + 1):
            calls: list[FunctionCallContent] = []
            texts = self._texts(history, tools if number < MAX_TOOL_ROUNDS else (), patience, calls)
            async with aclosing(texts):
                async for piece in spoken(without_thoughts(texts)):
                    text = speakable(piece)
                    if not text:
                        continue
                    if not turn.grounded(f"{said[-1]} {text}" if said else text):
                        turn.invented()
                        raise ChatError(failures.UNGROUNDED, "the chat model stated what no tool gave")
                    if not said:
                        yield ThoughtBy(CASCADE, failures.WELL_AGAIN)
                    patience.renew()
                    said.append(text)
                    yield Clause(text, turn.before.pace, turn.before.loudness)
                    if sum(map(len, said)) > LONGEST_REPLY:
                        return
            if not calls:
                break
            history.add_message(ChatMessageContent(role=AuthorRole.ASSISTANT, items=[*calls]))
            for call in calls:
                name, arguments = call.name or "", _arguments(call)
                if name in own:
                    yield ThoughtBy(CASCADE, failures.WELL_AGAIN)
                    yield ClientToolCall(name, arguments)
                    return
                output = await turn.call(call.id or "", name, arguments)
                for notice in turn.news():
                    yield notice
                history.add_message(
                    FunctionResultContent(id=call.id, name=name, result=output).to_chat_message_content()
                )
        if not said:
            raise ChatError(failures.EMPTY, "the chat model said nothing")

    async def _texts(
        self, history: ChatHistory, tools: tuple[Tool, ...], patience: Patience, calls: list[FunctionCallContent]
    ) -> AsyncGenerator[str, None]:
        """The text of one answer; the calls that it asks for are added to `calls`."""
        async with aclosing(self._chat.answer(history, tools, patience)) as pieces:
            async for piece in pieces:
                if isinstance(piece, str):
                    yield piece
                else:
                    piece.id = piece.id or f"call_{uuid4().hex[:12]}"
                    calls.append(piece)

    async def _taken_over(
        self,
        turn: RelayedTurn,
        utterance: str,
        said: list[str],
        error: ChatError,
        ended: asyncio.Event | None,
        offer: Offer | None,
    ) -> AsyncGenerator[TurnEvent, None]:
        """The planner's answer to the same turn, after what the model has `said` of its own."""
        log.warning("the planner answers a turn (%s): %s", error.reason, error)
        if error.reason not in OURS:
            self._chat.failed()
        yield ThoughtBy(EMBEDDED, error.reason)
        before, wrote = list(said), {call.wrote for call in turn.scope.calls}
        if before:
            before.append(ONCE_MORE if error.reason in OURS else LINE_DROPPED)
            yield Clause(before[-1], turn.before.pace, turn.before.loudness)
        async with aclosing(self._desk.turn(turn.undone(), utterance, ended=ended, offer=offer)) as events:
            async for event in events:
                match event:
                    case TurnDone():
                        yield _with_said(event, before, turn.scope.ungrounded)
                    case ToolCalled() if event.wrote in wrote:
                        yield replace(event, wrote=None)
                    case _ if event != turn.change:
                        yield event

    # What does not depend on who thinks

    def vocabulary(self, state: SessionState) -> str:
        """Words to expect next, for the recogniser's prompt."""
        return self._desk.vocabulary(state)

    def expectation(self, state: SessionState, words: str) -> Expectation:
        """What the turn that begins with `words` is expected to hold in `state`."""
        return self._desk.expectation(state, words)

    def enough(self, done: TurnDone) -> bool | None:
        """What the end of a turn tells of its words: nothing, where a model has an answer to anything."""
        return None

    def asked(self, state: SessionState) -> Asked:
        """What the last reply in `state` asked for."""
        return self._desk.asked(state)

    def voice(self, agent: str | None) -> str:
        """The voice of a persona."""
        return self._desk.voice(agent)

    def filler(self, agent: str | None) -> str:
        """What a persona says when it takes long."""
        return self._desk.filler(agent)


def _is_for_the_planner(offer: Offer | None) -> bool:
    """Whether the client says itself which of its tools is meant, or one of them has answered."""
    if offer is None:
        return False
    return bool(offer.outputs) or offer.asked is not None or offer.choice not in ("auto", "none")


def _history(turn: RelayedTurn) -> ChatHistory:
    """What the model is told: its part, what was said, and what is said now (PINs masked)."""
    history = ChatHistory(system_message=turn.instructions)
    for line in turn.before.history:
        if line.role == "customer":
            history.add_user_message(line.text)
        else:
            history.add_assistant_message(line.text)
    history.add_user_message(turn.words)
    return history


def _arguments(call: FunctionCallContent) -> str:
    """The arguments as the JSON text that came."""
    return call.arguments if isinstance(call.arguments, str) else "{}"


def _with_said(done: TurnDone, before: list[str], ungrounded: int) -> TurnDone:
    """The planner's `done`, with what was said `before` it in the same reply, and what was not."""
    state, last = done.state, done.state.history[-1] if done.state.history else None
    if before and last is not None and last.role == "agent":
        state = state.with_reply_heard(" ".join((*before, last.text)))
    return replace(done, state=state, ungrounded=done.ungrounded + ungrounded)
