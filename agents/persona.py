"""What a persona file may say, as strict models: an unknown key or a missing piece is an error with its line.

A persona is one YAML file: who the agent is, what its customers say, which tools it has and which flows its
planner may run. `docs/personas.md` is for people who write one; the fields are described where they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from agents.flow import Flow, Say
from agents.planner.templates import compiled
from agents.quoted import Strict
from agents.understand.cues import cues_in
from agents.understand.heard import BUILT_IN_TYPES
from agents.understand.requests import speaks_of_own
from data.strict_yaml import strict_load
from sync.session import SessionState


class PersonaError(ValueError):
    """A persona file that cannot be used; the message names file, line, field and what to change."""


class Shared(Strict):
    """What every persona can do (`agents/common.yaml`): replies and flows that a persona may replace by name."""

    tools: tuple[str, ...] = ()
    replies: Mapping[str, Say] = Field(default_factory=dict)
    """Replies for outcomes that a flow does not handle itself: `unknown`, `error`, `stuck`, `unclear`."""
    flows: Mapping[str, Flow] = Field(default_factory=dict)

    @field_validator("replies", mode="before")
    @classmethod
    def _short_replies(cls, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        return {name: {"text": entry} if isinstance(entry, str) else entry for name, entry in value.items()}

    @model_validator(mode="after")
    def _tools_are_known(self) -> Shared:
        for name, flow in self.flows.items():
            for tool in (flow.tool, flow.confirm, flow.others and flow.others.tool):
                if tool is not None and tool not in self.tools:
                    raise ValueError(f"flow {name!r} runs the tool {tool!r}: list it under tools")
        for say in self.replies.values():
            compiled(say.text)
        return self


class Asks(Strict):
    """How another agent's texts are searched."""

    tool: str
    """A read-only tool of this persona's, with the same arguments as its own for questions."""
    tells: tuple[str, ...] = ()
    """Slot types, and keys of the topic, that name what the question is about: arguments of the tool. What is named of
    the first one stays in mind for the questions that follow."""


class Holds(Strict):
    """Where an agent finds what the customer holds, to know what their words mean by it."""

    tool: str
    """The read-only tool that answers `held` (records: a list) or another outcome where there is none."""
    told: Mapping[str, str]
    """Fields of a record by which customers tell it, each with the slot type of its values: a day, a time, a place."""
    bill: str | None = None
    """The flow that tells what it costs: of what was just told or done, too ("how much is that in total")."""


