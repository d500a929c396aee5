"""Whether words turn down the change that was read back: asked right after whether they agree to it (`agreement.py`).

| words | turned down |
|---|---|
| learned to want it no longer, or a no that may be one, and no other wish in them | yes |
| say that it is more than they would pay ("I can't afford that") | yes |
| say that all stays as it is ("I'll stick with the Monday one"), and name only what is held | yes |
| ask something, bargain, or name a value that is neither held nor told | no |
| ask for another change, for a person, or to go on | no |
| only take leave, which has words of its own | no |

What is held already is no wish: "no, I'll stay on Monday" of somebody who is booked for Monday ends it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pydantic import JsonValue

from agents.flow import CODE_TYPE, Flow, Slot
from agents.planner.course import begun
from agents.planner.holding import TELLS
from agents.planner.other_wishes import changes_asked, names_it_plainly
from agents.planner.planned import PlannedTurn
from agents.planner.quote_heard import is_told
from agents.planner.replies import CLEAR
from agents.planner.scoring import is_question, names_by_pattern
from agents.planner.slots import new_in
from agents.understand.assent import declines, keeps, only_declines
from agents.understand.consent import consents, ends_in_yes, less_told, only_thanks, says_yes, thanks
from agents.understand.denied import affirmed
from agents.understand.heard import Found, Heard
from agents.understand.held import says
from agents.understand.offers import asks_else, asks_less, is_beyond, puts_right, wants_it
from agents.understand.questions import asks_anything
from sync.session import FlowState

_MAKES_IT = re.compile(
    r"\b(?:make|move|change|shift|shorten|cut|switch|push|bring) (?:it|that|this|them)\b(?! (?:back|off)\b)",
    re.IGNORECASE,
)
"""Words that want what is held another way ("keep it but make it one night")."""
_FEWEST_WORDS = 4
"""Fewer words beside what is denied ask for nothing."""
LIKELY = 0.4
"""From this likelihood on words with a no in them turn it down."""


def turned_down(turn: PlannedTurn, flow: FlowState, spec: Flow) -> bool:
    """Whether the words turn down what was read back by `flow`, and want nothing else in its place."""
    heard, certain = turn.heard, names_by_pattern(turn)
    ends = not says_yes(heard.words) and (keeps(heard.words, turn.persona.owned) or is_beyond(heard.words))
    ours = certain == flow.name and (ends or any(map(heard.is_held, heard.found)))  # "I'd rather stay in 25D"
    if certain is not None and not ours and not _only_polite(turn, turn.persona.flows[certain]):
        return False
    asks = is_question(turn) or (asks_anything(heard.words) and not ends) or asks_else(heard.core)
    if asks or wants_it(heard.core) or only_thanks(heard.words) or puts_right(heard.words):
        return False
    told = turn.before.pending.read_back if turn.before.pending is not None else ""
    yes = consents(less_told(heard.words, told), spec.beside_a_yes)  # "alright then, eighty dollars it is"
    if yes or (says_yes(heard.words) and ends_in_yes(heard.words, spec.agree)):
        return False
    no = heard.answer == "no" or declines(heard.words)
    if asks_less(heard.core) and not (no or ends):  # "that's too much": there may be less to pay
        return False
    if not no and _names_offer(turn):  # "I'll stick with Tuesday", which is what was offered
        return False
    learned = heard.does("declines")
    if learned < CLEAR and not ends and not (no and learned >= LIKELY):
        return False
    no_wish = only_declines(heard.words) or not _wishes(turn, flow, spec, ends=ends)  # "maybe later"
    return no_wish and not changes_asked(turn) - {flow.name}


def denied_by_name(turn: PlannedTurn, flow: FlowState) -> Heard | None:
    """What is said beside words that deny the change which `flow` reads back, or asks a proof for ("don't cancel
    anything, I want another flight"); None: they do not deny it, or ask for nothing beside that."""
    spec, heard = turn.persona.flows[turn.waits_for_proof or flow.name], turn.heard
    if not spec.denied_in(heard.words):
        return None
    rest = replace(heard, words=affirmed(heard.words), answer=None)
    if len(re.findall(r"[\w']+", rest.core)) < _FEWEST_WORDS:
        return None
    code, told = (flow.held or {}).get("code"), turn.persona.holds.told.values() if turn.persona.holds else ()
    named = any(one.type == CODE_TYPE or (one.type in told and one.type not in TELLS) for one in heard.found)
    if not turn.identified or code is None or named:
        return rest
    end = len(rest.words)  # what else is said is about the same thing
    return replace(rest, found=(*rest.found, Found(CODE_TYPE, code, end, end)))


def moves_instead(turn: PlannedTurn, flow: FlowState) -> FlowState | None:
    """The same for a question at the read-back of what would end it ("I'd lose eighty, is there an earlier plane")."""
    spec, other = turn.persona.flows[flow.name], in_its_place(turn, flow)
    if not spec.ends or other is None or turn.heard.answer is not None or names_by_pattern(turn) is not None:
        return None
    slots = turn.persona.flows[other.name].slots
    types = {slots[name].type for name in turn.persona.flows[other.name].needed & {*other.slots}}
    asks = is_question(turn) or asks_anything(turn.heard.words)
    return other if asks and types - {"date", "count"} and names_it_plainly(turn, other.name) else None


def kept_otherwise(turn: PlannedTurn, flow: FlowState) -> FlowState | None:
    """The change that is wanted in the place of one that ends what is held and was read back ("no wait, could we keep
    it but make it just the one night"); None: none is."""
    if not turn.persona.flows[flow.name].ends or _MAKES_IT.search(turn.heard.words) is None:
        return None
    if names_by_pattern(turn) not in (None, *changes_asked(turn)):
        return None
    return in_its_place(turn, flow) or (_moved_somewhere(turn, flow) if turn.which_day else None)


def _moved_somewhere(turn: PlannedTurn, flow: FlowState) -> FlowState | None:
    """The one change of the day of what `flow` would end, for words that say no more than about when."""
    code = flow.slots.get(CODE_TYPE) or (flow.held or {}).get("code")
    moves = [
        name
        for name, one in turn.persona.flows.items()
        if one.of_held and not one.ends and any(slot.wanted and slot.type == "date" for slot in one.slots.values())
    ]
    if len(moves) != 1:
        return None
    begins = begun(turn, moves[0])
    return replace(begins, slots={CODE_TYPE: code, **begins.slots} if code else begins.slots)


def in_its_place(turn: PlannedTurn, flow: FlowState) -> FlowState | None:
    """The one change of the same thing for which the words give a value, in the place of `flow`, which they deny by its
    name ("don't cancel it, I want another flight"); None: they give one for none, or for several."""
    spec = turn.persona.flows[flow.name]
    if not spec.of_held:
        return None
    meant = list[FlowState]()
    for name, one in turn.persona.flows.items():
        if one.of_held and name != flow.name and one.needed & {*turn.fill(one, {}, None)}:
            begins = begun(turn, name)
            code = flow.slots.get(CODE_TYPE) or (flow.held or {}).get("code")
            meant.append(replace(begins, slots={CODE_TYPE: code, **begins.slots} if code else begins.slots))
    return meant[0] if len(meant) == 1 and not turn.persona.flows[meant[0].name].ends else None


def _names_offer(turn: PlannedTurn) -> bool:
    """Whether the words name a value that was read back and that the customer does not hold."""
    quoted, heard = turn.before.pending, turn.heard
    named = (one for one in heard.found if one.type in TELLS)
    return quoted is not None and any(is_told(one, quoted) and not heard.is_held(one) for one in named)


def _only_polite(turn: PlannedTurn, spec: Flow) -> bool:
    """Whether a flow that the words mean only stops what is under way, or thanks; "no wait" does neither."""
    return spec.only_replies and (spec.stops_flow or thanks(turn.heard.words))


def _wishes(turn: PlannedTurn, flow: FlowState, spec: Flow, *, ends: bool) -> set[str]:
    """The slots of the flow for which the words say something new that the customer does not hold; a number of those
    who want to keep what they have is what they have."""
    filled = turn.fill(spec, flow.slots, None)
    gained = new_in(filled, flow.slots)
    counted = {name for name in gained if ends and spec.slots[name].type == "count"}
    gained -= counted | {name for name in gained if ends and _says_held_day(turn, spec.slots[name])}
    return {name for name in gained if not _holds(turn, spec.slots[name], filled[name])}


def _says_held_day(turn: PlannedTurn, slot: Slot) -> bool:
    """Whether the words name the held day, if only by its weekday ("leave me on Tuesday")."""
    return slot.type == "date" and any(turn.heard.is_held(one, slot.was) for one in turn.heard.of("date"))


def _holds(turn: PlannedTurn, slot: Slot, value: JsonValue) -> bool:
    """Whether the customer holds the `value` of a slot."""
    held = turn.heard.held
    return held is not None and slot.was is not None and says(slot.type, value, held.record.get(slot.was))
