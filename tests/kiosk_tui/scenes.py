"""Every screen of the terminal in turn, always with the same words on it: for pictures, and for measures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from kiosk_tui.options import Options
from kiosk_tui.remembered import Remembered, with_code
from kiosk_tui.screens.confirm import ConfirmScreen
from kiosk_tui.screens.leaving import Farewell, IdleScreen
from kiosk_tui.screens.operator import OperatorScreen
from kiosk_tui.screens.pin import PinScreen
from kiosk_tui.screens.receipt import ReceiptScreen
from tests.kiosk_tui.conftest import Cable
from tests.kiosk_tui.scripted_desk import Reply, ScriptedDesk, agent, expecting, scripted_desk, tool
from tests.kiosk_tui.terminal import Clock, Terminal, terminal
from tests.kiosk_tui.wire_samples import DONE, LATENCY, QUOTE, SESSIONS, SOURCES, STATUS
from tests.tool_results import DELAYED

NAMES = (
    "attract", "code", "operator", "help", "display", "conversation", "choices", "pin", "confirmation", "receipt",
    "person", "idle", "farewell", "gone",
)  # fmt: skip
CODE = "2468"
LATE = "Flight LB204 to Denver is 35 minutes late. It leaves at 7:15 PM from gate B12."
WELCOME = Reply("Welcome to the Lobby desk. How can I help you today?", before=[agent("concierge")], by="concierge")
REPLIES = (
    WELCOME,
    Reply(LATE, before=[agent("flight", "concierge"), SOURCES, tool("flight_status", DELAYED)]),
    Reply("Which seat would you like?", after=[expecting("seat", choices=[("Window", "w"), ("Aisle", "a")])]),
    Reply("What is your PIN?", after=[expecting("pin", secret=True)]),
    Reply("Changing to Friday costs $94. Shall I do that?", after=[expecting("confirm", quote=QUOTE)]),
    Reply("Done. You leave on Friday at 6:40 PM, seat 14C.", before=[DONE], after=[expecting(None)]),
    Reply("Somebody comes to you.", before=[{"type": "extension.handoff", "ticket": 104, "summary": "a bag"}]),
    WELCOME,
)


async def scenes(size: tuple[int, int]) -> AsyncIterator[tuple[str, Terminal]]:
    """The name of each screen of NAMES, and the terminal that shows it."""
    clock = Clock()
    options = Options(reduced_motion=True, operator_key="key", idle_s=60.0, warning_s=20.0, clock=clock)
    async with scripted_desk(*REPLIES) as desk:
        desk.http["/v1/realtime/resume_codes"] = (200, {"code": "482913", "expires_at": 0})
        for name, document in (("status", STATUS), ("sessions", SESSIONS), ("latency", LATENCY)):
            desk.http[f"/v1/operator/{name}"] = (200, document)
        cable = Cable(desk.url)
        await cable.plug()
        kept = with_code(Remembered(), CODE)
        try:
            async with terminal(cable.url, options=options, kept=kept, size=size) as screen:
                async for name in _walk(desk, cable, screen, clock):
                    await settled(screen)
                    yield name, screen
        finally:
            await cable.pull()


async def _walk(desk: ScriptedDesk, cable: Cable, screen: Terminal, clock: Clock) -> AsyncIterator[str]:
    app, press = screen.app, screen.pilot.press
    await screen.until(lambda: app.attract.online)
    yield "attract"
    await press("f12", *CODE[:2])
    yield "code"
    await press(*CODE[2:], "enter")
    await screen.until(lambda: isinstance(app.screen, OperatorScreen) and bool(app.screen.query(".stage")))
    yield "operator"
    await press("escape", "f1")
    yield "help"
    await press("escape")
    await screen.greeted()
    await press("f3")
    yield "display"
    await press("escape")
    await screen.ask("Is LB204 late?")
    await screen.sees("Boston → Denver")
    yield "conversation"
    await screen.ask("Another seat, please")
    await screen.sees("1  Window")
    yield "choices"
    await screen.type("My bookings")
    await screen.until(lambda: isinstance(app.screen, PinScreen))
    await press("4", "0")
    yield "pin"
    await press("7", "1", "enter")
    await screen.until(lambda: isinstance(app.screen, ConfirmScreen))
    yield "confirmation"
    await press("y")
    await screen.until(lambda: isinstance(app.screen, ReceiptScreen) and app.screen.resume_code is not None)
    yield "receipt"
    await press("escape", "f2")
    await screen.sees("A person has been called")
    yield "person"
    await press("escape")
    await screen.until(lambda: app.conversation is not None and not app.conversation.replying)
    app.idle.touch()
    clock.now += 65
    await screen.until(lambda: isinstance(app.screen, IdleScreen))
    yield "idle"
    clock.now += 20
    await screen.until(lambda: isinstance(app.screen, Farewell))
    yield "farewell"
    clock.now += 30
    await screen.until(lambda: app.screen is app.attract)
    await screen.greeted()
    await cable.pull()
    await screen.sees("has gone away")
    await screen.type("Is LB204 late?")
    await screen.sees("as soon as the desk is back")
    yield "gone"


async def settled(screen: Terminal) -> None:
    """Wait until nothing is painted any more."""
    before: list[str] = []
    for _ in range(200):
        await screen.pilot.pause()
        if (now := screen.lines) == before:
            return
        before = now
        await asyncio.sleep(0.03)
