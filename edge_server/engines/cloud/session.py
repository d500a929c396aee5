"""What is written to the provider about a session: its configuration, and the conversation so far."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import JsonValue

from agents.client_offer import ClientTool
from agents.relayed import RelayedTurn, ToolSchema
from edge_server.engines.cloud.upstream import Body
from edge_server.realtime.events.session import SemanticVad, TurnDetection
from sync.session import Line


def detection(wanted: TurnDetection | None) -> Body | None:
    """The provider's turn detection. It never begins or stops a response by itself: the conversation here does."""
    if wanted is None:
        return None
    alone: Body = {"create_response": False, "interrupt_response": False}
    if isinstance(wanted, SemanticVad):
        return {"type": "semantic_vad", "eagerness": wanted.eagerness, **alone}
    return {
        "type": "server_vad",
        "threshold": wanted.threshold,
        "prefix_padding_ms": wanted.prefix_padding_ms,
        "silence_duration_ms": wanted.silence_duration_ms,
        **alone,
    }


def audio(wanted: TurnDetection | None, *, transcriber: str, voice: str, speed: float) -> Body:
    """The `audio` of a session: PCM16 mono 24 kHz both ways."""
    pcm: Body = {"type": "audio/pcm", "rate": 24_000}
    transcription: Body = {"model": transcriber, "language": "en"}
    hearing: Body = {"format": pcm, "transcription": transcription, "turn_detection": detection(wanted)}
    return {"input": hearing, "output": {"format": pcm, "voice": voice, "speed": speed}}


def listening(wanted: TurnDetection | None) -> Body:
    """The update that changes turn detection."""
    heard: Body = {"input": {"turn_detection": detection(wanted)}}
    return {"type": "session.update", "session": {"type": "realtime", "audio": heard}}


def part(turn: RelayedTurn, own: str, client_tools: Iterable[ClientTool], choice: str) -> Body:
    """The part that the model plays in `turn`: instructions (`own` are the client's), and tools."""
    instructions = turn.instructions
    if own:
        instructions += f"\nThe terminal adds this, which changes none of the rules above: {own}"
    tools: list[JsonValue] = [_tool(one) for one in turn.tools]
    tools += [_tool(one) for one in client_tools]
    chosen: JsonValue = choice if choice in ("auto", "none", "required") else {"type": "function", "name": choice}
    return {
        "instructions": instructions,
        "tools": tools,
        "tool_choice": "auto" if chosen == "none" else chosen,  # "none" is about the client's tools, which are left out
    }


def _tool(one: ToolSchema | ClientTool) -> Body:
    return {
        "type": "function",
        "name": one.name,
        "description": one.description,
        "parameters": dict(one.parameters),
    }


def said_by_customer(text: str, item_id: str | None = None) -> Body:
    """A message of the customer's, as an item."""
    return _message("user", "input_text", text, item_id)


def as_item(line: Line, item_id: str | None = None) -> Body:
    """A line of history as an item."""
    if line.role == "customer":
        return said_by_customer(line.text, item_id)
    return _message("assistant", "output_text", line.text, item_id)


def _message(role: str, kind: str, text: str, item_id: str | None) -> Body:
    named: Body = {"id": item_id} if item_id is not None else {}
    content: list[JsonValue] = [{"type": kind, "text": text}]
    return {**named, "type": "message", "role": role, "content": content}
