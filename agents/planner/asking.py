"""Questions of fact: looked up before anything is begun that would ask the customer for something.

| words, with no question open | what happens |
|---|---|
| name only another place ("and in Austin") right after an answered question | that question again, for that place |
| ask something, and a text answers | it is told: no code, no search, no guess |
| ask something, no text here answers, one of another agent's does | that agent takes the words |
| ask what would be possible later ("can I still cancel that later") | it is told, or not known: nothing begins |
| ask something, and sound only faintly like a search | not known, rather than a search nobody asked for |
| while a search asks for something: turn away from it ("no, I asked about ...") | the search is dropped |

Words that ask for something to be done are no questions of fact, nor are those by which a flow is surely meant.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import replace
from types import MappingProxyType

from pydantic import JsonValue

from agents.flow import Flow
from agents.planner.around import arguments_of
from agents.planner.course import after, begin, begun
from agents.planner.guessing import RELATED
from agents.planner.meant import acted_flow, change_named, follow_up, is_search
from agents.planner.planned import Plan, PlannedTurn, ToolAnswer, ToolCall
from agents.planner.scoring import DIGRESSES, FITS, asks_for_an_act, is_question, item_meant, names_by_pattern
from agents.planner.slots import WEAK_TYPES, missing
from agents.planner.templates import render
from agents.understand import questions
from agents.understand.questions import asks_anything, informs, names_more, points_back, questions_in
from agents.understand.requests import asked_act, asks_for_later, asks_price
from sync.session import FlowState

SURE = 0.75
"""From this nearness to its examples on a flow is meant, whatever texts there are."""
AS_TOLD = 0.9
"""The same for a flow that would write, where the words ask what, when or how."""
ASKS = 0.6
"""From this likelihood on a reply is taken to ask something, whatever its form."""
_OF_THEIRS = re.compile(
    r"\b(?:have|did|am|was|were|are|had) (?:i|we)\b|\bdo (?:i|we) have\b(?! to\b)|"
    r"\b(?:my|our|mine|i've|we've|i'm|i am|we're|we are)\b",
    re.IGNORECASE,
)
"""Words of a question for what the customer has."""
_MAY_I = re.compile(r"\b(?:can|could|may|might) (?:i|we)\b", re.IGNORECASE)
_OWN_TYPES = ("booking_code", "customer_id", "date", "time", "spelled", "flight_number", "day_shift")
"""Values by which a question is about what the customer holds or wants."""
ABOUT_THE_WISH = re.compile(
    r"\b(?:that|this)\b(?! (?:hotel|house|flight|room|plane)\b)|"
    r"\bwhat(?:'ve|'s| have| do| is| can)? (?:you|there|we)(?: (?:got|have|do|offer))*\W*$",
    re.IGNORECASE,
)
"""A question beside a wish with such words asks about the wish, which no text knows ("what've you got")."""
_DOES_IT = re.compile(r"(?:does|do|is|are|has|have) (?:it|they|there)\b", re.IGNORECASE)
MINE = re.compile(r"\b(?:my|our|mine|i|we)\b", re.IGNORECASE)
_FEW_WORDS = 3
_WISHES = re.compile(
    r"(?!\W*(?:how|what|which)\b).*\b(?:i|we)(?:'d| would)? (?:want|need|like|have) to\b", re.IGNORECASE
)
"""A wish before its price is asked for ("I need to check two cases, what will that be?")."""
_DO_IT = re.compile(
    r"(?:(?:can|could|may|would|will) (?:i|we|you)|i(?:'d| would) like to|i want to|please|let's)"
    r"(?: please| just| also)? do (?:it|that|this)"
    r"(?: (?:here|now|right now|for (?:me|us)|with you|at this desk|today|then|please|too|myself|right away))*\W*",
    re.IGNORECASE,
)
"""Words that ask for what was spoken of to be done."""
NO_ANSWER = frozenset({"unknown", "related", "error"})
"""Outcomes of a tool that found no text that surely answers."""
_TURNS_AWAY = re.compile(
    r"\b(?:i(?:'m| am| was|'ve| have)? (?:only |just )?ask(?:ed|ing)|i (?:meant|mean)|"
    r"(?:just|only) want(?:ed)? to know|"
    r"(?:i'm|i am|we're|we are) not (?:\w+ing)|(?:don't|do not|didn't|did not) (?:want|need|ask|say|mean)|"
    r"not (?:a |the |that |my )?\w+[,.]? (?:the|my|a|i|but)|that's not what|wrong|never mind)\b",
    re.IGNORECASE,
)
"""Words by which customers say that they asked something else."""


def looks_up(turn: PlannedTurn) -> str | None:
    """The flow that answers from texts, if the persona has one."""
    return next((n for n, spec in turn.persona.flows.items() if spec.fallback and spec.words_as is not None), None)


def asks_rule(turn: PlannedTurn) -> bool:
    """Whether the words ask how things are in general, and name nothing of the customer's: before it is known who they
    are, a text tells more than a change that asks for a code."""
    own = any(turn.heard.of(type_) for type_ in _OWN_TYPES)
    core, flows = turn.heard.core, turn.persona.flows.values()
    prices = asks_price(core) and any(spec.confirm is not None and spec.cued(core) for spec in flows)
    prices = prices and not _says_what(turn, names_by_pattern(turn))
    return not turn.identified and not own and (prices or questions.asks_rule(core))


def _says_what(turn: PlannedTurn, name: str | None) -> bool:
    """Whether the words say what the change `name` is to be ("what does it cost to stay a night longer")."""
    if name is None or not _writes(turn, name):
        return False
    spec = turn.persona.flows[name]
    return bool(spec.needed & {*turn.fill(spec, {}, None)})


def asks_fact(turn: PlannedTurn) -> bool:
    """Whether the words ask for something to be told, not to be done."""
    heard = turn.heard
    if heard.pin is None and asks_for_later(heard.core):
        return True
    if heard.pin is not None or (heard.of("booking_code") and names_by_pattern(turn) != looks_up(turn)):
        return False
    if (heard.of("count") and _WISHES.match(heard.core) is not None) or _tells_a_wish(turn):
        return False
    if asks_rule(turn):
        return True
    if asks_for_an_act(turn) and not informs(heard.words):
        return False
    act = asked_act(heard.words)
    if any(spec.confirm is not None and spec.led_by(act) for spec in turn.persona.flows.values()):
        return False
    asks = is_question(turn) or asks_anything(heard.words) or heard.leans_back or heard.does("asks") >= ASKS
    return asks or (turn.asked_last is not None and names_more(heard.words))


def _tells_a_wish(turn: PlannedTurn) -> bool:
    """Whether the words begin a change and have a value for it, and are no question by their form, or one that only
    points at that wish ("they want me there a day early, can that be done")."""
    spec = turn.persona.flows.get(turn.heard.begins or "")
    if spec is None or spec.confirm is None:
        return False
    asked = questions_in(turn.heard.core)[-1]
    told = turn.heard.core.removesuffix(asked.alone)
    beside = told != turn.heard.core and not asks_anything(told) and ABOUT_THE_WISH.search(asked.alone) is not None
    if is_question(turn) and not (told and beside):
        return False
    changes = {name for name, slot in spec.slots.items() if slot.wanted or slot.type in ("count", "day_shift")}
    return bool(changes & {*turn.fill(spec, {}, None)})


def answered_first(turn: PlannedTurn, best: str | None) -> Generator[ToolCall, ToolAnswer, Plan | None]:
    """What comes of words that ask for a fact, before the flow `best` begins or is asked about; None: nothing."""
    name = looks_up(turn)
    later = asks_for_later(turn.heard.core)
    certain = names_by_pattern(turn)
    rule = later or (_writes(turn, certain) and asks_rule(turn))
    if name is None or (certain not in (None, name) and not rule):
        return None
    if (more := _counts_on(turn)) is not None:
        turn.heard = replace(turn.heard, words=more, found=())
        return (yield from looked_up(turn, name, settles=True))
    if turn.repeats_question:
        asked = f"{turn.asked_last} {turn.heard.core}"
        also = (n for n, one in turn.persona.flows.items() if one.asks is not None and one.means(asked))
        return (yield from begin(turn, next(also, name)))
    of_item = bool(item_meant(turn))
    only_told = of_item and _writes(turn, best) and informs(turn.heard.words)  # "how many beds are in the twin"
    if turn.asked_last is None and ((of_item and not only_told) or follow_up(turn, best) is not None):
        return None  # "how about Friday", "is the second one on time"
    parts = questions_in(turn.heard.words)
    if len(parts) > 1 and best != name and not asks_anything(parts[0].whole):
        return None  # a wish, and a question beside it
    ours = best in (None, name) or (certain == name and not _writes(turn, best))
    if not asks_fact(turn) or not (ours or best is None or not surely_meant(turn, best)):
        return None
    settles = (
        later or ours or only_told or best is None or _faint_search(turn, best) or (_adds(turn) and _of_the_thing(turn))
    )
    settles = settles and not (_writes(turn, certain) and not later)  # "can I bring my flight forward"
    return (yield from looked_up(turn, name, settles=settles))


def asked_to_do(turn: PlannedTurn) -> str | None:
    """The change that words such as "can I do that here", or "Tuesday then", are for, right after a question about it
    was answered; None: they are for none, or may be for several."""
    asked = turn.asked_last
    if asked is None:
        return None
    named = change_named(turn.persona, asked)
    if named is None or _DO_IT.fullmatch(turn.heard.core) is not None:
        return named
    days = {name for name, slot in turn.persona.flows[named].slots.items() if slot.wanted and slot.type == "date"}
    short = len(turn.heard.core.split()) <= _FEW_WORDS and not is_question(turn)
    return named if short and days & {*turn.fill(turn.persona.flows[named], {}, None)} else None


def _counts_on(turn: PlannedTurn) -> str | None:
    """The question for the price of as many as a few words count, right after a price was told to somebody unknown
    ("two suitcases"); None: the words are none."""
    asked, heard = turn.asked_last, turn.heard
    few = len(heard.core.split()) <= _FEW_WORDS and heard.answer is None
    if asked is None or turn.identified or not few or not heard.of("count") or not asks_price(asked):
        return None
    spec = turn.persona.flows.get(change_named(turn.persona, asked) or "")
    counts = [slot for slot in spec.slots.values() if slot.type == "count"] if spec is not None else []
    told = any(one.follow in slot.units for slot in counts for one in heard.of("count"))
    return f"how much are {heard.core}" if told and acted_flow(turn) is None else None


def _writes(turn: PlannedTurn, name: str | None) -> bool:
    """Whether the flow `name` changes something."""
    return name is not None and turn.persona.flows[name].confirm is not None


def surely_meant(turn: PlannedTurn, name: str) -> bool:
    """Whether the flow `name` is meant though the words are a question: it would only look up what they name, or they
    are as near to it as its own examples, or speak of what the customer holds."""
    spec, near = turn.persona.flows[name], turn.heard.flows.get(name, 0.0)
    if spec.proves_identity or spec.repeats or spec.stops_flow or spec.hands_off or spec.closes or spec.resumes:
        return True
    if spec.needs_identity and asks_rule(turn):  # "can I check in online"
        return near >= AS_TOLD
    if spec.confirm is not None and asks_for_later(turn.heard.core):
        return False
    if spec.confirm is not None and informs(turn.heard.words):  # "how do I check in online"
        return near >= AS_TOLD
    if spec.needs_identity and _of_the_thing(turn):
        return False
    if near >= SURE:
        return True
    if spec.confirm is not None and _MAY_I.search(turn.heard.core) and (near >= FITS or turn.heard.begins == name):
        return True  # "can I go a day earlier"
    if spec.tool is None or spec.fallback:
        return False
    told = turn.heard.begins == name and _OF_THEIRS.search(turn.heard.words) is not None
    if spec.needs_identity:
        also = turn.heard.begins is None and near >= DIGRESSES and _OF_THEIRS.search(turn.heard.words) is not None
        return spec.confirm is None and (told or also or (near >= FITS and turn.identified))
    if spec.own is not None and turn.heard.begins == name and (told or turn.fill(spec, {}, None)):
        return True  # "will it get away on time tonight"
    said = turn.fill(spec, {}, None, begins=True)
    types = {spec.slots[slot].type for slot in said}
    if turn.heard.begins == name and is_search(spec) and "date" in types and types - WEAK_TYPES:
        return True  # "what does a king cost in Denver on New Year's Eve"
    return bool(spec.needs) and missing(spec, said, turn.heard) is None


def _of_the_thing(turn: PlannedTurn) -> bool:
    """Whether the words ask about what was spoken of, and not about what the customer holds ("does it have breakfast",
    "and the restaurant" after an answered question)."""
    heard = turn.heard
    if turn.persona.speaks_of_own(heard.words) or MINE.search(heard.words) is not None or asks_for_an_act(turn):
        return False
    return _DOES_IT.match(heard.core) is not None or _adds(turn)


def _adds(turn: PlannedTurn) -> bool:
    """Whether the words only add a thing to the question that was answered last."""
    few = turn.heard.leans_back and len(turn.heard.core.split()) <= _FEW_WORDS
    return turn.asked_last is not None and few and not is_question(turn)


def looked_up(turn: PlannedTurn, name: str, *, settles: bool = False) -> Generator[ToolCall, ToolAnswer, Plan | None]:
    """What a text answers to the words, here or at another agent; where none does, None, or, where nothing else is
    meant (`settles`), that it is not known."""
    spec = turn.persona.flows[name]
    flow = begun(turn, name)
    arguments = arguments_of(turn, flow)
    result = yield ToolCall(spec.tool or "", arguments)
    outcome = str(result.get("outcome"))
    said = spec.said_after(outcome)
    if outcome not in NO_ANSWER:
        asks_back = said is not None and said.ask is not None and _does_something(turn, turn.heard.begins)
        return None if asks_back else (yield from after(turn, flow, spec, result))
    others = turn.persona.asks if not _does_something(turn, turn.heard.begins) else {}
    for agent, asked in others.items():
        named = {one.type: one.value for one in turn.heard.found if one.type in asked.tells}
        if (outcome == RELATED or turn.before.pending is not None) and not named:
            continue
        words = {key: arguments[key] for key in (spec.words_as, spec.leans_as) if key in arguments}
        known = {key: turn.state.topic[key] for key in asked.tells if key in turn.state.topic and not named}
        found = yield ToolCall(asked.tool, {**words, **known, **named})
        near = (outcome == RELATED and bool(named)) or (turn.asked_last is not None and turn.heard.leans_back)
        if found.get("outcome") not in NO_ANSWER and (near or found.get("sure")):
            state = replace(turn.state, flow=None)
            return Plan(state=state, hand_over=agent, words=turn.heard.words)
    return (yield from after(turn, flow, spec, result)) if settles else None


def _does_something(turn: PlannedTurn, name: str | None) -> bool:
    """Whether the flow `name` does something with what the customer holds."""
    return name is not None and turn.persona.flows[name].needs_identity


def text_for(
    turn: PlannedTurn, asked: str, known: Mapping[str, JsonValue] = MappingProxyType({})
) -> Generator[ToolCall, ToolAnswer, str]:
    """What a text surely answers to the question `asked`, of what is `known`; "" where none does."""
    name = looks_up(turn)
    if name is None:
        return ""
    spec = turn.persona.flows[name]
    result = yield ToolCall(spec.tool or "", {**known, spec.words_as or "": spec.reworded_in(asked)})
    said = spec.said_after("found")
    return render(said.text, turn.values(result)) if result.get("outcome") == "found" and said is not None else ""


def text_beside(turn: PlannedTurn, spec: Flow) -> Generator[ToolCall, ToolAnswer, str]:
    """What a text surely answers to the last question in words that mean the flow `spec`, which is not for that ("I
    haven't got my PIN, can you tell me whether I get my money back"); "" where none does."""
    name, last = looks_up(turn), questions_in(turn.heard.core)[-1]
    if name is None or not asks_anything(last.whole) or last.alone == last.whole or spec.means(last.alone):
        return ""
    put = turn.persona.flows[name].reworded_in(last.whole)
    return (yield from text_for(turn, last.alone if put == last.whole else put))


def told_of_the_goal(turn: PlannedTurn, spec: Flow) -> Generator[ToolCall, ToolAnswer, str]:
    """What texts answer to a question about the change `spec` before it is known how it is wanted, by what is kept for
    its read-back: its terms, or its price; "" where none does."""
    words = turn.heard.core
    if spec.confirm is None or not asks_anything(words):
        return ""
    asked = next((one.question for one in spec.told if one.question is not None and one.is_asked(words)), None)
    if asked is None and asks_price(words) and points_back(questions_in(words)[-1].alone):
        asked = spec.priced_by
    return "" if asked is None else (yield from text_for(turn, asked))


def told_between(turn: PlannedTurn, flow: FlowState, best: str) -> Generator[ToolCall, ToolAnswer, Plan | None]:
    """What a text answers to a question while `flow` waits for something; None where the words are none, or for the
    flow that waits, or where no text answers: then it is not known, rather than a search that nobody asked for."""
    name = looks_up(turn)
    if name is None or best in (name, flow.name, turn.waits_for_proof) or names_by_pattern(turn) is not None:
        return None
    if not asks_anything(turn.heard.words) or not asks_fact(turn) or surely_meant(turn, best):
        return None
    spec = turn.persona.flows[best]
    faint = spec.tool is not None and not spec.of_own and turn.heard.flows.get(best, 0.0) < FITS
    return (yield from looked_up(turn, name, settles=is_search(spec) or (faint and not spec.needs_identity)))


def told_at_quote(turn: PlannedTurn) -> Generator[ToolCall, ToolAnswer, Plan | None]:
    """What a text surely answers to a question while a change is read back ("how heavy may it be"); None: nothing."""
    name, asks = looks_up(turn), is_question(turn) or asks_anything(turn.heard.core)
    asks = asks or names_by_pattern(turn) == name
    if name is None or not asks or turn.heard.answer is not None or turn.heard.chats:
        return None
    told = yield from looked_up(turn, name)
    return told if told is not None and told.answered else None


def _faint_search(turn: PlannedTurn, name: str) -> bool:
    """Whether the words sound only faintly like the search `name`: a place in them makes none."""
    spec = turn.persona.flows[name]
    return is_search(spec) and turn.heard.begins != name and turn.heard.flows.get(name, 0.0) < FITS


def turned_away(turn: PlannedTurn, flow: FlowState) -> bool:
    """Whether the words turn away from a search that asks for something, to ask something else."""
    spec = turn.persona.flows[flow.name]
    if not is_search(spec) or spec.fallback or turn.heard.pin is not None:
        return False
    filled = turn.fill(spec, flow.slots, flow.asking)
    gained = filled.get(flow.asking or "") != flow.slots.get(flow.asking or "")
    gained = (gained and not asks_anything(turn.heard.words)) or missing(spec, filled, turn.heard) is None
    long = len(turn.heard.core.split()) > 2
    return long and not gained and turns_away(turn)


def turns_away(turn: PlannedTurn) -> bool:
    """Whether the words say that something else was asked, or is not wanted."""
    return _TURNS_AWAY.search(turn.heard.words) is not None


def drop_searches(turn: PlannedTurn) -> None:
    """Forget the searches that wait, where the words turn away from them."""
    flows, mine = turn.persona.flows, turn.persona.name
    if turn.heard.pin is None and turns_away(turn):
        left = (f for f in turn.state.parked if f.agent != mine or f.name not in flows or not is_search(flows[f.name]))
        turn.state = replace(turn.state, parked=tuple(left))
