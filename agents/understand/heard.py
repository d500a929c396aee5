"""One utterance with all that is understood in it, before anybody decides what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import permutations
from typing import Literal

from pydantic import JsonValue

from agents.understand import codes
from agents.understand.calendar_words import ORDINAL, WEEKDAYS
from agents.understand.dates import days, either_day, shifts
from agents.understand.held import Held, says
from agents.understand.lexicon import Lexicon, NameHit
from agents.understand.phrases import Answer, Phrase, answer_in, phrases
from agents.understand.proofs import around_proof, masks, set_apart, takes_back, without_proof
from agents.understand.spelling import names_its_code, spelled_roughly
from agents.understand.times import ClockTime, times
from agents.understand.weekends import months, weekends
from agents.understand.words import counts_in, repaired, spell, tokens

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


_SOUNDS_LIKE = {"too": "to", "two": "to", "2": "to", "four": "for", "fore": "for", "4": "for", "form": "from"}
"""What a recogniser writes for the word before a place or a day ("my flight two Boston")."""
_NUMBER_ALONE = re.compile(rf"(?:on\s+)?(?:the\s+)?{ORDINAL}", re.IGNORECASE)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TWO_NUMBERS = re.compile(r"\W*\d{4}\W+(?:and\W+)?\d{4}\W*")
"""Nothing but two numbers as long as a PIN: a customer number and a PIN."""
_HOUR = re.compile(r"clock\b|\b[ap]\.?m\b|\bin the (?:morning|afternoon|evening)\b", re.IGNORECASE)
"""What makes a number an hour for sure."""


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
    def wish(self) -> str:
        """The words without those that only say who the customer is ("cancel" of "K7M2QX, PIN ****, cancel"); "" when
        nothing is left that could ask for anything."""
        return without_proof(self.words, _proof_places(self.words, self.found))

    @property
    def apart(self) -> str:
        """The words, all places as they are, with no more than a comma for what proves who the customer is."""
        return set_apart(self.words, _proof_places(self.words, self.found))

    @property
    def proves(self) -> bool:
        """Whether the words hold all of a proof: who the customer is, and the PIN."""
        return self.pin is not None and any(self.of(type_) for type_ in PROOF_TYPES)

    @property
    def beside_proof(self) -> str:
        """The wish, without polite words around it."""
        return replace(self, words=self.wish).core

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
        return re.match(r"^(?:\W*(?:ok(?:ay)?|so|well|great|thanks)\W+)*(?:and|but|also|what about|how about)\b",
                        self.words, re.IGNORECASE) is not None  # fmt: skip


def understand(
    utterance: str,
    *,
    lexicon: Lexicon,
    today: date,
    asking: str | None = None,
    last_reply: str = "",
    failed: bool = False,
) -> Heard:
    """Read `utterance`. `asking` is the slot type that the last reply asked for, as far as the planner knows; a PIN
    is also expected when `last_reply` speaks of one. `today` is the branch's day, from which "tomorrow" is counted.
    `failed`: a code and a PIN did not go together just now, so that four digits may put the PIN right."""
    secret_expected = asking in SECRET_TYPES or codes.names_a_pin(last_reply)
    text = repaired(utterance.strip())
    words = tokens(text)
    runs = spell(words)
    clocks = times(text)
    hits = tuple(hit for hit in lexicon.find(words, runs, asking=asking) if not _is_time(hit, clocks, text))
    numbered = [hit for hit in hits if any(c.isdigit() for c in hit.value)]
    clocks = tuple(one for one in clocks if not any(hit.start <= one.start < hit.end for hit in numbered))
    code = codes.booking_code(runs, letters_only=asking == "booking_code")
    if code is not None and asking != "booking_code" and any(_is_all_of(hit, code) for hit in hits):
        code = None
    if code is None and not any(hit.known and any(c.isdigit() for c in str(hit.value)) for hit in hits):
        code = spelled_roughly(text) if asking == "booking_code" or names_its_code(text) else None
    corrected = failed and code is None and takes_back(text) and not codes.names_an_id(text)
    only_id = code is None and codes.only_an_id(text, runs)  # "2111 is my customer number" holds no PIN
    pin = None if only_id else codes.pin(text, runs, asked=secret_expected or corrected, code=code)
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
    hours = [(one.start, one.end) for one in times(text) if _HOUR.search(text, one.start, one.end) is not None]
    for hit in hits:
        if not hit.known and any(start <= hit.start < end for start, end in hours):
            continue  # "at ten o'clock" is no number of a flight
        if code is None or not code.start <= hit.start < code.end:
            add(hit.type, hit.value, hit.start, hit.end)
    found = _from_to(found, text)
    proofs = tuple(sorted({*((one.start, one.end) for one in (code, id_, pin) if one is not None), *masks(text)}))
    apart = set_apart(text, proofs)
    certain, undecided = either_day(text, days(apart, today))
    ends_of_weeks = tuple(weekends(text, certain, today))
    certain = tuple(day for day in certain if not any(one.start <= day.start < one.end for one in ends_of_weeks))
    for weekend in ends_of_weeks:
        add("weekend", weekend.friday.isoformat(), weekend.start, weekend.end)
        add("vague_date", text[weekend.start : weekend.end], weekend.start, weekend.end)
    told_days = [(one.start, one.end) for one in certain] + [(one.start, one.end) for one in ends_of_weeks]
    for month in months(text):
        if not any(start < month.end and month.start < end for start, end in told_days):
            add("month", month.value, month.start, month.end)
    for day in certain:
        add("date", day.value.isoformat(), day.start, day.end)
    for start, end in undecided:
        add("vague_date", text[start:end], start, end)
    said = tuple(phrases(text))
    parts = [(one.start, one.end) for one in said if one.type == "part_of_day"]
    named = [(hit.start, hit.end) for hit in numbered]  # "LB five twelve" is no time to leave
    named += [(one.start, one.end) for one in found if one.type in lexicon.types]
    clocks = tuple(one for one in times(apart) if not any(start <= one.start < end for start, end in named))
    taken = [(day.start, day.end) for day in certain] + [(clock.start, clock.end) for clock in clocks]
    taken += [*undecided, *parts, *((one.start, one.end) for one in (code, id_, pin) if one is not None)]
    for number, start, end in counts_in(words):
        if not any(first <= start < last for first, last in taken):  # "November 27" says no number of nights
            add("count", number, start, end)
    for moved in shifts(text):
        if not any(start <= moved[1] < end for start, end in told_days):
            add("day_shift", *moved)
    for phrase in said:
        if not _said_better(phrase, found):
            found.append(Found(phrase.type, phrase.value, phrase.start, phrase.end, "", phrase.follow))
    for chars, start, end in codes.short_codes(runs, whole=asking == "booking_code"):
        if not any(start < last and first < end for first, last in proofs):  # the "4B" of J3G4BU is no seat
            add("spelled", chars, start, end)
    for clock in clocks:
        add("time", list(clock.readings), clock.start, clock.end)

    places: tuple[tuple[int, int], ...] = ()
    if pin is not None:
        places = (*codes.taken_back(text, runs, pin=pin, code=code), (pin.start, pin.end))
    elif secret_expected or codes.names_a_pin(text):
        places = codes.number_places(words, runs)
    if instead and id_ is not None:
        places = (*places, (id_.start, id_.end))  # it may be a PIN that was said too early
    kept = codes.masked(text, places)
    told = tuple(
        _beside_masks(one, places)
        for one in found
        if not any(_within(one, start, end, lexicon) for start, end in places)
        or ((instead or only_id) and one.type == "customer_id")
    )
    return Heard(
        words=kept,
        general=_in_general(kept, told, lexicon),
        today=today,
        found=told,
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
        return any(one.type in ("date", "vague_date") for one in found)
    return phrase.type == "own_name" and any(one.start < phrase.end and phrase.start < one.end for one in found)


def _is_time(hit: NameHit, clocks: Iterable[ClockTime], text: str) -> bool:
    """Whether bare digits that may be the number of a thing are a time of day: "the two thirty one" where no thing has
    that number, "at eight thirty" in any case."""
    said_at = re.search(r"\b(?:at|around|about|by|after|before|past)\s+(?:the\s+)?$", text[: hit.start], re.IGNORECASE)
    clock = any(one.start < hit.end and hit.start < one.end for one in clocks)
    return hit.bare and clock and (not hit.known or said_at is not None)


def _from_to(found: list[Found], text: str) -> list[Found]:
    """`found` with the first of two names of a type, as in "Denver to Boston", led by "from"; of two that stand side by
    side, as in "the Denver Boston flight", or with "between" before them, the second is led by "to"."""
    for one, other in permutations(found, 2):
        if one.type != other.type or one.value == other.value or one.end >= other.start:
            continue
        between = text[one.end : other.start].strip(" -").lower()
        side_by_side = not between and {one.lead, other.lead}.isdisjoint(("to", "from"))
        if side_by_side or (between == "and" and one.lead == "between"):
            led = {one: replace(one, lead="from"), other: replace(other, lead="to")}
            found = [led.get(each, each) for each in found]
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


def _in_general(text: str, found: Sequence[Found], lexicon: Lexicon) -> str:
    """`text` with each name `found` replaced by its noun, which is not said twice in a row, and without what only
    proves who speaks, where more than that is said."""
    named = {(one.start, one.end): lexicon.noun(one.type) for one in found if one.type in lexicon.types}
    proofs = _proof_places(text, found)
    if proofs and without_proof(text, proofs):
        wide = around_proof(text, proofs)
        named = {place: noun for place, noun in named.items() if not any(_overlap(place, one) for one in wide)}
        named |= dict.fromkeys(wide, "")
    for (start, end), noun in sorted(named.items(), reverse=True):
        before = text[:start].rstrip()
        said = before.lower().endswith(noun.lower())
        text = f"{before} {'' if said else noun}{text[end:]}" if before else f"{noun}{text[end:]}"
    return " ".join(text.split()).strip(", ") if proofs else " ".join(text.split())


def _proof_places(words: str, found: Sequence[Found]) -> tuple[tuple[int, int], ...]:
    """Where codes, customer numbers and masked PINs stand in `words`, in order."""
    return tuple(sorted((*((one.start, one.end) for one in found if one.type in PROOF_TYPES), *masks(words))))


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
