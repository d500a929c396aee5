"""Whose job goes first, by when its result is due; all in time that the tests own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import pytest

from edge_server.speech.places import SOON_S, Place, Places
from tests import virtual_time

LATER_S = SOON_S + 3.0


class Branch:
    """Workers named by letters, and who got a place: name, lane, moment."""

    def __init__(self, workers: str = "w", lanes: int = 2) -> None:
        self.places: Places[str] = Places()
        self.got: list[str] = []
        for worker in workers:
            self.places.open(worker, lanes)

    async def job(self, name: str, due_in_s: float, takes_s: float = 1.0) -> Place[str]:
        place = await self.places.take(due_in_s)
        self.got.append(name)
        await asyncio.sleep(takes_s)
        self.places.give_back(place)
        return place


async def started(*jobs: Coroutine[object, object, Place[str]]) -> list[asyncio.Task[Place[str]]]:
    """The jobs begun in this order."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    await asyncio.sleep(0)
    return tasks


def test_what_is_due_first_goes_first() -> None:
    async def scenario() -> None:
        branch = Branch(lanes=1)
        await asyncio.gather(
            *await started(
                branch.job("running", 0.0), branch.job("late", 9.0), branch.job("soon", 4.0), branch.job("now", 0.0)
            )
        )
        assert branch.got == ["running", "now", "soon", "late"]

    virtual_time.run(scenario())


def test_of_those_due_together_who_came_first_goes_first() -> None:
    async def scenario() -> None:
        branch = Branch(lanes=1)
        await asyncio.gather(*await started(*(branch.job(name, 0.0) for name in "abcd")))
        assert branch.got == list("abcd")

    virtual_time.run(scenario())


def test_a_long_job_for_later_does_not_stand_in_the_way_of_one_that_is_needed_now() -> None:
    async def scenario() -> None:
        branch = Branch()
        loop = asyncio.get_running_loop()
        tasks = await started(branch.job("later", LATER_S, 60.0), branch.job("next later", LATER_S, 60.0))
        assert branch.got == ["later"], "the quick lane stays free"
        now = await branch.job("now", 0.0, 0.1)
        assert now.lane == 0 and loop.time() < 0.2
        for task in tasks:
            task.cancel()

    virtual_time.run(scenario())


def test_what_was_for_later_takes_any_lane_once_it_is_due_soon() -> None:
    async def scenario() -> None:
        branch = Branch()
        loop = asyncio.get_running_loop()
        (long,) = await started(branch.job("long", LATER_S, 60.0))
        place = await branch.places.take(LATER_S)
        assert place.lane == 0
        assert loop.time() == pytest.approx(LATER_S - SOON_S, abs=0.01)
        long.cancel()

    virtual_time.run(scenario())


def test_two_that_are_needed_now_run_beside_each_other() -> None:
    async def scenario() -> None:
        branch = Branch()
        places = await asyncio.gather(branch.job("a", 0.0), branch.job("b", 0.0))
        assert [place.lane for place in places] == [0, 1]
        assert asyncio.get_running_loop().time() < 1.1

    virtual_time.run(scenario())


def test_nobody_waits_for_ever() -> None:
    async def scenario() -> None:
        branch = Branch(lanes=1)
        loop = asyncio.get_running_loop()

        async def crowd() -> None:
            while True:
                await branch.job("now", 0.0, 0.1)

        crowds = [asyncio.ensure_future(crowd()) for _ in range(3)]
        await asyncio.sleep(0)
        await branch.job("later", LATER_S, 0.1)
        assert LATER_S <= loop.time() < LATER_S + 1.0
        for task in crowds:
            task.cancel()

    virtual_time.run(scenario())


def test_who_gives_up_while_waiting_is_never_served_and_holds_up_nobody() -> None:
    async def scenario() -> None:
        branch = Branch(lanes=1)
        running, given_up, last = await started(branch.job("running", 0.0), branch.job("b", 0.0), branch.job("c", 0.0))
        given_up.cancel()
        await asyncio.gather(running, last)
        assert branch.got == ["running", "c"]
        assert branch.places.waiting == 0

    virtual_time.run(scenario())


def test_a_place_that_was_given_to_somebody_who_gives_up_at_that_moment_is_not_lost() -> None:
    async def scenario() -> None:
        branch = Branch(lanes=1)
        held = await branch.places.take(0.0)
        waiting = asyncio.ensure_future(branch.places.take(0.0))
        await asyncio.sleep(0)
        branch.places.give_back(held)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert (await branch.job("next", 0.0)).worker == "w"

    virtual_time.run(scenario())


def test_all_workers_are_used() -> None:
    async def scenario() -> None:
        branch = Branch("vw", lanes=1)
        places = await asyncio.gather(branch.job("a", 0.0), branch.job("b", 9.0))
        assert {place.worker for place in places} == {"v", "w"}
        assert asyncio.get_running_loop().time() < 1.1

    virtual_time.run(scenario())
