"""What ends a call by itself, silence, its time and the cost of a day, and how many calls there may be.

Whole calls over the simulated network, in time that passes when the test waits.
"""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

from agents.desk import AgentDesk
from tests.edge_server.phone.own_time import OwnPhone, own_phone, until
from tests.fakes.phone_network import NetworkCall
from tests.virtual_time import run

SILENCE_S = 5.0
SOON_S = 1.0
"""Longer than what is due is noticed, and a hang-up done."""


async def ringing(phone: OwnPhone, number: str | None = "+15557654321") -> NetworkCall:
    call = await phone.network.call(number)
    assert call is not None, "the desk answers"
    return call


async def nothing_is_left(phone: OwnPhone) -> None:
    """Wait until what a call leaves is done, and look for what must not be left."""
    await asyncio.sleep(SOON_S)
    assert not phone.switchboard.calls and not len(phone.live)
    assert all(call.refused is None for call in phone.network.calls.values())


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
