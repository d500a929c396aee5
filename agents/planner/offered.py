"""What is said of an open offer, a change that was read back, that is neither a yes nor a no.

The offer stays, whatever is asked about it: only a yes to it, a no, or another wish ends it.

| words | what happens |
|---|---|
| find it too dear, or ask for less ("is there nothing cheaper") | the flow's `others`, else no better price |
| bargain over a fee or the price ("surely you can drop that for me") | it can't be changed |
| ask what else there is ("what times are there") | the flow's `others` |
| "is it done then" | not yet |
| a question that the flow knows an answer to (`flow.told`) | that |
| a question that sounds like another change ("does that have breakfast in it") | a text answers, or it is not known |
| come back to an offer that was left ("okay, as you offered", "let's do that then") | it is quoted and read back anew |

`others` (`flow.Others`) are other slots for the quote, a list by a tool, or a question that a text answers.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from agents.flow import CODE_TYPE, Flow
from agents.planner.asking import looked_up, looks_up, text_for
from agents.planner.course import advance, begun, read_back
from agents.planner.picking import cheapest, picked
from agents.planner.planned import Plan, PlannedTurn, Steps, ToolAnswer, ToolCall
from agents.planner.quote_heard import asks_its_price, asks_of_another
from agents.planner.scoring import FITS, asks_for_an_act, is_question, names_by_pattern
from agents.planner.slots import missing
from agents.planner.templates import render
from agents.quoted import Others, Told, told_to
from agents.understand.assent import accepts
from agents.understand.consent import only_thanks, says_yes
from agents.understand.offers import (
    as_offered,
    asks_else,
    asks_less,
    asks_whether_done,
    bargains,
    puts_right,
    question_beside,
    suggests,
    takes_after_all,
)
from agents.understand.questions import asks_anything, points_back
from agents.understand.requests import asks_for_later
from sync.session import CONFIRM, FlowState

_POINTS = re.compile(r"\b(?:it|that|this|there|with (?:it|that))\b", re.IGNORECASE)
_MAY_I = re.compile(r"\b(?:can|could|may|might) (?:i|we)\b", re.IGNORECASE)
_ITS_PRICE = re.compile(
    r"\b(?:(?:the|that|its) (?:price|total|cost|rate)|in (?:all|total)|altogether)\b", re.IGNORECASE
)
_FEW_WORDS = 8
_AN_END = 12
"""Longer words with an offer's in them say more than that it is wanted."""


def talked_of(
    turn: PlannedTurn, flow: FlowState, spec: Flow, gained: set[str]
) -> Generator[ToolCall, ToolAnswer, Plan | None]:
    """What comes of words that bargain over what was read back, ask what else there is, or whether it is done; None:
    they do not, or the values that they say for the slots `gained` are wanted."""
    words = turn.heard.core
    if asks_whether_done(words):
        return _before((yield from read_back(turn, flow, flow.tries)), turn.shared("not_yet").text)
    if bargains(words):
        return _before((yield from read_back(turn, flow, flow.tries)), turn.shared("fixed_price").text)
    less = asks_less(words)
    wants = less or asks_else(words)
    compares = spec.others is not None and spec.others.tool is not None and asks_else(words) and is_question(turn)
    asked = {*spec.others.cheaper, *spec.others.more} if spec.others is not None else set()
    otherwise = any(spec.slots[name].type != "count" for name in gained - asked) or (gained and suggests(words))
    if not wants or (otherwise and not compares) or names_by_pattern(turn) is not None:
        return None
    if turn.heard.answer == "no" and not is_question(turn):
        return None  # "no, that's too expensive"
    if spec.others is not None:
        return (yield from _others(turn, flow, spec, spec.others, less=less))
    if not less and not is_question(turn):
        return None
    none = turn.shared("nothing_less" if less else "nothing_else").text
    return _before((yield from read_back(turn, flow, flow.tries)), none)


