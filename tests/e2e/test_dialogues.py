"""Scripted customers talk to a running server with the stock client."""

from __future__ import annotations

import pytest

from edge_server.evaluation.dialogues.script import Script
from edge_server.evaluation.dialogues.wire import evaluate_over_the_wire, one_server_order
from edge_server.evaluation.files import EvaluationError
from tests.server_tools import Server


def asking(name: str, opening: str, **expected: object) -> Script:
    return Script.model_validate({"id": name, "tool": "t", "goal": "g", "opening": opening, "expect": expected})


def silent(_step: str, _done: int, _total: int) -> None:
    """No progress."""


async def test_a_customer_is_served_and_judged_over_the_wire(server: Server) -> None:
    right = asking("right", "how much is a second suitcase", said=[r"\$45"])
    wrong = asking("wrong", "how much is a second suitcase", said=["free of charge"])
    served = await evaluate_over_the_wire([right, wrong], f"ws://{server.address}", None, silent)
    assert [one.passed for one in served] == [True, False]
    assert [exchange.invented for one in served for exchange in one.exchanges] == [(), ()]
    assert "policy" in served[0].exchanges[0].tools[0]


async def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(EvaluationError, match="lobby serve"):
        await evaluate_over_the_wire([asking("a", "hello")], "ws://127.0.0.1:9", None, silent)


def test_who_changes_a_booking_comes_late_and_only_once() -> None:
    changing = [asking(name, "hello", bookings={"K7M2QX": {"bags": 1}}) for name in ("first", "second")]
    order = one_server_order([*changing, asking("asks", "hello")])
    assert [one.id for one in order] == ["asks", "first"]
