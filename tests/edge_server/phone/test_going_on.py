"""A conversation goes on elsewhere by its code: from the kiosk to a telephone, and from a call to the kiosk."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from edge_server.bench.caller import call as connected
from edge_server.phone.caller_keys import SALT_FILE, salt, session_key
from tests.edge_server.phone.conftest import API_KEY, PATIENCE_S, Desk, Story, asked_for_booking_code
from tests.fakes.phone_network import PhoneNetwork

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

WISH = "I would like to change my flight."


def code_for(desk: Desk, key: str) -> str:
    return str(desk.ask(f"/v1/realtime/resume_codes?session_state_key={key}", {})["code"])


async def test_what_began_at_the_kiosk_goes_on_by_telephone(network: PhoneNetwork, desk: Desk, story: Story) -> None:
    key = str(uuid.uuid4())
    async with connected(desk.server.url, key, API_KEY) as kiosk:
        assert "booking code" in await kiosk.write(WISH)
        code = await asyncio.to_thread(code_for, desk, key)
        call = await network.call("+15550010001")
        assert call is not None
        await story.goes_on("what can i do for you")
        await call.press(f"{code}#")
        await story.goes_on("hello again", "go on")
        await call.quiet()
        await call.press("1")
        await story.goes_on("booking code")
        await call.press("1001#4071")
        await story.goes_on("maria")


async def test_what_began_on_a_call_goes_on_at_the_kiosk(network: PhoneNetwork, desk: Desk, story: Story) -> None:
    number = "+15550010002"
    call = await asked_for_booking_code(network, story, number, WISH)
    key = session_key(number, salt(desk.folder / SALT_FILE))
    code = await asyncio.to_thread(code_for, desk, key)
    taken = await asyncio.to_thread(desk.ask, "/v1/realtime/resume", {"code": code})
    assert taken["session_state_key"] == key
    await asyncio.wait_for(call.over.wait(), PATIENCE_S)
    async with connected(desk.server.url, key, API_KEY) as kiosk:
        assert "PIN" in await kiosk.write("My customer number is 1001.")