def told_choices(turn: PlannedTurn, flow: FlowState, spec: Flow) -> Generator[ToolCall, ToolAnswer, Plan | None]:
    """What comes of words that want to hear, or pick by its price, what may be said for the slot that was asked for
    ("the cheapest one", "what do they cost"); None: they do not."""
    words, others = turn.heard.core, spec.others
    price = asks_its_price(words) and not asks_of_another(words, "", turn.persona.owned) and not turn.heard.found
    if others is not None and others.asks is not None and price and (told := (yield from text_for(turn, others.asks))):
        return _before(turn.again(flow, tries=0), told)
    if others is None or others.tool is None or flow.asking != others.ask or names_by_pattern(turn) is not None:
        return None
    if not (asks_less(words) or asks_else(words)) or missing(spec, flow.slots, turn.heard) != others.ask:
        return None
    return (yield from _others(turn, flow, spec, others, less=asks_less(words)))


def _others(turn: PlannedTurn, flow: FlowState, spec: Flow, others: Others, *, less: bool) -> Steps:
    anew = others.cheaper if less else others.more
    if anew:
        over = {other for name in anew for other in spec.slots[name].overrules}
        known = {name: value for name, value in flow.slots.items() if name not in over}
        return (yield from advance(turn, replace(flow, slots={**known, **anew}, asking=None, tries=0)))
    if others.tool is not None:
        arguments = {name: value for name, value in flow.slots.items() if name not in others.without}
        result = yield ToolCall(others.tool, arguments)
        items = result.get(others.offer or "")
        if isinstance(items, list) and items:
            listed = tuple(item for item in items if isinstance(item, dict))
            return (
                yield from _listed(turn, replace(flow, offered=listed, picks=others.pick), others, result, less=less)
            )
    elif others.asks is not None and (told := (yield from text_for(turn, others.asks))):
        return _before((yield from _asked_again(turn, flow)), told)
    return _before((yield from _asked_again(turn, flow)), turn.shared("nothing_less" if less else "nothing_else").text)


def told_of_it(turn: PlannedTurn, flow: FlowState, spec: Flow) -> Generator[ToolCall, ToolAnswer, Plan | None]:
    """What answers a question about the change that was read back, or what a yes depends on ("yes, if I keep my
    seat"), before the read-back in short; None: the flow knows none for it."""
    heard, quoted = turn.heard, turn.before.pending
    if quoted is None or (heard.answer == "no" and not puts_right(heard.words)):
        return None
    said = list[str]()
    for one in told_to(spec.told, heard.words):
        said.append((yield from _answer_to(turn, one, quoted.quote)))
    text = " ".join(dict.fromkeys(one for one in said if one))
    return _before((yield from read_back(turn, flow, flow.tries)), text) if text else None


def _answer_to(turn: PlannedTurn, one: Told, quote: Mapping[str, JsonValue]) -> Generator[ToolCall, ToolAnswer, str]:
    """What `one` says of the `quote`: its own text, else what a text of the branch answers; "" where none does."""
    said, name = render(one.text, turn.values(quote)) if one.text is not None else "", looks_up(turn)
    if said or one.question is None or name is None:
        return said
    known = yield from text_for(turn, one.question, begun(turn, name).slots)
    return f"{known} {one.more or ''}".strip() if known else ""


def _listed(
    turn: PlannedTurn, flow: FlowState, others: Others, result: Mapping[str, JsonValue], *, less: bool
) -> Steps:
    """The offered list of `flow`: the item that the words pick goes on, else it is told, and the question comes
    again."""
    slot = others.ask or ""
    chosen = None if is_question(turn) else picked(flow, turn.heard)
    if chosen is not None and chosen.get(slot) != flow.slots.get(slot):
        return (yield from advance(turn, replace(flow, slots={**flow.slots, **chosen}, asking=None, tries=0)))
    key = flow.picks.get(slot, "")
    least = cheapest(flow.offered)
    if less and flow.asking == CONFIRM and least is not None and least.get(key) == flow.slots.get(slot):
        return _before((yield from read_back(turn, flow, flow.tries)), turn.shared("nothing_less").text)
    return _before((yield from _asked_again(turn, flow)), render(others.text or "", turn.values(result)))


