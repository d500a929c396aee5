"""A best guess is asked about where the words ask for nothing: it begins nothing before the customer's yes.

| state | words | what happens |
|---|---|---|
| nothing asked | tell of a situation in which a flow may help | asked whether that is wanted |
| nothing asked | a question to which no text has the answer, near a flow | the same |
| a guess was asked | a yes, or which of two | that flow begins, with what was said before the guess |
| a guess was asked | a no | asked openly, once; these flows are not asked about again |
| a guess was asked | both of two | the first begins, the other is offered after it |
| a guess was asked | a bare yes to a choice of two | asked once more, both by name; then the nearer one alone |
| a guess was asked | anything else | taken for what it says |
"""

from __future__ import annotations

from dataclasses import replace

from pydantic import JsonValue

from agents.flow import CODE_TYPE
from agents.planner.meant import acted_flow, spelled_flow
from agents.planner.planned import Plan, PlannedTurn, ToolAnswer
from agents.planner.scoring import asks_for_an_act, is_question, names_by_pattern
from agents.planner.slots import missing
from agents.planner.templates import render
from agents.understand.assent import only_accepts, only_declines
from agents.understand.heard import Guess
from sync.session import FlowState, Guessed

RELATED = "related"
"""The outcome of a tool that found something on the subject, and maybe not the answer."""


def guesses(turn: PlannedTurn) -> tuple[Guess, ...]:
    """The flows that may be asked about in this turn: none while a question is open, none for a second question without
    an answer (a person is offered then), and none that was refused."""
    flow, before = turn.before.flow, turn.before.guess
    if (flow is not None and flow.asking is not None) or (turn.before.unanswered and is_question(turn)):
        return ()
    refused = before.choices if before is not None and before.refused else ()
    return tuple(one for one in turn.heard.guesses if (one.agent, one.flow) not in refused)


def instead(turn: PlannedTurn) -> tuple[Guess, ...]:
    """The guesses to ask about before anything begins: none where the words surely begin something."""
    replies = turn.heard.answer is not None and bool(turn.before.history)  # "no flights today" answers nothing
    if turn.heard.begins is not None or names_by_pattern(turn) is not None or replies:
        return ()
    if acted_flow(turn) is not None or spelled_flow(turn) is not None:
        return ()
    return guesses(turn)


def reads_for(turn: PlannedTurn, near: tuple[Guess, ...]) -> str | None:
    """The flow among `near` that only tells what the customer holds, for a question with a code, or for a customer who
    has proved who they are, by a question or where it is the only one: it answers, and nothing is asked first. None:
    there is none."""
    alone = len(near) == 1 and turn.identified
    if asks_for_an_act(turn) or not (alone or (is_question(turn) and (turn.identified or turn.heard.of(CODE_TYPE)))):
        return None
    own = [one.flow for one in near if one.agent == turn.persona.name]
    flows = turn.persona.flows
    reads = (n for n in own if flows[n].own is not None or (flows[n].needs_identity and flows[n].confirm is None))
    return next(reads, None)


def of_code(turn: PlannedTurn, near: tuple[Guess, ...]) -> str | None:
    """The only flow among `near` that is for what the customer holds, or the only change among them for which the words
    have all it needs, where they have proved who they are and say its code; None: there is none, or several."""
    if not turn.identified or not turn.heard.of(CODE_TYPE):
        return None
    own = [one.flow for one in near if one.agent == turn.persona.name and turn.persona.flows[one.flow].of_held]
    if turn.heard.of("spelled") and spelled_flow(turn) is None:  # "for two a bit later" names no seat
        own = [name for name in own if all(one.type != "spelled" for one in turn.persona.flows[name].slots.values())]
    whole = own if len(own) == 1 else [name for name in own if _told_whole(turn, name)]
    return whole[0] if len(whole) == 1 else None


def _told_whole(turn: PlannedTurn, name: str) -> bool:
    """Whether the words have all that the change `name` needs ("need to move to the ninth, code ..."): it is quoted,
    and so asked about with its price."""
    spec, slots = turn.persona.flows[name], turn.fill(turn.persona.flows[name], {}, None)
    return bool(spec.needed & {*slots}) and missing(spec, slots, turn.heard) is None


def ask(turn: PlannedTurn, near: tuple[Guess, ...], result: ToolAnswer | None = None) -> Plan:
    """Ask whether one of `near` is wanted; what was said is kept for it. A question is told first that it is not
    answered, and what the tool's `result` has on its subject."""
    choices = tuple((one.agent, one.flow) for one in near)
    known = dict(result) if result is not None and result.get("outcome") == RELATED else {}
    said = "guess" if result is None else "related_guess" if known else "unknown_guess"
    text = render(turn.shared(said).text, turn.values({**known, "wishes": [one.wish for one in near]}))
    done = turn.say(text)
    answered = result is None
    unanswered = turn.before.unanswered + (not answered)
    said = turn.heard.words if turn.heard.of("booking_code") else turn.heard.core
    state = replace(done.state, guess=Guessed(choices, said), unanswered=unanswered)
    return replace(done, state=state, answered=answered)


def others_left(turn: PlannedTurn, flow: FlowState) -> tuple[tuple[str, str], ...]:
    """The other flows that the words which began `flow` may have meant, and that were not asked about yet."""
    told = [line.text for line in turn.before.history if line.role == "agent"]
    flows = turn.persona.flows
    return tuple(
        (agent, name)
        for agent, name in flow.others
        if name in flows and not any(f"like to {flows[name].wish}" in text for text in told)
    )


def ask_instead(turn: PlannedTurn, flow: FlowState, others: tuple[tuple[str, str], ...]) -> Plan:
    """Ask about `others`, which the words that began `flow` may have meant; what was said is kept for them."""
    wishes: list[JsonValue] = [turn.persona.flows[name].wish or "" for _, name in others]
    done = turn.say(render(turn.shared("guess").text, turn.values({"wishes": wishes})))
    state = replace(done.state, guess=Guessed(others, flow.words), unanswered=turn.before.unanswered + 1)
    return replace(done, state=state, answered=False)


def refused(turn: PlannedTurn) -> Plan | None:
    """What is said when the words only turn down the guess that was asked, or only say yes to a choice of two; None:
    they say something else."""
    asked = turn.before.guess
    if asked is None or asked.refused:
        return None
    if len(turn.heard.asked) > 1 and only_accepts(turn.heard.words):
        wishes: list[JsonValue] = [one.wish for one in turn.heard.asked]
        left = asked.choices[:1] if asked.again else asked.choices
        text = turn.shared("guess" if asked.again else "which_guess").text
        done = turn.say(render(text, turn.values({"wishes": wishes[: len(left)]})))
        return replace(done, state=replace(done.state, guess=replace(asked, choices=left, again=True)))
    if not only_declines(turn.heard.words):
        return None
    done = turn.reply(turn.shared("what_then"), answered=False)
    return replace(done, state=replace(done.state, guess=replace(asked, refused=True)))
