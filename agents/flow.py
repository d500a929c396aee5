"""What a flow of a persona file may say: its slots, its texts, and when it begins. See `agents/persona.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from pydantic import Field, field_validator, model_validator

from agents.planner.templates import compiled
from agents.quoted import Others, Strict, Told
from agents.understand.cues import compiled_pattern, cues_in, has_any, is_cued
from agents.understand.denied import affirmed, denied, denies_all
from agents.understand.heard import SECRET_TYPES
from agents.understand.naming import one_or_more, whole_words
from agents.understand.questions import asks_anything, questions_in
from agents.understand.removal import takes_off

CODE_TYPE = "booking_code"
"""The slot type of the code by which a booking is named."""


class Slot(Strict):
    """Something a flow needs to know."""

    type: str
    """A built-in type (`date`, `booking_code`, `customer_id`, `pin`, `count`, `part_of_day`, `choice`, `spelled`,
    `phrase`, `time`; `kept` is filled from results only) or a type
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
    """For a `choice`: each value with the words that mean it; of words within longer ones the longer
    count ("without legroom")."""
    stands_for: Mapping[str, str] = Field(default_factory=dict)
    """For a `choice`: types whose values, given in answer to its question, stand for one of its options."""
    leads: tuple[str, ...] = ()
    """For a `count`: words that, standing before the number, make it this slot's ("for" two)."""
    unless_after: tuple[str, ...] = ()
    """For a `count`: words that, standing before the number, make it another's ("to" three nights)."""
    overrules: tuple[str, ...] = ()
    """Slots that a new value of this one puts out of force ("no, an aisle seat" after a seat by its name)."""
    beside: tuple[str, ...] = ()
    """Words of which one must be in the utterance for it to fill this slot unasked ("longer" for nights to add)."""
    prefers: tuple[str, ...] = ()
    """Words that, standing before a value, make it the likelier one of several ("to" for the new day of a change)."""
    avoids: tuple[str, ...] = ()
    """Words that, standing before a value, make it the less likely one of several ("I have two bags and need one")."""
    named: tuple[str, ...] = ()
    """What customers call it who are asked which of several things to change: it is asked for then."""
    once_named: str | None = None
    """With `named`: the question for it once it was named, where `ask` is the one for which of several."""
    wanted: bool = False
    """Whether words that say how things are ("I'm booked on Monday") fill it only when it was asked for."""
    held: bool = False
    """Whether such words, and what something else takes the place of ("rather than Monday"), are this slot's."""
    several: tuple[str, ...] = ()
    """For a `count`: words of more than one, or of some ("bags"). Where they began the flow and no number was said, it
    is asked for."""
    verbs: tuple[str, ...] = ()
    """Words that make a value this slot's though "on" or "the" stands between ("leave on Saturday"), also where another
    slot of its type was asked for. With `after`, one of them must be there, unless the slot was asked for."""
    then: tuple[str, ...] = ()
    """With `after`: words that, standing behind a value, make it this slot's ("the tenth as our last day")."""
    pattern: str | None = None
    """For `spelled`: the regular expression that the characters must match as a whole (a seat: `[0-9]+[A-F]`). For
    `phrase`: one that finds the value in the words as its first group."""
    held_by: Mapping[str, str] = Field(default_factory=dict)
    """For a `choice` of agents: for each the read-only tool that tells what the customer holds there (outcome `held`).
    Where only one holds anything, that one is meant."""
    was: str | None = None
    """The field of a record that the customer holds (`Persona.holds`) with what this slot changes, or tells it by."""
    moves: str | None = None
    """For a `day_shift`: the slot whose day is moved where the words name none."""
    span_from: str | None = None
    """For a `date`: the slot of the first day of the span of which this one is the last. Where the words say only one
    end of what is held, the other one stays."""
    again_as: str | None = None
    """A slot in which the value that was said with a wrong secret is kept: it counts again when the secret is put right
    and nothing else is said."""
    ones: tuple[str, ...] = ()
    """With `after`: words behind a value that make it this slot's, by which a thing is named ("the Austin one")."""
    shifted_by: tuple[str, ...] = ()
    """For a day that a `day_shift` may move: words that mean this one ("stay on", "longer")."""
    from_last: bool = False
    """Whether the value of the flow before may stand in ("I'll take the king room" after rooms were listed)."""
    from_topic: bool = False
    """Whether the thing the conversation is about may stand in when the words name none."""
    asks_of: bool = False
    """For a `choice` of a lookup: whether it says what is asked of the things that are told ("when does it land")."""

    @property
    def secret(self) -> bool:
        """Whether the value is never kept: it counts for the turn in which it was said."""
        return self.type in SECRET_TYPES


