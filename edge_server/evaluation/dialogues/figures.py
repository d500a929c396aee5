"""What came of a run: each customer's conversation and verdict, and the figures over all of them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import JsonValue

from edge_server.evaluation.dialogues.script import Script
from edge_server.evaluation.files import EvaluationError
from edge_server.evaluation.listener import milliseconds, share

WORST = 20
_WRONG_WRITE = re.compile(r"may not|nothing may|^(?:bookings|reservations) \S+: .*(?:, wanted|became) |wrote without")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn of a customer. `tools`: what ran for it, with the outcome. `think_ms`: from the customer's words to
    the last words of the reply, less the tools' time; None over the wire."""

    customer: str
    desk: str
    agent: str | None = None
    tools: tuple[str, ...] = ()
    tool_ms: tuple[float, ...] = ()
    think_ms: float | None = None
    ungrounded: int = 0
    """Clauses that the desk itself kept back, because no tool had given what they said."""
    invented: tuple[str, ...] = ()
    """Facts that were spoken although nothing gave them, by `facts`."""


@dataclass(frozen=True, slots=True)
class Served:
    """One customer's visit. `ended`: `left` (done), `gave up` (asked the same thing too often), `turn limit`.
    `wrong`: what was not as the script expects; nothing: the visit passed."""

    script: Script
    exchanges: tuple[Exchange, ...]
    ended: str
    wrong: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.wrong

    @property
    def transcript(self) -> list[str]:
        """The conversation, a line for each side's turn."""
        lines: list[str] = []
        for one in self.exchanges:
            tools = f"  [{', '.join(one.tools)}]" if one.tools else ""
            lines += [f"customer: {one.customer}", f"{one.agent or 'desk'}: {one.desk}{tools}"]
        return lines


@dataclass(frozen=True, slots=True)
class Rate:
    """`pass_rate` of so many `customers`."""

    pass_rate: float | None
    passed: int
    customers: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A customer who was not served as expected: `causes`, and how it went."""

    id: str
    tool: str
    manner: str
    goal: str
    causes: tuple[str, ...]
    transcript: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DialogueFigures:
    """`pass_rate` over all `customers`, and the same by outcome, manner and tool. `facts_not_from_tools`: facts that
    were spoken although no tool, text or customer gave them; `clauses_kept_back`: what the desk's own grounding
    stopped before it was spoken. `unexpected_writes`: customers for whom something was written that should not have
    been, or otherwise than it should. Times are ms a turn (`planner`: without the tools) or a call; None where a
    server did the work."""

    pass_rate: float | None
    passed: int
    customers: int
    by_outcome: dict[str, Rate]
    by_manner: dict[str, Rate]
    by_tool: dict[str, Rate]
    facts_not_from_tools: int
    clauses_kept_back: int
    unexpected_writes: int
    turns_per_dialogue: float
    most_turns: int
    planner_p50_ms: float | None
    planner_p95_ms: float | None
    tool_p50_ms: float | None
    tool_p95_ms: float | None
    judged_by: str
    worst: list[Failure] = field(default_factory=list)


def figures_of(served: Sequence[Served], judged_by: str) -> DialogueFigures:
    """The figures over some visits; `served` may not be empty."""
    turns = [len(one.exchanges) for one in served]
    exchanges = [exchange for one in served for exchange in one.exchanges]
    thinking = [one.think_ms / 1000 for one in exchanges if one.think_ms is not None]
    tools = [taken / 1000 for one in exchanges for taken in one.tool_ms]
    whole = _rate(served)
    failures = [one for one in served if not one.passed]
    return DialogueFigures(
        pass_rate=whole.pass_rate,
        passed=whole.passed,
        customers=whole.customers,
        by_outcome=_by(served, lambda one: one.script.expect.outcome),
        by_manner=_by(served, lambda one: one.script.manner),
        by_tool=_by(served, lambda one: one.script.tool),
        facts_not_from_tools=sum(len(one.invented) for one in exchanges),
        clauses_kept_back=sum(one.ungrounded for one in exchanges),
        unexpected_writes=sum(_wrote_wrongly(one) for one in served),
        turns_per_dialogue=math.fsum(turns) / len(turns),
        most_turns=max(turns),
        planner_p50_ms=milliseconds(thinking, 0.5) if thinking else None,
        planner_p95_ms=milliseconds(thinking, 0.95) if thinking else None,
        tool_p50_ms=milliseconds(tools, 0.5) if tools else None,
        tool_p95_ms=milliseconds(tools, 0.95) if tools else None,
        judged_by=judged_by,
        worst=[_failure(one) for one in sorted(failures, key=_gravity)[:WORST]],
    )


def write_transcripts(served: Sequence[Served], folder: Path) -> None:
    """One text file a customer, those that failed with the causes on top, and all as `dialogues.jsonl`. Raises
    EvaluationError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "dialogues.jsonl").open("w", encoding="utf-8") as all_of_them:
            for one in served:
                head = [
                    f"{'passed' if one.passed else 'FAILED'}: {one.script.goal}",
                    *one.wrong,
                    f"ended: {one.ended}",
                    "",
                ]
                (folder / f"{one.script.id}.txt").write_text("\n".join([*head, *one.transcript, ""]), "utf-8")
                all_of_them.write(json.dumps(_as_json(one), ensure_ascii=False) + "\n")
    except OSError as error:
        raise EvaluationError(f"{folder} cannot be written ({error.strerror}): choose another --transcripts") from None


def _as_json(served: Served) -> dict[str, JsonValue]:
    turns: list[JsonValue] = [asdict(one) for one in served.exchanges]
    return {
        "id": served.script.id,
        "tool": served.script.tool,
        "manner": served.script.manner,
        "passed": served.passed,
        "ended": served.ended,
        "wrong": [*served.wrong],
        "turns": turns,
    }


def _by(served: Sequence[Served], of: Callable[[Served], str]) -> dict[str, Rate]:
    names = sorted({of(one) for one in served})
    return {name: _rate([one for one in served if of(one) == name]) for name in names}


def _rate(served: Sequence[Served]) -> Rate:
    passed = sum(one.passed for one in served)
    return Rate(share(passed, len(served)), passed, len(served))


def _wrote_wrongly(served: Served) -> bool:
    """Whether something was written that should not have been, or otherwise than it should."""
    return any(_WRONG_WRITE.search(cause) for cause in served.wrong)


def _gravity(served: Served) -> tuple[bool, bool, str]:
    """Invented facts and wrong writes first."""
    invented = any(one.invented for one in served.exchanges)
    return not invented, not _wrote_wrongly(served), served.script.id


def _failure(served: Served) -> Failure:
    script = served.script
    return Failure(script.id, script.tool, script.manner, script.goal, served.wrong, tuple(served.transcript))
