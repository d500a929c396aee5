"""Slots from words: what an utterance fills, what is still missing, which item of an offered list it picks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from pydantic import JsonValue

from agents.flow import Flow, Slot
from agents.understand.consent import consents
from agents.understand.heard import Found, Heard
from agents.understand.roles import Role, role, takes_back
from sync.session import FlowState, SessionState

WEAK_TYPES = frozenset({"count", "date", "part_of_day", "choice", "spelled", "time", "phrase", "kept"})
"""Slot types that many flows could take: they say little about which flow is meant."""
_CORRECTION = re.compile(
    r"\b(?:no|not|nope|actually|i mean|i meant|sorry|rather|instead|make (?:it|that))\b", re.IGNORECASE
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_NUMBERED = {"one": 1, "two": 2, "three": 3, "1": 1, "2": 2, "3": 3}
_ORDINAL = re.compile(
    rf"\b(?:the\s+(?P<which>{'|'.join(_ORDINALS)}|last|1st|2nd|3rd)|(?P<bare>{'|'.join(_ORDINALS)}|last) one)\b"
    r"|\b(?:number|option) (?P<number>one|two|three|[123])\b",
    re.IGNORECASE,
)
_EXTREME = re.compile(
    r"\b(?:(?P<early>earliest|earlier|soonest|sooner)|(?P<late>latest|later)|"
    r"(?P<cheap>cheapest|cheaper|less expensive|lowest))\b",
    re.IGNORECASE,
)
_ADDS = frozenset({"more", "extra", "additional", "further"})
"""What stands after the likelier of several counts ("one bag won't do, two more please")."""
_WANTED, _ABOUT_AS_LIKELY = 0.35, 0.7
"""How likely one of several values must be to be wanted, and what share of that of the likeliest it must have."""
_WEEK, _ISO_LENGTH = 7, len("2026-11-22")
_FEW_WORDS = 9
"""Longer utterances say more than which item is meant."""
Item = Mapping[str, JsonValue]


def fill(
    spec: Flow, known: Mapping[str, JsonValue], asking: str | None, heard: Heard, state: SessionState, *, begins: bool
) -> dict[str, JsonValue]:
    """`known` with what the words say. When a flow `begins`, topic and last flow may stand in for what is left out."""
    slots = dict(known)
    used: set[tuple[str, int]] = set()
    later: list[tuple[str, Slot]] = []
    for name, slot in spec.slots.items():
        if slot.secret:
            continue
        found = [one for one in candidates(slot, heard, name == asking) if (one.type, one.start) not in used]
        if slot.type == "phrase":  # what another slot can name is no unknown thing
            named = [one for one in heard.found if one.type in {other.type for other in spec.slots.values()}]
            found = [one for one in found if not any(n.start < one.end and one.start < n.end for n in named)]
        if slot.after:
            marked = [
                one
                for one in found
                if one.lead in slot.after or _follows_verb(slot, one, heard) or _leads(slot, one, heard)
            ]
            if slot.held:
                marked = [one for one in found if _role(heard, one).tells] or marked
            if not marked and name != asking:
                later.append((name, slot))
                continue
            found = marked or found
        if found:
            likely = [one for one in found if one.lead in slot.prefers]
            if slot.wanted and len(found) > 1:
                likely = [max(found, key=lambda one: _role(heard, one).wanted)]
            likely = likely or [one for one in found if one.lead not in slot.avoids] or found
            chosen = likely[-1] if corrects(heard) else likely[0]
            if len(found) > 1 and takes_back(heard.words, found[-2].end, found[-1].start):
                chosen = found[-1]
            used.add((chosen.type, chosen.start))
            exact = [one.value for one in heard.of("date") if not heard.bare_weekday(one)]
            slots[name] = _near(slot, chosen, heard, known.get(name), exact)
    marked_types = {spec.slots[name].type for name in slots if name in spec.slots and spec.slots[name].after}
    for name, slot in later:
        left = [one for one in candidates(slot, heard, False) if (one.type, one.start) not in used]
        if left and name not in slots and slot.type in marked_types:
            used.add((left[0].type, left[0].start))
            slots[name] = left[0].value
    if begins:
        _stand_in(spec, slots, state)
    return slots


def _role(heard: Heard, one: Found) -> Role:
    return role(heard.words, one.start, one.end, one.type)


def _wanted(found: Sequence[Found], heard: Heard) -> list[Found]:
    """Of values that could fill one slot those that are wanted: of several those about as likely as the likeliest.
    A value alone is wanted when it does not say how things are ("my interview is on Thursday now")."""
    if len(found) < 2:
        return [one for one in found if not _role(heard, one).tells]
    likely = [_role(heard, one).wanted for one in found]
    least = max(_WANTED, _ABOUT_AS_LIKELY * max(likely))
    return [one for one, wanted in zip(found, likely, strict=True) if wanted >= least]


def _follows_verb(slot: Slot, one: Found, heard: Heard) -> bool:
    """Whether one of the slot's verbs stands before a value, with no more than a name between."""
    verbs = "|".join(map(re.escape, slot.verbs))
    between = r"\s+(?:(?!(?:from|until|till|arrive|come|but|and|or|instead|than)\b)[\w']+\s+){0,6}$"
    return bool(verbs) and re.search(rf"\b(?:{verbs}){between}", heard.words[: one.start], re.IGNORECASE) is not None


