"""Which item of an offered list words pick: by its place, by the earliest or cheapest, by what is said of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue

from agents.flow import CODE_TYPE
from agents.planner.weighing import as_said
from agents.understand.consent import consents
from agents.understand.day_parts import HOURS
from agents.understand.heard import Found, Heard
from agents.understand.held import says
from agents.understand.naming import whole_words
from agents.understand.offers import asks_less
from agents.understand.phrases import asks_something
from agents.understand.questions import asks_anything, questions_in
from agents.understand.words import number_at, tokens
from sync.session import CONFIRM, FlowState

_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_NUMBERED = {"one": 1, "two": 2, "three": 3, "1": 1, "2": 2, "3": 3}
_ORDINAL = re.compile(
    rf"\b(?:the\s+(?P<which>{'|'.join(_ORDINALS)}|last|1st|2nd|3rd)|(?P<bare>{'|'.join(_ORDINALS)}|last) one)\b"
    r"|\b(?:number|option) (?P<number>one|two|three|[123])\b",
    re.IGNORECASE,
)
_PLACED = re.compile(
    rf"\b(?:{'|'.join(_ORDINALS)}|last) (?:one|flight|booking|trip|reservation|stay|ticket)\b|^\W*the (?:first|"
    rf"second|third),",
    re.IGNORECASE,
)
_EXTREME = re.compile(
    r"\b(?:(?P<early>earliest|earlier|soonest|sooner|too late)|(?P<late>latest|later|too early)|"
    r"(?P<cheap>cheapest|cheaper|less expensive|lowest|too (?:expensive|dear|pricey|much)))\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.;?!]\s")
_ANY = re.compile(
    r"\b(?:either(?: one| of them| is| will| would|\W*$)|"
    r"any(?: one)?(?: of (?:them|those|these))?(?= (?:will|would|is|works)\b|\W*$)|"
    r"whichever|(?:doesn't|does not|don't|do not) (?:really )?(?:matter|mind|care)|you (?:choose|pick|decide)|"
    r"no preference|all the same|both (?:are|work|would|suit))\b",
    re.IGNORECASE,
)
"""Words to which any item will do."""
_FEW_WORDS = 9
"""Longer utterances say more than which item is meant."""
_LONG_FOR_A_QUOTE = 16
"""The same for going back to an earlier quote, which people do with a reason before it."""
_SAID = (
    r"(?:you(?:'ve| have| had)? (?:just )?(?:said|offered|told me|gave me|mentioned|named|had|found|suggested)|"
    r"before|again)"
)
_THING = r"(?:one|flight|room|offer|option|time|day)"
_EARLIER_QUOTE = re.compile(
    rf"\b(?:the|that) (?:very )?(?:first|1st|previous|original|other|earlier) {_THING}(?: that)? {_SAID}\b|"
    rf"\b(?:what|the {_THING})(?: that)? {_SAID}(?: (?:first|before|earlier|at first))?\b|"
    rf"\b(?:go|going|get) back to the (?:first|previous|other|earlier|original) {_THING}\b|"
    rf"\b(?:take|want|have|like|prefer)\b(?: \w+){{0,2}} the (?:first|previous|original) {_THING}\b|"
    rf"^\W*(?:no\W+|then\W+|rather\W+)*the (?:first|previous|original) {_THING}\b",
    re.IGNORECASE,
)
"""Words that go back to what was quoted before."""
_NUMBERED_THING = "flight_number"
Item = Mapping[str, JsonValue]


def picked(flow: FlowState, heard: Heard) -> dict[str, JsonValue] | None:
    """The slots of the one item of the offered list that the words pick ("the second one", "the seven fifteen",
    "the one to Denver"); None when they pick none or more than one."""
    if not flow.offered:
        return None
    if _length(heard) > _FEW_WORDS:  # "the second, the night one. how many minutes late and which gate"
        first = _picking_part(heard)
        return picked(flow, first) if first is not None else None
    takes = heard.answer == "yes" and not asks_anything(heard.words)  # "yes, that one, till Sunday"
    if len(flow.offered) == 1 and (consents(heard.words) or (takes and flow.asking != CONFIRM)):
        return {slot: flow.offered[0][key] for slot, key in flow.picks.items()}
    item = (
        _other(flow, heard.words)
        or _by_place(flow.offered, heard.words)
        or _by_extreme(flow.offered, "" if _of_what_there_is(flow, heard) else heard.words)
        or _named(flow.offered, heard)
        or _by_part_of_day(flow.offered, heard)
        or _any(flow, heard.words)
    )
    return None if item is None else {slot: item[key] for slot, key in flow.picks.items() if item.get(key) is not None}


def placed(flow: FlowState, heard: Heard) -> dict[str, JsonValue]:
    """The slots of the item of a told list that the words name by its place alone ("the second one"): of what the
    customer holds, where "the earlier flight" is a wish; empty where they name none."""
    item = _by_place(flow.offered, heard.words) if flow.offered and _PLACED.search(heard.words) else None
    return {} if item is None else {slot: item[key] for slot, key in flow.picks.items() if item.get(key) is not None}


def _picking_part(heard: Heard) -> Heard | None:
    """The words before a question or a further sentence, where these are few; None: there are none."""
    asks = heard.words.find(questions_in(heard.words)[-1].alone)
    ends = [end for end in (asks, *(match.start() for match in _SENTENCE.finditer(heard.words))) if end > 0]
    first = heard.part(0, min(ends)) if ends else heard
    return first if first.words.strip() and _length(first) <= _FEW_WORDS else None


def quoted_before(flow: FlowState, heard: Heard) -> dict[str, JsonValue] | None:
    """The slots of an earlier quote that the words go back to ("the first one you said", "the one before"); None when
    they go back to none."""
    match = _EARLIER_QUOTE.search(heard.words)
    if len(flow.quoted) < 2 or _length(heard) > _LONG_FOR_A_QUOTE:
        return None
    if match is None:
        return _quoted_for(flow.quoted, heard)
    return dict(flow.quoted[0] if "first" in match[0].lower() or "1st" in match[0] else flow.quoted[-2])


def _quoted_for(quoted: Sequence[Item], heard: Heard) -> dict[str, JsonValue] | None:
    """The one earlier quote for the day that is all the words say ("okay, the Wednesday one then")."""
    days = heard.of("date")
    told = [one for one in heard.found if one.type not in ("count", "spelled")]
    if len(days) != 1 or len(told) != 1 or as_said(heard, days[0]).tells or _is_for(quoted[-1], days[0], heard):
        return None
    fit = [one for one in quoted[:-1] if _is_for(one, days[0], heard)]
    return dict(fit[0]) if len(fit) == 1 else None


def _is_for(quote: Item, day: Found, heard: Heard) -> bool:
    """Whether a value of a quote is the `day`, or has its weekday where it is named by that alone."""
    return any(says("date", day.value, one, weekday=heard.bare_weekday(day)) for one in quote.values() if _is_day(one))


def _is_day(value: JsonValue) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) is not None


def _length(heard: Heard) -> int:
    """How many words there are, each value that was found in them as one."""
    told = [one for one in heard.found if one.type not in ("count", "spelled")]
    within = {i for one in told for i in range(one.start + 1, one.end) if heard.words[i - 1].isspace()}
    return len(heard.core.split()) - len(within)


def _other(flow: FlowState, words: str) -> Item | None:
    """Of two items the one that was not picked before ("the other one")."""
    if len(flow.offered) != 2 or re.search(r"\bother (?:one|flight|room|option)?\b", words, re.IGNORECASE) is None:
        return None
    left = [i for i in flow.offered if any(flow.slots.get(slot) != i.get(key) for slot, key in flow.picks.items())]
    return left[0] if len(left) == 1 else None


def _any(flow: FlowState, words: str) -> Item | None:
    """The cheapest item, else the first, where any will do; which of the customer's own things is meant is no such
    choice, nor is an item chosen once one was read back."""
    if flow.asking in (None, CONFIRM) or CODE_TYPE in flow.picks or _ANY.search(words) is None:
        return None
    return cheapest(flow.offered) or flow.offered[0]


def _of_what_there_is(flow: FlowState, heard: Heard) -> bool:
    """Whether words for what is earlier or cheaper ("is the evening one cheaper") ask what else there is, and not which
    of the customer's own things is meant."""
    return CODE_TYPE in flow.picks and (asks_something(heard.core) or asks_less(heard.words))


