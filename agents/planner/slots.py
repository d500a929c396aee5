"""Slots from words: what an utterance fills, what is still missing, which item of an offered list it picks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from agents.flow import CODE_TYPE, Flow, Slot
from agents.planner.spans import with_ends
from agents.planner.weighing import (
    as_said,
    count_from_held,
    follows_verb,
    leads,
    marked_by_held,
    near_held,
    near_to,
    near_to_end,
    of_marked,
    role_of,
    told_for,
    wanted,
)
from agents.understand.heard import PROOF_TYPES, Found, Heard
from agents.understand.naming import one_or_more, whole_words
from agents.understand.proofs import masks
from agents.understand.roles import takes_back
from sync.session import FlowState, SessionState

WEAK_TYPES = frozenset({"count", "date", "part_of_day", "choice", "spelled", "time", "phrase", "kept", "week"})
"""Slot types that many flows could take: they say little about which flow is meant."""
_MEASURES = frozenset(
    {"pound", "pounds", "lbs", "kilo", "kilos", "kg", "foot", "feet", "inch", "inches", "year", "years", "minutes"}
    | {"dollar", "dollars", "bucks", "hours", "percent", "miles"}
)
"""What stands behind a number that counts nothing that is booked."""
_MORE_OF = re.compile(
    r"\W*(?:more|extra|additional|further)\s+(?!(?:please|then|if|at|on|in|for|and|to|is|would|so|or|but|from|there|with|"
    r"because|as|than|too|now|till|until|of|that|this|we|i|day|days)\b)([a-z]+)\b",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"\b(?:no|not|nope|actually|i mean|i meant|sorry|rather|instead|make (?:it|that))\b", re.IGNORECASE
)
_POINTS = re.compile(r"\b(?:it|that|this|the same)\b(?! (?:day|time|price)\b)", re.IGNORECASE)
"""Words that point at a thing."""
_ENDS_A_COUNT = frozenset({"", "please", "now", "instead", "then", "and", "not", "so", "actually", "thanks", "if"})
"""What stands behind a count whose unit was said before."""
_OF_TIME = frozenset({"night", "nights", "day", "days", "morning", "mornings", "week", "weeks", "hour", "hours"})
"""What stands behind a count of time, whatever leads to it ("for one morning")."""
_BOUNDS = frozenset({"before", "after", "around", "over"})
"""What stands before a day near which another one is."""
_ADDS = frozenset({"more", "extra", "additional", "further"})
"""What stands after the likelier of several counts ("one bag won't do, two more please")."""


def fill(
    spec: Flow, known: Mapping[str, JsonValue], asking: str | None, heard: Heard, state: SessionState, *, begins: bool
) -> dict[str, JsonValue]:
    """`known` with what the words say. When a flow `begins`, topic and last flow may stand in for what is left out."""
    slots = dict(known)
    used: set[tuple[str, int]] = set()
    later: list[tuple[str, Slot]] = []
    filled: list[str] = []
    ordered = list(spec.slots.items())
    if heard.held is not None and asking is not None:  # what was asked for is said, whatever is held
        ordered.sort(key=lambda named: named[0] != asking)
    for name, slot in ordered:
        if slot.secret:
            continue
        back = _taken_back(spec, name, known, heard)
        fits = list(heard.of(slot.type)) if back else candidates(slot, heard, name == asking)
        found = [one for one in fits if (one.type, one.start) not in used]
        if slot.held and any(_taken_back(spec, other, known, heard) for other in spec.slots):
            continue
        found = [one for one in found if told_for(spec, one, heard) in (None, name)]
        if heard.held is not None and name != asking and _only_names(spec, slot):  # "LB202 instead"
            found = [one for one in found if heard.is_held(one, slot.was)]
        if heard.held is not None and slot.was is not None and not slot.wanted and slot.type not in WEAK_TYPES:
            found = [one for one in found if heard.is_held(one, slot.was)] or found  # "Denver, then Austin"
        if slot.type == "date" and name != asking:  # "till the Friday, up to the fourth" is one day
            taken = {slots[other] for other in filled if spec.slots[other].type == "date"}
            found = [one for one in found if (near_held(slot, one, heard) or one.value) not in taken]
        if slot.type == "phrase":  # what another slot can name is no unknown thing
            named = [one for one in heard.found if one.type in {other.type for other in spec.slots.values()}]
            found = [one for one in found if not any(n.start < one.end and one.start < n.end for n in named)]
        if slot.after:
            marked = [
                one
                for one in found
                if one.lead in slot.after
                or follows_verb(slot, one, heard)
                or leads(slot, one, heard)
                or one.follow in slot.ones
            ]
            if slot.held:
                told = [one for one in found if heard.held is None or heard.is_held(one)]
                marked = [one for one in told if role_of(heard, one).tells] or marked
            if slot.wanted and len(marked) > 1:
                marked = of_marked(slot, marked, found, heard)
            marked = marked or marked_by_held(spec, slot, found, heard)
            if not marked and name != asking:
                later.append((name, slot))
                continue
            found = marked or found
        if found:
            likely = [one for one in found if one.lead in slot.prefers]
            if slot.wanted and len(found) > 1:
                likely = [max(found, key=lambda one: role_of(heard, one, slot).wanted)]
            likely = likely or [one for one in found if one.lead not in slot.avoids] or found
            chosen = likely[-1] if corrects(heard) else likely[0]
            if len(found) > 1 and takes_back(heard.words, found[-2].end, found[-1].start):
                chosen = found[-1]
            used.add((chosen.type, chosen.start))
            exact = [one.value for one in heard.of("date") if not heard.bare_weekday(one)]
            slots[name] = near_to_end(spec, name, chosen, heard, slots) or near_to(
                slot, chosen, heard, known.get(name), exact
            )
            filled.append(name)
    marked_types = {spec.slots[name].type for name in slots if name in spec.slots and spec.slots[name].after}
    for name, slot in later:
        left = [one for one in candidates(slot, heard, False) if (one.type, one.start) not in used]
        if slot.type not in WEAK_TYPES:  # from a place to another
            ends = [slots[other] for other in slots if other in spec.slots and spec.slots[other].type == slot.type]
            left = [one for one in left if one.value not in ends]
        if left and name not in slots and slot.type in marked_types:
            used.add((left[0].type, left[0].start))
            slots[name] = left[0].value
    if heard.held is not None:
        count_from_held(spec, slots, known, asking, heard)
    slots = with_ends(spec, slots, known, asking, heard, corrects=corrects(heard))
    if heard.pin is not None and not any(heard.of(type_) for type_ in PROOF_TYPES):
        slots |= {n: slots[s.again_as] for n, s in spec.slots.items() if s.again_as in slots and n not in slots}
    if begins:
        _stand_in(spec, slots, heard, state)
    return slots


def _only_names(spec: Flow, slot: Slot) -> bool:
    """Whether a slot says which record is meant, and another of its type what is wanted of it."""
    twins = (other for other in spec.slots.values() if other.type == slot.type and other.wanted)
    return slot.was is not None and not slot.wanted and any(twins)


def number_again(flows: Mapping[str, Flow], under_way: FlowState | None, heard: Heard) -> Heard:
    """`heard`, where a number that was said with a wrong secret, and is said once more, is no secret."""
    spec, places = flows.get(under_way.name) if under_way is not None else None, masks(heard.words)
    if spec is None or under_way is None or heard.pin is None or len(places) != 1:
        return heard
    before = {one.type: under_way.slots.get(one.again_as or "") for one in spec.slots.values()}
    said = [Found(type_, value, *places[0]) for type_, value in before.items() if str(value) == heard.pin]
    return replace(heard, pin=None, found=(*heard.found, *said)) if said else heard


def _taken_back(spec: Flow, name: str, known: Mapping[str, JsonValue], heard: Heard) -> bool:
    """Whether words that correct say, of a slot that is filled otherwise, only what is held of it: that is to stay
    ("no, I want to stay on the eighth, but in the afternoon")."""
    slot = spec.slots[name]
    if not slot.wanted or slot.was is None or name not in known or not corrects(heard) or heard.held is None:
        return False
    said = heard.of(slot.type)
    own = len(said) == 1 and heard.is_held(said[0], slot.was)
    return own and known[name] not in (said[0].value, near_held(slot, said[0], heard))


def told_last(state: SessionState) -> dict[str, JsonValue]:
    """What the flow before was about: its values, and those of the one thing that it told of."""
    last = state.last
    if last is None or last.agent != state.agent:
        return {}
    one = last.offered[0] if len(last.offered) == 1 else {}
    return {**last.slots, **{slot: one[key] for slot, key in last.picks.items() if one.get(key) is not None}}


def _stand_in(spec: Flow, slots: dict[str, JsonValue], heard: Heard, state: SessionState) -> None:
    """Fill what the words leave out: from the flow before, unless they name another thing; else from the topic."""
    last = told_last(state)
    named = {name for name in slots if spec.slots[name].type not in WEAK_TYPES}
    by_topic = _topic_may_stand_in(spec, slots)
    other = any(_names_another(spec, name, slots[name], last) for name in named)
    same = not named and _is_the_same(spec, heard)
    for name, slot in spec.slots.items():
        if slot.from_last and name not in slots and name in last and (same if slot.type == CODE_TYPE else not other):
            slots[name] = last[name]
            by_topic = by_topic and slot.type in WEAK_TYPES
    if by_topic:
        topic = {
            name: state.topic[name] for name, slot in spec.slots.items() if slot.from_topic and name in state.topic
        }
        slots.update({name: value for name, value in topic.items() if name not in slots})


def _is_the_same(spec: Flow, heard: Heard) -> bool:
    """Whether words that name nothing mean what was told or done last: they point at it, or name no day either. What
    would end it must be pointed at."""
    return _POINTS.search(heard.words) is not None or (not spec.ends and not heard.of("date"))


def _names_another(spec: Flow, name: str, value: JsonValue, last: Mapping[str, JsonValue]) -> bool:
    """Whether the `value` that words give the slot `name` is of another thing than the flow before was about: another
    value of the slot, or one that is enough by itself where that flow told of none."""
    return last[name] != value if name in last else (name,) in spec.needs and any(n in last for n in spec.slots)


def _topic_may_stand_in(spec: Flow, slots: Mapping[str, JsonValue]) -> bool:
    """The topic fills a slot only where the words name nothing that is enough by itself or speaks of another."""
    named = {name for name in slots if spec.slots[name].type not in WEAK_TYPES}
    return not any(named & set(group) for group in spec.needs) if spec.needs else not named


def _of_another_thing(one: Found, slot: Slot, heard: Heard) -> bool:
    """Whether a number counts more of a thing that is none of the slot's units ("an extra bed")."""
    match = _MORE_OF.match(heard.words, one.end)
    return match is not None and match[1].lower() not in (*slot.units, *slot.beside)


