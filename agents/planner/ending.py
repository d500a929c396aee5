"""How a customer ends something: what was spoken of is given up, or a word of thanks closes it."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import replace

from agents.planner.course import begin
from agents.planner.parked import waiting
from agents.planner.planned import Plan, PlannedTurn, ToolAnswer, ToolCall
from agents.planner.quote_heard import statement
from agents.understand.assent import ends_here
from agents.understand.behind_yes import asks
from agents.understand.consent import thanks
from agents.understand.withdrawal import says_bye, wishes, withdrawal
from sync.session import CONFIRM

_VALUES = frozenset({"date", "time", "choice", "spelled", "week", "day_shift", "booking_code", "customer_id"})
"""Types of values that, said beside it, may be wanted instead."""
_SENTENCE = re.compile(r"[.!]+\s+")
_FEW_WORDS = 15
"""Longer words say more than thanks."""


def given_up(turn: PlannedTurn) -> Generator[ToolCall, ToolAnswer, Plan | None]:
    """What comes of words that give up what is open, or was spoken of, or take leave; what they ask beside that is
    answered next. None: they do neither, or say something that may be wanted instead."""
    heard, flow = turn.heard, turn.state.flow
    asked = withdrawal(heard.words)
    leaves = takes_leave(heard.words) and (says_bye(heard.words) or (flow is not None and flow.asking == CONFIRM))
    if (asked is None and not leaves) or not turn.before.history or heard.pin is not None or heard.answer == "yes":
        return None
    if flow is not None and flow.asking != CONFIRM and any(map(heard.of, _VALUES)):
        return None
    changes = flow is not None and flow.asking == CONFIRM
    if flow is not None:
        turn.leave(flow)
    if (left := waiting(turn.state)) is not None and turn.before.on_yes is not None:
        turn.forget(left)
    if asked:
        done = turn.reply(turn.shared("declined" if changes else "stopped"))
        return replace(done, reply=statement(done.reply), rest=asked)
    if leaves:
        done = yield from begin(turn, leave_taking(turn))
        given = statement(turn.shared("declined").text) if changes else ""
        return replace(done, reply=f"{given} {done.reply}".strip())
    return turn.reply(turn.shared("declined" if changes else "stopped"))


def wish_behind(words: str) -> str:
    """The sentences behind the first one of `words` that wish for something; "" where they wish for nothing."""
    match = _SENTENCE.search(words)
    rest = words[match.end() :] if match is not None else ""
    return rest if wishes(rest) else ""


def takes_leave(words: str) -> bool:
    """Whether `words` end in leave, with a goodbye or by saying that this was all, and ask and wish for nothing."""
    said = words.strip().rstrip(".!")
    last = _SENTENCE.split(said)[-1]
    if not (says_bye(words) or ends_here(said) or (ends_here(last) and len(said.split()) <= _FEW_WORDS)):
        return False
    before = said.removesuffix(last) if ends_here(last) else words  # "that was all" asks nothing
    return not asks(before) and not wishes(words)


def leave_taking(turn: PlannedTurn) -> str | None:
    """The flow with which a conversation ends, if the persona has one."""
    flows = turn.persona.flows.items()
    return next((name for name, spec in flows if spec.closes and spec.stops_flow), None)


def asked_what_else(turn: PlannedTurn) -> bool:
    """Whether the last reply asked what else there is to do, so that a no means that this was all."""
    last = next((line.text for line in reversed(turn.before.history) if line.role == "agent"), "")
    texts = [turn.shared(name).text for name in ("stopped", "declined", "anything_else")]
    return any(last.endswith(text.removeprefix(statement(text)).strip()) for text in texts)


def politely(turn: PlannedTurn, done: Plan) -> Plan:
    """`done`, or a polite word in the place of "I don't know" where the words asked and wished for nothing: thanks are
    taken, and a no is."""
    words = turn.heard.words
    unasked = not done.answered and done.state.flow is None and turn.before.history and not asks(words)
    if not unasked or done.hand_over is not None or wishes(words) or len(words.split()) > _FEW_WORDS:
        return done
    flow = turn.persona.flows.get(done.flow or "")
    if flow is not None and not flow.fallback:
        return done
    if thanks(words):
        return turn.reply(turn.shared("welcome"))
    no = flow is not None and turn.heard.answer == "no"
    return turn.reply(turn.shared("stopped")) if no else done