def _by_place(items: Sequence[Item], words: str) -> Item | None:
    match = _ORDINAL.search(words)
    if match is None:
        return None
    said = (match["which"] or match["bare"] or "").lower()
    if said == "last":
        return items[-1]
    place = _NUMBERED[match["number"].lower()] if match["number"] else 0
    if said:
        place = int(said[0]) if said[0].isdigit() else _ORDINALS.index(said) + 1
    return items[place - 1] if place <= len(items) else None


def _by_extreme(items: Sequence[Item], words: str) -> Item | None:
    match = _EXTREME.search(words)
    if match is None:
        return None
    if match["cheap"]:
        priced = [(price, i) for i, item in enumerate(items) if isinstance(price := _price(item), int)]
        all_known = all(any(key.endswith("_cents") for key in item) for item in items)  # None: it cannot be had
        return items[min(priced)[1]] if priced and all_known else None
    moments = [(moment, i) for i, item in enumerate(items) if (moment := _moment(item))]
    if len(moments) != len(items):
        return None
    return items[min(moments)[1] if match["early"] else max(moments)[1]]


def cheapest(items: Sequence[Item]) -> Item | None:
    """The item with the lowest price; None where the price of one is not known."""
    return _by_extreme(items, "cheapest") if items else None


def _price(item: Item) -> JsonValue:
    return next((value for key, value in item.items() if key.endswith("_cents")), None)


