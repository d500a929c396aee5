"""What a simulated cloud hears and says (`upstream.py`)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue


class Call(BaseModel):
    """A tool call that the model makes."""

    model_config = ConfigDict(extra="forbid")

    name: str
    arguments: dict[str, JsonValue] = {}


class Reply(BaseModel):
    """What one `response.create` gets: words, tool calls, and how it ends.

    `done`: completed. `wait`: nothing more until it is cancelled. `cut`: the line breaks in the middle of the words.
    `fail`: `response.done` with status failed. `refuse`: an error event instead of a response. `silent`: nothing at
    all. `echo`: every audio frame comes back as the reply's, until it is cancelled.
    """

    model_config = ConfigDict(extra="forbid")

    say: str = ""
    calls: list[Call] = []
    end: Literal["done", "wait", "cut", "fail", "refuse", "silent", "echo"] = "done"
    code: str = "server_error"


class Script(BaseModel):
    """What the simulated model hears (one text a turn) and says (one reply a response), each in order.

    When `replies` is used up, `otherwise` is said.
    """

    model_config = ConfigDict(extra="forbid")

    hears: list[str] = []
    replies: list[Reply] = []
    otherwise: Reply = Reply(say="I can help you with that.")