class Say(Strict):
    """What to say after a tool's outcome."""

    text: str
    short: str | None = None
    """For `quoted`: the read-back once more, what is done and its price, for who has heard all of it."""
    prices: tuple[str, ...] = ()
    """For `quoted`: the fields (cents) that a customer may name as its price in a yes; none: any that was told."""
    ask: str | None = None
    """A slot that the text asks for: the flow goes on with the answer."""
    forget: tuple[str, ...] = ()
    """Slots to empty before going on."""
    offer: str | None = None
    """The result's field with the list that the text offers; "the second one" then picks from it."""
    pick: Mapping[str, str] = Field(default_factory=dict)
    """For `offer`: slots of this flow, or of the next, to fill from the picked item, each with its field."""
    keep: Mapping[str, str] = Field(default_factory=dict)
    """Slots to fill from the result, each with its field, for the turns that follow."""
    requote: bool = False
    """Whether the quote is made and read back anew after the text (its price has changed)."""
    tells: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """For `done`: words of the text, each with regular expressions of questions that it answers where it has them: said
    in one breath with the yes, they are not answered twice."""
    offers: str | None = None
    """The flow that a yes to this text begins ("Shall I call one of our staff?")."""
    hand_over: str | None = None
    """The agent that goes on with the same words after the text."""
    answered: bool = True
    """False for a reply that does not give the customer what they asked for."""

    def answers(self, asked: str, reply: str) -> bool:
        """Whether the `reply` made of this text answers every question in `asked`."""
        told = [one for words, patterns in self.tells.items() if words in reply for one in patterns]
        return bool(told) and all(has_any(tuple(told), one.whole) for one in questions_in(asked))


