"""Tools that the client brings and carries out itself: what is offered with a turn, and a call to one of them.

The agents' own tools never go to the client; these never reach an agent's kernel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class ClientTool:
    """A tool of the client. `parameters` is the JSON schema of its arguments, an object."""

    name: str
    description: str
    parameters: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What the client answered to a call: `output` is its text, most often JSON."""

    name: str
    output: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What the client brings to a turn: its tools, which of them to use, and outputs of calls made before.

    `choice`: "auto" (when one fits), "none", "required" (the one that fits best), or the name of one tool.
    """

    tools: tuple[ClientTool, ...] = ()
    choice: str = "auto"
    outputs: tuple[ToolOutput, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything in it for this turn."""
        return bool(self.outputs) or (bool(self.tools) and self.choice != "none")


@dataclass(frozen=True, slots=True)
class ClientToolCall:
    """The client is to run its tool `name`; `arguments` is JSON text."""

    name: str
    arguments: str
