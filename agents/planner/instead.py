"""A search, or a guess, of somebody who says what they hold and what they want in its place is for the change of it.

What is held is read only after the proof of identity (`holding.py`), so that before it only the words tell.

| words | what begins |
|---|---|
| something of the customer's, a value that says how it is, and another that is wanted | the change, and so the proof |
| what the customer does ("I fly ..."), and that it is wanted otherwise | the change |
| one day, "instead", and nothing searched before | the change |
| the same, with a question for what there is | the search |
| the same, with a question for its price | the change, whose quote says it |
| two values for one thing, one of them how it is or given up | of the flows guessed the one that changes that thing |
| something named as known ("the Miami one") | what is held is read, or changed where a change is asked for |
| a day told only from another ("home the day after") | the change |
| the same, and the wish goes beside what is held ("a flight back", "for my wife as well") | as without it |
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.flow import CODE_TYPE, Flow
from agents.planner.meant import CLAUSES, acted_flow, best_flow
from agents.planner.planned import PlannedTurn
from agents.planner.scoring import FITS, asks_for_an_act, is_question, names_by_pattern, of_their_own, scores_of
from agents.planner.slots import WEAK_TYPES, contrasts
from agents.planner.weighing import as_said
from agents.understand.cues import cues_in
from agents.understand.heard import Guess
from agents.understand.phrases import asks_something
from agents.understand.requests import asked_act, asks_price, goes_beside, of_another
from agents.understand.roles import WEIGHED

_WANTED = 0.5
"""How likely one value must be to be wanted."""
_KNOWN = re.compile(r"\b(?:the|that|my|our)\s+$", re.IGNORECASE)
_ONE = re.compile(r"\s+(?:one|ticket|trip|leg)\b", re.IGNORECASE)
_HAVE_I = re.compile(
    r"\b(?:do (?:i|we) (?:already |still )?have|have (?:i|we) (?:already |still )?(?:got|booked|added))\b(?! to\b)",
    re.IGNORECASE,
)
_HAVE_A = re.compile(
    r"\b(?:i|we)(?:'ve| have|'re in| are in|'m in| am in)(?: got| booked)* (?:an?|the|our|my) $", re.IGNORECASE
)
"""What stands before what the customer has."""
_PART = re.compile(r"[,;.!?]\s+|\s+(?:and|but|so)\s+", re.IGNORECASE)
_INSTEAD = re.compile(r"\binstead\b(?! of\b)", re.IGNORECASE)
"""A day told, and another one "instead", speaks of what is booked."""
_OTHERWISE = re.compile(
    r"\b(?:instead(?! of\b)|rather(?! than\b)|(?:another|different|some other) (?:day|date|time|hour|week|weekend|"
    r"morning|afternoon|evening|night|one)|earlier|later|sooner)\b",
    re.IGNORECASE,
)
"""Words with which what is told is wanted otherwise."""
_SORRY = re.compile(r"\b(?:sorry|no|wait|i mean|i meant|actually|correction)\b", re.IGNORECASE)
"""Words that take back a slip: what stands before them was never held."""
_WISHES = re.compile(r"would (?:rather|like|prefer|love|need)\b", re.IGNORECASE)
"""What begins a wish whose "I" was said before ("and would rather go in the morning")."""
_LEADS_IN = r"(?:(?:hi|hello|hey|good \w+|so|okay|ok|well|um|uh|yes|yeah|now|actually|and|but|look|listen)\W+)*"
_GOES = r"go|take|leave|travel"
_GOING = r"going|taking|leaving|travel?ling"
"""What people say that they do who have it booked."""


def change_meant(turn: PlannedTurn, near: Sequence[Guess]) -> str | None:
    """The flow that changes what is held, where the words say so and would begin, or be guessed (`near`) for, another
    flow that becomes it; None: they do not, or who the customer is was proved already."""
    flows = turn.persona.flows
    begins = turn.heard.begins or best_flow(turn)
    named = [one.flow for one in near if one.agent == turn.persona.name] if near else [begins]
    otherwise = [one for one in named if near and one is not None and contrasts(flows[one], turn.heard)]
    asked = asks_something(turn.heard.core) and not asks_for_an_act(turn) and not asks_price(turn.heard.core)
    if len(otherwise) == 1 and not asked and _tells_and_wants(turn) and names_by_pattern(turn) is None:
        return otherwise[0]
    specs = [flows[name] for name in named if name is not None and flows[name].becomes is not None]
    told = (one.becomes for one in specs if not one.needs_identity or contrasts(flows[one.becomes or ""], turn.heard))
    change = next(told, None)
    if change is None or turn.identified or not (_instead_of_held(turn) or _other_choice(turn, flows[change])):
        return None
    certain = names_by_pattern(turn)
    return change if certain is None or flows[certain].becomes == change else None


def named_otherwise(turn: PlannedTurn) -> str | None:
    """The flow that the words name by a pattern, where they would begin the search that becomes it ("move my trip from
    Denver to Boston, the one on Friday"), or what ends it, or only be answered by a text though they speak of something
    of the customer's ("I have a room in Denver, is breakfast on it"), or change what they only ask about; None: they
    would not."""
    certain, begins, flows = names_by_pattern(turn), turn.heard.begins, turn.persona.flows
    if certain is None or begins is None:
        return None
    reads = flows[certain].needs_identity and flows[certain].confirm is None
    asked = flows[begins].fallback or (flows[begins].confirm is not None and not asks_for_an_act(turn))
    if reads and asked and turn.persona.speaks_of_own(turn.heard.words):
        return certain  # "my stay in Boston, is breakfast on it already"
    if reads and flows[begins].confirm is not None and is_question(turn) and acted_flow(turn) is None:
        return certain  # "is that a window" asks for no seat
    if flows[certain].takes_off and flows[begins].ends:
        return certain  # a part of it is not wanted, and not the whole
    becomes = flows[begins].becomes
    return certain if becomes is not None and (becomes == certain or flows[certain].ends) else None


def _instead_of_held(turn: PlannedTurn) -> bool:
    """Whether the words tell of something of the customer's how it is, and that they want it otherwise."""
    heard = turn.heard
    first = turn.before.last is None
    instead = first and _INSTEAD.search(heard.words) is not None
    goes = first and _OTHERWISE.search(heard.words) is not None and _goes(turn)
    swaps = first and _swaps(turn)
    own = turn.persona.speaks_of_own(heard.words) or instead or goes or swaps
    if not own or (goes_beside(heard.words) and not swaps):
        return False
    parts = (part for part in _PART.split(heard.core) if _WISHES.match(part) is None)
    asks = any(asks_something(part) for part in parts) and not asks_price(heard.core)
    if asks and not asks_for_an_act(turn):
        return False
    return goes or (instead and _only_one(turn)) or _tells_and_wants(turn)


def _swaps(turn: PlannedTurn) -> bool:
    """Whether the words ask what it costs to have one day or time and not another ("what would it cost to fly home on
    the fourth and not on the third"), or what they say that they do, at another ("I fly home on the third, what would
    that cost on the fourth")."""
    if not asks_price(turn.heard.core) or _SORRY.search(turn.heard.words) or turn.heard.of(CODE_TYPE):
        return False
    roles = [as_said(turn.heard, one) for one in turn.heard.found if one.type in ("date", "time", "part_of_day")]
    told = any(role.is_given_up for role in roles) or (_goes(turn) and any(role.tells for role in roles))
    return told and any(role.wanted >= _WANTED for role in roles)


def _goes(turn: PlannedTurn) -> bool:
    """Whether the words tell what the customer does, as people say it of what they have booked ("I'm flying ...")."""
    things = "|".join(map(re.escape, turn.persona.owned))
    goes = rf"{_LEADS_IN}(?:i|we)(?: (?:{_GOES}|{things})|(?:'m|'re| am| are) (?:{_GOING}|(?:{things})ing))\b"
    return any(re.match(goes, part, re.IGNORECASE) is not None for part in _PART.split(turn.heard.words))


def _only_one(turn: PlannedTurn) -> bool:
    """Whether the words say one day, or one time, and look for nothing new ("a flight on Friday instead"): it is wanted
    in the place of one that was not told."""
    things = "|".join(map(re.escape, turn.persona.owned))
    sought = rf"\b(?:an?|any|some|new|which|what)\s+(?:[\w'-]+\s+){{0,2}}?(?:{things})\b|\b(?:{things})s\b"
    said = [one for one in turn.heard.found if one.type in WEIGHED - {"count", "spelled", "choice"}]
    once = bool(said) and len({one.type for one in said}) == len(said)
    return once and re.search(sought, turn.heard.words, re.I) is None


def _other_choice(turn: PlannedTurn, change: Flow) -> bool:
    """Whether the words say which choice the customer has, and name another ("I've got a king there, how much more is
    the suite")."""
    for slot in change.slots.values():
        options = [] if slot.type != "choice" or not slot.wanted else [(v, *names) for v, names in slot.options.items()]
        named = [match for one in options if (match := cues_in(one).search(turn.heard.words)) is not None]
        if len(named) > 1 and any(_HAVE_A.search(turn.heard.words, 0, match.start()) for match in named):
            return True
    return False


def _tells_and_wants(turn: PlannedTurn) -> bool:
    """Whether the words have a value that says how it is, and one that is wanted."""
    heard = turn.heard
    roles = [as_said(heard, one) for one in heard.found if one.type in WEIGHED - {"count", "spelled"}]
    return any(role.tells for role in roles) and any(role.wanted >= _WANTED for role in roles)


def of_held(turn: PlannedTurn, name: str | None) -> str | None:
    """The flow for what the customer holds, where the words would begin the search `name` and yet speak of something
    of theirs: one named as known ("the Miami one"), or a day told only from another ("home the day after"); else
    `name`."""
    spec = turn.persona.flows.get(name or "")
    holds = turn.persona.holds
    searched = turn.before.last is not None and turn.before.last.name == name
    if spec is not None and spec.becomes is not None and not searched and _moves_own(turn):
        return spec.becomes
    if spec is None or holds is None or spec.confirm is not None or spec.needs_identity or searched:
        return name
    if spec.becomes is None and not any(slot.from_topic for slot in spec.slots.values()):
        return name
    words = turn.heard.wish or turn.heard.words
    told = all(_KNOWN.search(words[: one.start]) is not None for one in turn.heard.of("date"))
    if spec.becomes is not None and turn.heard.of("day_shift") and told and asked_act(CLAUSES.split(words)[-1].strip()):
        return spec.becomes
    places = {type_ for type_ in holds.told.values() if type_ not in WEAK_TYPES}
    known = any(
        _KNOWN.search(words[: one.start]) is not None and _ONE.match(words[one.end :]) is not None
        for one in turn.heard.found
        if one.type in places
    )
    return (acted_flow(turn) or own_flow(turn) or name) if known else name


def asks_what_is_held(turn: PlannedTurn) -> bool:
    """Whether the words ask whether the customer, who is known, has something ("do I have late check-out"): that does
    nothing."""
    return turn.identified and not asks_for_an_act(turn) and _HAVE_I.search(turn.heard.core) is not None


def reads_own(turn: PlannedTurn) -> str | None:
    """The flow that tells what is held, where the words are near to it or to one that would write ("do I have bags");
    None: they are not."""
    flows, scores, certain = turn.persona.flows, scores_of(turn), names_by_pattern(turn)
    name, best = own_flow(turn), certain or max(scores, key=lambda one: scores[one])
    if name is None or flows[name].confirm is not None:
        return None
    near = certain is None and scores[name] >= FITS
    return name if near or flows[best].confirm is not None else None


def _moves_own(turn: PlannedTurn) -> bool:
    """Whether the words speak of something of the customer's, and of how many days it is to be moved by ("I have a room
    and want to come a day later"); no question, and nothing beside what they have."""
    heard = turn.heard
    words = heard.wish or heard.words
    beside = goes_beside(words) or of_another(words)
    own = turn.persona.speaks_of_own(words) and not turn.identified
    return own and bool(heard.of("day_shift")) and not beside and (not is_question(turn) or asks_for_an_act(turn))


def own_flow(turn: PlannedTurn) -> str | None:
    """The flow that best fits words about something held: a change where they ask for one, else one that only reads."""
    own = [(n, one) for n, one in turn.persona.flows.items() if one.needs_identity and of_their_own(one) > 0]
    reads, changes = [n for n, one in own if one.confirm is None], list[str]()
    for name, one in own:
        needed = one.needed & {*turn.fill(one, {}, None)}
        if one.confirm is not None and (one.cued(turn.heard.words) or contrasts(one, turn.heard) or needed):
            changes.append(name)
    asks = is_question(turn) and not asks_for_an_act(turn)
    scores = scores_of(turn)
    return max(reads if asks or not changes else changes, key=lambda name: scores[name], default=None)