def candidates(slot: Slot, heard: Heard, asked: bool) -> list[Found]:
    """The values in the words that could fill `slot`. A count needs its unit beside it, unless it was `asked` for."""
    if slot.type == "choice":
        standing = [(one, value) for type_, value in slot.stands_for.items() for one in heard.of(type_) if asked]
        said = _choices(slot, heard)
        if slot.wanted and not asked:  # "they gave us twin beds"
            said = wanted(said, heard, slot)
        return said or [Found("choice", value, one.start, one.end) for one, value in standing]
    if slot.type == "phrase":
        match = re.search(slot.pattern or "(?!)", heard.words, re.IGNORECASE)
        if match is None or any(_overlap(one, match) for one in heard.found if one.type in WEAK_TYPES):
            return []
        return [Found("phrase", match[1], match.start(1), match.end(1))]
    found = list(heard.of(slot.type))
    if slot.beside and not asked and whole_words(*slot.beside).search(_with_began(found, heard)) is None:
        return []
    another = bool(slot.named) and slot.wanted and slot.type == "date" and not asked
    if another and whole_words(*slot.named).search(heard.words) is not None:
        found = [one for one in found if one.lead not in _BOUNDS]  # "before Christmas, and I need another day"
    if not slot.after:  # "on the 1st instead of the 29th"
        found = [one for one in found if not role_of(heard, one).is_given_up]
    if slot.wanted and slot.type == "date" and not asked:  # "I only booked it yesterday"
        found = [one for one in found if str(one.value) >= heard.today.isoformat()]
    if slot.wanted and not asked:  # "I'm on Monday's flight"
        likely = wanted(found, heard, slot)
        moved = heard.held is not None and heard.of("day_shift")
        kept = slot.after and (likely or moved)  # "there on the 14th already, and leave on the 17th as planned"
        found = [one for one in found if not role_of(heard, one).is_given_up] if kept else likely
    if slot.type == "count":
        ours = [one for one in found if one.lead not in slot.unless_after and one.follow not in _MEASURES]
        found = [one for one in ours if one.follow in slot.units and not _of_another_thing(one, slot, heard)]
        found = found or [one for one in ours if asked and not _is_article(one, heard)]
        led = (one for one in ours if one.lead in slot.leads and one.follow not in _OF_TIME)
        found = found or [one for one in led if not _is_article(one, heard)]
        found = [one for one in found if one.follow in _ADDS] or found
        if slot.was is not None and found:  # "booked for two nights, but I only want one"
            found = _wanted_instead(found, ours, heard) or found
        if (slot.was is not None or slot.beside) and len(found) > 1:  # "we have three nights and want one less"
            found = [one for one in found if not heard.is_held(one, slot.was)] or found
    if len(found) > 1 and slot.type not in WEAK_TYPES:  # "Denver, not Boston"
        found = [one for one in found if one.lead != "not"] or found
    if slot.pattern is not None:
        found = [one for one in found if re.fullmatch(slot.pattern, str(one.value)) is not None]
    return found


