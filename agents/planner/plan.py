"""The planner turn: a pure function from state, words and tool results to a tool call or a reply.

A turn is written as one straight line of code, a generator that asks for a tool call and is given its result.
`plan` runs it from the start with the results known so far: it stops at the first call whose result is missing,
or at the reply. So a turn can be run on a half-spoken utterance and be thrown away, and nothing is kept between
two calls but what the arguments hold.

This module decides whether a turn answers a question or begins something; `answers.py` has what happens to an open
question for a slot, `confirming.py` what comes after a read-back (`refusing.py`: a no, `mistaken.py`: another thing was
meant), `between.py` what is answered beside either, `beside.py` what is asked in the same breath, `meant.py` which flow
the words are for, `instead.py` when a search is for a change, `course.py` how a flow goes on, `silence.py` what is said
when nobody speaks, `parked.py` what waits, `planned.py` the turn itself.

| state of the flow | words | what happens |
|---|---|---|
| nothing asked | another value for the lookup told last | that runs again with it (`following.py`) |
| none, or nothing asked | a question that a text answers (`asking.py`) | it is told, unless a flow is surely meant |
| none, or nothing asked | only take back what was done last ("put it back") | what undoes it, or a person |
| none, or nothing asked | any | the flow that fits best begins, or the last flow with a new value, or the fallback |
| none, or nothing asked | what is held, and what is wanted instead | the change of it begins, and asks for the proof |
| none, or nothing asked | two changes ("... and give me 12A") | the first begins, the other is offered after it |
| asked for a slot | a usable value, or an item of the offered list | the slot is filled, the flow goes on |
| asked for a slot, or read back | a usable value, and a question | the flow goes on, with the answer before its step |
| asked for a slot by a search | words that turn away from it ("no, I asked about ...") | the search is dropped |
| asked for a slot | another flow's words | that flow answers, then the question comes again |
| asked for a slot | a flow that stops | the flow under way ends |
| asked for a slot, or read back | learned to want a person, or another thing that is known | that begins |
| asked for a slot, or read back | learned to want to hear it again | said again, and counts as no failed try |
| asked for a slot, or read back | learned to want it no longer | the flow ends, nothing is written |
| asked for a slot | neither | the question comes again; after two tries a person is offered |
| anything | what gives it up ("I'll sleep on it"), or a goodbye (`ending.py`) | it ends, nothing is written |
| a change was read back | another task, no clear yes before it | that task waits, the change is read back again |
| one that ends it was read back | another change of it ("what if I move it") | that begins, this is given up |
| a change was read back | the opposite of it ("no, take that off") | the flow ends, and what can be done is said |
| a change was read back | only thanks ("okay, thank you") | asked once what is meant, if it was wished; else it ends |
| a change was read back | a yes and nothing else (`agreement.py`) | the change is written |
| a change was read back | a clear yes, and more (`behind_yes.py`) | it is written, then the rest is taken up |
| a change was read back | another value ("no, Tuesday") | quoted and read back anew |
| a change was read back | a question for its price, its day, or which it is | read back again in short, or all of it |
| a change was read back | another question | answered, then read back again in short |
| a change was read back | deny it by its name ("don't cancel, when ...") | it ends for good, and the rest begins |
| a change was read back | no, that all stays as it is, a flow that stops | nothing is written, the flow ends |
| a change was read back | another thing of the customer's ("no, the Miami one") | the change of that is quoted |
| a change was read back | anything else | read back again; after two tries the flow ends |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.flow import CODE_TYPE, Say
from agents.persona import Persona
from agents.planner.agreement import fills_offered, takes_up
from agents.planner.answers import MAX_TRIES, answer, third_time, undo, undoing
from agents.planner.asking import answered_first, asked_to_do, drop_searches, looks_up, turned_away
from agents.planner.beside import told_beside
from agents.planner.confirming import confirm
from agents.planner.course import advance, begin, begun, quote_again, read_back, unclear_with_code
from agents.planner.ending import asked_what_else, given_up, leave_taking, politely, takes_leave
from agents.planner.following import asks_of_told, goes_on_with, last_again, picks_told, price_of_item
from agents.planner.guessing import ask, instead, of_code, reads_for, refused
from agents.planner.holding import same_days
from agents.planner.instead import asks_what_is_held, change_meant, named_otherwise, of_held, reads_own
from agents.planner.leaning import narrows_told
from agents.planner.meant import acted_flow, asks_to_repeat, best_flow, follow_up, reads_held, spelled_flow
from agents.planner.offered import left_open, named_of_waiting, retold, spoken_of, taken_after_all
from agents.planner.other_wishes import as_elsewhere, both_wishes, other_wish, second_task
from agents.planner.parked import MAX_OFFERED_BACK, waiting
from agents.planner.picking import quoted_before
from agents.planner.planned import Plan, PlannedTurn, Steps, ToolAnswer, ToolCall
from agents.planner.quote_heard import read_back_heard, statement
from agents.planner.refusing import denied_by_name, in_its_place
from agents.planner.repeating import said_again
from agents.planner.replies import CLEAR
from agents.planner.scoring import DIGRESSES, asks_for_an_act, is_question, item_meant, names_by_pattern, scores_of
from agents.planner.silence import nobody_spoke
from agents.planner.taking_back import as_it_was, taken_back
from agents.planner.templates import render
from agents.understand.consent import agreement, thanks
from agents.understand.heard import Heard
from agents.understand.offers import bargains, of_the_same, question_beside
from agents.understand.requests import asks_for_later
from sync.session import CONFIRM, FlowState, SessionState

__all__ = ["MAX_TRIES", "Plan", "ToolAnswer", "ToolCall", "pending", "plan", "read_back_heard"]

_BARE_WORDS = 3
"""A yes or no of so few words, with no question open, asks for nothing."""


def pending(state: SessionState) -> FlowState | None:
    """The flow whose question still waits for an answer: the one under way, else the newest parked one."""
    waiting = [flow for flow in (*state.parked, state.flow) if flow is not None and flow.asking is not None]
    return waiting[-1] if waiting else None


def plan(persona: Persona, state: SessionState, heard: Heard, results: Sequence[ToolAnswer] = ()) -> Plan:
    """The next step of a turn of `persona`, given the `results` of the calls asked for so far in this turn."""
    steps = _run(PlannedTurn(persona, state, heard))
    try:
        call = next(steps)
        for result in results:
            call = steps.send(result)
    except StopIteration as finished:
        done: Plan = finished.value
        return done
    return Plan(state=state, call=call)


def _run(turn: PlannedTurn) -> Steps:
    """The whole turn; when it leaves nothing open, it is offered to go on with what waits."""
    done = politely(turn, (yield from _answered(turn)))
    state = done.state
    if turn.identified:
        proofs = {name for name, spec in turn.persona.flows.items() if spec.proves_identity}
        state = replace(state, parked=tuple(one for one in state.parked if one.name not in proofs))
        done = replace(done, state=state)
    if done.rest:
        return done
    closing = done.flow is not None and done.flow in turn.persona.flows and turn.persona.flows[done.flow].closes
    if (
        state.flow is not None
        or state.on_yes is not None
        or done.hand_over is not None
        or closing
        or turn.heard.silences
    ):
        return done
    back = next((name for name, spec in turn.persona.flows.items() if spec.resumes), None)
    left = waiting(state)
    if back is None or left is None or left.offered_back >= MAX_OFFERED_BACK or not done.reply:
        return done
    ours = left.agent == turn.persona.name and left.name in turn.persona.flows
    settled = turn.heard.behind_yes or (turn.before.flow is not None and turn.before.flow.asking == CONFIRM)
    settled = settled or _came_to_nothing(turn, done)
    if settled and ours and left.asking is None and left.words:
        return (yield from _next_wish(turn, done, left))
    again = render(turn.shared("go_back").text, {"task": left.task})
    offered = tuple(replace(one, offered_back=one.offered_back + 1) if one == left else one for one in state.parked)
    reply = f"{statement(done.reply)} {again}".strip()
    return replace(done, reply=reply, state=replace(state, parked=offered, on_yes=back))


def _came_to_nothing(turn: PlannedTurn, done: Plan) -> bool:
    """Whether the change that the words began, or that waited for the proof, ended without a read-back ("breakfast is
    included")."""
    before, spec = turn.before.flow, turn.persona.flows.get(done.flow or "")
    began = before is None or before.name == turn.proof
    return began and spec is not None and spec.confirm is not None and turn.heard.answer != "no"


def _next_wish(turn: PlannedTurn, done: Plan, left: FlowState) -> Steps:
    """After what was done, or declined, the wish `left`, which was said in the same breath and has not begun."""
    turn.state = replace(done.state, parked=tuple(one for one in done.state.parked if one != left))
    settled = turn.before.flow.held if turn.before.flow is not None else None
    wish = same_days(turn.persona.flows[left.name], turn.of_the_same(left), settled)
    following = yield from advance(turn, wish)
    return replace(following, reply=f"{statement(done.reply)} {following.reply}".strip())


def _answered(turn: PlannedTurn) -> Steps:
    """The turn from its first word: silence, a wish to hear it again, an answer, or something new."""
    flow = turn.state.flow
    asked = flow is not None and flow.asking is not None and flow.name in turn.persona.flows
    if turn.heard.silences and not turn.heard.words:
        return (yield from nobody_spoke(turn, flow if asked else None))
    if not turn.heard.words or turn.heard.empty:
        if flow is not None and asked:
            if flow.asking == CONFIRM:
                return (yield from read_back(turn, flow, flow.tries))
            return turn.again(flow, tries=flow.tries if not turn.heard.words else max(1, flow.tries))
        if not turn.heard.words:
            again = bool(turn.state.history)
            return turn.reply(turn.shared("hello_again") if again else Say(text=turn.persona.greeting))
        return turn.reply(turn.shared("unclear"), answered=False)
    if turn.heard.meant is not None:
        if (too := turn.heard.meant_too) is None:
            return (yield from begin(turn, turn.heard.meant))
        turn.queue_guess(too)
        done = yield from begin(turn, turn.heard.meant)
        return replace(done, reply=f"{turn.shared('one_by_one').text} {done.reply}")
    if (ended := (yield from given_up(turn))) is not None:
        return ended
    repeats = turn.heard.begins is None and asks_to_repeat(turn)
    repeats = repeats and (flow is None or quoted_before(flow, turn.heard) is None)  # "the first one you said"
    if repeats and (asked or last_again(turn) is None):  # not "no, business, I said"
        return said_again(turn)
    if flow is None:
        drop_searches(turn)
    if flow is not None and asked and turned_away(turn, flow):
        turn.leave(flow)
        turn.drop_parked(flow.name)
        return (yield from _new(turn))
    if flow is not None and asked and (rest := denied_by_name(turn, flow)) is not None:
        turn.heard = rest
        other = in_its_place(turn, flow)
        turn.leave(flow)
        turn.state = replace(turn.state, declined=None)
        return (yield from (_new(turn) if other is None else advance(turn, other)))
    if flow is not None and asked:
        spec = turn.persona.flows[flow.name]
        if undoing(turn, flow) is not None and not asks_for_later(turn.heard.core):
            return (yield from undo(turn, flow))
        if flow.asking == CONFIRM:  # the quote may answer several questions about it
            return (yield from confirm(turn, flow, spec))
        return third_time(turn, flow, (yield from answer(turn, flow, spec)))
    offered = turn.before.on_yes
    if offered is not None and offered in turn.persona.flows:
        spec = turn.persona.flows[offered]
        if turn.heard.only_proves and spec.needs_identity and not turn.identified:
            return (yield from begin(turn, offered))  # the code that it takes, in the place of a yes
        if fills_offered(spec, turn.heard) and names_by_pattern(turn) in (None, offered):
            return (yield from begin(turn, offered))
        if takes_up(turn.persona, offered, turn.heard.words):
            turn.heard = turn.heard.part(*agreement(turn.heard.words))
            if spec.resumes and (left := _taken_back_up(turn)) is not None:
                return (yield from quote_again(turn, turn.of_the_same(left)))
            return (yield from begin(turn, offered))
        left = waiting(turn.state) if spec.resumes else None
        if left is not None and (named := named_of_waiting(turn, left)) is not None:
            turn.drop_parked(left.name)
            return (yield from advance(turn, replace(turn.of_the_same(named), asking=None)))
        if spec.resumes and turn.heard.answer == "no" and (refused := waiting(turn.state)) is not None:
            turn.forget(refused)
    return (yield from _new(turn))


def _new(turn: PlannedTurn) -> Steps:
    """No question is open: begin what the words ask for, or go on from what was done last, or ask for a guess."""
    if (turned_down := refused(turn)) is not None:
        return turned_down
    if turn.proof_found and other_wish(turn, turn.waits_for_proof, scores_of(turn)) is None:
        return (yield from begin(turn, turn.proof))
    if (made := taken_back(turn)) is not None:
        undoes = next((name for name, spec in turn.persona.flows.items() if spec.undoes == made), None)
        if undoes is not None:
            return (yield from begin(turn, undoes))
        back = as_it_was(turn, made)
        return turn.reply(turn.shared("cannot_undo")) if back is None else (yield from advance(turn, back))
    leaves = leave_taking(turn)
    if leaves is not None and turn.before.history and takes_leave(turn.heard.words):
        return (yield from begin(turn, leaves))
    if (left := left_open(turn) or taken_after_all(turn) or spoken_of(turn)) is not None:
        turn.drop_parked(left.name)
        return (yield from quote_again(turn, left))
    bare = turn.heard.answer is not None and not turn.heard.found and len(turn.heard.core.split()) <= _BARE_WORDS
    certain = names_by_pattern(turn)
    polite = certain is None or (turn.persona.flows[certain].only_replies and thanks(turn.heard.words))
    if leaves is not None and bare and polite and turn.heard.answer == "no" and asked_what_else(turn):
        return (yield from begin(turn, leaves))
    if turn.before.on_yes is not None and turn.heard.answer == "no" and not is_question(turn):
        bare = bare or turn.heard.does("declines") >= CLEAR  # "sure... no, not now" to what was offered
    if bare and certain is None:
        return turn.reply(turn.shared("stopped" if turn.heard.answer == "no" else "what_next"))
    if bargains(turn.heard.core) and certain is None and turn.heard.begins is None:
        return turn.reply(turn.shared("fixed_price"))
    if (does := asked_to_do(turn)) is not None:
        return (yield from begin(turn, does))
    if (again := retold(turn) or last_again(turn) or goes_on_with(turn)) is not None:
        return (yield from advance(turn, again))
    if (picked_next := picks_told(turn)) is not None:
        aside = yield from told_beside(turn, picked_next, behind=question_beside(turn.heard.words))
        done = yield from begin(turn, picked_next)
        return replace(done, reply=f"{aside} {done.reply}".strip())
    if (alike := as_elsewhere(turn)) is not None:
        return (yield from begin(turn, alike))
    if (priced := price_of_item(turn)) is not None:
        return (yield from advance(turn, priced))
    of_told = asks_of_told(turn.persona, turn.before, turn.heard)
    if of_told is not None and (certain is None or turn.persona.flows[certain].fallback):
        again = turn.before.last
        begins, slots = begun(turn, of_told), turn.persona.flows[of_told].slots
        known = again.slots if again is not None and again.name == of_told else {}
        known = {name: value for name, value in known.items() if name in slots}
        return (yield from advance(turn, replace(begins, slots={**known, **begins.slots})))
    first = turn.heard.guesses[0].flow if turn.heard.guesses and turn.heard.begins is None else None
    if (held := of_held(turn, first)) != first:
        return (yield from begin(turn, held))
    changes = turn.heard.begins is not None and turn.persona.flows[turn.heard.begins].confirm is not None
    likely = turn.heard.begins or certain
    becomes = turn.persona.flows[likely].becomes if likely is not None else None
    unsure = bool(turn.heard.guesses) and certain is None
    said = acted_flow(turn) if unsure or becomes is not None else None
    acted = said if unsure else None
    asked_for = acted if changes else None  # "I can't very well fly on that day. I need to put that flight off"
    asked_for = said if said is not None and said == becomes else asked_for
    guessed = {one.flow for one in turn.heard.guesses if one.agent == turn.persona.name}
    asked_for = asked_for or (certain if changes and certain in guessed else None)  # its pattern settles a close guess
    meant = named_otherwise(turn) or asked_for or turn.heard.begins or acted or best_flow(turn)
    if not changes and acted is None and (spelled := spelled_flow(turn)) is not None:
        meant = spelled
    near = instead(turn)
    if (change := change_meant(turn, near)) is not None:
        return (yield from begin(turn, change))
    if asks_what_is_held(turn) and (reads := reads_own(turn)) is not None:
        return (yield from begin(turn, reads))
    if (told := (yield from answered_first(turn, near[0].flow if near else meant))) is not None:
        return told
    if certain is not None and meant is not None and turn.persona.flows[meant].fallback:
        meant = certain  # no text had an answer
    if near:
        if turn.proves:  # what was said beside it is weighed again then
            return (yield from begin(turn, turn.proof))
        if (reading := reads_for(turn, near) or of_code(turn, near)) is not None:
            return (yield from begin(turn, reading))
        if turn.heard.of(CODE_TYPE) and not turn.identified and reads_held(turn) is not None:
            return (yield from unclear_with_code(turn, near))
        if (both := both_wishes(turn, near)) is None:
            return ask(turn, near)
        turn.queue(*both[1])
        return (yield from begin(turn, both[0]))
    last = turn.before.last
    if last is not None and (opposite := undoing(turn, last)) is not None:
        return (yield from begin(turn, opposite))
    best = of_held(turn, meant)
    if best != meant:
        return (yield from begin(turn, best))
    clear = best is not None and scores_of(turn, with_item=False)[best] >= DIGRESSES
    anew = turn.heard.begins is not None or names_by_pattern(turn) is not None
    if not anew and last is not None and not clear and (chosen := item_meant(turn)):
        goes_on = turn.persona.flows[last.name].on_pick if last.name in turn.persona.flows else None
        if goes_on is not None and any(last.slots.get(name) != value for name, value in chosen.items()):
            asks = is_question(turn) and not asks_for_an_act(turn)
            if asks and turn.persona.flows[goes_on].confirm is not None:  # "which one is cheapest" buys nothing
                return (yield from advance(turn, replace(last, slots={**last.slots, **chosen}, asking=None)))
            return (yield from begin(turn, goes_on))
    same = (
        last is not None
        and turn.heard.begins == last.name
        and (turn.heard.leans_back or narrows_told(turn.persona, turn.before, turn.heard))
    )
    if (turn.heard.begins is None or same) and (continued := follow_up(turn, best)) is not None:
        return (yield from advance(turn, continued))
    if best is not None and turn.persona.flows[best].resumes and (left := turn.take_back()) is not None:
        return (yield from advance(turn, replace(left, asking=None)))
    if (second := second_task(turn, best)) is not None:
        turn.queue(*second)
    aside = yield from told_beside(turn, best)
    done = yield from _begin(turn, best)
    return replace(done, reply=f"{aside} {done.reply}".strip())


def _taken_back_up(turn: PlannedTurn) -> FlowState | None:
    """The flow that it was offered to go on with, parked no more; what waited for a lookup in between is forgotten."""
    left = waiting(turn.state)
    if left is None or left.agent != turn.persona.name or left.name not in turn.persona.flows:
        return turn.take_back()
    mine = (turn.persona.name, "")
    rest = tuple(one for one in turn.state.parked if one != left and (one.agent, one.task) != mine)
    turn.state = replace(turn.state, parked=rest)
    return left


def _begin(turn: PlannedTurn, name: str | None) -> Steps:
    """Begin the flow `name`: with what is known of it where it waits already, and for the booking spoken of just now
    where the words ask for more of that."""
    needless = turn.identified and not turn.proof_found and not turn.proves
    if name is not None and turn.persona.flows[name].proves_identity and needless:
        name = looks_up(turn) or name  # who is known has nothing to prove: "where do I see that credit"
    if name is None or turn.persona.flows[name].confirm is None:
        return (yield from begin(turn, name))
    if turn.heard.behind_yes and is_question(turn) and not asks_for_an_act(turn):
        return (yield from begin(turn, looks_up(turn) or name))  # "and breakfast, is it in the price?"
    flow = begun(turn, name)
    left = next((one for one in turn.state.parked if (one.agent, one.name) == (flow.agent, name)), None)
    if left is not None and not turn.heard.of(CODE_TYPE):
        turn.drop_parked(name)
        over = {other for said in flow.slots for other in turn.persona.flows[name].slots[said].overrules}
        known = {slot: value for slot, value in left.slots.items() if slot not in over}
        flow = replace(flow, slots={**known, **flow.slots}, held=left.held)
    return (yield from advance(turn, turn.of_the_same(flow) if of_the_same(turn.heard.core) else flow))
