"""One utterance with all that is understood in it, before anybody decides what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from pydantic import JsonValue

from agents.understand import codes
from agents.understand.dates import days
from agents.understand.lexicon import Lexicon, NameHit
from agents.understand.times import times
from agents.understand.words import Token, number_at, spell, tokens

BUILT_IN_TYPES = frozenset(
    {"date", "booking_code", "customer_id", "pin", "count", "part_of_day", "choice", "spelled", "time"}
)
"""Slot types that need no names from a tool."""
SECRET_TYPES = frozenset({"pin"})
"""Slot types whose value is never kept, shown to a model or written down."""

Answer = Literal["yes", "no"]

_YES = re.compile(
    r"^(?:(?:oh|well|um|uh|ok|okay|so)\W+)*(?:yes|yeah|yep|yup|sure|certainly|of course|correct|right|exactly|"
    r"absolutely|definitely|please do|go ahead|do it|that'?s (?:right|correct|fine|it)|ok|okay|fine|sounds good|i do|"
    r"affirmative)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"^(?:(?:oh|well|um|uh|ok|okay|so)\W+)*(?:no|nope|nah|not (?:really|now|yet)|don'?t|do not|wrong|incorrect|"
    r"negative|never mind|i don'?t)\b",
    re.IGNORECASE,
)
_PARTS_OF_DAY = {
    "morning": re.compile(r"\bmornings?\b|\bearly\b", re.IGNORECASE),
    "afternoon": re.compile(r"\bafternoons?\b|\bmidday\b", re.IGNORECASE),
    "evening": re.compile(r"\bevenings?\b|\btonight\b|\bnight flights?\b", re.IGNORECASE),
}
_FILLER = re.compile(r"(?:\W*(?:uh|um|uhm|er|erm|hm+|ah|oh|well|so|like|huh|eh|mm+)\b)*\W*", re.IGNORECASE)
_OPENING = re.compile(
    r"^(?:(?:ok(?:ay)?|so|well|great|thanks|thank you|and|but|also|now|alright|all right|um|uh|oh|what about|how about)"
    r"\W+)+",
    re.IGNORECASE,
)


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
class Heard:
    """What was said.

    `words` has every PIN masked and is safe to keep. `pin` is the PIN in clear, for the identity check of this
    turn only. `flows` maps a flow of the answering persona to how near the words are to its examples (cosine
    similarity, -1 to 1); the desk fills it in when the persona is known. `today` is the branch's day.
    `general` is `words` with each name replaced by what such a thing is called ("when can I check in at the hotel"),
    for comparing them with examples. `silences`: how often in a row the customer has let their time to speak pass.
    """

    words: str
    today: date
    found: tuple[Found, ...] = ()
    answer: Answer | None = None
    pin: str | None = field(default=None, repr=False)
    flows: Mapping[str, float] = field(default_factory=dict)
    general: str = ""
    silences: int = 0

    def of(self, type_: str) -> tuple[Found, ...]:
        """What was found of one slot type, in the order said."""
        return tuple(found for found in self.found if found.type == type_)

    def with_flows(self, flows: Mapping[str, float]) -> Heard:
        """The same words with the persona's flow scores."""
        return replace(self, flows=flows)

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
    text = utterance.strip()
    words = tokens(text)
    runs = spell(words)
    hits = lexicon.find(words, runs, asking=asking)
    code = codes.booking_code(runs, letters_only=asking == "booking_code")
    if code is not None and asking != "booking_code" and any(_is_all_of(hit, code) for hit in hits):
        code = None
    pin = codes.pin(text, runs, asked=secret_expected, code=code)
    beside_pin = pin is not None and code is None and asking in ("booking_code", "pin")
    id_ = codes.customer_id(text, runs, asked=beside_pin or (asking == "customer_id" and pin is None))

    found: list[Found] = []

    def add(type_: str, value: JsonValue, start: int, end: int) -> None:
        lead = next((w.lower for w in reversed(words) if w.end <= start), "")
        follow = next((w.lower for w in words if w.start >= end), "")
        found.append(Found(type_, value, start, end, lead, follow))

    if code is not None:
        add("booking_code", code.value, code.start, code.end)
    if id_ is not None and (pin is None or id_.start != pin.start):
        add("customer_id", int(id_.value), id_.start, id_.end)
    for hit in hits:
        if code is None or not code.start <= hit.start < code.end:
            add(hit.type, hit.value, hit.start, hit.end)
    for day in days(text, today):
        add("date", day.value.isoformat(), day.start, day.end)
    for part, pattern in _PARTS_OF_DAY.items():
        if (match := pattern.search(text)) is not None:
            add("part_of_day", part, match.start(), match.end())
    for number, start, end in _counts(words):
        add("count", number, start, end)
    for chars, start, end in codes.short_codes(runs):
        add("spelled", chars, start, end)
    for clock in times(text):
        add("time", list(clock.readings), clock.start, clock.end)

    places: tuple[tuple[int, int], ...] = ()
    if pin is not None:
        places = ((pin.start, pin.end),)
    elif secret_expected or codes.names_a_pin(text):
        places = codes.number_places(words, runs)
    answer: Answer | None = "no" if _NO.match(text) else "yes" if _YES.match(text) else None
    kept = codes.masked(text, places)
    names = [one for one in found if one.type in lexicon.types and not places]
    return Heard(
        words=kept,
        general=_in_general(kept, {(one.start, one.end): lexicon.noun(one.type) for one in names}),
        today=today,
        found=tuple(one for one in found if not any(start <= one.start < end for start, end in places)),
        answer=answer,
        pin=None if pin is None else pin.value,
    )


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
