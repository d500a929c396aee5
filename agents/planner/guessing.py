"""A best guess is asked about where the words ask for nothing: it begins nothing before the customer's yes.

| state | words | what happens |
|---|---|---|
| nothing asked | tell of a situation in which a flow may help | asked whether that is wanted |
| nothing asked | a question to which no text has the answer, near a flow | the same |
| a guess was asked | a yes, or which of two | that flow begins, with what was said before the guess |
| a guess was asked | a no | asked openly, once; these flows are not asked about again |
| a guess was asked | a bare yes to a choice of two | asked which of the two |
| a guess was asked | anything else | taken for what it says |
"""

from __future__ import annotations

import re
from dataclasses import replace

from pydantic import JsonValue

from agents.planner.meant import DIGRESSES, is_question, names_by_pattern, scores_of
from agents.planner.planned import Plan, PlannedTurn, ToolAnswer
from agents.planner.templates import render
from agents.understand.assent import only_accepts, only_declines
from agents.understand.heard import Guess
from sync.session import FlowState, Guessed

MAX_GUESSED_WORDS = 45
"""Longer utterances tell more than one thing."""
_REQUEST = re.compile(
    r"^(?:(?:hi|hello|hey|please|just|yes|ok|okay|so|um|uh)\W+)*(?:give|get|book|find|show|tell|let|put|make|add|change|"
    r"move|cancel|reserve|check|take|look|help|i(?:'d like| would like| want| wanna| wish)|we(?:'d like| want))\b",
    re.IGNORECASE,
)
"""How words begin that ask for something."""
_LOOKS_FOR = re.compile(
    r"\b(?:looking for|search(?:ing)? for|find|need(?:ing)? (?:a|an|one|two|some)\b)", re.IGNORECASE
)
SURER = 0.03
"""How much nearer than the flow that fits best a guess must be to be asked about in its place."""


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


def instead(turn: PlannedTurn, best: str | None) -> tuple[Guess, ...]:
    """The guesses to ask about in the place of beginning the flow `best`; none where the words ask for something
    themselves, or are as near to it."""
    near = guesses(turn)
    if not near or is_question(turn) or names_by_pattern(turn) is not None or turn.heard.pin is not None:
        return ()
    if turn.heard.of("booking_code") or turn.heard.answer is not None:
        return ()
    if len(turn.heard.words.split()) > MAX_GUESSED_WORDS:
        return ()
    if best is None:
        return near
    spec = turn.persona.flows[best]
    if not spec.fallback and _REQUEST.search(turn.heard.core) is not None:
        return ()
    score = scores_of(turn)[best]
    if score >= DIGRESSES:
        return ()
    if (turn.persona.name, best) == (near[0].agent, near[0].flow):  # another one is as near, and this one would write
        return near if len(near) > 1 and spec.confirm is not None else ()
    return near if near[0].weight >= score + SURER else ()


def harmless(turn: PlannedTurn, near: tuple[Guess, ...]) -> str | None:
    """The flow to begin at once instead of asking: the only guess, where it only looks something up for anybody."""
    spec = turn.persona.flows.get(near[0].flow) if near[0].agent == turn.persona.name else None
    alone = len(near) == 1 and spec is not None and spec.confirm is None and not spec.needs_identity
    asks = _REQUEST.search(turn.heard.core) or _LOOKS_FOR.search(turn.heard.core)
    return near[0].flow if alone and asks is not None else None


def ask(turn: PlannedTurn, near: tuple[Guess, ...], result: ToolAnswer | None = None) -> Plan:
    """Ask whether one of `near` is wanted; what was said is kept for it. A question is told first that it is not
    answered, and what the tool's `result` has on its subject."""
    choices = tuple((one.agent, one.flow) for one in near)
    known = dict(result) if result is not None and result.get("outcome") == RELATED else {}
    said = "guess" if not is_question(turn) else "related_guess" if known else "unknown_guess"
    text = render(turn.shared(said).text, turn.values({**known, "wishes": [one.wish for one in near]}))
    done = turn.say(text)
    answered = not is_question(turn)
    unanswered = turn.before.unanswered + (not answered)
    state = replace(done.state, guess=Guessed(choices, turn.heard.core), unanswered=unanswered)
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
    if len(asked.choices) > 1 and only_accepts(turn.heard.words):
        wishes: list[JsonValue] = [one.wish for one in turn.heard.asked]
        if wishes:  # one after the other, then
            again = turn.say(render(turn.shared("guess").text, turn.values({"wishes": wishes[:1]})))
            return replace(again, state=replace(again.state, guess=replace(asked, choices=asked.choices[:1])))
        again = turn.reply(turn.shared("which_guess"))
        return replace(again, state=replace(again.state, guess=asked))
    if not only_declines(turn.heard.words):
        return None
    done = turn.reply(turn.shared("what_then"), answered=False)
    return replace(done, state=replace(done.state, guess=replace(asked, refused=True)))