def _with_began(found: Sequence[Found], heard: Heard) -> str:
    """The words, with those that began what is under way where they only say by how much ("by two nights", after "a
    shorter stay")."""
    return f"{heard.words} {heard.began}" if any(one.lead == "by" for one in found) else heard.words


def _wanted_instead(found: list[Found], said: list[Found], heard: Heard) -> list[Found]:
    """Of the counts `said` those without a unit that are wanted in the place of all `found`, which tell how it is."""
    if not all(as_said(heard, one).tells for one in found):
        return []
    bare = [one for one in said if one not in found and one.start > found[-1].end and not _is_article(one, heard)]
    return [one for one in bare if one.follow in _ENDS_A_COUNT and not as_said(heard, one).tells]


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
                if any(one_or_more(name).search(heard.words) is not None for name in (value, *names))
            ]
            if len(values) > 1:
                return True
        said = heard.of(slot.type)
        likely = wanted(said, heard)
        if len(said) > 1 and 0 < len(likely) < len(said):
            return True
    return False


def _choices(slot: Slot, heard: Heard) -> list[Found]:
    """The options of a choice in the words, in the slot's order, or as said where the words correct; of several those
    that are wanted, where any is."""
    words, said = heard.words, list[Found]()
    for value, names in slot.options.items():
        for name in (value, *names):
            match = one_or_more(name).search(words)
            if match is not None:
                said.append(Found("choice", value, match.start(), match.end()))
                break
    said = [one for one in said if not any(_is_within(one, other) for other in said)]  # "without legroom"
    said = [one for one in said if not any(_is_within(one, by) for by in heard.of("day_shift"))]  # "a day later"
    if corrects(heard):
        said.sort(key=lambda one: one.start)
    if len(said) > 1:
        said = wanted(said, heard) or said
    return said


def _is_within(one: Found, other: Found) -> bool:
    """Whether a value is said within a longer one that means something else."""
    return (
        one.value != other.value
        and other.start <= one.start
        and one.end <= other.end
        and other.end - other.start > (one.end - one.start)
    )


def _overlap(one: Found, match: re.Match[str]) -> bool:
    return one.start < match.end(1) and match.start(1) < one.end


def _is_article(one: Found, heard: Heard) -> bool:
    """Whether a count of one is only the "a" of "a king room"."""
    return one.value == 1 and heard.words[one.start : one.end].lower() in ("a", "an", "another", "single")


def new_in(filled: Mapping[str, JsonValue], known: Mapping[str, JsonValue]) -> set[str]:
    """The slots for which `filled` has another value than what was `known`."""
    return {name for name, value in filled.items() if value != known.get(name)}


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
