"""What the words do to the question for a slot that is open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from pydantic import JsonValue

from agents.flow import CODE_TYPE, Flow
from agents.planner.asking import text_beside, told_at_quote, told_between, told_of_the_goal
from agents.planner.beside import told_with
from agents.planner.between import back, digress, plainly
from agents.planner.course import advance, begin, quote_again
from agents.planner.ending import wish_behind
from agents.planner.guessing import ask_instead, others_left
from agents.planner.meant import is_search
from agents.planner.mistaken import other_record
from agents.planner.offered import left_open, told_choices
from agents.planner.other_wishes import aside_meant, is_other_task, other_wish
from agents.planner.picking import picked
from agents.planner.planned import Plan, PlannedTurn, Steps
from agents.planner.quote_heard import statement
from agents.planner.replies import (
    CLEAR,
    ONLY_VALUES,
    cannot_prove,
    named_slot,
    names_it,
    says_only_a_name,
    wants_a_person,
)
from agents.planner.same import same_as_held
from agents.planner.scoring import DIGRESSES, FITS, asks_for_an_act, is_question, names_by_pattern, scores_of
from agents.planner.slots import corrects, missing, new_in
from agents.understand.assent import accepts, knows_not, only_declines
from agents.understand.consent import only_thanks
from agents.understand.offers import bargains
from agents.understand.questions import asks_anything
from agents.understand.requests import goes_beside, of_another
from sync.session import CONFIRM, FlowState

MAX_TRIES = 3
"""How often a question may go without a usable answer before it is given up; a person is offered with the last."""
_A_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_BARE_WORDS = 3
"""So few words with a value that the flow needs ask for no other task ("a queen", when the day was asked for)."""


def answer(turn: PlannedTurn, flow: FlowState, spec: Flow) -> Steps:
    """What comes after a question for a slot. A usable value goes first, unless other flows clearly fit better."""
    scores = scores_of(turn)
    best = max(scores, key=lambda name: scores[name])
    certain = names_by_pattern(turn)
    chosen = picked(flow, turn.heard)
    filled = turn.fill(spec, flow.slots, flow.asking)
    filled = {**flow.slots, **_another_day(spec, flow, filled), **chosen} if chosen else filled
    gained = new_in(filled, flow.slots)
    needed = spec.needed | {flow.asking}
    named = spec.confirm is not None and says_only_a_name(turn)
    beside = goes_beside(turn.heard.words) or of_another(turn.heard.words)
    of_itself = bool(flow.held and gained) and not beside and turn.persona.flows[best].becomes == flow.name
    if of_itself:  # "how much is the suite then", of a stay that is changed
        best, certain = flow.name, None if certain == best else certain
    strays = best != flow.name and scores[best] >= DIGRESSES and not (named and is_search(turn.persona.flows[best]))
    short = turn.heard.does("answers", "corrects") >= 0.5 or len(turn.heard.core.split()) <= ONLY_VALUES
    complete = short and missing(spec, filled, turn.heard) is None  # "from Chicago"
    whole = bool(gained) and spec.confirm is None and complete
    completes = whole or (bool(gained & needed) and complete)
    bare = len(turn.heard.core.split()) <= _BARE_WORDS
    given = bool(gained & needed) if spec.proves_identity or bare else flow.asking in gained
    off = not (given or completes or of_itself) and (strays or not named) and is_other_task(turn, flow, scores)
    sure = turn.persona.flows[certain] if certain is not None else None
    beside = sure is not None and (bool(sure.slots) or (sure.only_replies and not sure.stops_flow))
    aimed = certain in (None, flow.name) or (given and beside)  # "thanks for waiting, it's the ninth"
    aimed = aimed or (bool(gained) and certain is not None and turn.persona.flows[certain].about_proof)
    used = gained and not off and (whole or not (strays and not gained & needed)) and aimed
    used = used or (certain is None and names_it(turn, spec, gained))
    asked = spec.slots.get(flow.asking or "")
    which_day = asked is not None and asked.type == "date" and bool(turn.which_day)
    used = used and not (which_day and flow.asking not in gained)  # "Tuesday or Wednesday, whichever is cheaper"
    asks_only = is_question(turn) and not asks_for_an_act(turn) and not corrects(turn.heard)
    if (person := wants_a_person(turn, certain)) is not None:
        turn.park(flow)
        return (yield from begin(turn, person))
    if certain in (None, flow.name) and (of_other := (yield from other_record(turn, flow, spec))) is not None:
        return (yield from advance(turn, of_other))
    if bargains(turn.heard.core) and not (spec.proves_identity and given):
        again = turn.again(flow, tries=flow.tries)
        return replace(again, reply=f"{turn.shared('fixed_price').text} {again.reply}")
    if turn.said_secret(spec, flow.asking) or chosen or used:
        if spec.proves_identity and (other := other_wish(turn, turn.waits_for_proof, scores)) is not None:
            before = turn.take_back()
            if before is None or corrects(turn.heard):
                return (yield from begin(turn, other))
            turn.queue(other)  # "and a window seat": one thing after the other
            turn.park(before)
        elif spec.proves_identity and not asks_only:
            turn.fill_waiting()  # the wish was said once more beside the code or the PIN
        following = yield from advance(turn, replace(flow, slots=filled, asking=None, tries=0))
        return (yield from told_with(turn, following, spec))
    if (same := (yield from same_as_held(turn, flow, spec))) is not None:
        slots = {**flow.slots, flow.asking or "": same}
        return (yield from advance(turn, replace(flow, slots=slots, asking=None, tries=0)))
    if (told := (yield from told_choices(turn, flow, spec))) is not None:
        return told
    if is_search(spec) and not gained and certain is None and (left := left_open(turn)) is not None:
        turn.drop_parked(left.name)
        return (yield from quote_again(turn, left))
    if not gained and (other := named_slot(turn, flow, spec)) is not None:
        wants = replace(flow, asking=other, tries=0)
        return turn.say(spec.slots[other].once_named or turn.question(wants), flow=wants)
    if spec.proves_identity and (cannot := cannot_prove(turn, certain)) is not None:
        said = turn.persona.flows[cannot].said_after("")
        if certain is None and said is not None:  # they may find it yet
            return turn.reply(said, flow=replace(flow, tries=flow.tries + 1))
        rule = yield from text_beside(turn, turn.persona.flows[cannot])
        turn.set_aside(flow)
        refusal = yield from begin(turn, cannot)
        return replace(refusal, reply=f"{rule} {refusal.reply}".strip())
    if spec.own is not None and turn.heard.of(CODE_TYPE) and flow.asking not in gained:
        return (yield from begin(turn, spec.own))
    goal = turn.waits_for_proof
    of_goal = goal is not None and best == goal and not asks_for_an_act(turn)  # "until when is breakfast", to be added
    if of_goal and (told := (yield from told_at_quote(turn))) is not None:
        return (yield from back(turn, flow, told))
    refuses = turn.heard.answer == "no" and turn.heard.does("declines") >= 0.5  # "forty? no, then I'll be out by ten"
    if spec.proves_identity and certain in (None, best) and _is_known_lookup(turn, flow, best, scores):
        return (yield from digress(turn, flow, best))  # "no, only a question: how late is LB723"
    if not gained and certain is None and (known := (yield from told_of_the_goal(turn, spec))):
        again = turn.again(flow, tries=flow.tries)
        return replace(again, reply=f"{known} {again.reply}")
    asks_text = strays and turn.persona.flows[best].fallback and asks_anything(turn.heard.words)
    for_goal = spec.proves_identity and certain in (None, goal) and not refuses and not asks_text
    if for_goal and ((not asks_only and turn.fill_waiting()) or (goal is not None and best == goal)):
        return (yield from told_with(turn, turn.again(flow, tries=0), spec))
    offered, words = turn.before.on_yes, turn.heard.words
    if offered is not None and offered in turn.persona.flows and accepts(words) and not only_thanks(words):
        turn.leave(flow)
        return (yield from begin(turn, offered))
    if certain is None and turn.heard.chats:  # "did you have a nice weekend"
        return turn.again(flow, tries=flow.tries)
    if certain is None and (done := (yield from plainly(turn, flow))) is not None:
        return done
    takes_leave = turn.persona.flows[best].closes and not turn.persona.flows[best].means(turn.heard.words)
    if turn.persona.flows[best].stops_flow and scores[best] >= FITS and not takes_leave:
        turn.leave(flow)
        turn.drop_own()
        done = yield from begin(turn, best)
        if wished := wish_behind(turn.heard.words):  # "never mind the extra night. could I have a late check-out"
            return replace(done, reply=statement(done.reply), rest=wished)
        return done
    if turn.persona.flows[best].resumes and scores[best] >= FITS:
        return turn.again(flow, tries=flow.tries)
    if which_day:
        return turn.say(turn.which_day, flow=flow)
    if (told := (yield from told_between(turn, flow, best))) is not None:
        return (yield from back(turn, flow, told))
    if off and not turn.persona.flows[best].proves_identity:
        turn.park(flow)
        return (yield from begin(turn, best))
    aside = aside_meant(turn, flow, best if strays else None)
    neither = turn.heard.answer == "no" or (bool(flow.offered) and only_declines(turn.heard.words))
    neither = neither and not asks_anything(turn.heard.words)
    if aside is not None and not (neither and turn.persona.flows[aside].tool is None):
        return (yield from digress(turn, flow, aside))
    if neither:  # "no, that's too much, thanks"
        turn.leave(flow)
        return turn.reply(turn.shared("stopped"))
    lost = bool(flow.tries) or knows_not(turn.heard.words) or turn.heard.does("cannot") >= CLEAR
    if lost and not spec.proves_identity and (others := others_left(turn, flow)):
        turn.leave(flow)
        return ask_instead(turn, flow, others)
    if flow.tries + 1 >= MAX_TRIES:
        turn.leave(flow)
        return turn.stuck()
    return turn.again(flow, tries=flow.tries + 1)


def _is_known_lookup(turn: PlannedTurn, flow: FlowState, name: str, scores: Mapping[str, float]) -> bool:
    """Whether the words ask for what the flow `name` tells to anybody, and say all that it needs."""
    spec = turn.persona.flows[name]
    if name == flow.name or spec.tool is None or spec.needs_identity or spec.confirm is not None or spec.fallback:
        return False
    asks = scores[name] >= FITS and asks_anything(turn.heard.words)
    return asks and bool(spec.needs) and missing(spec, turn.fill(spec, {}, None), turn.heard) is None


def _another_day(spec: Flow, flow: FlowState, filled: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The wanted day among what is `filled` that none of the things offered is on ("LB119, but on Wednesday")."""
    told = [str(value) for item in flow.offered for value in item.values()]
    days = {n: v for n, v in filled.items() if spec.slots[n].type == "date" and spec.slots[n].wanted}
    timed = any(_A_DAY.match(one) for one in told)
    return {n: v for n, v in days.items() if timed and not any(one.startswith(str(v)) for one in told)}


def third_time(turn: PlannedTurn, flow: FlowState, done: Plan) -> Plan:
    """`done`, or where it would say the same for the third time and nothing came of the words in between, the offer of
    a person."""
    said = [line.text for line in turn.before.history if line.role == "agent"][1 - MAX_TRIES :]
    if (done.state.flow, done.state.parked) != (turn.before.flow, turn.before.parked):
        return done
    if len(said) < MAX_TRIES - 1 or done.hand_over is not None or any(text != done.reply for text in said):
        return done
    turn.state = turn.before
    turn.leave(flow)
    return turn.stuck()


def undo(turn: PlannedTurn, flow: FlowState) -> Steps:
    """Leave a flow whose opposite is wanted ("no, take that off"), and begin that."""
    opposite = undoing(turn, flow)
    left = statement(turn.shared("declined").text) if flow.asking == CONFIRM else ""
    turn.leave(flow)
    done = yield from begin(turn, opposite)
    return replace(done, reply=f"{left} {done.reply}".strip())


def undoing(turn: PlannedTurn, flow: FlowState) -> str | None:
    """The flow that the words mean for sure and that undoes what `flow` does."""
    certain = names_by_pattern(turn)
    return certain if certain is not None and turn.persona.flows[certain].undoes == flow.name else None
