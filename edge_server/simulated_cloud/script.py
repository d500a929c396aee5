"""What a simulated cloud hears and says, and how it fails: the format of a script file (YAML; docs/cloud.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from agents.planner.templates import TemplateError, render


class ScriptError(ValueError):
    """A script that cannot be used; the message says where and why."""


class Call(BaseModel):
    """A tool call that the model makes. `{0}` in an argument is the first group of the rule's pattern."""

    model_config = ConfigDict(extra="forbid")

    name: str
    arguments: dict[str, JsonValue] = {}


class Reply(BaseModel):
    """What one `response.create` gets: words, tool calls, and how it ends.

    `say` may name fields of what the last tool answered, as personas do: `{{ number }}`. `after_ms`: how long nothing
    comes. `real_time`: sound comes as it is spoken, not at once. `end`:

    `done`: completed. `wait`: nothing more until it is cancelled. `cut`: the line breaks when `cut_at` of the words is
    said. `fail`: `response.done` with status failed and `code`. `refuse`: an error event with `code` instead of a
    response. `expire`: the session is over. `silent`: nothing at all. `echo`: every audio frame comes back as the
    reply's, until it is cancelled.
    """

    model_config = ConfigDict(extra="forbid")

    say: str = ""
    calls: list[Call] = []
    end: Literal["done", "wait", "cut", "fail", "refuse", "expire", "silent", "echo"] = "done"
    code: str = "server_error"
    cut_at: float = Field(default=0.5, ge=0.0, le=1.0)
    after_ms: int = Field(default=0, ge=0)
    real_time: bool = False

    def words(self, answer: Mapping[str, JsonValue]) -> str:
        """What is said, given what the last tool answered."""
        if "{" not in self.say:
            return self.say
        try:
            return render(self.say, {"today": "2000-01-01", **answer})
        except TemplateError:
            return "I cannot tell."

    def with_groups(self, groups: tuple[str, ...]) -> Reply:
        """This reply with the groups of a pattern put into its calls."""
        calls = [
            Call(name=one.name, arguments={key: _filled(value, groups) for key, value in one.arguments.items()})
            for one in self.calls
        ]
        return self.model_copy(update={"calls": calls})


class Rule(BaseModel):
    """What is said to words that hold the pattern `when`: `then`, one reply a response."""

    model_config = ConfigDict(extra="forbid")

    when: str
    then: list[Reply]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """`when`, whatever the case."""
        return re.compile(self.when, re.IGNORECASE)


class Refusal(BaseModel):
    """How connections are turned away: HTTP `status`, with the provider's `code`."""

    model_config = ConfigDict(extra="forbid")

    status: int = 503
    code: str = "server_error"


class Script(BaseModel):
    """What the simulated model hears and says.

    `hears`: one text a turn, in order; then its ear, where it has one, or nothing. `replies`: one a response, in order;
    when they are used up, the first of `rules` whose pattern is in the customer's last words, and `otherwise` where
    none is. `fails`: how every so many replies (`every`) ends instead. `away_s`: after a line was cut or a session
    failed so, how long new ones are refused. `session_s`: age at which a session expires. `refuses`: turns all away.
    `obedient`: it says word for word what it is told to say.
    """

    model_config = ConfigDict(extra="forbid")

    hears: list[str] = []
    replies: list[Reply] = []
    rules: list[Rule] = []
    otherwise: Reply = Reply(say="I can help you with that.")
    fails: list[Literal["cut", "fail", "refuse", "expire", "silent"]] = []
    every: int = Field(default=4, ge=1)
    away_s: float = Field(default=0.0, ge=0.0)
    session_s: float | None = Field(default=None, gt=0.0)
    refuses: Refusal | None = None
    obedient: bool = True

    @classmethod
    def load(cls, path: Path) -> Script:
        """The script in a file. Raises ScriptError."""
        try:
            return cls.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
        except OSError as error:
            raise ScriptError(f"{path}: {error.strerror}") from None
        except yaml.YAMLError as error:
            raise ScriptError(f"{path} is no YAML: {error}") from None
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(step) for step in first["loc"])
            raise ScriptError(f"{path}: {where}: {first['msg']}") from None

    def to(self, words: str) -> list[Reply]:
        """What is said to these words, where nothing else is told."""
        for rule in self.rules:
            if found := rule.pattern.search(words):
                groups = tuple(group or "" for group in found.groups())
                return [reply.with_groups(groups) for reply in rule.then]
        return [self.otherwise]


def _filled(value: JsonValue, groups: tuple[str, ...]) -> JsonValue:
    if not isinstance(value, str):
        return value
    for number, group in enumerate(groups):
        value = value.replace(f"{{{number}}}", group.upper())
    return value
