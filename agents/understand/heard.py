"""One utterance with all that is understood in it, before anybody decides what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from pydantic import JsonValue

from agents.understand import codes
from agents.understand.calendar_words import ORDINAL, WEEKDAYS
from agents.understand.dates import days, either_day, shift
from agents.understand.held import Held, says
from agents.understand.lexicon import Lexicon, NameHit
from agents.understand.phrases import Answer, Phrase, answer_in, phrases
from agents.understand.spelling import names_its_code, spelled_roughly
from agents.understand.times import times
from agents.understand.words import Token, number_at, repaired, spell, tokens

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


_LED_PROOF = re.compile(
    r"(?:\b(?:and|with|my|the|booking|reservation|customer|code|pin|number|reference|is|it's|here's|here is|under|"
    rf"on|for)\b[\s,:]*)*{re.escape(codes.MASK)}",
    re.IGNORECASE,
)
"""A code or a PIN, masked, with the words that lead to it."""
_SOUNDS_LIKE = {"too": "to", "two": "to", "2": "to", "four": "for", "fore": "for", "4": "for", "form": "from"}
"""What a recogniser writes for the word before a place or a day ("my flight two Boston")."""
_NUMBER_ALONE = re.compile(rf"(?:on\s+)?(?:the\s+)?{ORDINAL}", re.IGNORECASE)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TWO_NUMBERS = re.compile(r"\W*\d{4}\W+(?:and\W+)?\d{4}\W*")
"""Nothing but two numbers as long as a PIN: a customer number and a PIN."""


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
    for comparing them with examples. `held` is what the customer holds that the words are about, once it is known.
    `silences`: how often in a row the customer has let their time to speak pass.
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
    silences: int = 0

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
        return _NUMBER_ALONE.fullmatch(self.words[one.start : one.end]) is not None

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
    def proves(self) -> bool:
        """Whether the words hold all of a proof: who the customer is, and the PIN."""
        return self.pin is not None and any(self.of(type_) for type_ in PROOF_TYPES)

    @property
    def beside_proof(self) -> str:
        """The words without codes and PINs, and without what leads to them."""
        if self.pin is None and not any(self.of(type_) for type_ in PROOF_TYPES):
            return self.core
        words = self.words
        for one in sorted(self.found, key=lambda one: -one.start):
            if one.type in PROOF_TYPES:
                words = f"{words[: one.start]} {codes.MASK} {words[one.end :]}"
        rest = _LED_PROOF.sub(" ", words)
        return replace(self, words=" ".join(rest.split()).strip(" ,.;")).core

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
        """The words without an opening such as "okay, and what about"."""
        return _OPENING.sub("", self.words).strip() or self.words

    @property
    def leans_back(self) -> bool:
        """Whether the words begin as a follow-up ("and parking?", "what about breakfast?")."""
        return re.match(r"^(?:\W*(?:ok(?:ay)?|so|well|great|thanks)\W+)*(?:and|but|also|what about|how about)\b",
                        self.words, re.IGNORECASE) is not None  # fmt: skip


def understand(
    utterance: str, *, lexicon: Lexicon, today: date, asking: str | None = None, last_reply: str = ""
) -> Heard:
    """Read `utterance`. `asking` is the slot type that the last reply asked for, as far as the planner knows; a PIN
    is also expected when `last_reply` speaks of one. `today` is the branch's day, from which "tomorrow" is counted."""
    secret_expected = asking in SECRET_TYPES or codes.names_a_pin(last_reply)
    text = repaired(utterance.strip())
    words = tokens(text)
    runs = spell(words)
    hits = lexicon.find(words, runs, asking=asking)
    code = codes.booking_code(runs, letters_only=asking == "booking_code")
    if code is not None and asking != "booking_code" and any(_is_all_of(hit, code) for hit in hits):
        code = None
    if code is None and not any(hit.known and any(c.isdigit() for c in str(hit.value)) for hit in hits):
        code = spelled_roughly(text) if asking == "booking_code" or names_its_code(text) else None
    pin = codes.pin(text, runs, asked=secret_expected, code=code)
    beside_pin = pin is not None and code is None and asking in ("booking_code", "pin")
    both = asking == "booking_code" or _TWO_NUMBERS.fullmatch(text) is not None
    if both and code is None and pin is None:
        numbers = [number for number in codes.digits(runs) if len(number.value) == codes.PIN_LENGTH]
        pin = numbers[1] if len(numbers) == 2 else None
        beside_pin = pin is not None
    instead = code is None and pin is None and asking == "booking_code"  # a number in the place of a code
    id_ = codes.customer_id(text, runs, asked=beside_pin or instead or (asking == "customer_id" and pin is None))

    found: list[Found] = []

    def add(type_: str, value: JsonValue, start: int, end: int) -> None:
        lead = next((w.lower for w in reversed(words) if w.end <= start and w.lower != "the"), "")
        lead = _SOUNDS_LIKE.get(lead, lead)
        follow = next((w.lower for w in words if w.start >= end), "")
        found.append(Found(type_, value, start, end, lead, follow))

    if code is not None:
        add("booking_code", code.value, code.start, code.end)
    if id_ is not None and (pin is None or id_.start != pin.start):
        add("customer_id", int(id_.value), id_.start, id_.end)
    for hit in hits:
        if code is None or not code.start <= hit.start < code.end:
            add(hit.type, hit.value, hit.start, hit.end)
    found = _from_to(found, text)
    certain, undecided = either_day(text, days(text, today))
    for day in certain:
        add("date", day.value.isoformat(), day.start, day.end)
    for start, end in undecided:
        add("vague_date", text[start:end], start, end)
    clocks = times(text)
    taken = [(day.start, day.end) for day in certain] + [(clock.start, clock.end) for clock in clocks]
    taken += [*undecided, *((one.start, one.end) for one in (code, id_, pin) if one is not None)]
    for number, start, end in _counts(words):
        if not any(first <= start < last for first, last in taken):  # "November 27" says no number of nights
            add("count", number, start, end)
    if (moved := shift(text)) is not None:
        add("day_shift", *moved)
    for phrase in phrases(text):
        if not _said_better(phrase, found):
            found.append(Found(phrase.type, phrase.value, phrase.start, phrase.end, "", phrase.follow))
    for chars, start, end in codes.short_codes(runs):
        add("spelled", chars, start, end)
    for clock in clocks:
        add("time", list(clock.readings), clock.start, clock.end)

    places: tuple[tuple[int, int], ...] = ()
    if pin is not None:
        places = ((pin.start, pin.end),)
    elif secret_expected or codes.names_a_pin(text):
        places = codes.number_places(words, runs)
    if instead and id_ is not None:
        places = (*places, (id_.start, id_.end))  # it may be a PIN that was said too early
    kept = codes.masked(text, places)
    names = [one for one in found if one.type in lexicon.types and not places]
    return Heard(
        words=kept,
        general=_in_general(kept, {(one.start, one.end): lexicon.noun(one.type) for one in names}),
        today=today,
        found=tuple(
            _beside_masks(one, places)
            for one in found
            if not any(_within(one, start, end, lexicon) for start, end in places)
            or (instead and one.type == "customer_id")
        ),
        answer=answer_in(text),
        pin=None if pin is None else pin.value,
    )


