"""A whole booking by voice and keypad; and a caller who hangs up while it is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from data.branch import Branch
from data.schema import audit, outcomes, payments
from tests.edge_server.phone.conftest import KEY, Desk, start_desk
from tests.fakes.phone_network import NetworkCall, PhoneNetwork, hears, telephone
from tests.server_tools import stop_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CUSTOMER, PIN = 1001, "4071"
WISH = "I would like to add a checked bag to my flight."


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("booking") / "branch"
    texts = {"LOBBY_PHONE_TEXT_MESSAGES": "1", "LOBBY_PHONE_PREFIXES": '["+1555"]', "LOBBY_PHONE_NOTICE": ""}
    running = start_desk(folder, **texts)
    yield running
    if running.server.process.poll() is None:
        stop_server(running.server)


@pytest.fixture
async def network(desk: Desk) -> AsyncIterator[PhoneNetwork]:
    async with PhoneNetwork(port=desk.network_port, access_key=KEY) as network:
        network.events_url = desk.events_url
        yield network


async def quoted(network: PhoneNetwork, number: str) -> NetworkCall:
    """Call, say the wish over the greeting, prove by keypad when asked, and hear the read-back out."""
    call = await network.call(number)
    assert call is not None
    await call.begins()
    await call.say(telephone(WISH))
    await hears(call, "customer number")
    await call.press(f"{CUSTOMER}#", apart_s=0.1)
    await hears(call, "and what is")
    await call.press(PIN, apart_s=0.1)
    await hears(call, "add it")
    return call


async def test_a_bag_is_booked_by_voice_and_keypad_and_sent_as_a_text_message(network: PhoneNetwork) -> None:
    call = await quoted(network, "+15550001234")
    await call.press("1")
    await hears(call, "text message")
    await call.press("1")
    await hears(call, "on its way")
    await call.hang_up()
    [(number, text)] = network.texts
    assert number == "+15550001234" and "K7M2QX" in text


async def test_a_hang_up_in_the_midst_of_a_write_leaves_no_half_of_one(network: PhoneNetwork, desk: Desk) -> None:
    call = await quoted(network, "+15550004321")
    await call.press("1", apart_s=0.0)
    await call.hang_up()
    await asyncio.sleep(1.0)
    assert stop_server(desk.server) == 0
    folder = desk.server.data_dir
    settled, paid, noted = await _bags(folder)
    assert settled == paid == noted, "what is written is written whole"
    kept = b"".join(path.read_bytes() for path in (folder / "sessions").rglob("*") if path.is_file())
    assert b"bag" in kept and PIN.encode() not in kept, "sessions are kept, the PIN in none"


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
