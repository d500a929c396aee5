"""Which of several cloud models is used; on the test's clock."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from edge_server.engines.cloud.deployments import Deployment, Deployments
from edge_server.engines.cloud.upstream import Upstream, UpstreamError, client_for
from tests.clock import Clock
from tests.server_tools import ROOT

EAST, WEST = Deployment("east", "gpt-realtime"), Deployment("west", "gpt-realtime")


def doubling() -> Generator[float, None, None]:
    delay = 1.0
    while True:
        yield delay
        delay *= 2


def pair() -> tuple[Deployments, Clock]:
    clock = Clock(0.0)
    return Deployments([EAST, WEST], clock, doubling), clock


def test_sessions_go_where_the_fewest_are() -> None:
    shared, _ = pair()
    shared.opened(EAST)
    assert shared.pick() is WEST
    shared.opened(WEST)
    shared.closed(EAST)
    assert shared.pick() is EAST


def test_one_that_fails_rests_longer_each_time_until_it_answers() -> None:
    shared, clock = pair()
    for rest in (1.0, 2.0, 4.0):
        shared.failed(EAST)
        assert shared.resting(EAST)
        clock.now += rest
        assert not shared.resting(EAST)
    shared.worked(EAST)
    shared.failed(EAST)
    clock.now += 1.0
    assert not shared.resting(EAST)


def test_all_sessions_on_a_failing_one_count_as_one_failure() -> None:
    shared, clock = pair()
    for _ in range(50):
        shared.failed(EAST)
    clock.now += 1.0
    assert not shared.resting(EAST)


def test_when_all_rest_none_is_picked_and_the_next_try_is_known() -> None:
    shared, _ = pair()
    shared.failed(EAST)
    shared.failed(WEST)
    shared.failed(WEST)
    assert shared.pick() is None
    assert shared.next_try() == 1.0


@given(st.lists(st.tuples(st.sampled_from(["failed", "worked", "opened"]), st.sampled_from([EAST, WEST])), max_size=40))
def test_what_is_picked_never_rests(steps: list[tuple[str, Deployment]]) -> None:
    shared, clock = pair()
    for step, one in steps:
        getattr(shared, step)(one)
        clock.now += 0.3
        picked = shared.pick()
        assert picked is None or not shared.resting(picked)
        assert (picked is None) == (shared.resting(EAST) and shared.resting(WEST))


async def test_a_missing_key_is_told_with_what_to_set() -> None:
    with pytest.raises(UpstreamError, match="LOBBY_OPENAI_API_KEY"):
        await client_for(EAST)


async def test_azure_needs_its_address() -> None:
    with pytest.raises(UpstreamError, match="url"):
        await client_for(Deployment("east", "gpt-realtime", "azure", key=SecretStr("k")))


async def test_nobody_at_the_address_is_told() -> None:
    nowhere = Deployment("east", "gpt-realtime", "openai", "ws://127.0.0.1:9/v1", SecretStr("k"))
    with pytest.raises(UpstreamError, match="east cannot be reached"):
        await Upstream.open(nowhere, timeout_s=5)


def test_the_embedded_engine_loads_nothing_of_the_cloud() -> None:
    code = "import sys, edge_server.serving; print('edge_server.engines.cloud' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
