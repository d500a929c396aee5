"""A terminal that has served many customers holds no more than one that has served a few."""

from __future__ import annotations

import pytest

from tests.kiosk_tui.visits import visits

EVERY = 4
MOST_A_VISIT = 30
"""Objects. One widget that stays is about 30; some caches of bounded size still fill at a few a visit."""


@pytest.mark.slow
async def test_what_is_reachable_does_not_grow_by_visit() -> None:
    warm, *_, last = [one async for one in visits(3 * EVERY, every=EVERY, size=(80, 24))]
    stays = (last.total() - warm.total()) / (2 * EVERY)
    assert stays < MOST_A_VISIT, f"{stays:.0f} a visit stay: {(last - warm).most_common(12)}"
