"""What ends a call by itself, silence, its time and the cost of a day, and how many calls there may be.

Whole calls over the simulated network, in time that passes when the test waits.
"""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

from agents.desk import AgentDesk
from edge_server.phone.texts import NOBODY, TIME_IS_UP
from edge_server.speech.workers import WorkersBusyError
from tests.edge_server.phone.own_time import CLERK, nothing_is_left, own_phone, ringing, until
from tests.fakes.phone_network import NetworkCall
from tests.virtual_time import run

SILENCE_S = 5.0
SOON_S = 1.0
"""Longer than what is due is noticed, and a hang-up done."""


# Silence


def test_silence_is_asked_into_twice_and_then_the_desk_says_goodbye_and_hangs_up(
    agents: AgentDesk, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with own_phone(agents, tmp_path, phone_silence_seconds=SILENCE_S) as phone:
            call = await ringing(phone)
            await call.over.wait()
            order = ("What can I do for you?", "Is there anything else", "Take your time.", "Goodbye.")
            at = [phone.said_at(words) for words in order]
            waits = [later - phone.heard_until(earlier) for earlier, later in pairwise(at)]
            assert all(SILENCE_S <= wait <= SILENCE_S + SOON_S for wait in waits), waits
            over = asyncio.get_running_loop().time()
            assert phone.heard_until(at[-1]) <= over <= phone.heard_until(at[-1]) + SOON_S, "heard out, then hung up"
            assert phone.network.requests == ["answer", "terminate"]
            await nothing_is_left(phone)

    run(scenario())


def test_a_key_begins_the_silences_anew(agents: AgentDesk, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with own_phone(agents, tmp_path, phone_silence_seconds=SILENCE_S) as phone:
            call = await ringing(phone)
            await until(lambda: "Take your time." in phone.speech.texts)
            await call.press("482913#")  # no resume code, and nothing that was asked for
            answered = len(phone.speech.said)
            await until(lambda: "Goodbye." in phone.speech.texts)
            later = " ".join(text for _, text in phone.speech.said[answered:])
            assert "Take your time." in later, "three silences in a row, not three in a call"
            await call.over.wait()

    run(scenario())


# Time


def test_a_call_whose_time_is_up_hears_so_whole_whatever_the_caller_does(agents: AgentDesk, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with own_phone(agents, tmp_path, phone_call_minutes=2 / 60) as phone:
            call = await ringing(phone)
            await until(lambda: TIME_IS_UP in phone.speech.texts)
            at = phone.said_at(TIME_IS_UP)
            assert 2.0 <= at <= 2.0 + SOON_S, "in the midst of the greeting"
            await call.press("1234#0*")
            await call.over.wait()
            over = asyncio.get_running_loop().time()
            assert phone.heard_until(at) <= over <= phone.heard_until(at) + SOON_S, "heard out, then hung up"
            assert phone.speech.said[-1][1] == TIME_IS_UP
            assert phone.network.requests == ["answer", "terminate"]
            await nothing_is_left(phone)

    run(scenario())


def test_a_call_whose_time_is_up_ends_even_when_nothing_can_be_said(agents: AgentDesk, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with own_phone(agents, tmp_path, phone_call_minutes=8 / 60) as phone:
            call = await ringing(phone)
            await asyncio.sleep(4.0)
            phone.speech.fails = WorkersBusyError("too much waits")
            await asyncio.wait_for(call.over.wait(), 5.0)
            await nothing_is_left(phone)

    run(scenario())


def test_a_caller_who_waits_for_a_person_hears_that_the_time_is_up_and_nobody_is_called_on(
    agents: AgentDesk, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with own_phone(agents, tmp_path, phone_call_minutes=0.5, phone_clerk=CLERK) as phone:

            async def rings_on(call: NetworkCall) -> None:
                await call.over.wait()

            phone.network.phones[CLERK] = rings_on
            call = await ringing(phone)
            await until(lambda: "What can I do for you?" in phone.speech.texts)
            await asyncio.sleep(5.0)
            await call.press("0")
            await until(lambda: "create" in phone.network.requests)
            await call.over.wait()
            at = phone.said_at(TIME_IS_UP)
            assert phone.heard_until(at) <= asyncio.get_running_loop().time() <= phone.heard_until(at) + SOON_S
            await nothing_is_left(phone)
            assert all(one.over.is_set() for one in phone.network.calls.values()), "the clerk's telephone rings no more"

    run(scenario())


# How many, and what they cost


def test_twenty_calls_are_answered_and_one_more_is_rejected_as_busy(agents: AgentDesk, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with own_phone(agents, tmp_path, phone_calls=20) as phone:
            calls = await asyncio.gather(*(ringing(phone, f"+155500066{at:02}") for at in range(20)))
            assert await phone.network.call("+15550006700") is None
            assert phone.network.rejected == {"+15550006700": "busy"}
            await calls[0].drop_socket()
            await calls[0].hang_up()
            assert await phone.network.call("+15550006701") is not None, "who hangs up makes room at once"
            assert phone.speech.texts.count("You can press zero for a person.") >= 20
            for call in phone.network.calls.values():
                await call.hang_up()
            await nothing_is_left(phone)

    run(scenario())


def test_a_day_that_has_cost_enough_takes_no_further_call_and_lets_the_running_one_end(
    agents: AgentDesk, tmp_path: Path
) -> None:
    async def scenario() -> None:
        limits = {"phone_minute_price": 60.0, "phone_daily_cost": 5.0, "phone_call_minutes": 10 / 60}
        async with own_phone(agents, tmp_path, phone_clerk=CLERK, **limits) as phone:
            call = await ringing(phone)
            await asyncio.sleep(6.0)
            assert await phone.network.call("+15550006700") is None
            assert phone.network.rejected == {"+15550006700": "busy"}
            await call.press("0")
            await until(lambda: NOBODY in phone.speech.texts)
            assert "create" not in phone.network.requests, "no call to the staff is paid for, either"
            await call.over.wait()
            assert phone.speech.texts.endswith(TIME_IS_UP), "the running call has its time"
            await nothing_is_left(phone)
            assert await phone.network.call("+15550006701") is None, "what it cost stays"

    run(scenario())


def test_a_caller_who_asks_for_a_person_where_there_is_nobody_is_told_so(agents: AgentDesk, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with own_phone(agents, tmp_path) as phone:
            call = await ringing(phone)
            await asyncio.sleep(5.0)
            await call.press("0")
            await until(lambda: NOBODY in phone.speech.texts)
            await call.hang_up()

    run(scenario())