class Flow(Strict):
    """One thing that the planner can do for a customer: collect slots, run a tool, say its outcome."""

    examples: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Utterances that begin it: a list, or lists by subject where it has several (the router learns each apart)."""
    also: tuple[str, ...] = ()
    """Further utterances that begin it, in words that fewer people use. The router does not learn from them."""
    cues: tuple[str, ...] = ()
    """Words that speak for this flow ("reschedule"), unless they are in a question."""
    patterns: tuple[str, ...] = ()
    """Regular expressions; words in which one is found mean this flow, however they sound."""
    takes_off: tuple[str, ...] = ()
    """What customers want taken off, or less of, who mean this flow, however they say it ("bag")."""
    undoes: str | None = None
    """With `takes_off`: the flow that adds it. Said in its course, that is left, and of what it has done "it" is
    enough."""
    only: str | None = None
    """A regular expression that must be found in the words, however near they sound ("what time is it": not every
    question for a time)."""
    about_proof: bool = False
    """Whether its patterns count only while a proof of identity is asked for."""
    task: str | None = None
    """What it does for the customer, to offer going on with it: "your flight change"."""
    wish: str | None = None
    """What a customer wants who is asked whether this is meant ("Would you like to change your flight?"); a flow
    without one is never guessed."""
    situations: tuple[str, ...] = ()
    """Utterances that tell of something in which this flow would help, without asking for it. What customers begin with
    is learned from them, too; nothing else is."""
    everywhere: bool = False
    """For a flow of the default agent: whether every other agent can answer it too."""
    of_own: bool = False
    """Whether, for customers who proved who they are, what they hold next stands in for what the words leave out."""
    becomes: str | None = None
    """The flow that changes what the customer holds, for words that turn out to be about that: of a search, those that
    name the place and the day of it and want it otherwise; of any flow, those that say what is held and what is wanted
    instead."""
    ends: bool = False
    """Whether it ends what the customer holds (a cancellation): left for another change of that, it is given up, and
    once it is done no other change of that goes on."""
    on_pick: str | None = None
    """The flow that begins when an item of the list told last is picked outside of a question."""
    closes: bool = False
    """Whether nothing is offered after it: the customer leaves, or a person comes."""
    hands_to: str | None = None
    """The slot that names the agent who goes on with the words that began this flow."""
    slots: Mapping[str, Slot] = Field(default_factory=dict)
    needs: tuple[tuple[str, ...], ...] = ()
    """Alternatives; each is a group of slots that is enough for the tool. The first is asked for by default."""
    own: str | None = None
    """The flow that tells the same of what the customer holds. It goes on where the words name nothing that this one is
    about, and the customer has said a code of theirs, or has proved who they are."""
    needs_identity: bool = False
    """Whether the customer must have proved who they are."""
    proves_identity: bool = False
    """Marks the flow that asks for the proof."""
    tool: str | None = None
    """The tool to run, with the filled slots as arguments."""
    confirm: str | None = None
    """The tool that writes what `tool` quoted, after an explicit yes to the text of the outcome `quoted`."""
    others: Others | None = None
    """With `confirm`: what is said to who wants less, or something else, than what was read back."""
    told: tuple[Told, ...] = ()
    """With `confirm`: what is said to who asks something of what was read back."""
    agree: tuple[str, ...] = ()
    """Words that may go with that yes ("cancel" where cancelling is what was read back)."""
    words_as: str | None = None
    """The tool's argument that takes the customer's own words."""
    leans_as: str | None = None
    """The tool's argument that takes the question asked last, where the words may lean on it."""
    reworded: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """With `words_as`: questions as texts answer them, each with regular expressions of other words for it. Such words
    mean this flow, and the tool gets the question."""
    asks: str | None = None
    """With `words_as`: the question that the tool gets instead of the words, for words that tell of a matter without
    asking."""
    priced_by: str | None = None
    """The question to which a text answers what it costs, for who asks that before they have proved who they are."""
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

    @cached_property
    def _every_pattern(self) -> tuple[str, ...]:
        return (*self.patterns, *(one for patterns in self.reworded.values() for one in patterns))

    def means(self, words: str) -> bool:
        """Whether `words` mean this flow by one of its patterns, or by what they want taken off."""
        if self.excludes(words):
            return False
        by_pattern = bool(self._every_pattern) and has_any(self._every_pattern, words)
        return by_pattern or (bool(self.takes_off) and takes_off(words, self.takes_off))

    def reworded_in(self, words: str) -> str:
        """`words` with each question in them that is known under other words put as texts answer it."""
        if not self.reworded:
            return words
        said = [one.whole for one in questions_in(words)]
        put = [next((q for q, known in self.reworded.items() if has_any(known, one)), one) for one in said]
        if put == said and len(said) > 1 and not any(map(asks_anything, said[:-1])):  # a story before the question
            return next((q for q, known in self.reworded.items() if has_any(known, words)), words)
        return words if put == said else " ".join(f"{one.rstrip('?.! ')}?" for one in put)

    def excludes(self, words: str) -> bool:
        """Whether `words` cannot mean this flow."""
        return (self.only is not None and not has_any((self.only,), words)) or self.denied_in(words)

    def denied_in(self, words: str) -> bool:
        """Whether `words` name this change only to say that it is not wanted ("don't cancel anything"); of one that
        ends nothing they must deny that anything is done ("I don't want to change my flight")."""
        if self.confirm is None or not self.cues:
            return False
        named = any((self.ends or denies_all(one)) and self.led_by(one) for one in denied(words))
        return named and not self.cued(affirmed(words)) and not self.means(affirmed(words))

    def cued(self, words: str) -> bool:
        """Whether one of the flow's own words is in `words`."""
        return bool(self.cues) and is_cued(self.cues, words)

    @cached_property
    def needed(self) -> frozenset[str]:
        """The slots that are needed in one way or another."""
        return frozenset(name for group in self.needs for name in group)

    @property
    def of_held(self) -> bool:
        """Whether it does something with a booking that the customer holds."""
        return self.confirm is not None and any(slot.type == CODE_TYPE for slot in self.slots.values())

    def slot_named(self, words: str) -> str | None:
        """The one slot that `words` name in so many words ("a bigger room"); a single word for it may only say what the
        flow is about ("change my room"). None: none, or several."""
        named = [
            n
            for n, slot in self.slots.items()
            if any(" " in one and whole_words(one).search(words) is not None for one in slot.named)
        ]
        return named[0] if len(named) == 1 else None

    @cached_property
    def only_replies(self) -> bool:
        """Whether it only says a word to what was said ("thank you", "forget it"); one that takes leave ends more."""
        said = self.said_after("") if self.tool is None else None
        does = self.closes or self.hands_off or self.repeats or self.resumes or self.about_proof or self.proves_identity
        return said is not None and said.answered and said.offers is None and not does

    @property
    def asks_of(self) -> tuple[str, ...]:
        """The slots by which a lookup is asked one thing of what it tells ("how long does it take")."""
        return tuple(name for name, slot in self.slots.items() if slot.type == "choice" and slot.asks_of)

    @property
    def beside_a_yes(self) -> tuple[str, ...]:
        """Words that may stand beside a yes to this flow's read-back: those it lists, and its own."""
        return (*self.agree, *self.cues)

    def led_by(self, words: str) -> bool:
        """Whether `words` begin with one of the flow's own words."""
        return bool(self.cues) and cues_in(self.cues).match(words) is not None

    @property
    def utterances(self) -> tuple[str, ...]:
        """All examples, whatever their subject."""
        return tuple(text for texts in self.examples.values() for text in texts)

    @property
    def phrasings(self) -> tuple[str, ...]:
        """All utterances that begin it: its examples, and those in words that fewer people use."""
        return (*self.utterances, *self.also)

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
                if self.slots[name].ask is None and self.slots[name].type != "phrase":
                    raise ValueError(f"the needed slot {name!r} has no question: give it an ask")
        entries = [self.say] if isinstance(self.say, str | Say) else list(self.say.values())
        for entry in entries:
            said = entry if isinstance(entry, Say) else Say(text=entry)
            compiled(said.text)
            compiled(said.short or "")
            for name in (*said.forget, *((said.ask,) if said.ask else ())):
                if name not in self.slots:
                    raise ValueError(f"say speaks of the slot {name!r}: describe it under slots")
        for slot in self.slots.values():
            compiled(slot.ask or "")
            compiled(slot.again or "")
        if self.others is not None:
            compiled(self.others.text or "")
            for name in (*self.others.cheaper, *self.others.more, *self.others.pick):
                if name not in self.slots:
                    raise ValueError(f"others names the slot {name!r}: describe it under slots")
        tells = (one for entry in entries if isinstance(entry, Say) for one in entry.tells.values())
        several = (*self.reworded.values(), *(told.asked for told in self.told), *tells)
        for pattern in (*self.patterns, *(one for patterns in several for one in patterns), self.only or ""):
            try:
                compiled_pattern(pattern)
            except re.error as error:
                raise ValueError(f"the pattern {pattern!r} cannot be read: {error}") from error
        self._prepare()
        for name, slot in self.slots.items():
            if slot.moves is not None and slot.moves not in self.slots:
                raise ValueError(f"the slot {name!r} moves {slot.moves!r}: describe it under slots")
        for name, slot in self.slots.items():
            if slot.span_from is not None and slot.span_from not in self.slots:
                raise ValueError(f"the slot {name!r} has its span from {slot.span_from!r}: describe it under slots")
        if self.situations and self.wish is None:
            raise ValueError("situations need a wish: say what the customer is asked about")
        if self.hands_to is not None and self.hands_to not in self.slots:
            raise ValueError(f"hands_to names the slot {self.hands_to!r}: describe it under slots")
        if self.confirm is not None and self.said_after("quoted") is None:
            raise ValueError("confirm needs a read-back: give say the outcome quoted")
        if self.tool is None and not isinstance(self.say, str | Say):
            raise ValueError("say has outcomes but there is no tool: name the tool, or make say one text")
        return self

    def _prepare(self) -> None:
        """Make the expressions that its words are found by now, not in a customer's first turn."""
        if self.cues:
            cues_in(self.cues)
        for slot in self.slots.values():
            for value, names in slot.options.items():
                for name in (value, *names):
                    one_or_more(name)
            for words in (slot.beside, slot.named):
                if words:
                    whole_words(*words)