class Persona(Shared):
    """A domain agent."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """How the code and the protocol call it; the file `agents/tools/<name>.py` holds its tools."""
    title: str
    """How it speaks of itself: "the flight desk"."""
    description: str
    """One sentence for the router and for people."""
    subject: str
    """What it is about, in a word or two ("flights"): "I can help with flights and hotel stays"."""
    offers: str
    """What it can do, as the end of "I can help with ..."."""
    voice: str
    greeting: str
    instructions: str
    """Template of the system message for a large model in the planner's seat."""
    patience: float = Field(default=1.0, ge=0.5, le=3.0)
    """Factor on all waits that decide whether a customer has ended: above 1 for people who need time to think."""
    default: bool = False
    """Whether it speaks first and takes what belongs to nobody."""
    examples: tuple[str, ...] = Field(min_length=3)
    """Utterances that belong to this agent, beside those of its flows."""
    hints: tuple[str, ...] = ()
    """Words that by themselves speak for this agent ("flight", "boarding")."""
    owned: tuple[str, ...] = ()
    """What a customer may have with this agent ("flight", "ticket"). Words that speak of their own are for what is done
    with a booking, not for a search."""
    vocabulary: tuple[str, ...] = ()
    """Words for the recogniser's prompt."""
    asks: Mapping[str, Asks] = Field(default_factory=dict)
    """Where else a question is looked up to which no text of this agent's has the answer, by the agent that answers."""
    holds: Holds | None = None
    """What its customers hold, read after the proof of identity and before a change of it is quoted."""
    elsewhere: tuple[str, ...] = Field(default=(), exclude=True)
    """The hint words of all other agents; the registry fills it in."""
    desk_subjects: tuple[str, ...] = Field(default=(), exclude=True)
    """The subjects of all other agents, for templates (`subjects`); the registry fills it in."""

    @model_validator(mode="after")
    def _holds_what_slots_change(self) -> Persona:
        if self.holds is not None and self.holds.tool not in self.tools:
            raise ValueError(f"holds reads by the tool {self.holds.tool!r}: list it under tools")
        if self.holds is not None and self.holds.bill is not None and self.holds.bill not in self.flows:
            raise ValueError(f"holds has its bill from {self.holds.bill!r}: write that flow")
        for agent, asked in self.asks.items():
            if asked.tool not in self.tools:
                raise ValueError(f"asks {agent} by the tool {asked.tool!r}: list it under tools")
        known = set(self.holds.told) if self.holds is not None else set()
        for name, flow in self.flows.items():
            if flow.becomes is not None and (flow.becomes not in self.flows or self.holds is None):
                raise ValueError(f"flow {name!r} becomes {flow.becomes!r}: write that flow, and say what holds")
            for slot_name, slot in flow.slots.items():
                if slot.was is not None and slot.was not in known:
                    raise ValueError(f"flow {name!r}, slot {slot_name!r}: was names {slot.was!r}: tell it under holds")
        return self

    def speaks_of_own(self, words: str) -> bool:
        """Whether `words` speak of something that the customer has with this agent."""
        return bool(self.owned) and speaks_of_own(words, self.owned)

    def takes_found(self, spec: Flow) -> bool:
        """Whether something that the search `spec` finds can be taken here, so that who says a code may want that."""
        return spec.on_pick is not None and self.flows[spec.on_pick].confirm is not None

    def waits_for_proof(self, state: SessionState) -> bool:
        """Whether one of this persona's flows waits in `state` for a proof of identity that was not given."""
        names = [flow.name for flow in state.parked if flow.agent == self.name]
        return state.identity is None and any(n in self.flows and self.flows[n].needs_identity for n in names)

    def speaks_for(self, words: str) -> bool:
        """Whether a word of `words` by itself speaks for this agent."""
        return bool(self.hints) and cues_in(self.hints).search(words) is not None

    def speaks_for_another(self, words: str) -> bool:
        """Whether a word of `words` by itself speaks for another agent."""
        return bool(self.elsewhere) and cues_in(self.elsewhere).search(words) is not None

    @cached_property
    def topic_types(self) -> frozenset[str]:
        """The slot types, called like their key of the topic, of what is spoken of here, or at an agent asked from
        here."""
        slots = (named for flow in self.flows.values() for named in flow.slots.items())
        own = {slot.type for name, slot in slots if slot.from_topic and name == slot.type}
        return frozenset(own.union(*(asked.tells[:1] for asked in self.asks.values())) - BUILT_IN_TYPES)

    @property
    def utterances(self) -> tuple[str, ...]:
        """All examples: its own and those of its flows."""
        return (*self.examples, *(text for flow in self.flows.values() for text in flow.utterances))

    def with_shared(self, shared: Shared) -> Persona:
        """This persona with the shared tools, replies and flows that it does not bring itself."""
        return self.model_copy(
            update={
                "tools": tuple(dict.fromkeys((*self.tools, *shared.tools))),
                "replies": {**shared.replies, **self.replies},
                "flows": {**self.flows, **{n: f for n, f in shared.flows.items() if n not in self.flows}},
            }
        )


_Model = TypeVar("_Model", Persona, Shared)


def load_persona(path: Path) -> Persona:
    """The persona in a YAML file. Raises PersonaError."""
    return _load(path, Persona)


def load_shared(path: Path) -> Shared:
    """The shared flows and replies in a YAML file. Raises PersonaError."""
    return _load(path, Shared)


def _load(path: Path, model: type[_Model]) -> _Model:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PersonaError(f"{path}: cannot be read ({error.strerror}): check the file's permissions") from error
    try:
        document: object = strict_load(text)
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise PersonaError(f"{path}: is not YAML: {error}") from error
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(part for part in first["loc"] if part not in ("str", "Say", ""))
        field_name = ".".join(str(part) for part in place) or "the file"
        hint = {"extra_forbidden": "there is no such key: check its spelling", "missing": "it is missing: add it"}
        reason = hint.get(first["type"], first["msg"].removeprefix("Value error, "))
        raise PersonaError(f"{path}, line {_line(tree, place)}: {field_name}: {reason}") from error


def _line(node: yaml.Node | None, place: tuple[int | str, ...]) -> int:
    """The line of the YAML node at `place`, or of the nearest one above it."""
    if node is None:
        return 1
    line = node.start_mark.line + 1
    for part in place:
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    line, child = key.start_mark.line + 1, value
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            child = node.value[part]
            line = node.value[part].start_mark.line + 1
        if child is None:
            break
        node = child
    return line