def _moment(item: Item) -> str:
    return next((value for value in item.values() if isinstance(value, str) and _clock(value)), "")


def _clock(value: str) -> str:
    """The "HH:MM" of an ISO date and time, "" for anything else."""
    try:
        return datetime.fromisoformat(value).strftime("%H:%M") if len(value) > 10 else ""
    except ValueError:
        return ""


def _named(items: Sequence[Item], heard: Heard) -> Item | None:
    """The only item with the most of its values said."""
    scores = [_said_of(item, heard) for item in items]
    best = max(scores)
    if not best:
        return _at_the_hour(items, heard)
    return items[scores.index(best)] if scores.count(best) == 1 else None


def _at_the_hour(items: Sequence[Item], heard: Heard) -> Item | None:
    """The only item within the full hour that was said ("the seven o'clock", of 7:05)."""
    said = [str(reading) for one in heard.of("time") if isinstance(one.value, list) for reading in one.value]
    hours = {reading[:2] for reading in said if reading.endswith(":00")}
    near = [item for item in items if _clock(_moment(item))[:2] in hours]
    return near[0] if len(near) == 1 else None


def _by_part_of_day(items: Sequence[Item], heard: Heard) -> Item | None:
    """The only item that goes in the part of the day which the words name ("the night one")."""
    hours = [HOURS[str(one.value)] for one in heard.of("part_of_day") if str(one.value) in HOURS]
    fit = [item for item in items if hours and (clock := _clock(_moment(item))) and int(clock[:2]) in hours[0]]
    return fit[0] if len(fit) == 1 else None


def _said_of(item: Item, heard: Heard) -> int:
    found = {str(one.value).lower() for one in heard.found if one.type not in ("time", "count")}
    clocks = {str(reading) for one in heard.of("time") if isinstance(one.value, list) for reading in one.value}
    clocks |= {clock for one in heard.found if one.type == _NUMBERED_THING for clock in _as_clock(one, heard.words)}
    said = 0
    for value in item.values():
        if not isinstance(value, str) or not value:
            continue
        whole = whole_words(value).search(heard.words) is not None
        said += whole or value.lower() in found or value[:10] in found or _clock(value) in clocks
    return said


def _as_clock(one: Found, words: str) -> tuple[str, ...]:
    """The times ("HH:MM") that a number said without letters may be, too ("the seven twenty")."""
    digits = re.sub(r"\D", "", str(one.value))
    said = tokens(words[one.start : one.end])
    if number_at(said, 0) is None or len(digits) not in (3, 4):
        return ()
    hour, minute = int(digits[:-2]), int(digits[-2:])
    if not 1 <= hour <= 12 or minute > 59:
        return ()
    return f"{hour % 12:02d}:{minute:02d}", f"{hour % 12 + 12:02d}:{minute:02d}"
