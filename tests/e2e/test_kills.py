"""A server that is killed in the midst of bookings: `lobby bench kills` does it 200 times, this test a few."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_server.bench.kills import measure_kills

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


async def test_nothing_confirmed_is_lost_or_repeated_when_the_server_is_killed(prepared: Path) -> None:
    figures = await measure_kills(2, at_once=4, seed=20261122, progress=lambda step, done, total: None, branch=prepared)
    assert (figures.lost, figures.repeated, figures.untold) == (0, 0, 0), figures
    assert figures.told + figures.sold_out == figures.bookings == 10
    assert figures.cut, "no booking was under way when the server was killed: the test shows nothing"
    assert figures.forgotten == 0, "more was forgotten than the turn that was answered last"
    assert figures.gone_on, "every turn that was answered last was forgotten"
