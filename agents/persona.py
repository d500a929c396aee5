"""What a persona file may say, as strict models: an unknown key or a missing piece is an error with its line.

A persona is one YAML file: who the agent is, what its customers say, which tools it has and which flows its
planner may run. `docs/personas.md` is for people who write one; the fields are described where they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from agents.planner.templates import compiled
from agents.understand.heard import SECRET_TYPES


class PersonaError(ValueError):
    """A persona file that cannot be used; the message names file, line, field and what to change."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Slot(_Strict):
    """Something a flow needs to know."""

    type: str
    """A built-in type (`date`, `booking_code`, `customer_id`, `pin`, `count`, `part_of_day`, `choice`) or a type
    whose names the agent's tools give (`airport`, `hotel`, `flight_number`)."""
    ask: str | None = None
    """The question for it (template)."""
    again: str | None = None
    """The question when the first answer could not be used; None: `ask` again."""
    after: tuple[str, ...] = ()
    """Words that, standing before a value, make it this slot's ("from" for an origin)."""
    units: tuple[str, ...] = ()
    """For a `count`: words that, standing after the number, make it this slot's ("nights")."""
    options: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """For a `choice`: each value with the words that mean it."""
    beside: tuple[str, ...] = ()
    """Words of which one must be in the utterance for it to fill this slot unasked ("longer" for nights to add)."""
    prefers: tuple[str, ...] = ()
    """Words that, standing before a value, make it the likelier one of several ("to" for the new day of a change)."""
    pattern: str | None = None
    """For `spelled`: the regular expression that the characters must match as a whole (a seat: `[0-9]+[A-F]`)."""
    from_last: bool = False
    """Whether the value of the flow before may stand in ("I'll take the king room" after rooms were listed)."""
    from_topic: bool = False
    """Whether the thing the conversation is about may stand in when the words name none."""

    @property
    def secret(self) -> bool:
        """Whether the value is never kept: it counts for the turn in which it was said."""
        return self.type in SECRET_TYPES


class Say(_Strict):
    """What to say after a tool's outcome."""

    text: str
    ask: str | None = None
    """A slot that the text asks for: the flow goes on with the answer."""
    forget: tuple[str, ...] = ()
    """Slots to empty before going on."""
    offer: str | None = None
    """The result's field with the list that the text offers; "the second one" then picks from it."""
    pick: Mapping[str, str] = Field(default_factory=dict)
    """For `offer`: slots of this flow, or of the next, to fill from the picked item, each with its field."""
    requote: bool = False
    """Whether the quote is made and read back anew after the text (its price has changed)."""
    answered: bool = True
    """False for a reply that does not give the customer what they asked for."""


class Flow(_Strict):
    """One thing that the planner can do for a customer: collect slots, run a tool, say its outcome."""

    examples: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Utterances that begin it: a list, or lists by subject where it has several (the router learns each apart)."""
    cues: tuple[str, ...] = ()
    """Words that speak for this flow ("reschedule"), unless they are in a question."""
    slots: Mapping[str, Slot] = Field(default_factory=dict)
    needs: tuple[tuple[str, ...], ...] = ()
    """Alternatives; each is a group of slots that is enough for the tool. The first is asked for by default."""
    needs_identity: bool = False
    """Whether the customer must have proved who they are."""
    proves_identity: bool = False
    """Marks the flow that asks for the proof."""
    tool: str | None = None
    """The tool to run, with the filled slots as arguments."""
    confirm: str | None = None
    """The tool that writes what `tool` quoted, after an explicit yes to the text of the outcome `quoted`."""
    agree: tuple[str, ...] = ()
    """Words that may go with that yes ("cancel" where cancelling is what was read back)."""
    words_as: str | None = None
    """The tool's argument that takes the customer's own words."""
    say: str | Say | Mapping[str, str | Say]
    """The reply; with a tool, one for each `outcome` of its result."""
    remember: Mapping[str, str] = Field(default_factory=dict)
    """Topic keys to keep, each with the name of the result's field that holds it."""
    fallback: bool = False
    """Whether words that fit no flow go here."""
    stops_flow: bool = False
    """Whether it ends the flow under way ("never mind")."""
    repeats: bool = False
    """Whether it says the last reply again and leaves everything as it was."""
    pace: float = Field(default=1.0, ge=0.5, le=2.0)
    """With `repeats`: factor on the pace of speech from here on ("slower")."""
    loudness: float = Field(default=1.0, ge=0.25, le=4.0)
    """With `repeats`: factor on the loudness of speech from here on ("louder")."""
    resumes: bool = False
    """Whether it goes on with a flow that was left ("back to my flight")."""
    hands_off: bool = False
    """Marks the flow that calls a person; it is offered to a customer who got nothing twice in a row."""

    @property
    def does_something(self) -> bool:
        """Whether it is more than the reply to what no agent does."""
        return self.tool is not None or not self.fallback

    @property
    def utterances(self) -> tuple[str, ...]:
        """All examples, whatever their subject."""
        return tuple(text for texts in self.examples.values() for text in texts)

    @field_validator("examples", mode="before")
    @classmethod
    def _plain_list(cls, value: object) -> object:
        return {"": value} if isinstance(value, list | tuple) else value

    def said_after(self, outcome: str) -> Say | None:
        """What this flow says after an `outcome` of its tool ("" without a tool)."""
        if isinstance(self.say, str):
            return Say(text=self.say)
        if isinstance(self.say, Say):
            return self.say
        entry = self.say.get(outcome)
        return Say(text=entry) if isinstance(entry, str) else entry

    @model_validator(mode="after")
    def _fits_together(self) -> Flow:
        for group in self.needs:
            for name in group:
                if name not in self.slots:
                    raise ValueError(f"needs names the slot {name!r}: describe it under slots")
                if self.slots[name].ask is None:
                    raise ValueError(f"the needed slot {name!r} has no question: give it an ask")
        entries = [self.say] if isinstance(self.say, str | Say) else list(self.say.values())
        for entry in entries:
            said = entry if isinstance(entry, Say) else Say(text=entry)
            compiled(said.text)
            for name in (*said.forget, *((said.ask,) if said.ask else ())):
                if name not in self.slots:
                    raise ValueError(f"say speaks of the slot {name!r}: describe it under slots")
        for slot in self.slots.values():
            compiled(slot.ask or "")
            compiled(slot.again or "")
        if self.confirm is not None and self.said_after("quoted") is None:
            raise ValueError("confirm needs a read-back: give say the outcome quoted")
        if self.tool is None and not isinstance(self.say, str | Say):
            raise ValueError("say has outcomes but there is no tool: name the tool, or make say one text")
        return self


class Shared(_Strict):
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
            for tool in (flow.tool, flow.confirm):
                if tool is not None and tool not in self.tools:
                    raise ValueError(f"flow {name!r} runs the tool {tool!r}: list it under tools")
        for say in self.replies.values():
            compiled(say.text)
        return self


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
    vocabulary: tuple[str, ...] = ()
    """Words for the recogniser's prompt."""
    desk_subjects: tuple[str, ...] = Field(default=(), exclude=True)
    """The subjects of all other agents, for templates (`subjects`); the registry fills it in."""

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
        document: object = yaml.safe_load(text)
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
