"""The course of a flow: it begins, asks for what it lacks, calls its tool, and says what came of it.

A flow that needs a proof of identity waits, parked, while the flow that proves it runs, and then goes on.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace

from agents.flow import CODE_TYPE, Flow, Say
from agents.planner.around import arguments_of, days_around, known_from
from agents.planner.guessing import ask, guesses, of_code, reads_for
from agents.planner.holding import (
    HELD,
    Record,
    begun_with,
    names,
    next_held,
    records_in,
    said_in,
    same_days,
    to_read,
    unheld,
    unread,
    with_held,
)
from agents.planner.meant import is_search, reads_held, tells_of_numbered
from agents.planner.planned import QUESTION, Plan, PlannedTurn, Steps, ToolAnswer, ToolCall
from agents.planner.quote_heard import read_back_heard, statement
from agents.planner.scoring import item_meant
from agents.planner.slots import WEAK_TYPES, missing
from agents.planner.templates import render
from agents.quoted import told_to
from agents.understand.cues import cues_in
from agents.understand.heard import Guess
from agents.understand.questions import asks_anything, questions_in
from sync.session import CONFIRM, FlowState

_QUOTES_KEPT = 5
DONE = "done"
"""The outcome of a change that was written."""
ELSEWHERE = "elsewhere"
"""The outcome for customers who hold nothing here, and something at another agent."""
OTHER_KIND = "other_kind"
"""The outcome for a code of what another agent holds for the customer."""
NOT_WRITTEN = "not_written"
"""The outcome of a change that the records were out of reach for."""


def begin(turn: PlannedTurn, name: str | None) -> Steps:
    """Start the flow `name` with the slots that the words, or the item they pick, fill; None: it is not known."""
    if name is None:
        return turn.reply(turn.shared("unknown"))
    return (yield from advance(turn, begun(turn, name)))


def begun(turn: PlannedTurn, name: str) -> FlowState:
    """The flow `name` with the slots that the words, or the item they pick, fill."""
    spec = turn.persona.flows[name]
    turn.heard = unheld(turn.heard)
    slots = turn.fill(spec, {}, None, begins=True)
    said = said_in(turn.heard) if spec.needs_identity or spec.becomes is not None else ()
    flow = FlowState(turn.persona.name, name, slots, task=spec.task or "", words=turn.heard.words, said=said)
    known = {slot: value for slot, value in item_meant(turn).items() if slot in spec.slots}
    near = ((one.agent, one.flow) for one in turn.heard.guesses)
    others = tuple(one for one in near if one[0] == turn.persona.name and one[1] != name)
    named = {slot: value for slot, value in turn.fill(spec, {}, None).items() if slot in known}  # "too much. The king"
    begins = replace(flow, slots={**flow.slots, **known, **named, **known_from(turn, spec)}, others=others)
    if spec.confirm is not None or spec.words_as is not None:
        return begins
    return same_days(spec, begins, days_around(turn))  # "what's a king for the same days"


def unclear_with_code(turn: PlannedTurn, near: tuple[Guess, ...]) -> Steps:
    """Have customers who said a code prove who they are before words are weighed that may mean any of `near`: what they
    hold tells more than another question would."""
    name = reads_held(turn) or turn.proof
    said = said_in(turn.heard)
    others = tuple((one.agent, one.flow) for one in near)
    goal = FlowState(turn.persona.name, name, words=turn.heard.words, said=said, others=others)
    return (yield from advance(turn, goal))


def advance(turn: PlannedTurn, flow: FlowState) -> Steps:
    """Take a flow as far as it gets: to the proof of identity, to the question for a slot, or through its tool."""
    spec = turn.persona.flows[flow.name]
    if spec.needs_identity and turn.speaks_for_another:
        return turn.reply(turn.shared("somebody_else"))
    instead = is_search(spec) and spec.becomes is not None and not turn.persona.takes_found(spec)
    first = turn.proves or (instead and turn.heard.of(CODE_TYPE))
    if (spec.needs_identity or (first and not spec.proves_identity)) and not turn.identified:
        if spec.words_as is not None:
            flow = replace(flow, slots={**flow.slots, spec.words_as: turn.asked_words(flow)})
        turn.park(replace(unread(flow), asking=None))
        slots = turn.fill(turn.persona.flows[turn.proof], {}, None)
        return (yield from advance(turn, FlowState(turn.persona.name, turn.proof, slots)))
    if turn.persona.holds is not None and to_read(turn.persona, flow, proven=turn.identified):
        result = yield ToolCall(turn.persona.holds.tool, {})
        if result.get("outcome") == HELD:
            records = records_in(result)
            flow = _without_proof(turn, flow, records)
            known = with_held(turn.persona, flow, records, turn.state, turn.heard.today)
            if known.name != flow.name:
                return (yield from advance(turn, known))
            flow = known
        elif spec.of_held and not any(spec.slots[name].type == CODE_TYPE for name in flow.slots):
            return (yield from after(turn, replace(flow, asking=None), spec, result))
        else:
            flow = replace(flow, held={})
    if (choice := next((name for name, slot in spec.slots.items() if slot.held_by), None)) is not None:
        flow = yield from _holder(turn, flow, spec, choice)
    lacking = missing(spec, flow.slots, turn.heard)
    if lacking is not None and spec.of_own and turn.identified and turn.persona.holds is not None:
        result = yield ToolCall(turn.persona.holds.tool, {})
        flow = replace(flow, slots={**flow.slots, **next_held(spec, flow, records_in(result))})
        lacking = missing(spec, flow.slots, turn.heard)
    lacking = lacking or _how_many(spec, flow) or _which_other_day(spec, flow)
    if lacking is not None and spec.own is not None and _about_their_own(turn, flow, spec):
        return (yield from begin(turn, spec.own))
    if lacking is not None:
        asking = replace(flow, asking=spec.slot_named(flow.words) or lacking, tries=0)
        if spec.words_as is not None:
            asking = replace(asking, slots={**asking.slots, spec.words_as: turn.asked_words(flow)})
        return turn.say(_which_day(turn, spec, lacking, flow) or turn.question(asking), flow=asking)
    if spec.hands_to is not None:
        standing = spec.slots[spec.hands_to].stands_for
        begun_by = [str(one["value"]) for one in flow.said if one["type"] in standing]  # the code that was begun with
        since = [turn.heard.words] if any(map(turn.heard.of, standing)) else []
        more = (str(flow.slots[spec.hands_to]), *(since or begun_by))
        words = ", ".join((turn.asked_words(flow), *more))
        return Plan(state=replace(turn.state, flow=None), hand_over=str(flow.slots[spec.hands_to]), words=words)
    if spec.tool is None:
        turn.remember(flow, spec, {})
        return turn.reply(spec.said_after("") or turn.shared("unknown"), name=flow.name)
    result = yield ToolCall(spec.tool, arguments_of(turn, flow))
    return (yield from after(turn, flow, spec, result))


def _how_many(spec: Flow, flow: FlowState) -> str | None:
    """The count that is not known of what the words which began a flow want more than one, or some, of."""
    for name, slot in spec.slots.items():
        if slot.several and name not in flow.slots and cues_in(slot.several).search(flow.words) is not None:
            return name
    return None


def _which_other_day(spec: Flow, flow: FlowState) -> str | None:
    """The day that is not known, where the words which began a flow want another one and do not say which ("in the
    evening on another day")."""
    named = spec.slot_named(flow.words)
    if named is None or named in flow.slots or spec.slots[named].type != "date":
        return None
    return None if any(slot.moves == named and name in flow.slots for name, slot in spec.slots.items()) else named


def _which_day(turn: PlannedTurn, spec: Flow, slot: str, flow: FlowState) -> str:
    """The question for a day of which the words, or those that began `flow`, say no more than its week or month, where
    `slot` is one; else ""."""
    if spec.slots[slot].type != "date":
        return ""
    return turn.which_day or turn.which_day_of(begun_with(flow, turn.heard.today))


def _about_their_own(turn: PlannedTurn, flow: FlowState, spec: Flow) -> bool:
    """Whether a question that names nothing is about what the customer holds: they say its code, or are known."""
    named = any(spec.slots[name].type not in WEAK_TYPES for name in flow.slots if name in spec.slots)
    return bool(turn.heard.of(CODE_TYPE)) or (turn.identified and not named)


def _without_proof(turn: PlannedTurn, flow: FlowState, records: Sequence[Record]) -> FlowState:
    """`flow` without the code by which the customer has just proved who they are, where it names none of `records` and
    the words that began the flow name something of this agent's ("one more night at the inn, code K7M2QX")."""
    code, spec = turn.proved_by, turn.persona.flows[flow.name]
    if code is None or code not in flow.slots.values() or any(one.get("code") == code for one in records):
        return flow
    types = {spec.slots[name].type for name in flow.slots if name in spec.slots}
    named = bool(types - {CODE_TYPE, "day_shift", *WEAK_TYPES})
    if not named and not turn.persona.speaks_for(flow.words):
        return flow
    return _uncoded(turn, flow)


def _uncoded(turn: PlannedTurn, flow: FlowState) -> FlowState:
    """`flow` without any code."""
    types = {name: slot.type for name, slot in turn.persona.flows[flow.name].slots.items()}
    slots = {name: value for name, value in flow.slots.items() if types[name] != CODE_TYPE}
    return replace(flow, slots=slots, said=tuple(one for one in flow.said if one["type"] != CODE_TYPE))


def _holder(turn: PlannedTurn, flow: FlowState, spec: Flow, choice: str) -> Generator[ToolCall, ToolAnswer, FlowState]:
    """`flow` with the agent in its slot `choice` that alone holds something for the customer, or something that the
    words name; as it is where several do."""
    if choice in flow.slots or flow.held is not None or not turn.identified:
        return flow
    held: dict[str, tuple[Record, ...]] = {}
    for agent, tool in spec.slots[choice].held_by.items():
        result = yield ToolCall(tool, {})
        if records := records_in(result):
            held[agent] = records
    named = [agent for agent, records in held.items() if any(names(one, flow, turn.heard.today) for one in records)]
    # a bare "cancel it" may be of either
    days = any(one["type"] in ("date", "day_shift", "month") for one in flow.said)
    proved = [agent for agent, records in held.items() if days and any(one.get("said") for one in records)]
    meant = next((agents[0] for agents in (list(held), named, proved) if len(agents) == 1), None)
    slots = flow.slots if meant is None else {**flow.slots, choice: meant}
    return replace(flow, slots=slots, held={})


def quote_again(turn: PlannedTurn, flow: FlowState) -> Steps:
    """Make the quote of `flow` anew from what is known, and of what was quoted last where it was read back; that it was
    said before is no hint that it is meant now."""
    offered = flow.quoted[-1] if flow.quoted and flow.asking == CONFIRM else {}
    return (yield from advance(turn, replace(flow, slots={**flow.slots, **offered}, asking=None)))


def read_back(turn: PlannedTurn, flow: FlowState, tries: int, *, whole: bool = False) -> Steps:
    """Read the quote back again, in short unless `whole`; one that is no longer there (the conversation was elsewhere)
    is made anew."""
    if turn.before.pending is not None or turn.persona.flows[flow.name].confirm is None:
        return turn.again(flow, tries=tries, whole=whole or not read_back_heard(turn.before))
    return (yield from quote_again(turn, flow))


def _told_beside_it(turn: PlannedTurn, flow: FlowState, spec: Flow, result: ToolAnswer) -> str:
    """What a quote itself answers to the questions beside the wish that it is for ("and is it still business?")."""
    asked = turn.heard.core if turn.before.pending is not None else f"{flow.words}. {turn.heard.core}"
    parts = [one.whole for one in questions_in(asked) if asks_anything(one.whole)]
    found = [one.text for part in parts for one in told_to(spec.told, part) if one.text is not None]
    return "".join(f"{text} " for one in dict.fromkeys(found) if (text := render(one, turn.values(result))))


def after(turn: PlannedTurn, flow: FlowState, spec: Flow, result: ToolAnswer) -> Steps:
    """What is said of a tool's `result`, and what then waits: a list to pick from, a slot, a yes to a quote."""
    outcome = str(result.get("outcome", "error"))
    said = spec.said_after(outcome) or turn.shared(outcome)
    kept = {slot: result[name] for slot, name in said.keep.items() if result.get(name) is not None}
    if outcome == DONE and spec.confirm is not None and not spec.ends and isinstance(result.get("code"), str):
        kept[CODE_TYPE] = result["code"]  # what is asked next may be about it
    flow = replace(flow, slots={**flow.slots, **kept})
    if said.offer is not None or outcome != "quoted":  # what was picked from stays at hand during the read-back
        flow = replace(flow, offered=(), picks={})
    if said.offer is not None:
        listed = result.get(said.offer)
        items = tuple(item for item in listed if isinstance(item, dict)) if isinstance(listed, list) else ()
        flow = replace(flow, offered=items, picks=said.pick)
    if said.requote:
        left = {name: value for name, value in flow.slots.items() if name not in said.forget}
        left |= flow.quoted[-1] if flow.quoted else {}  # what was offered stays the offer
        if flow.asking != CONFIRM and turn.before.pending is not None and read_back_heard(turn.before):
            offer = turn.again(replace(flow, slots=left, asking=CONFIRM), tries=flow.tries, whole=False)
            return replace(offer, reply=f"{render(said.text, turn.values(result))} {offer.reply}")
        again = yield from advance(turn, replace(flow, slots=left, asking=None))
        opening = render(said.text, turn.values(result))
        return replace(again, reply=f"{opening} {again.reply}")
    if outcome == NOT_WRITTEN and flow.asking == CONFIRM and turn.before.pending is not None:
        again = turn.again(flow, tries=flow.tries)  # the same quote, and so the same yes: it is written once
        return replace(again, reply=f"{render(said.text, turn.values(result))} {again.reply}", answered=False)
    if spec.confirm is not None and outcome == "quoted":
        turn.state = replace(turn.state, topic={key: told for key, told in turn.state.topic.items() if key != QUESTION})
        flow = replace(flow, slots={name: value for name, value in flow.slots.items() if name not in said.forget})
        leads = {slot: result[name] for slot, name in said.pick.items() if said.offer is None and name in result}
        if leads:
            flow = replace(flow, quoted=(*(one for one in flow.quoted if one != leads), leads)[-_QUOTES_KEPT:])
        read_back = render(said.text, turn.values(result))
        done = turn.reply(said, result, flow=replace(flow, asking=CONFIRM, tries=0))
        told = _told_beside_it(turn, flow, spec, result)
        return replace(done, reply=done.reply.replace(read_back, f"{told}{read_back}", 1), read_back=read_back)
    if said.ask is not None and spec.words_as is not None and _told_by_code(turn, spec, said.ask):
        asks = {**flow.slots, spec.words_as: turn.asked_words(flow)}
        turn.park(replace(flow, slots=asks, asking=None))
        proof = turn.fill(turn.persona.flows[turn.proof], {}, None)
        return (yield from advance(turn, FlowState(turn.persona.name, turn.proof, proof)))
    if said.ask is not None:
        slots = {name: value for name, value in flow.slots.items() if name not in (*said.forget, said.ask)}
        if spec.words_as is not None:
            slots[spec.words_as] = turn.asked_words(flow)
        asking = replace(flow, slots=slots, asking=said.ask, tries=0)
        if said.text == spec.slots[said.ask].ask and (which := _which_day(turn, spec, said.ask, flow)):
            return turn.say(which, flow=asking)
        if not said.answered and _said_twice(turn, text := render(said.text, turn.values(result))):
            return turn.say(f"{statement(text)} {turn.shared('declined').text}")
        return turn.reply(said, result, flow=asking)
    if spec.fallback and outcome == "unknown" and turn.only_reacts:
        return turn.reply(turn.shared("stopped"))
    if spec.fallback and outcome == "unknown" and (tells := tells_of_numbered(turn)) is not None:
        return (yield from begin(turn, tells))
    if spec.fallback and not said.answered and (near := guesses(turn)):
        if (reading := reads_for(turn, near)) is not None:
            return (yield from begin(turn, reading))
        return ask(turn, near, result)
    turn.remember(flow, spec, result)
    turn.drop_parked(flow.name)
    if outcome == DONE:
        turn.drop_become(flow.name)
    if spec.ends and outcome == DONE:
        turn.drop_ended(flow)
    if outcome == OTHER_KIND and turn.proved_by in flow.slots.values() and turn.persona.speaks_for(flow.words):
        return (yield from advance(turn, replace(_uncoded(turn, flow), asking=None)))  # it proved who they are
    if said.hand_over is not None:
        code = next((str(v) for name, v in flow.slots.items() if spec.slots[name].type == "booking_code"), "")
        words = flow.words if code in flow.words else f"{flow.words} {code}"
        done = replace(turn.reply(said, result, name=flow.name), hand_over=said.hand_over, words=words)
        silent = outcome == ELSEWHERE or (outcome == OTHER_KIND and code == turn.proved_by)
        asked_here = not silent or turn.persona.speaks_for(flow.words)
        return done if asked_here else replace(done, reply="")  # they never spoke of what this agent has
    if spec.proves_identity:
        return (yield from _proof_tried(turn, flow, said, result))
    return turn.reply(said, result, name=flow.name)


def _told_by_code(turn: PlannedTurn, spec: Flow, slot: str) -> bool:
    """Whether the code in the words of somebody unknown tells what the `slot` asks for: the place of what they hold."""
    holds = turn.persona.holds
    told = holds is not None and spec.slots[slot].type in holds.told.values()
    return told and not turn.identified and bool(turn.heard.of(CODE_TYPE))


def _said_twice(turn: PlannedTurn, text: str) -> bool:
    """Whether the last two replies said `text`: who asks for the same thing again wants nothing else."""
    last = [line.text for line in turn.before.history if line.role == "agent"][-2:]
    return len(last) == 2 and all(one.endswith(text) for one in last)


def _proof_tried(turn: PlannedTurn, flow: FlowState, said: Say, result: ToolAnswer) -> Steps:
    """After a proof of identity, go on with what waited for it; a failed one ends that too."""
    if result.get("outcome") != "proven":
        turn.leave(flow)
        return turn.reply(said, result, name=flow.name)
    turn.identified = True
    turn.proved_by = next(
        (str(v) for name, v in flow.slots.items() if turn.persona.flows[flow.name].slots[name].type == CODE_TYPE), None
    )
    goal = turn.take_back()
    opening = render(said.text, turn.values(result))
    if (
        goal is None and turn.before.flow is not None and turn.before.flow.name != flow.name
    ):  # the question that was open comes next
        return turn.reply(said, result)
    if goal is not None and goal.others and goal.name == reads_held(turn):  # it was not clear what for
        state = replace(turn.state, flow=None)
        return Plan(state=state, reply=opening, hand_over=turn.persona.name, words=goal.words)
    done = (yield from _without_goal(turn)) if goal is None else (yield from advance(turn, goal))
    return replace(done, reply=f"{opening} {done.reply}".strip())


def _without_goal(turn: PlannedTurn) -> Steps:
    """After a proof that nothing known waited for: what was said beside it is weighed once more, now that it may be
    about what the customer holds."""
    if not turn.heard.wish or turn.heard.of("own_name"):
        return turn.reply(turn.shared("what_next"))
    near = guesses(turn)
    coded, holds = bool(turn.heard.of(CODE_TYPE)), turn.persona.holds
    if coded and any(one.agent != turn.persona.name for one in near):  # the code says whose matter it is
        result = {} if holds is None else (yield ToolCall(holds.tool, {}))
        ours = any(record.get("said") for record in records_in(result))
        near = tuple(one for one in near if one.agent == turn.persona.name) if ours else ()
        if len(near) == 1:
            return (yield from begin(turn, near[0].flow))
    if (reading := reads_for(turn, near) or of_code(turn, near)) is not None:
        return (yield from begin(turn, reading))
    if near:
        return ask(turn, near)
    return (yield from begin(turn, reads_held(turn)))