def _beside_masks(one: Found, places: tuple[tuple[int, int], ...]) -> Found:
    """A value at its characters in the words with masks at `places`, as long as they are."""
    by = sum(len(codes.MASK) - (end - start) for start, end in places if end <= one.start)
    return replace(one, start=one.start + by, end=one.end + by) if by else one


def _within(one: Found, start: int, end: int, lexicon: Lexicon) -> bool:
    """Whether a value was found in a PIN at `start` to `end`, or a name partly in one ("pin is three")."""
    return start <= one.start < end or (one.type in lexicon.types and one.start < end and start < one.end)


def _same_weekday(one: Found, said: Iterable[JsonValue]) -> bool:
    """Whether a day among `said` (ISO dates, other values) has the weekday of the day `one`."""
    weekday = date.fromisoformat(str(one.value)).weekday()
    days_said = (value for value in said if isinstance(value, str) and _ISO_DAY.fullmatch(value))
    return any(date.fromisoformat(value).weekday() == weekday for value in days_said)


def _said_better(phrase: Phrase, found: list[Found]) -> bool:
    """Whether the words say exactly what a phrase only hints at: nights by number, a day, a thing of that name."""
    if phrase.type == "count" and phrase.follow == "night":
        return any(one.type == "count" and one.follow.startswith("night") for one in found)
    if phrase.type == "vague_date":
        return any(one.type == "date" for one in found)
    return phrase.type == "own_name" and any(one.start < phrase.end and phrase.start < one.end for one in found)


def _from_to(found: list[Found], text: str) -> list[Found]:
    """`found` with the first of two names of a type, as in "Denver to Boston", led by "from"."""
    return [
        replace(one, lead="from")
        if one.follow == "to"
        and one.lead not in ("to", "from")
        and any(
            other.type == one.type and other.lead == "to" and text[one.end : other.start].strip().lower() == "to"
            for other in found
        )
        else one
        for one in found
    ]


def _is_all_of(hit: NameHit, code: codes.Code) -> bool:
    """Whether what looks like a code is the name of something that the branch has ("LB2004" heard for LB204)."""
    return hit.known and hit.start <= code.start and code.end <= hit.end


def _in_general(text: str, named: Mapping[tuple[int, int], str]) -> str:
    """`text` with what stands at the places in `named` replaced by its noun, which is not said twice in a row."""
    for (start, end), noun in sorted(named.items(), reverse=True):
        before = text[:start].rstrip()
        said = before.lower().endswith(noun.lower())
        text = f"{before} {'' if said else noun}{text[end:]}" if before else f"{noun}{text[end:]}"
    return " ".join(text.split())


def _counts(words: tuple[Token, ...]) -> list[tuple[int, int, int]]:
    counts: list[tuple[int, int, int]] = []
    at = 0
    while at < len(words):
        number = number_at(words, at)
        if number is None and words[at].lower in {"a", "an", "another", "single"}:
            number = 1, 1
        if number is None:
            at += 1
            continue
        counts.append((number[0], words[at].start, words[at + number[1] - 1].end))
        at += number[1]
    return counts
