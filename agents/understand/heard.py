"""One utterance with all that is understood in it, before anybody decides what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from pydantic import JsonValue

from agents.understand import codes
from agents.understand.calendar_words import ORDINAL, WEEKDAYS, day_of_month
from agents.understand.held import Held, says
from agents.understand.phrases import Answer
from agents.understand.proofs import masks, set_apart, without_proof

Act = Literal[
    "answers", "corrects", "accepts", "declines", "asks", "other", "yes_and", "cannot", "again", "person", "chat"
]
"""What words may do to the last reply (`agents.acts`)."""
BUILT_IN_TYPES = frozenset(
    {
        "date",
        "booking_code",
        "customer_id",
        "pin",
        "count",
        "part_of_day",
        "choice",
        "spelled",
        "time",
        "phrase",
        "kept",
        "day_shift",
        "week",
    }
)
"""Slot types that need no names from a tool."""
PROOF_TYPES = frozenset({"booking_code", "customer_id"})
"""Slot types by which customers prove who they are."""
_FEWEST_OF_A_WISH = 4
"""Fewer words beside a proof ask for nothing."""
SECRET_TYPES = frozenset({"pin"})
"""Slot types whose value is never kept, shown to a model or written down."""

_FILLER = re.compile(r"(?:\W*(?:uh|um|uhm|er|erm|hm+|ah|oh|well|so|like|huh|eh|mm+)\b)*\W*", re.IGNORECASE)
_OPENING = re.compile(
    r"^(?:(?:ok(?:ay)?|so|well|great|thanks|thank you|and|but|also|now|then|alright|all right|um|uh|er|hm+|oh|"
    r"what about|how about)\W+)+",
    re.IGNORECASE,
)


_LEANS_BACK = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|so|well|great|thanks|oh|right|alright|all right|fine|hm+|ah|i see)\W+)*"
    r"(?:and|but|also|what about|how about)\b",
    re.IGNORECASE,
)
_NUMBER_ALONE = re.compile(rf"(?:on\s+)?(?:the\s+)?{ORDINAL}", re.IGNORECASE)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def is_number_alone(words: str) -> bool:
    """Whether `words` name a day by its number alone ("the 3rd")."""
    return _NUMBER_ALONE.fullmatch(words) is not None


@dataclass(frozen=True, slots=True)
class Found:
    """A slot value in the words, at characters `start` to `end`. `lead` is the word before it ("from"), `follow`
    the word after it ("nights"), both lower case."""

    type: str
    value: JsonValue
    start: int
    end: int
    lead: str = ""
    follow: str = ""


@dataclass(frozen=True, slots=True)
class Guess:
    """A flow that the words may be for, and what it does for the customer ("change your flight"); `task` is what that
    is called when it is gone on with ("your flight change"), "" where it is not known or has no name."""

    agent: str
    flow: str
    wish: str
    task: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said.

    `words` has every PIN masked and is safe to keep. `pin` is the PIN in clear, for the identity check of this
    turn only. `flows` maps a flow of the answering persona to how near the words are to its examples (cosine
    similarity, -1 to 1); the desk fills it in when the persona is known. `begins` is the flow of that persona that the
    words begin by what was learned; `guesses` are the flows of any persona to ask about where there is none, or where
    it has no answer; `meant` is the flow that the customer said yes to, `meant_too` another one that they want as well.
    `today` is the branch's day.
    `acts`: how likely the words do what to the last reply (`agents.acts`); empty where nothing was learned of that.
    `asked` are the flows that the last reply asked about, where it did.
    `general` is `words` with each name replaced by what such a thing is called ("when can I check in at the hotel"),
    for comparing them with examples. `held` is what the customer holds that the words are about, once it is known, and
    `began` what they said when they began to speak of it.
    `silences`: how often in a row the customer has let their time to speak pass. `behind_yes`: the words stood behind
    a yes that was carried out just now. `chats`: they ask something while a question is open, and only make talk.
    """

    words: str
    today: date
    found: tuple[Found, ...] = ()
    answer: Answer | None = None
    pin: str | None = field(default=None, repr=False)
    flows: Mapping[str, float] = field(default_factory=dict)
    begins: str | None = None
    guesses: tuple[Guess, ...] = ()
    acts: Mapping[str, float] = field(default_factory=dict)
    asked: tuple[Guess, ...] = ()
    meant: str | None = None
    meant_too: Guess | None = None
    general: str = ""
    held: Held | None = None
    began: str = ""
    silences: int = 0
    behind_yes: bool = False
    chats: bool = False

    @property
    def types(self) -> tuple[str, ...]:
        """The slot types of what was found, one for each value."""
        return tuple(one.type for one in self.found)

    def of(self, type_: str) -> tuple[Found, ...]:
        """What was found of one slot type, in the order said."""
        return tuple(found for found in self.found if found.type == type_)

    def does(self, *acts: Act) -> float:
        """How likely the words do one of `acts` to the last reply: 0 to 1."""
        return sum(self.acts.get(act, 0.0) for act in acts)

    def with_flows(self, flows: Mapping[str, float]) -> Heard:
        """The same words with the persona's flow scores."""
        return replace(self, flows=flows)

    def without(self, values: Iterable[JsonValue]) -> str:
        """The words less those that say one of `values` once more ("yes, Friday is fine", "yes, for one")."""
        said, kept = list(values), self.words
        for one in sorted(self.found, key=lambda one: -one.start):
            same = one.value in said or (one.type == "date" and self.bare_weekday(one) and _same_weekday(one, said))
            number = one.type == "count" and (one.lead == "for" or one.value != 1)
            told = number or one.type not in ("count", "spelled")
            if same and told:
                kept = f"{kept[: one.start]} {kept[one.end :]}"
        return re.sub(r"\b(?:on|at|in|for|to)\s+(?=$|\W|is\b|works\b)", " ", kept)

    def bare_weekday(self, one: Found) -> bool:
        """Whether the day `one` was named by its weekday alone ("Monday"), so that it may be any such day."""
        return self.words[one.start : one.end].lower().removesuffix("s") in WEEKDAYS

    def bare_number(self, one: Found) -> bool:
        """Whether the day `one` was named by its number alone ("the 3rd"), so that it may be of any month."""
        if not is_number_alone(self.words[one.start : one.end]):
            return False
        day = date.fromisoformat(str(one.value))  # in another month it was asked for
        return day_of_month(self.today, day.day) == day

    def is_held(self, one: Found, only: str | None = None) -> bool:
        """Whether the value `one` is what the customer holds (in the field `only` of the record, where it is given)."""
        if self.held is None:
            return False
        alone = {"weekday": self.bare_weekday(one), "number": self.bare_number(one)} if one.type == "date" else {}
        return any(says(one.type, one.value, value, **alone) for value in self.held.values(one.type, only))

    def is_exactly_held(self, one: Found, only: str | None = None) -> bool:
        """The same, and no day that is named by its weekday alone, or that shares its number only."""
        if self.held is None or (one.type == "date" and self.bare_weekday(one)):
            return False
        return any(says(one.type, one.value, value) for value in self.held.values(one.type, only))

    def part(self, start: int, end: int) -> Heard:
        """Only what stands at characters `start` to `end`; all places stay as they are."""
        words = f"{' ' * start}{self.words[start:end]}"
        return replace(self, words=words, found=tuple(one for one in self.found if start <= one.start < end))

    @property
    def wish(self) -> str:
        """The words without those that only say who the customer is ("cancel" of "K7M2QX, PIN ****, cancel"); "" when
        nothing is left that could ask for anything."""
        return without_proof(self.words, proof_places(self.words, self.found))

    @property
    def apart(self) -> str:
        """The words, all places as they are, with no more than a comma for what proves who the customer is."""
        return set_apart(self.words, proof_places(self.words, self.found))

    @property
    def only_proves(self) -> bool:
        """Whether the words say who the customer is, and hardly anything else ("it's K7M2QX, and 4071")."""
        codes_said = [one.value for type_ in PROOF_TYPES for one in self.of(type_)]
        rest = self.without(codes_said).replace(codes.MASK, " ")
        proves = self.pin is not None or bool(codes_said)
        return proves and len(re.findall(r"[a-z]+", rest, re.IGNORECASE)) < _FEWEST_OF_A_WISH

    @property
    def empty(self) -> bool:
        """Whether nothing was said but "uh" and the like."""
        return (
            self.pin is None
            and codes.MASK not in self.words
            and not self.found
            and _FILLER.fullmatch(self.words) is not None
        )

    @property
    def core(self) -> str:
        """The words without an opening such as "okay, and what about", and without what only proves who speaks."""
        words = self.wish or self.words
        return _OPENING.sub("", words).strip() or words

    @property
    def leans_back(self) -> bool:
        """Whether the words begin as a follow-up ("and parking?", "what about breakfast?")."""
        return _LEANS_BACK.match(self.words) is not None


def _same_weekday(one: Found, said: Iterable[JsonValue]) -> bool:
    """Whether a day among `said` (ISO dates, other values) has the weekday of the day `one`."""
    weekday = date.fromisoformat(str(one.value)).weekday()
    days_said = (value for value in said if isinstance(value, str) and _ISO_DAY.fullmatch(value))
    return any(date.fromisoformat(value).weekday() == weekday for value in days_said)


def proof_places(words: str, found: Sequence[Found]) -> tuple[tuple[int, int], ...]:
    """Where codes, customer numbers and masked PINs stand in `words`, in order."""
    return tuple(sorted({*((one.start, one.end) for one in found if one.type in PROOF_TYPES), *masks(words)}))
