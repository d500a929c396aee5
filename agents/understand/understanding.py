"""Reads an utterance: which values and proofs are in it, what it answers, and how it sounds without its values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

from pydantic import JsonValue

from agents.understand import codes
from agents.understand.calendar_words import in_asked_month
from agents.understand.dates import Day, days, either_day
from agents.understand.day_shifts import shifts
from agents.understand.heard import SECRET_TYPES, Found, Heard, is_number_alone, proof_places
from agents.understand.lexicon import Lexicon, NameHit
from agents.understand.passing import said_in_passing
from agents.understand.phrases import Phrase, answer_in, phrases
from agents.understand.proofs import around_proof, masks, set_apart, takes_back, without_proof
from agents.understand.roles import only_takes_back, role
from agents.understand.spelling import names_its_code, spelled_roughly
from agents.understand.times import ClockTime, times
from agents.understand.weekends import months, weekends
from agents.understand.words import counts_in, repaired, spell, tokens, with_apostrophes

_SOUNDS_LIKE = {"too": "to", "two": "to", "2": "to", "four": "for", "fore": "for", "4": "for", "form": "from"}
"""What a recogniser writes for the word before a place or a day ("my flight two Boston")."""
_THAN = re.compile(r"\b(?P<no>no |not )?(?P<way>later|earlier|sooner) than (?:the |my |that |at )*$", re.IGNORECASE)
_OPPOSITE = {"before": "after", "after": "before"}
_NOT = re.compile(
    r"(?:\b(?:not|never|no|cannot|hate|unable|impossible)\b|n't\b)(?!\W+(?:mind|matter))[^.,;!?]{0,40}\b(?:before|after)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
"""What turns the word before a time round ("I can't get out of bed before noon")."""
_HOUR = re.compile(r"clock\b|\b[ap]\.?m\b|\bin the (?:morning|afternoon|evening)\b", re.IGNORECASE)
"""What makes a number an hour for sure."""


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
    text = repaired(with_apostrophes(utterance.strip()))
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
    both = None
    if code is None and pin is None:
        both = codes.number_and_pin(text, runs, asked=asking == "booking_code")
        pin = both[1] if both is not None else None
    instead = code is None and pin is None and asking == "booking_code"  # a number in the place of a code
    id_ = both[0] if both is not None else None
    if id_ is None:
        id_ = codes.customer_id(text, runs, asked=beside_pin or instead or (asking == "customer_id" and pin is None))
    if pin is not None and code is None and asking == "booking_code" and (id_ is None or id_.start == pin.start):
        id_ = codes.number_beside(text, runs, pin)

    found: list[Found] = []

    def add(type_: str, value: JsonValue, start: int, end: int) -> None:
        lead = next((w.lower for w in reversed(words) if w.end <= start and w.lower != "the"), "")
        lead = _SOUNDS_LIKE.get(lead, lead)
        if type_ == "time" and lead == "than":
            lead = _compared(text[:start]) or lead
        if type_ == "time" and lead in _OPPOSITE and _NOT.search(text, 0, start) is not None:
            lead = _OPPOSITE[lead]
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
    found = _from_to(_put_right(found, text), text)
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
    proving = asking in ("pin", "booking_code", "customer_id")
    for day in certain:
        if said_in_passing(text, day.start, day.end, proving=proving):
            continue
        alone = is_number_alone(text[day.start : day.end])
        value = in_asked_month(day.value, last_reply, today) if alone else day.value
        add("date", value.isoformat(), day.start, day.end)
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
    for by, start, end in shifts(text):
        if any(first <= start < last for first, last in told_days):
            continue
        if (counted := _told_beside(apart, certain, by, start, end)) is not None:
            add("date", counted.isoformat(), start, end)
        else:
            add("day_shift", by, start, end)
    for phrase in said:
        if not _said_better(phrase, found):
            found = [one for one in found if not _counted_in(one, phrase)]
            found.append(Found(phrase.type, phrase.value, phrase.start, phrase.end, "", phrase.follow))
    found += _weeks(found, text, today)
    for chars, start, end in codes.short_codes(runs, whole=asking == "booking_code"):
        if not any(start < last and first < end for first, last in proofs):  # the "4B" of J3G4BU is no seat
            add("spelled", chars, start, end)
    for clock in clocks:
        add("time", list(clock.readings), clock.start, clock.end)
    found = [_led_by_its_day(one, found) for one in found]
    found = [_led_by_its_part(one, found, text) for one in found]

    places: tuple[tuple[int, int], ...] = ()
    if pin is not None or id_ is not None:
        put_right = codes.taken_back(text, runs, asked=secret_expected or corrected, code=code)
        last = max(one.start for one in (pin, id_) if one is not None)
        places = tuple(place for place in put_right if place[0] < last)
    if pin is not None:
        places = (*places, (pin.start, pin.end))
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


def _told_beside(text: str, named: Sequence[Day], by: int, start: int, end: int) -> date | None:
    """The day that says how things are, `by` days from one that is wanted ("the ninth, please; I'm on the one the day
    before"); None where the shift at `start` to `end` is a wish itself, or no day is named to count from."""
    if not role(text, start, end, "date").tells:
        return None
    day = next((one for one in reversed(named) if one.end <= start), None)
    if day is None or role(text, day.start, day.end, "date").tells:
        return None
    return day.value + timedelta(days=by)


def _weeks(found: Iterable[Found], text: str, today: date) -> list[Found]:
    """The week of which a day is wanted ("next week"), by its Monday, where the words say no more of the day."""
    vague = (one for one in found if one.type == "vague_date" and text[one.start : one.end].lower() == "next week")
    monday = days("monday next week", today)
    return [replace(one, type="week", value=monday[0].value.isoformat()) for one in vague if monday]


def _beside_masks(one: Found, places: tuple[tuple[int, int], ...]) -> Found:
    """A value at its characters in the words with masks at `places`, as long as they are."""
    by = sum(len(codes.MASK) - (end - start) for start, end in places if end <= one.start)
    return replace(one, start=one.start + by, end=one.end + by) if by else one


def _within(one: Found, start: int, end: int, lexicon: Lexicon) -> bool:
    """Whether a value was found in a PIN at `start` to `end`, or a name partly in one ("pin is three")."""
    return start <= one.start < end or (one.type in lexicon.types and one.start < end and start < one.end)


def _said_better(phrase: Phrase, found: list[Found]) -> bool:
    """Whether the words say exactly what a phrase only hints at: nights by number, a day, a thing of that name."""
    if phrase.type == "count" and phrase.follow == "night":
        return any(one.type == "count" and one.follow.startswith("night") for one in found)
    if phrase.type == "vague_date":
        return any(one.type in ("date", "vague_date") for one in found)
    return phrase.type == "own_name" and any(one.start < phrase.end and phrase.start < one.end for one in found)


def _counted_in(one: Found, phrase: Phrase) -> bool:
    """Whether the number `one` is only a part of how many a phrase says that people are ("me and my two kids")."""
    people = one.type == phrase.type == "count" and phrase.follow == "people"
    return people and phrase.start <= one.start and one.end <= phrase.end


def _compared(before: str) -> str | None:
    """The word that leads a time in other words: "after" for "later than", "by" for "no later than"; None: none."""
    match = _THAN.search(before)
    if match is None:
        return None
    later = match["way"].lower() == "later"
    return ("by" if later else "after") if match["no"] else ("after" if later else "before")


def _led_by_its_day(one: Found, found: Sequence[Found]) -> Found:
    """A time right behind its day ("by Thursday noon") with the word that leads to both."""
    days_said = (other for other in found if other.type == "date" and 0 < one.start - other.end <= 1)
    day = next(days_said, None) if one.type == "time" else None
    return one if day is None else replace(one, lead=day.lead)


def _led_by_its_part(one: Found, found: Sequence[Found], text: str) -> Found:
    """A day behind a part of it ("to the afternoon of December third") with the word that leads to both."""
    if one.type != "date" or one.lead != "of":
        return one
    parts = (other for other in found if other.type == "part_of_day" and other.end <= one.start)
    part = next((other for other in parts if text[other.end : one.start].strip().lower() in ("of", "of the")), None)
    led = re.findall(r"[a-z]+", text[: part.start].lower()) if part is not None else []
    before = next((word for word in reversed(led) if word != "the"), "")
    return one if part is None else replace(one, lead=before)


def _is_time(hit: NameHit, clocks: Iterable[ClockTime], text: str) -> bool:
    """Whether bare digits that may be the number of a thing are a time of day: "the two thirty one" where no thing has
    that number, "at eight thirty" in any case."""
    said_at = re.search(r"\b(?:at|around|about|by|after|before|past)\s+(?:the\s+)?$", text[: hit.start], re.IGNORECASE)
    clock = any(one.start < hit.end and hit.start < one.end for one in clocks)
    return hit.bare and clock and (not hit.known or said_at is not None)


def _put_right(found: list[Found], text: str) -> list[Found]:
    """`found` without a name that is put right with the next words ("to Atlanta, no, from Atlanta")."""
    return [
        one
        for one in found
        if not any(
            other.type == one.type and one.end < other.start and only_takes_back(text[one.end : other.start])
            for other in found
        )
    ]


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
    proofs = proof_places(text, found)
    if proofs and without_proof(text, proofs):
        wide = around_proof(text, proofs)
        named = {place: noun for place, noun in named.items() if not any(_overlap(place, one) for one in wide)}
        named |= dict.fromkeys(wide, "")
    for (start, end), noun in sorted(named.items(), reverse=True):
        before = text[:start].rstrip()
        said = before.lower().endswith(noun.lower())
        text = f"{before} {'' if said else noun}{text[end:]}" if before else f"{noun}{text[end:]}"
    return " ".join(text.split()).strip(", ") if proofs else " ".join(text.split())


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
