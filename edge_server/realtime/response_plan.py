"""What one response is to be: the client's wish for it, filled up from the session's configuration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agents.client_offer import ClientTool, Offer, ToolOutput
from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events.items import InputItem, Item, ItemReference
from edge_server.realtime.events.response import ResponseRequest
from edge_server.realtime.events.session import (
    AudioFormat,
    ChosenTool,
    FunctionTool,
    MaxTokens,
    SessionConfig,
    Voice,
    require_tool,
)
from edge_server.realtime.items import Items


@dataclass(frozen=True, slots=True)
class ResponsePlan:
    """A response that can begin. `utterance` None: it answers the conversation's open messages, once they have words.

    `silences` counts how often in a row nobody spoke; 0 for a response that somebody asked for.
    """

    in_conversation: bool
    speaks: bool
    voice: str
    speed: float
    format: AudioFormat
    max_output_tokens: MaxTokens
    metadata: dict[str, str] | None
    instructions: str
    tools: tuple[ClientTool, ...]
    choice: str
    utterance: str | None
    outputs: tuple[ToolOutput, ...] = ()
    silences: int = 0
    resumes: int | None = None
    """The generation whose reply it says the rest of."""

    def offer(self, outputs: tuple[ToolOutput, ...]) -> Offer:
        """What the client brings: its tools, and the outputs of those it has run."""
        return Offer(self.tools, self.choice, self.outputs + outputs)


def planned(wish: ResponseRequest, config: SessionConfig, items: Items, *, silences: int = 0) -> ResponsePlan:
    """The plan for `wish`. Raises ProtocolError when it names an item or a tool that is not there."""
    tools = config.tools if wish.tools is None else wish.tools
    choice = wish.tool_choice or config.tool_choice
    if wish.tool_choice is not None:
        require_tool(choice, tools, "response.tool_choice")
    output = wish.audio.output if wish.audio is not None else None
    given = None if wish.input is None else [_item(one, items) for one in wish.input]
    asked = [item.words for item in given or () if item.role == "user" and item.words]
    return ResponsePlan(
        in_conversation=not wish.out_of_band,
        speaks="audio" in (wish.output_modalities or config.output_modalities),
        voice=voice_name((output and output.voice) or config.audio.output.voice),
        speed=config.audio.output.speed,
        format=(output and output.format) or config.audio.output.format,
        max_output_tokens=wish.max_output_tokens or config.max_output_tokens,
        metadata=wish.metadata,
        instructions=config.instructions if wish.instructions is None else wish.instructions,
        tools=client_tools(tools),
        choice=choice.name if isinstance(choice, ChosenTool) else choice,
        utterance=None if given is None else " ".join(asked),
        outputs=() if given is None else outputs_of(given, [*items, *given]),
        silences=silences,
    )


def voice_name(voice: Voice) -> str:
    """The name under which the engine knows a voice."""
    return voice if isinstance(voice, str) else voice.id


def client_tools(tools: Iterable[FunctionTool]) -> tuple[ClientTool, ...]:
    """The client's tools as the agents take them."""
    return tuple(ClientTool(tool.name, tool.description, tool.parameters) for tool in tools)


def outputs_of(given: Iterable[Item], known: Iterable[Item]) -> tuple[ToolOutput, ...]:
    """The outputs of calls among `given`, with the names of the calls that `known` has."""
    names = {item.call_id: item.name or "" for item in known if item.type == "function_call"}
    outputs = (item for item in given if item.type == "function_call_output")
    return tuple(ToolOutput(names.get(item.call_id, ""), item.output or "") for item in outputs)


def _item(given: InputItem, items: Items) -> Item:
    if isinstance(given, ItemReference):
        try:
            return items.get(given.id)
        except ProtocolError as error:
            error.param = "response.input"
            raise
    if any(part.audio for part in given.content):
        message = "Audio in the input of one response is not transcribed: create an item with it and refer to that."
        raise ProtocolError("invalid_value", message, param="response.input")
    return given.as_item(given.id or "")