def _asked_again(turn: PlannedTurn, flow: FlowState) -> Steps:
    """The open question once more: a read-back in short, or the question for a slot."""
    if flow.asking == CONFIRM:
        return (yield from read_back(turn, flow, flow.tries))
    return turn.again(flow, tries=0)


def _before(done: Plan, text: str) -> Plan:
    """`done` with `text` said first."""
    return replace(done, reply=f"{text} {done.reply}".strip())


def asked_of_offer(turn: PlannedTurn, flow: FlowState, best: str) -> Generator[ToolCall, ToolAnswer, Plan | None]:
    """What answers a question that the flow `best`, another change or a search, sounds like, asked while an offer is
    open: it begins nothing; None: the words are none."""
    heard, name, spec = turn.heard, looks_up(turn), turn.persona.flows[best]
    later = asks_for_later(heard.core)
    if name is None or best in (name, flow.name) or heard.answer is not None or heard.pin is not None:
        return None
    if not later and (names_by_pattern(turn) not in (None, name) or suggests(heard.core)):
        return None
    if not later and (asks_for_an_act(turn) or _MAY_I.search(heard.core) or not asks_anything(heard.words)):
        return None
    if spec.confirm is None and not later:
        return None
    points = _POINTS.search(heard.core) is not None and not heard.found
    return (yield from looked_up(turn, name, settles=later or points))


def beside_a_yes(
    turn: PlannedTurn, flow: FlowState, more: str | None = None
) -> Generator[ToolCall, ToolAnswer, Plan | None]:
    """The answer to a question that stands behind what was said to the read-back of `flow` ("yes please, and is there
    wifi"), which `more` was learned to answer; None: there is none, or it would ask something itself."""
    at = question_beside(turn.heard.words)
    if at is None:
        return None
    whole, flows = turn.heard, turn.persona.flows
    agrees = whole.answer == "yes" or says_yes(whole.words)
    if agrees:  # else what is before it may say what it asks about
        turn.heard = replace(whole.part(at, len(whole.words)), words=whole.words[at:], found=())
    certain = names_by_pattern(turn)
    tells = more or (_tells(turn) if agrees else None)
    name = certain if certain not in (None, looks_up(turn)) else tells or looks_up(turn)
    name = flows[name].own or name if name is not None and turn.identified else name
    told: Plan | None = None
    if name is not None and flows[name].confirm is None and not flows[name].hands_off:
        asked = begun(turn, name)
        about = turn.before.pending.quote.get("code") if turn.before.pending is not None else None
        codes = {slot: about for slot, one in flows[name].slots.items() if one.type == CODE_TYPE and about is not None}
        told = yield from advance(turn, replace(asked, slots={**asked.slots, **codes}))
    turn.heard = whole
    if told is None or told.hand_over is not None or told.state.flow is not None:
        return None
    return told


def _tells(turn: PlannedTurn) -> str | None:
    """The flow that only tells something and is nearest to the words, where it is near."""
    flows, near = turn.persona.flows, turn.heard.flows
    tells = [name for name, one in flows.items() if one.confirm is None and one.tool is not None and not one.hands_off]
    best = max(tells, key=lambda name: near.get(name, 0.0), default=None)
    return best if best is not None and near.get(best, 0.0) >= FITS and best != looks_up(turn) else None


def left_open(turn: PlannedTurn) -> FlowState | None:
    """The offer of this agent that was left for something else, where the words come back to it; None: they do not."""
    words = turn.heard.core
    if turn.heard.pin is not None or len(words.split()) > _AN_END or only_thanks(words):
        return None
    return offered_last(turn.persona.name, turn.state.parked) if accepts(words) or as_offered(words) else None


