"""A domain agent: a persona with its own Semantic Kernel kernel, tools, and whoever thinks for it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from pydantic import JsonValue
from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.chat_completion_client_base import ChatCompletionClientBase
from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
from semantic_kernel.contents import AuthorRole, StreamingTextContent
from semantic_kernel.filters import AutoFunctionInvocationContext, FilterTypes

from agents.history import DEFAULT_TURNS, chat_history
from agents.persona import Persona, PersonaError
from agents.planner.templates import render
from agents.registry import ToolModule, tool_parts
from agents.scope import TurnScope, current_turn
from agents.tools.context import ToolContext, is_read_only
from agents.turn import Source, ToolCalled
from sync.session import SessionState

MAX_TOOL_ROUNDS = 7
"""How often in one turn tools may be called before an answer must be given: a proof, and two wishes in one breath, of
which each reads what is held and is quoted, with a question beside them."""

# At INFO Semantic Kernel writes the arguments of every call: a customer's data.
logging.getLogger("semantic_kernel").setLevel(logging.WARNING)


class Agent:
    """One persona ready to answer. Shared by all sessions; what belongs to a turn is in its `TurnScope`."""

    def __init__(
        self,
        persona: Persona,
        modules: Mapping[str, ToolModule],
        context: ToolContext,
        thinker: ChatCompletionClientBase,
        history_turns: int = DEFAULT_TURNS,
    ) -> None:
        """`history_turns`: how much of the conversation the thinker is shown. Raises PersonaError when the persona
        names a tool that its module does not have."""
        self.persona = persona
        self.kernel = Kernel()
        self._thinker = thinker
        self._history_turns = history_turns
        self.kernel.add_service(thinker)
        wanted = [tool_parts(persona, tool) for tool in persona.tools]
        for owner in dict.fromkeys(owner for owner, _ in wanted):
            self.kernel.add_plugin(modules[owner].make(context), plugin_name=owner)
        for owner, function in wanted:
            if function not in self.kernel.plugins[owner].functions:
                raise PersonaError(
                    f"{persona.name}.yaml: tools: {modules[owner].file} has no tool {function!r}: "
                    "write it as a @kernel_function, or correct the name"
                )
        self.functions = [f"{owner}-{function}" for owner, function in wanted]
        others = {tool_parts(persona, one.tool) for one in persona.asks.values()}
        self.offered = [f"{owner}-{function}" for owner, function in wanted if (owner, function) not in others]
        """The functions that a language model gets: not those by which the planner asks another agent's texts."""
        self.kernel.add_filter(FilterTypes.AUTO_FUNCTION_INVOCATION, _note_call)

    async def answer(self, state: SessionState, words: str) -> AsyncIterator[str]:
        """The reply to `words` (no PIN in them) after the history in `state`, as bits of text.

        Tools run as Semantic Kernel function calls on the way; what they gave is noted in the current turn.
        """
        history = await chat_history(self.instructions(state), state.history, self._history_turns)
        silent = "(The customer says nothing.)" if state.history else "(The customer is here and has said nothing yet.)"
        history.add_user_message(words or silent)
        settings = self._thinker.instantiate_prompt_execution_settings(
            function_choice_behavior=FunctionChoiceBehavior.Auto(
                filters={"included_functions": self.functions}, maximum_auto_invoke_attempts=MAX_TOOL_ROUNDS
            )
        )
        async for message in self._thinker.get_streaming_chat_message_content(history, settings, kernel=self.kernel):
            if message is None or message.role != AuthorRole.ASSISTANT:
                continue
            for item in message.items:
                if isinstance(item, StreamingTextContent) and item.text:
                    yield item.text

    def instructions(self, state: SessionState) -> str:
        """What a language model that answers for the persona is told about its part."""
        identity = state.identity
        return render(
            self.persona.instructions,
            {
                "agent": self.persona.title,
                "offers": self.persona.offers,
                "customer": None if identity is None else identity.name,
                "topic": dict(state.topic),
            },
        )


async def _note_call(
    context: AutoFunctionInvocationContext, next: Callable[[AutoFunctionInvocationContext], Awaitable[None]]
) -> None:
    """Semantic Kernel filter: time a tool call and keep its answer and sources for the turn's events.

    A tool that is not marked as read-only begins when the customer's turn has ended.
    """
    turn = current_turn()
    if not is_read_only(getattr(context.function, "method", None)):
        await turn.may_write()
    began = time.perf_counter()
    await next(context)
    call = context.function_call_content
    value: JsonValue = None
    if context.function_result is not None:
        try:
            value = json.loads(str(context.function_result.value))
        except json.JSONDecodeError:
            value = {"outcome": "error"}
    if isinstance(value, dict):
        _keep_sources(turn, value.pop("sources", []))
    arguments = call.parse_arguments() if call is not None else None
    turn.calls.append(
        ToolCalled(
            call_id=(call.id if call is not None else None) or f"call_{len(turn.calls)}",
            agent=turn.persona.name,
            name=context.function.name,
            arguments=dict(arguments or {}),
            result=value,
            duration_ms=(time.perf_counter() - began) * 1000,
            wrote=_written(turn, value),
        )
    )


def _written(turn: TurnScope, value: JsonValue) -> str | None:
    """The kind of change that a tool with this answer carried out: what was quoted, read back and agreed to."""
    pending = turn.state.pending
    done = isinstance(value, dict) and value.get("outcome") == "done"
    consented, turn.consented = turn.consented, False
    return pending.action if done and consented and pending is not None else None


def _keep_sources(turn: TurnScope, listed: JsonValue) -> None:
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict):
            score, entity = one.get("score"), one.get("entity")
            turn.sources.append(
                Source(
                    id=str(one.get("id", "")),
                    title=str(one.get("title", "")),
                    text=str(one.get("text", "")),
                    entity=None if entity is None else str(entity),
                    score=float(score) if isinstance(score, int | float) else None,
                )
            )
