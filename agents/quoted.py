"""What a flow of a persona file says of a change that it read back, to who neither agrees to it nor turns it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.planner.templates import compiled
from agents.understand.cues import has_any
from agents.understand.questions import questions_in


class Strict(BaseModel):
    """A part of a persona file; what it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(Strict):
    """An answer to a question about what was read back ("do I keep my seat"), before its read-back in short."""

    asked: tuple[str, ...]
    """Regular expressions; a question in which one is found asks this."""
    text: str | None = None
    """What is said, filled with the quote. It says nothing that the quote or the tool that writes does not make so."""
    question: str | None = None
    """The question that a text of the branch answers, without `text`, or where that comes out empty."""
    more: str | None = None
    """What is said behind the answer to `question`."""

    def is_asked(self, words: str) -> bool:
        """Whether `words` ask this."""
        return has_any(self.asked, words)

    @property
    def of_the_quote(self) -> bool:
        """Whether it tells something of the very change, on which a yes to that may depend."""
        return self.text is not None or self.more is not None

    @model_validator(mode="after")
    def _says_something(self) -> Told:
        if self.text is None and self.question is None:
            raise ValueError("told needs a text or a question: give it one of them, or both")
        compiled(self.text or "")
        return self


def told_to(known: Sequence[Told], words: str) -> tuple[Told, ...]:
    """Which of the `known` answers are for the questions in `words`, in their order."""
    parts = [one.whole for one in questions_in(words)]
    asked = [next((one for one in known if one.is_asked(part)), None) for part in parts]
    found = tuple(dict.fromkeys(one for one in asked if one is not None))
    return found or tuple(one for one in known if one.is_asked(words))[:1]


class Others(Strict):
    """What comes of a wish for less, or for what else there is, while a change is read back: the quote with other
    slots, a list that a tool gives, or what a text answers."""

    cheaper: Mapping[str, str] = Field(default_factory=dict)
    """Slots with which the quote is made anew for who wants to pay less."""
    more: Mapping[str, str] = Field(default_factory=dict)
    """The same for who wants to know what else there is."""
    tool: str | None = None
    """The read-only tool that lists what may be had instead, called with the slots of the flow."""
    without: tuple[str, ...] = ()
    """Slots of the flow that the tool is not given."""
    ask: str | None = None
    """With `tool`: the slot that an item of the list fills. Asked for, it may be answered by "the cheapest"."""
    offer: str | None = None
    """With `tool`: the result's field with the list."""
    pick: Mapping[str, str] = Field(default_factory=dict)
    """With `tool`: slots of the flow to fill from the picked item, each with its field."""
    text: str | None = None
    """With `tool`: what is said of the list, before the open question comes again."""
    asks: str | None = None
    """The question that a text answers instead."""
