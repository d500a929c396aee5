"""Customers who come and go one after the other, and what stays of each: objects that Python can reach, and memory.

    python -m tests.kiosk_tui.visits [VISITS]

prints both after every tenth visit. The desk is a scripted one in the same process, and the clock is not the wall's.
"""

from __future__ import annotations

import asyncio
import gc
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

from kiosk_tui.forgetting import forget_painted
from kiosk_tui.options import Options
from kiosk_tui.screens.confirm import ConfirmScreen
from kiosk_tui.screens.pin import PinScreen
from kiosk_tui.screens.receipt import ReceiptScreen
from tests.kiosk_tui.scripted_desk import Reply, ScriptedDesk, agent, expecting, scripted_desk, tool
from tests.kiosk_tui.terminal import Clock, Terminal, terminal
from tests.kiosk_tui.wire_samples import DONE, QUOTE
from tests.tool_results import DELAYED


async def visits(number: int, *, every: int, size: tuple[int, int] = (120, 36)) -> AsyncIterator[Counter[str]]:
    """After `every` so many of `number` visits: the objects of each type, once nothing of a visit is to stay."""
    clock = Clock()
    options = Options(reduced_motion=True, clock=clock)
    async with scripted_desk() as desk, terminal(desk.url, options=options, size=size) as screen:
        for one in range(1, number + 1):
            await _visit(desk, screen, clock, one)
            if one % every == 0:
                yield _objects()


async def _visit(desk: ScriptedDesk, screen: Terminal, clock: Clock, number: int) -> None:
    """A question, a PIN, a confirmation, a receipt, the end."""
    app = screen.app
    desk.begin_anew(
        Reply("Welcome.", before=[agent("concierge")]),
        Reply(f"Flight {number} is late.", before=[agent("flight", "concierge"), tool("flight_status", DELAYED)]),
        Reply("What is your PIN?", after=[expecting("pin", secret=True)]),
        Reply("Shall I?", after=[expecting("confirm", quote=QUOTE)]),
        Reply("Done.", before=[DONE], after=[expecting(None, choices=[("A seat", "a seat")])]),
    )
    await screen.greeted()
    await screen.ask(f"Is flight {number} late?")
    await screen.type("To Friday")
    await screen.until(lambda: isinstance(app.screen, PinScreen))
    await screen.pilot.press("4", "0", "7", "1", "enter")
    await screen.until(lambda: isinstance(app.screen, ConfirmScreen))
    await screen.pilot.press("y")
    await screen.until(lambda: isinstance(app.screen, ReceiptScreen))
    await screen.pilot.press("escape")
    await screen.until(lambda: app.screen is app.conversation)
    await screen.pilot.press("f10")
    clock.now += 60
    await screen.until(lambda: app.screen is app.attract)


def _objects() -> Counter[str]:
    forget_painted()
    gc.collect()
    return Counter(type(one).__qualname__ for one in gc.get_objects())


def _resident_mb() -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


async def _print(number: int) -> None:
    done = 0
    async for counted in visits(number, every=10):
        done += 10
        print(f"{done:5} visits  {counted.total():8} objects  {_resident_mb():6.1f} MB", flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(_print(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
