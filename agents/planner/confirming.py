"""What comes after a change was read back: a yes, a no, another value, a question, another wish."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from pydantic import JsonValue

from agents.flow import Flow
from agents.planner.agreement import agrees_to
from agents.planner.answers import MAX_TRIES
from agents.planner.asking import told_at_quote
from agents.planner.behind_yes import rest_of_yes
from agents.planner.beside import told_with
from agents.planner.between import back, digress, not_known, plainly, put_aside
from agents.planner.course import DONE, advance, after, begin, read_back
from agents.planner.meant import change_named, is_search
from agents.planner.mistaken import other_record
from agents.planner.offered import asked_of_offer, beside_a_yes, talked_of, told_of_it
from agents.planner.other_wishes import aside_meant, is_other_task, names_it_plainly
from agents.planner.picking import picked, quoted_before
from agents.planner.planned import Plan, PlannedTurn, Steps, ToolCall
from agents.planner.quote_heard import (
    asks_how,
    asks_its_price,
    asks_its_rest,
    asks_of_another,
    asks_of_it,
    asks_terms,
    is_told,
    read_back_heard,
    statement,
)
from agents.planner.refusing import kept_otherwise, moves_instead, turned_down
from agents.planner.replies import CLEAR, ONLY_VALUES, wants_what_is_held
from agents.planner.scoring import DIGRESSES, FITS, asks_for_an_act, is_question, names_by_pattern, scores_of
from agents.planner.slots import WEAK_TYPES, candidates, corrects, new_in
from agents.planner.spans import says_ends
from agents.understand.consent import consents, only_names, only_thanks, says_yes
from agents.understand.heard import Heard
from agents.understand.offers import asks_extreme, bargains, behind_a_remark, comes_first, suggests, wants_it
from agents.understand.questions import asks_anything
from agents.understand.removal import takes_it_off
from agents.understand.requests import asks_price
from sync.session import FlowState

_ABOUT_THE_QUOTE = re.compile(r"^(?:\w+\W+){0,4}(?:it|that|this)\b(?:\W+\w+){0,3}\W*$", re.IGNORECASE)
"""A short question about what was read back ("is that free"), which says it."""


def confirm(turn: PlannedTurn, flow: FlowState, spec: Flow) -> Steps:
    """What comes after a read-back. Only an explicit yes to all of it, and nothing else said, writes."""
    scores = scores_of(turn)
    best = max(scores, key=lambda name: scores[name])
    strays = best != flow.name and scores[best] >= DIGRESSES
    if agrees_to(turn.persona, turn.before, turn.heard):
        if spec.confirm is not None and read_back_heard(turn.before):
            if spec.needs_identity and not turn.identified:
                return (yield from advance(turn, replace(flow, asking=None)))
            result = yield ToolCall(spec.confirm, {})
            done = yield from after(turn, flow, spec, result)
            rest = rest_of_yes(turn.persona, turn.before, turn.heard) if result.get("outcome") == DONE else None
            said = spec.said_after(DONE)
            if rest is None or not rest.leaves_it or (said is not None and said.answers(rest.taken_up, done.reply)):
                return done
            return replace(done, rest=rest.taken_up)
        return (yield from read_back(turn, flow, flow.tries))
    turn.heard = _behind_a_grumble(turn)
    if only_thanks(turn.heard.words, spec.beside_a_yes):
        if flow.tries or not (spec.means(flow.words) or spec.cued(flow.words)):
            return _declined(turn, flow)
        if consents(turn.heard.words):  # where it was their wish they are asked once what "okay, thank you" means
            return (yield from read_back(turn, flow, flow.tries + 1))
    bargained = (yield from talked_of(turn, flow, spec, set())) if _bargains(turn, spec) else None
    if bargained is not None:
        return bargained
    if (of_other := (yield from other_record(turn, flow, spec))) is not None:
        return (yield from advance(turn, of_other))
    if (moved := kept_otherwise(turn, flow)) is not None:
        turn.leave(flow)
        turn.drop_parked(moved.name)
        return (yield from advance(turn, moved))
    if turned_down(turn, flow, spec):
        return _declined(turn, flow)
    if comes_first(turn.heard.core) and turn.persona.speaks_for(turn.heard.core):  # "the flight first"
        return (yield from read_back(turn, flow, flow.tries))
    taken_off = spec.ends and takes_it_off(turn.heard.core) and not turn.heard.found
    if taken_off or (spec.agree and only_names(turn.heard.words, spec.agree)):  # "cancel it" is neither yes nor no
        return (yield from read_back(turn, flow, flow.tries + 1))
    if (moved := moves_instead(turn, flow)) is not None:
        turn.leave(flow)
        turn.drop_parked(moved.name)
        return (yield from advance(turn, moved))
    chosen = quoted_before(flow, turn.heard) or picked(flow, turn.heard)
    if chosen and any(flow.slots.get(name) != value for name, value in chosen.items()):
        return (yield from advance(turn, replace(flow, slots={**flow.slots, **chosen}, asking=None, tries=0)))
    if (told := (yield from told_of_it(turn, flow, spec))) is not None:
        return told
    filled = _filled(turn, flow, spec)
    gained = new_in(filled, flow.slots)
    how_it_is = asks_of_it(turn.heard.core) and turn.heard.answer is None and names_by_pattern(turn) is None
    if how_it_is and (gained or is_search(turn.persona.flows[best])):
        return (yield from _told_how_it_is(turn, flow, {spec.slots[name].type for name in gained}))
    more_of_it = bool(gained) and all(spec.slots[name].type in WEAK_TYPES for name in gained)
    twins = {flow.name, spec.becomes} if not turn.persona.speaks_of_own(turn.heard.words) else {flow.name}
    of_itself = more_of_it and (turn.persona.flows[best].becomes == flow.name or best in twins)
    if not gained and best in twins - {flow.name} and _repeats_values(turn, flow, spec) and not is_question(turn):
        return (yield from read_back(turn, flow, flow.tries + 1))  # "a queen rather than the king", which it is
    if of_itself:
        best, strays = flow.name, False  # "and with a twin", "no, a queen is enough", of what is read back
    if wants_what_is_held(turn, spec, filled, gained):
        return _declined(turn, flow)
    certain = names_by_pattern(turn)
    if of_itself and certain in twins:  # "a queen instead of the king"
        certain = None
    if certain is None and (of_it := (yield from talked_of(turn, flow, spec, gained))) is not None:
        return of_it
    only_values = bool(gained) and len(turn.heard.core.split()) <= ONLY_VALUES and certain in (None, flow.name)
    counts = [name for name, slot in spec.slots.items() if slot.type == "count"]
    if not gained and len(counts) == 1 and asks_price(turn.heard.core) and _counts_anew(turn):  # "what would two cost"
        counted = turn.fill(spec, flow.slots, counts[0])
        if new_in(counted, flow.slots):
            return (yield from advance(turn, replace(flow, slots=counted, asking=None, tries=0)))
    if not gained and asks_how(turn.heard.core) and (told := (yield from told_at_quote(turn))) is not None:
        return (yield from back(turn, flow, told))
    if not gained and (asked := _asks_of_the_quote(turn, flow)) is not None:
        return (yield from read_back(turn, flow, flow.tries, whole=asked == "rest"))
    more = None if of_itself else _beside_a_yes(turn, flow, scores)
    wonders = more is not None and turn.persona.flows[more].confirm is not None and is_question(turn)
    wonders = wonders and not asks_for_an_act(turn)
    if wonders:  # "and the bag comes along, yes?"
        more = None
    if more is None and not gained and (told := (yield from asked_of_offer(turn, flow, best))) is not None:
        return (yield from back(turn, flow, told))
    changes = best != flow.name and turn.persona.flows[best].confirm is not None  # others tell it in between
    changes = changes and names_it_plainly(turn, best)
    if more is None and changes and not (wonders or only_values) and is_other_task(turn, flow, scores):
        put_aside(turn, flow)
        return (yield from begin(turn, best))
    looks = more is None or turn.persona.flows[more].confirm is None
    looks = looks and not gained
    if looks and (told := (yield from beside_a_yes(turn, flow, more))) is not None:  # "yes, and do I get money back"
        return (yield from back(turn, flow, told))
    if more is not None:
        if more not in {one.name for one in turn.state.parked if one.agent == turn.persona.name}:
            turn.queue(more)
        opening = turn.shared("one_by_one").text
        done = yield from read_back(turn, flow, flow.tries)
        return replace(done, reply=f"{opening} {done.reply}", state=replace(done.state, parked=turn.state.parked))
    if not gained and len(counts) == 1 and corrects(turn.heard):  # "make it three"
        filled = turn.fill(spec, flow.slots, counts[0])
        gained = new_in(filled, flow.slots)
    stops = turn.persona.flows[best].stops_flow and scores[best] >= FITS
    sure = turn.heard.does("accepts") < CLEAR and not is_question(turn)  # "I guess yes", "what else is there"
    stops = stops and (certain is not None or sure)
    wishes = asks_for_an_act(turn) or suggests(turn.heard.words) or asks_extreme(turn.heard.core)
    question = is_question(turn) and turn.heard.answer is None and not wishes  # "what about the 15th"
    if gained and not stops and not (strays and question) and certain in (None, flow.name):
        for name in gained:  # a new value overrules its alternatives
            over = spec.slots[name].overrules
            filled = {
                n: v for n, v in filled.items() if n in gained or not (n in over or _rivals(spec, n, name, gained))
            }
        anew = yield from advance(turn, replace(flow, slots=filled, asking=None, tries=0))
        return (yield from told_with(turn, anew, spec))
    if turn.heard.of("vague_date") and any(slot.type == "date" for slot in spec.slots.values()) and not stops:
        day = next(name for name, slot in spec.slots.items() if slot.type == "date" and slot.ask is not None)
        return turn.say(turn.which_day, flow=replace(flow, asking=day, tries=0))
    if stops and (other := _stops_for(turn, flow)) is not None:
        turn.leave(flow)
        return (yield from begin(turn, other))
    if stops:
        turn.leave(flow)
        turn.drop_own()
        done = yield from begin(turn, best)
        left = statement(turn.shared("declined").text) if turn.persona.flows[best].closes else ""
        return replace(done, reply=f"{left} {done.reply}".strip())
    if turn.persona.flows[best].resumes and scores[best] >= FITS:
        return (yield from read_back(turn, flow, flow.tries))
    if certain is None and (meant := (yield from plainly(turn, flow))) is not None:
        return meant
    if turn.heard.answer == "no" and filled == flow.slots and _repeats_values(turn, flow, spec):
        return (yield from read_back(turn, flow, flow.tries + 1))  # "no, the morning one", which it is
    if turn.heard.answer == "no" and certain is None and wants_it(turn.heard.core):  # "no, I want it now"
        return (yield from read_back(turn, flow, flow.tries + 1))
    if turn.heard.answer == "no" and certain is None:
        return _declined(turn, flow)
    if certain is None and not is_question(turn) and (otherwise := spec.slot_named(turn.heard.words)) is not None:
        wants = replace(flow, asking=otherwise, tries=0)  # "that's the wrong day"
        return turn.say(turn.question(wants), flow=wants)
    # "yes, as long as it's in the evening"
    depends = turn.heard.answer == "yes" and not asks_anything(turn.heard.words)
    aside = None if depends or turn.heard.chats else aside_meant(turn, flow, best if strays else None)
    if (
        aside is not None
        and turn.persona.flows[aside].fallback
        and _ABOUT_THE_QUOTE.search(turn.heard.core) is not None
    ):
        told = yield from told_at_quote(turn)
        if told is None:
            return not_known(turn, (yield from read_back(turn, flow, flow.tries)))
        return (yield from back(turn, flow, told))
    if aside is not None:
        only_asks = is_question(turn) and asks_anything(turn.heard.core) and not asks_for_an_act(turn)
        if turn.persona.flows[aside].confirm is not None and only_asks:  # "does the king have a view"
            return not_known(turn, (yield from read_back(turn, flow, flow.tries)))
        return (yield from digress(turn, flow, aside))
    if (told := (yield from told_at_quote(turn))) is not None:
        return (yield from back(turn, flow, told))
    if flow.tries + 1 >= MAX_TRIES:
        turn.leave(flow)
        return turn.reply(turn.shared("declined"), answered=False)
    return not_known(turn, (yield from read_back(turn, flow, flow.tries + 1)))


def _bargains(turn: PlannedTurn, spec: Flow) -> bool:
    """Whether the words ask for less to pay; of what is to be ended "take it off" does not."""
    return bargains(turn.heard.core) and not (spec.ends and takes_it_off(turn.heard.core))


def _behind_a_grumble(turn: PlannedTurn) -> Heard:
    """The words behind a question that only says in surprise what was told ("a hundred and eighty for one night? No
    way"); all of them where there is none."""
    heard, told = turn.heard, turn.before.pending
    at = heard.words.find("?") + 1
    if told is None or not at or not heard.words[at:].strip() or asks_anything(heard.words[:at]):
        return heard
    amounts = [one for one in heard.of("count") if one.start < at and isinstance(one.value, int) and one.value > 1]
    return heard.part(at, len(heard.words)) if amounts and all(is_told(one, told) for one in amounts) else heard


def _filled(turn: PlannedTurn, flow: FlowState, spec: Flow) -> dict[str, JsonValue]:
    """The slots with what the words say for them, of which a remark on the price says nothing."""
    whole, at = turn.heard, behind_a_remark(turn.heard.words)
    turn.heard = whole.part(at, len(whole.words)) if at else whole
    filled = turn.fill(spec, flow.slots, None)
    turn.heard = whole
    return filled


def _declined(turn: PlannedTurn, flow: FlowState) -> Plan:
    """The change that was read back is given up; nothing is written."""
    turn.leave(flow)
    return turn.reply(turn.shared("declined"))


def _told_how_it_is(turn: PlannedTurn, flow: FlowState, types: set[str]) -> Steps:
    """What answers a question for how the thing read back is, which names values of `types`: a text, else all of the
    read-back, which tells its days."""
    if "date" not in types and (told := (yield from told_at_quote(turn))) is not None:
        return (yield from back(turn, flow, told))
    again = yield from read_back(turn, flow, flow.tries, whole=True)
    return again if "date" in types else not_known(turn, again)


def _counts_anew(turn: PlannedTurn) -> bool:
    """Whether the words say a number that was not told."""
    told = turn.before.pending
    return told is not None and any(not is_told(one, told) for one in turn.heard.of("count"))


def _beside_a_yes(turn: PlannedTurn, flow: FlowState, scores: Mapping[str, float]) -> str | None:
    """The flow that is asked for together with a yes ("yes, and check me in"); None when there is none."""
    begins = turn.heard.begins if turn.heard.does("yes_and") >= CLEAR else None
    if begins not in (None, flow.name):
        return begins
    agrees = turn.heard.answer == "yes" or (turn.heard.answer is None and says_yes(turn.heard.words))
    other = agrees and is_other_task(turn, flow, scores, beside_a_yes=True)
    return max(scores, key=lambda name: scores[name]) if other else None


def _asks_of_the_quote(turn: PlannedTurn, flow: FlowState) -> str | None:
    """What a question asks of the change that was read back: its "price", its "rest" (when, which); None: nothing, or
    it names another thing."""
    words = turn.heard.core
    asks = is_question(turn) or turn.heard.does("asks") >= CLEAR or asks_price(words)
    spec = turn.persona.flows[flow.name]
    others = (other for name, other in turn.persona.flows.items() if name != flow.name and other.confirm is not None)
    if not asks or turn.heard.answer is not None or any(other.cued(words) or other.means(words) for other in others):
        return None
    if asks_terms(words) or change_named(turn.persona, words) not in (None, flow.name):  # "if I just cancelled"
        return None
    told = turn.before.pending
    if (
        told is None
        or asks_of_another(words, told.read_back, (*spec.beside_a_yes, *turn.persona.owned))
        or any(one.type not in ("count", "own_name") and not is_told(one, told) for one in turn.heard.found)
    ):
        return None
    return "price" if asks_its_price(words) else "rest" if asks_its_rest(words) else None


def _stops_for(turn: PlannedTurn, flow: FlowState) -> str | None:
    """The change that is asked for in the place of the one that was read back ("don't cancel it, move it to Friday"):
    by its own words, with a value for it; None: none is, or several."""
    others = []
    for name, spec in turn.persona.flows.items():
        if name == flow.name or spec.confirm is None or not spec.cued(turn.heard.words):
            continue
        if spec.needed & {*turn.fill(spec, {}, None)}:
            others.append(name)
    return others[0] if len(others) == 1 else None


def _repeats_values(turn: PlannedTurn, flow: FlowState, spec: Flow) -> bool:
    """Whether the words say a value again that the flow has already."""
    known = {name: slot for name, slot in spec.slots.items() if name in flow.slots and not slot.secret}
    days = any(one.value in (*flow.slots.values(),) for one in turn.heard.of("date"))
    return (
        days
        or says_ends(spec, flow.slots, turn.heard)
        or any(
            one.value == flow.slots[name] for name, slot in known.items() for one in candidates(slot, turn.heard, False)
        )
    )


def _rivals(spec: Flow, name: str, new: str, gained: set[str]) -> bool:
    """Whether two counts are alternatives of each other ("three nights" after "one night more")."""
    if name in gained or {spec.slots[name].type, spec.slots[new].type} != {"count"}:
        return False
    return not any(name in group and new in group for group in spec.needs)