def _leads(slot: Slot, one: Found, heard: Heard) -> bool:
    """Whether words that make a value the slot's stand behind it."""
    behind = heard.words[one.end :].lstrip(" ,").lower()
    return any(re.match(rf"{re.escape(words)}\b", behind) for words in slot.then)


def _near(slot: Slot, one: Found, heard: Heard, known: JsonValue, others: Sequence[JsonValue]) -> JsonValue:
    """The value of `one` for a slot. A day named by its weekday alone is the one nearest to the day that was spoken of
    before (`known`, or another day in the words) where that is more than a week ahead, not the coming one."""
    if slot.type != "date" or not heard.bare_weekday(one):
        return one.value
    spoken_of = [value for value in (known, *others) if isinstance(value, str) and len(value) == _ISO_LENGTH]
    if not spoken_of:
        return one.value
    day, about = date.fromisoformat(str(one.value)), date.fromisoformat(spoken_of[0])
    if (about - heard.today).days <= _WEEK:
        return one.value
    ahead = (day.weekday() - about.weekday()) % _WEEK
    return (about + timedelta(days=ahead if ahead <= _WEEK // 2 + 1 else ahead - _WEEK)).isoformat()


def _stand_in(spec: Flow, slots: dict[str, JsonValue], state: SessionState) -> None:
    """Fill what the words leave out: from the flow before, unless they name another thing; then from the topic."""
    last = state.last.slots if state.last is not None and state.last.agent == state.agent else {}
    other = any(name in last and last[name] != slots[name] for name in slots if spec.slots[name].type not in WEAK_TYPES)
    for name, slot in spec.slots.items():
        if slot.from_last and name not in slots and name in last and not other:
            slots[name] = last[name]
    for name, slot in spec.slots.items():
        if slot.from_topic and name not in slots and name in state.topic and _topic_may_stand_in(spec, slots):
            slots[name] = state.topic[name]


def _topic_may_stand_in(spec: Flow, slots: Mapping[str, JsonValue]) -> bool:
    """The topic fills a slot only where the words name nothing that is enough by itself or speaks of another."""
    named = {name for name in slots if spec.slots[name].type not in WEAK_TYPES}
    return not any(named & set(group) for group in spec.needs if group)


def candidates(slot: Slot, heard: Heard, asked: bool) -> list[Found]:
    """The values in the words that could fill `slot`. A count needs its unit beside it, unless it was `asked` for."""
    if slot.type == "choice":
        standing = [(one, value) for type_, value in slot.stands_for.items() for one in heard.of(type_) if asked]
        said = _choices(slot, heard)
        if slot.wanted and not asked:  # "they gave us twin beds"
            said = _wanted(said, heard)
        return said or [Found("choice", value, one.start, one.end) for one, value in standing]
    if slot.type == "phrase":
        match = re.search(slot.pattern or "(?!)", heard.words, re.IGNORECASE)
        if match is None or any(_overlap(one, match) for one in heard.found if one.type in WEAK_TYPES):
            return []
        return [Found("phrase", match[1], match.start(1), match.end(1))]
    found = list(heard.of(slot.type))
    if (
        slot.beside
        and not asked
        and re.search(rf"\b(?:{'|'.join(map(re.escape, slot.beside))})\b", heard.words, re.I) is None
    ):
        return []
    if not slot.after:  # "on the 1st instead of the 29th"
        found = [one for one in found if not _role(heard, one).is_given_up]
    if slot.wanted and not asked:  # "I'm on Monday's flight"
        wanted = _wanted(found, heard)
        stays = wanted and slot.after  # "there on the 14th already, and leave on the 17th as planned"
        found = [one for one in found if not _role(heard, one).is_given_up] if stays else wanted
    if slot.type == "count":
        ours = [one for one in found if one.lead not in slot.unless_after]
        found = [one for one in ours if one.follow in slot.units or (asked and not _is_article(one, heard))]
        found = found or [one for one in ours if one.lead in slot.leads and not _is_article(one, heard)]
        found = [one for one in found if one.follow in _ADDS] or found
    if slot.pattern is not None:
        found = [one for one in found if re.fullmatch(slot.pattern, str(one.value)) is not None]
    return found


def contrasts(spec: Flow, heard: Heard) -> bool:
    """Whether the words name two values for a thing that the flow changes, of which one says how it is ("from a king
    to a queen", "booked for Monday but I need Tuesday")."""
    for slot in spec.slots.values():
        if not slot.wanted:
            continue
        if slot.type == "choice":
            values = [
                value
                for value, names in slot.options.items()
                if any(re.search(rf"\b{re.escape(name)}s?\b", heard.words, re.IGNORECASE) for name in (value, *names))
            ]
            if len(values) > 1:
                return True
        said = heard.of(slot.type)
        wanted = _wanted(said, heard)
        if len(said) > 1 and 0 < len(wanted) < len(said):
            return True
    return False


def _choices(slot: Slot, heard: Heard) -> list[Found]:
    """The options of a choice in the words, in the slot's order, or as said where the words correct; of several those
    that are wanted, where any is."""
    words, said = heard.words, list[Found]()
    for value, names in slot.options.items():
        for name in (value, *names):
            match = re.search(rf"\b{re.escape(name)}s?\b", words, re.IGNORECASE)
            if match is not None:
                said.append(Found("choice", value, match.start(), match.end()))
                break
    if corrects(heard):
        said.sort(key=lambda one: one.start)
    if len(said) > 1:
        said = _wanted(said, heard) or said
    return said


def _overlap(one: Found, match: re.Match[str]) -> bool:
    return one.start < match.end(1) and match.start(1) < one.end


def _is_article(one: Found, heard: Heard) -> bool:
    """Whether a count of one is only the "a" of "a king room"."""
    return one.value == 1 and heard.words[one.start : one.end].lower() in ("a", "an", "another", "single")


def corrects(heard: Heard) -> bool:
    """Whether the words put another value in the place of one that was said before."""
    return heard.answer == "no" or _CORRECTION.search(heard.words) is not None


def missing(spec: Flow, slots: Mapping[str, JsonValue], heard: Heard) -> str | None:
    """The slot to ask for next: of the alternative that lacks least, its first that is not known."""
    best: list[str] | None = None
    for group in spec.needs:
        lacking = [n for n in group if n not in slots and not (spec.slots[n].secret and heard.pin is not None)]
        if any(spec.slots[name].ask is None for name in lacking):
            continue  # what cannot be asked for is there or not
        if best is None or len(lacking) < len(best):
            best = lacking
    return best[0] if best else None


def picked(flow: FlowState, heard: Heard) -> dict[str, JsonValue] | None:
    """The slots of the one item of the offered list that the words pick ("the second one", "the seven fifteen",
    "the one to Denver"); None when they pick none or more than one."""
    if not flow.offered or len(heard.core.split()) > _FEW_WORDS:
        return None
    if len(flow.offered) == 1 and consents(heard.words):
        return {slot: flow.offered[0][key] for slot, key in flow.picks.items()}
    item = (
        _other(flow, heard.words)
        or _by_place(flow.offered, heard.words)
        or _by_extreme(flow.offered, heard.words)
        or _named(flow.offered, heard)
    )
    return None if item is None else {slot: item[key] for slot, key in flow.picks.items() if item.get(key) is not None}


def _other(flow: FlowState, words: str) -> Item | None:
    """Of two items the one that was not picked before ("the other one")."""
    if len(flow.offered) != 2 or re.search(r"\bother (?:one|flight|room|option)?\b", words, re.IGNORECASE) is None:
        return None
    left = [i for i in flow.offered if any(flow.slots.get(slot) != i.get(key) for slot, key in flow.picks.items())]
    return left[0] if len(left) == 1 else None


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
        return items[min(priced)[1]] if len(priced) == len(items) else None
    moments = [(moment, i) for i, item in enumerate(items) if (moment := _moment(item))]
    if len(moments) != len(items):
        return None
    return items[min(moments)[1] if match["early"] else max(moments)[1]]


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
    return items[scores.index(best)] if best and scores.count(best) == 1 else None


def _said_of(item: Item, heard: Heard) -> int:
    found = {str(one.value).lower() for one in heard.found if one.type not in ("time", "count")}
    clocks = {str(reading) for one in heard.of("time") if isinstance(one.value, list) for reading in one.value}
    said = 0
    for value in item.values():
        if not isinstance(value, str) or not value:
            continue
        whole = re.search(rf"\b{re.escape(value)}\b", heard.words, re.IGNORECASE) is not None
        said += whole or value.lower() in found or value[:10] in found or _clock(value) in clocks
    return said