def taken_after_all(turn: PlannedTurn) -> FlowState | None:
    """The change of this agent whose quote was turned down last, where a few words take it up after all; None: they do
    not."""
    left, heard = turn.before.declined, turn.heard
    if left is None or left.agent != turn.persona.name or left.name not in turn.persona.flows or not turn.identified:
        return None
    no = heard.answer == "no" and not puts_right(heard.words)
    says_more = heard.found or is_question(turn) or no or len(heard.core.split()) > _AN_END
    return None if says_more or not takes_after_all(heard.words) else left


def named_of_waiting(turn: PlannedTurn, left: FlowState) -> FlowState | None:
    """The flow `left`, which it was offered to go on with, with what the words say for it, where they name it and ask
    for nothing else ("and the window seat"); None: they do not."""
    spec = turn.persona.flows.get(left.name) if left.agent == turn.persona.name else None
    whole, at = turn.heard, question_beside(turn.heard.words)
    if spec is not None and at is not None:  # "an aisle one please, what do you charge for it"
        turn.heard = whole.part(0, at)
        named = named_of_waiting(turn, left)
        turn.heard = whole
        return named
    if spec is None or is_question(turn) or names_by_pattern(turn) not in (None, left.name):
        return None
    said = turn.fill(spec, {}, None)
    if not said and not spec.cued(turn.heard.words):
        return None
    others = (one for name, one in turn.persona.flows.items() if name != left.name and one.confirm is not None)
    if any(one.cued(turn.heard.words) for one in others) or len(turn.heard.core.split()) > _AN_END:
        return None
    return replace(left, slots={**left.slots, **said})


def spoken_of(turn: PlannedTurn) -> FlowState | None:
    """The wish of this agent that waits, where the words are for it though they ask for nothing new ("the hotel on
    Saturday, yes"), with what they say for it; None: they are not."""
    left = next((one for one in reversed(turn.state.parked) if one.task and one.agent == turn.persona.name), None)
    if left is None or not turn.persona.speaks_for(turn.heard.words) or is_question(turn):
        return None
    if len(turn.heard.core.split()) > _FEW_WORDS or names_by_pattern(turn) not in (None, left.name):
        return None
    others = (one for name, one in turn.persona.flows.items() if name != left.name and one.confirm is not None)
    if any(one.cued(turn.heard.words) for one in others):
        return None
    return replace(left, slots=turn.fill(turn.persona.flows[left.name], left.slots, None))


def retold(turn: PlannedTurn) -> FlowState | None:
    """The lookup that was told last and offered something of, where the words ask once more for its price ("how much is
    that altogether"), or for what else there is; None: they do not."""
    last, flows = turn.before.last, turn.persona.flows
    if last is None or last.agent != turn.persona.name or last.name not in flows or turn.before.on_yes is None:
        return None
    if flows[last.name].on_pick != turn.before.on_yes or names_by_pattern(turn) is not None or turn.heard.pin:
        return None
    new = [one for one in turn.heard.found if one.type != "count" and one.value not in last.slots.values()]
    words, spec = turn.heard.core, flows[last.name]
    narrowed = {name for name in last.picks if name in last.slots}
    if (
        narrowed
        and not new
        and (asks_else(words) or asks_less(words))
        and not turn.fill(spec, {}, None).keys() & narrowed
    ):
        left = {name: value for name, value in last.slots.items() if name not in narrowed}
        return replace(last, slots=left, offered=())  # "that's a lot, what else have you got"
    short = len(words.split()) <= _FEW_WORDS and (points_back(words) or _ITS_PRICE.search(words) is not None)
    return last if not new and short and asks_its_price(words) else None


def offered_last(agent: str, parked: Sequence[FlowState]) -> FlowState | None:
    """The newest of the flows of `agent` that wait, where that one was read back."""
    left = next((one for one in reversed(parked) if one.agent == agent), None)
    return left if left is not None and left.asking == CONFIRM else None
