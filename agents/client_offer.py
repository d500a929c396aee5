"""What a client with tools of its own brings to a turn, and what the turn then asks of the client."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

_WORD = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class ClientTool:
    """A tool of the client. `parameters` is the JSON schema of its arguments, an object."""

    name: str
    description: str
    parameters: Mapping[str, JsonValue]

    @property
    def words(self) -> str:
        """The name as words: `getWeather` and `get_weather` are "get weather"."""
        return " ".join(_WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", self.name))).lower()


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What the client answered to a call: `output` is its text, most often JSON."""

    name: str
    output: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that lacks the argument `missing`, which the customer was asked for."""

    name: str
    arguments: Mapping[str, JsonValue]
    missing: str
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Offer:
    """What the client brings to a turn: its tools, which of them to use, and outputs of calls made before.

    `choice`: "auto" (when one fits), "none", "required" (the one that fits best), or the name of one tool. `asked` is
    what the last turn gave as `ToolAsked`, if any.
    """

    tools: tuple[ClientTool, ...] = ()
    choice: str = "auto"
    outputs: tuple[ToolOutput, ...] = ()
    asked: Asked | None = None

    def __bool__(self) -> bool:
        """Whether there is anything in it for this turn."""
        return bool(self.outputs) or (bool(self.tools) and self.choice != "none")


@dataclass(frozen=True, slots=True)
class ClientToolCall:
    """The client is to run its tool `name`; `arguments` is JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolAsked:
    """The customer was asked for an argument; whoever runs the turns puts `asked` into the next offer."""

    asked: Asked
