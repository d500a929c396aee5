"""What the words do to the open question: for a slot that was asked for, or for a yes to a change read back."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import replace

from agents.flow import CODE_TYPE, Flow
from agents.planner.agreement import agrees_to, is_told
from agents.planner.asking import is_search, told_at_quote, told_between
from agents.planner.course import DONE, advance, after, begin, quote_again, read_back
from agents.planner.guessing import ask_instead, others_left
from agents.planner.meant import DIGRESSES, FITS, is_question, names_by_pattern, scores_of
from agents.planner.offered import asked_of_offer, beside_a_yes, left_open, talked_of, told_choices
from agents.planner.other_wishes import aside_meant, is_other_task, other_wish
from agents.planner.picking import picked, quoted_before
from agents.planner.planned import Plan, PlannedTurn, Steps, ToolAnswer, ToolCall
from agents.planner.quote_heard import asks_its_price, asks_its_rest, asks_of_another, read_back_heard, statement
from agents.planner.replies import CLEAR, ONLY_VALUES, cannot_prove, named_slot, names_it, wants_a_person
from agents.planner.slots import WEAK_TYPES, candidates, corrects, missing
from agents.planner.spans import says_ends
from agents.planner.templates import render
from agents.understand.assent import accepts, knows_not
from agents.understand.consent import agreement, consents, only_names, only_thanks, says_yes
from agents.understand.offers import comes_first, wants_it
from agents.understand.questions import asks_anything
from agents.understand.requests import asks_price
from sync.session import CONFIRM, FlowState

MAX_TRIES = 3
"""How often a question may go without a usable answer before it is given up; a person is offered with the last."""
_ABOUT_IT = 7
"""A question of so few words, to which nothing is known, is taken to be about what was read back."""
_ABOUT_THE_QUOTE = re.compile(r"^(?:\w+\W+){0,4}(?:it|that|this)\b(?:\W+\w+){0,3}\W*$", re.IGNORECASE)
"""A short question about what was read back ("is that free"), which says it."""
_TODAY = re.compile(r"today|tonight|this (?:morning|afternoon|evening)", re.IGNORECASE)


def answer(turn: PlannedTurn, flow: FlowState, spec: Flow) -> Steps:
    """What comes after a question for a slot. A usable value goes first, unless other flows clearly fit better."""
    scores = scores_of(turn)
    best = max(scores, key=lambda name: scores[name])
    certain = names_by_pattern(turn)
    chosen = picked(flow, turn.heard)
    filled = {**flow.slots, **chosen} if chosen else turn.fill(spec, flow.slots, flow.asking)
    gained = {name for name in filled if filled[name] != flow.slots.get(name)}
    needed = {name for group in spec.needs for name in group} | {flow.asking}
    strays = best != flow.name and scores[best] >= DIGRESSES
    short = turn.heard.does("answers", "corrects") >= 0.5 or len(turn.heard.core.split()) <= ONLY_VALUES
    complete = short and missing(spec, filled, turn.heard) is None  # "from Chicago"
    whole = bool(gained) and spec.confirm is None and complete
    completes = whole or (bool(gained & needed) and complete)
    given = bool(gained & needed) if spec.proves_identity else flow.asking in gained
    off = not given and not completes and is_other_task(turn, flow, scores)
    aimed = certain in (None, flow.name) or (given and bool(turn.persona.flows[certain].slots))
    aimed = aimed or (bool(gained) and certain is not None and turn.persona.flows[certain].about_proof)
    used = gained and not off and (whole or not (strays and not gained & needed)) and aimed
    used = used or (certain is None and names_it(turn, spec, gained))
    if (person := wants_a_person(turn, certain)) is not None:
        turn.park(flow)
        return (yield from begin(turn, person))
    if turn.said_secret(spec, flow.asking) or chosen or used:
        if spec.proves_identity and (other := other_wish(turn, turn.waits_for_proof, scores)) is not None:
            before = turn.take_back()
            if before is None or corrects(turn.heard):
                return (yield from begin(turn, other))
            turn.queue(other)  # "and a window seat": one thing after the other
            turn.park(before)
        elif spec.proves_identity:
            turn.fill_waiting()  # the wish was said once more beside the code or the PIN
        return (yield from advance(turn, replace(flow, slots=filled, asking=None, tries=0)))
    if (told := (yield from told_choices(turn, flow, spec))) is not None:
        return told
    if is_search(spec) and not gained and certain is None and (left := left_open(turn)) is not None:
        turn.drop_parked(left.name)
        return (yield from quote_again(turn, left))
    if certain is None and (other := named_slot(turn, flow, spec)) is not None:
        wants = replace(flow, asking=other, tries=0)
        return turn.say(turn.question(wants), flow=wants)
    if spec.proves_identity and (cannot := cannot_prove(turn, certain)) is not None:
        said = turn.persona.flows[cannot].said_after("")
        if certain is None and said is not None:  # they may find it yet
            return turn.reply(said, flow=replace(flow, tries=flow.tries + 1))
        turn.set_aside(flow)
        return (yield from begin(turn, cannot))
    if spec.own is not None and turn.heard.of(CODE_TYPE) and flow.asking not in gained:
        return (yield from begin(turn, spec.own))
    goal = turn.waits_for_proof
    if (
        spec.proves_identity
        and certain in (None, goal)
        and (turn.fill_waiting() or (goal is not None and best == goal))
    ):
        return turn.again(flow, tries=0)
    offered, words = turn.before.on_yes, turn.heard.words
    if offered is not None and offered in turn.persona.flows and accepts(words) and not only_thanks(words):
        turn.leave(flow)
        return (yield from begin(turn, offered))
    if certain is None and (plainly := (yield from _plainly(turn, flow))) is not None:
        return plainly
    takes_leave = turn.persona.flows[best].closes and certain != best  # "the day I leave" is no farewell
    if turn.persona.flows[best].stops_flow and scores[best] >= FITS and not takes_leave:
        turn.leave(flow)
        turn.drop_own()
        return (yield from begin(turn, best))
    if turn.persona.flows[best].resumes and scores[best] >= FITS:
        return turn.again(flow, tries=flow.tries)
    if flow.asking is not None and spec.slots[flow.asking].type == "date" and turn.heard.of("vague_date"):
        which = render(turn.shared("which_day").text, {"vague": turn.heard.of("vague_date")[0].value})
        return turn.say(which, flow=flow)
    if (told := (yield from told_between(turn, flow, best))) is not None:
        return (yield from _back(turn, flow, told))
    if off and not turn.persona.flows[best].proves_identity:
        turn.park(flow)
        return (yield from begin(turn, best))
    aside = aside_meant(turn, flow, best if strays else None)
    if aside is not None:
        return (yield from _digress(turn, flow, aside))
    if turn.heard.answer == "no" and not asks_anything(turn.heard.words):
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


def _plainly(turn: PlannedTurn, flow: FlowState) -> Generator[ToolCall, ToolAnswer, Plan | None]:
    """What comes of words that were learned to want a person, to hear the question again (which counts as no failed
    try), to want it no longer, or to want another thing done that is known; None: they do none of these clearly."""
    heard = turn.heard
    if (person := wants_a_person(turn, None)) is not None:
        turn.park(flow)
        return (yield from begin(turn, person))
    if heard.does("again") >= CLEAR:
        if flow.asking != CONFIRM:
            return turn.again(flow, tries=flow.tries)
        return (yield from read_back(turn, flow, flow.tries, whole=True))
    if heard.does("declines") >= CLEAR:
        turn.leave(flow)
        return turn.reply(turn.shared("declined" if flow.asking == CONFIRM else "stopped"))
    if heard.does("other") >= CLEAR and heard.begins not in (None, flow.name):
        _put_aside(turn, flow)
        return (yield from begin(turn, heard.begins))
    return None


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
            written = result.get("outcome") == DONE
            told = (yield from beside_a_yes(turn, flow, _learned_beside(turn, flow))) if written else None
            return done if told is None else replace(done, reply=f"{done.reply} {statement(told.reply)}".strip())
        return (yield from read_back(turn, flow, flow.tries))
    if only_thanks(turn.heard.words, spec.beside_a_yes):
        if flow.tries or not (spec.means(flow.words) or spec.cued(flow.words)):
            turn.leave(flow)
            return turn.reply(turn.shared("declined"))
        if consents(turn.heard.words):  # where it was their wish they are asked once what "okay, thank you" means
            return (yield from read_back(turn, flow, flow.tries + 1))
    if comes_first(turn.heard.core) and turn.persona.speaks_for(turn.heard.core):  # "the flight first"
        return (yield from read_back(turn, flow, flow.tries))
    if spec.agree and only_names(turn.heard.words, spec.agree):  # "cancel it" is no yes, and no end either
        return (yield from read_back(turn, flow, flow.tries + 1))
    chosen = quoted_before(flow, turn.heard) or picked(flow, turn.heard)
    if chosen and any(flow.slots.get(name) != value for name, value in chosen.items()):
        return (yield from advance(turn, replace(flow, slots={**flow.slots, **chosen}, asking=None, tries=0)))
    filled = turn.fill(spec, flow.slots, None)
    gained = {name for name in filled if filled[name] != flow.slots.get(name)}
    if gained and _in_passing(turn):
        return (yield from read_back(turn, flow, flow.tries + 1))
    certain = names_by_pattern(turn)
    if certain is None and (of_it := (yield from talked_of(turn, flow, spec, gained))) is not None:
        return of_it
    only_values = bool(gained) and len(turn.heard.core.split()) <= ONLY_VALUES and certain in (None, flow.name)
    if not gained and (asked := _asks_of_the_quote(turn, flow)) is not None:
        return (yield from read_back(turn, flow, flow.tries, whole=asked == "rest"))
    more = _beside_a_yes(turn, flow, scores)
    if more is None and not gained and (told := (yield from asked_of_offer(turn, flow, best))) is not None:
        return (yield from _back(turn, flow, told))
    changes = turn.persona.flows[best].confirm is not None  # what only tells something is told in between
    if more is None and changes and not only_values and is_other_task(turn, flow, scores):
        _put_aside(turn, flow)
        return (yield from begin(turn, best))
    looks = more is None or turn.persona.flows[more].confirm is None
    if looks and (told := (yield from beside_a_yes(turn, flow, more))) is not None:  # "yes, and do I get money back"
        return (yield from _back(turn, flow, told))
    if more is not None:
        if more not in {one.name for one in turn.state.parked if one.agent == turn.persona.name}:
            turn.queue(more)
        opening = turn.shared("one_by_one").text
        done = yield from read_back(turn, flow, flow.tries)
        return replace(done, reply=f"{opening} {done.reply}", state=replace(done.state, parked=turn.state.parked))
    counts = [name for name, slot in spec.slots.items() if slot.type == "count"]
    if not gained and len(counts) == 1 and corrects(turn.heard):  # "make it three"
        filled = turn.fill(spec, flow.slots, counts[0])
        gained = {name for name in filled if filled[name] != flow.slots.get(name)}
    stops = turn.persona.flows[best].stops_flow and scores[best] >= FITS
    stops = stops and (certain is not None or turn.heard.does("accepts") < CLEAR)  # "I guess yes, change it"
    question = is_question(turn) and turn.heard.answer is None
    if gained and not stops and not (strays and question) and certain in (None, flow.name):
        for name in gained:  # a new value overrules its alternatives
            over = spec.slots[name].overrules
            filled = {
                n: v for n, v in filled.items() if n in gained or not (n in over or _rivals(spec, n, name, gained))
            }
        return (yield from advance(turn, replace(flow, slots=filled, asking=None, tries=0)))
    if turn.heard.of("vague_date") and any(slot.type == "date" for slot in spec.slots.values()) and not stops:
        day = next(name for name, slot in spec.slots.items() if slot.type == "date" and slot.ask is not None)
        which = render(turn.shared("which_day").text, {"vague": turn.heard.of("vague_date")[0].value})
        return turn.say(which, flow=replace(flow, asking=day, tries=0))
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
    if certain is None and (plainly := (yield from _plainly(turn, flow))) is not None:
        return plainly
    if turn.heard.answer == "no" and filled == flow.slots and _repeats_values(turn, flow, spec):
        return (yield from read_back(turn, flow, flow.tries + 1))  # "no, the morning one", which it is
    if turn.heard.answer == "no" and certain is None and wants_it(turn.heard.core):  # "no, I want it now"
        return (yield from read_back(turn, flow, flow.tries + 1))
    if turn.heard.answer == "no" and certain is None:
        turn.leave(flow)
        return turn.reply(turn.shared("declined"))
    aside = aside_meant(turn, flow, best if strays else None)
    if (
        aside is not None
        and turn.persona.flows[aside].fallback
        and _ABOUT_THE_QUOTE.search(turn.heard.core) is not None
    ):
        told = yield from told_at_quote(turn)
        return (yield from read_back(turn, flow, flow.tries) if told is None else _back(turn, flow, told))
    if aside is not None:
        return (yield from _digress(turn, flow, aside))
    if (told := (yield from told_at_quote(turn))) is not None:
        return (yield from _back(turn, flow, told))
    if flow.tries + 1 >= MAX_TRIES:
        turn.leave(flow)
        return turn.reply(turn.shared("declined"), answered=False)
    return (yield from read_back(turn, flow, flow.tries + 1))


def _in_passing(turn: PlannedTurn) -> bool:
    """Whether the words end in a yes of its own and speak of a day before it only as people do in passing ("So many
    questions today! Yes please"): a yes with something beside it, and no wish."""
    start = agreement(turn.heard.words)[0]
    before = [one for one in turn.heard.found if one.start < start]
    passing = all(_TODAY.fullmatch(turn.heard.words[one.start : one.end]) is not None for one in before)
    return start > 0 and passing and turn.heard.answer != "no" and not corrects(turn.heard)


def _learned_beside(turn: PlannedTurn, flow: FlowState) -> str | None:
    """The lookup that the words were learned to ask for beside a yes."""
    begins = turn.heard.begins if turn.heard.does("yes_and") >= CLEAR else None
    return begins if begins not in (None, flow.name) and turn.persona.flows[begins].confirm is None else None


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
        if {slot for group in spec.needs for slot in group} & {*turn.fill(spec, {}, None)}:
            others.append(name)
    return others[0] if len(others) == 1 else None


def _put_aside(turn: PlannedTurn, flow: FlowState) -> None:
    """Let `flow` wait for what the words ask for instead; one that would end the same thing is given up for good."""
    told = turn.before.pending
    named = [one for one in turn.heard.found if one.type not in WEAK_TYPES and one.type != "day_shift"]
    if turn.persona.flows[flow.name].ends and (told is None or all(is_told(one, told) for one in named)):
        turn.leave(flow)
    else:
        turn.park(flow)


def _digress(turn: PlannedTurn, flow: FlowState, aside: str) -> Steps:
    """Answer what was asked in between, then ask the open question again, with all of a read-back."""
    if turn.persona.flows[aside].hands_off and flow.asking != CONFIRM:
        turn.park(flow)
        return (yield from begin(turn, aside))
    return (yield from _back(turn, flow, (yield from begin(turn, aside))))


def _back(turn: PlannedTurn, flow: FlowState, done: Plan) -> Steps:
    """What was answered in between, `done`, and the open question again."""
    if done.hand_over is not None or (done.state.flow is not None and done.state.flow.asking is not None):
        _put_aside(turn, flow)
        return replace(done, state=replace(done.state, parked=turn.state.parked))
    if flow.asking == CONFIRM:
        again = yield from read_back(turn, flow, flow.tries)
    else:
        again = turn.again(replace(flow, tries=0), tries=0)
    return _joined(turn, flow, done, again)


def _joined(turn: PlannedTurn, flow: FlowState, done: Plan, again: Plan) -> Plan:
    """Two replies of one turn as one: the answer, without a question of its own, and the question that was open."""
    if flow.asking == CONFIRM and not done.answered and len(turn.heard.core.split()) <= _ABOUT_IT:
        return again  # "how much is that": the read-back says it
    back = render(turn.shared("back_to").text, {"task": flow.task}) if flow.task else ""
    reply = " ".join(part for part in (statement(done.reply), back, again.reply) if part)
    state = replace(again.state, unanswered=done.state.unanswered, topic=done.state.topic)
    return replace(again, reply=reply, answered=done.answered, state=state)


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
