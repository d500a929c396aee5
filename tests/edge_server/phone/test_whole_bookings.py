"""A whole booking by voice and keypad, a caller who hangs up while it is written, and `lobby call`.

The last tests of calls in this folder: they stop the desk, since one process has the data.
"""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from data.branch import Branch
from data.schema import audit, outcomes, payments
from tests.edge_server.phone.conftest import Desk, Story, asked_for_booking_code, until
from tests.fakes.phone_network import NetworkCall, PhoneNetwork, hears
from tests.server_tools import LOBBY, ROOT, clean_environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CUSTOMER, PIN = 1001, "4071"
WISH = "I would like to add a checked bag to my flight."


async def quoted(network: PhoneNetwork, story: Story, number: str, keys: tuple[str, ...]) -> NetworkCall:
    """Call, say the wish, prove by keypad, and hear the read-back out. `keys`: pressed after each question in turn."""
    call = await asked_for_booking_code(network, story, number, WISH)
    for pressed in keys:
        await call.press(pressed, apart_s=0.1)
    await story.goes_on("add it")
    await call.quiet()
    return call


async def test_a_bag_is_booked_by_voice_and_keypad_and_sent_as_a_text_message(
    network: PhoneNetwork, story: Story
) -> None:
    call = await quoted(network, story, "+15550001234", (f"{CUSTOMER}#", PIN))
    await call.press("1")
    await hears(call, "text")  # "To get this as a text message, press one."
    await call.press("1")
    await until(lambda: network.texts)
    await call.hang_up()
    [(number, text)] = network.texts
    assert number == "+15550001234" and "K7M2QX" in text


async def test_a_hang_up_in_the_midst_of_a_write_leaves_no_half_of_one(
    network: PhoneNetwork, story: Story, desk: Desk
) -> None:
    """The keys of both answers are pressed in one go, before the desk has asked for either."""
    call = await quoted(network, story, "+15550004321", (f"{CUSTOMER}#{PIN}#",))
    await call.press("1", apart_s=0.0)
    await call.hang_up()
    assert desk.stop() == 0
    settled, paid, noted = await _bags(desk.folder)
    assert settled == paid == noted, "what is written is written whole"
    kept = b"".join(path.read_bytes() for path in (desk.folder / "sessions").rglob("*") if path.is_file())
    assert b"bag" in kept and PIN.encode() not in kept, "sessions are kept, the PIN in none"


async def test_the_command_places_a_call_and_tells_what_was_said(desk: Desk) -> None:
    desk.stop()
    command = (*LOBBY, "call", "--from", "+15550004322", "--data-dir", str(desk.folder), "--json")
    placed = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=clean_environment(), stdout=PIPE)
    told, _ = await placed.communicate()
    assert placed.returncode == 0
    report = json.loads(told)
    [greeting] = report["transcript"]
    assert greeting["role"] == "agent" and "What can I do for you?" in greeting["text"]
    assert report["ended"] == "the caller hung up" and report["requests"] == ["answer"]


async def _bags(folder: Path) -> tuple[int, int, int]:
    """How many changes of the customer were settled, paid, and noted in the audit trail."""
    branch = Branch.open(folder)
    try:

        def counts(conn: Connection) -> tuple[int, int, int]:
            settled = select(func.count()).select_from(outcomes).where(outcomes.c.customer_id == CUSTOMER)
            paid = select(func.count()).select_from(payments).where(payments.c.reason == "bags")
            noted = select(func.count()).select_from(audit).where(audit.c.action.contains("bag"))
            done = noted.where(audit.c.outcome == "done")
            return tuple(int(conn.execute(one).scalar_one()) for one in (settled, paid, done))  # type: ignore[return-value]

        return await branch.read(counts)
    finally:
        branch.close()
